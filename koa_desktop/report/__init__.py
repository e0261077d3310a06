"""What leaves the program: report, tables, annotated picture."""
