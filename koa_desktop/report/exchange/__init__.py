"""Exports for other systems: FHIR, and the register of a clinic."""
