"""Dates as the reader sees them."""

from __future__ import annotations

from datetime import date

WINDOW_DATE = "%d.%m.%Y"
REPORT_DATE = "%d %b %Y"


def date_text(day: date | None, pattern: str = WINDOW_DATE) -> str:
    """Return a date by a pattern of strftime; empty without one."""
    return day.strftime(pattern) if day else ""
