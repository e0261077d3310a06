"""From paths to radiographs: which files to read, and reading them."""
