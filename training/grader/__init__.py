"""Training and export of the grading networks."""
