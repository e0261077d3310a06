"""The joint space: bone margins, widths, and their editing by hand."""
