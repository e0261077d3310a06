"""The audit trail as files: for another program, or to be kept elsewhere."""
