"""The words for every code: the one place where sentences are made, ready for translation."""
