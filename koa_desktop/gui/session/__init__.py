"""Open cases, their background work, and the edits of the reader. No widgets."""
