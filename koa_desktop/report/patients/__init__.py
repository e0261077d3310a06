"""Pages about several films of one patient."""
