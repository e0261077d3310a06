"""Exports for other systems: FHIR, and the register of a clinic as CSV or XLSX."""
