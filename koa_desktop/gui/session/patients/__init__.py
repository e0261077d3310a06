"""Films of one patient, and how they come into the list."""
