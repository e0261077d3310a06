"""Training of the knee finder."""
