"""The language of all texts: gettext catalogues by the English text, and the forms of dates."""

from __future__ import annotations

import gettext
from collections.abc import Callable
from datetime import date, datetime

# With the month's name, so that nobody takes the month for the day.
DATE = "%d %b %Y"

_written: Callable[[date], str] | None = None
_translations: gettext.NullTranslations = gettext.NullTranslations()


def use(translations: gettext.NullTranslations) -> None:
    """Take all texts from these translations from now on."""
    global _translations  # noqa: PLW0603 -- one language a program
    _translations = translations


def translated(text: str) -> str:
    """Return an English text in the language in use."""
    return _translations.gettext(text)


def use_dates(written: Callable[[date], str] | None) -> None:
    """Write all dates like this from now on; None is by `DATE`."""
    global _written  # noqa: PLW0603 -- one style of dates a program
    _written = written


def date_text(day: date | None) -> str:
    """Return a date in the style of the locale; empty without one."""
    if day is None:
        return ""
    return day.strftime(DATE) if _written is None else _written(day)


def time_text(moment: datetime, *, seconds: bool = False) -> str:
    """Return a moment by its own clock: the date as `date_text` writes it, and the time."""
    clock = moment.strftime("%H:%M:%S" if seconds else "%H:%M")
    return f"{date_text(moment.date())}, {clock}"
