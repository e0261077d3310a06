"""The knees of a report: their cards, and the table of what was found on each."""
