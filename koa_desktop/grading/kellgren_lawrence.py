"""The Kellgren-Lawrence scale: five grades, their names, and what counts as osteoarthritis."""

from __future__ import annotations

GRADES = 5

# Kellgren and Lawrence 1957; the WHO atlas' names of the grades.
GRADE_NAMES = ("None", "Doubtful", "Minimal", "Moderate", "Severe")
OSTEOARTHRITIS_FROM = 2  # KL >= 2 is definite osteoarthritis
EVEN_ODDS = 0.5  # probability from which osteoarthritis is called likely
