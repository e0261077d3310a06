"""Titles of windows, which the task bar shows to everybody: with a patient's name or without."""

from __future__ import annotations

_HIDDEN = "…"
_names_shown = True


def show_names(shown: bool) -> None:
    """Have titles name patients and their files from now on, or leave them out."""
    global _names_shown  # noqa: PLW0603 -- one choice a program
    _names_shown = shown


def titled(pattern: str, name: str) -> str:
    """Return a title that names a patient or a file, where the reader allows that."""
    return pattern.format(name if _names_shown else _HIDDEN)
