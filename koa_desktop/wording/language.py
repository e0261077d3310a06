"""The language of all texts: gettext catalogues by the English text, and the forms of dates."""

from __future__ import annotations

import gettext
from datetime import date

# With the month's name, so that nobody takes the month for the day.
DATE = "%d %b %Y"

_translations: gettext.NullTranslations = gettext.NullTranslations()


def use(translations: gettext.NullTranslations) -> None:
    """Take all texts from these translations from now on."""
    global _translations  # noqa: PLW0603 -- one language a program
    _translations = translations


def translated(text: str) -> str:
    """Return an English text in the language in use."""
    return _translations.gettext(text)


def date_text(day: date | None, pattern: str = DATE) -> str:
    """Return a date by a pattern of strftime; empty without one."""
    return day.strftime(pattern) if day else ""
