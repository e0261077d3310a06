"""Training of the joint space networks."""
