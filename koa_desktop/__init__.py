"""KOA Desktop: Kellgren-Lawrence grading of knee radiographs, offline."""
