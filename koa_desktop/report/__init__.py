"""Exports: report, tables, annotated picture."""
