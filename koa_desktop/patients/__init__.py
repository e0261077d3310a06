"""What several films of one patient say together."""
