"""A line for a date, typed in the order of the locale, with the date in words beside it."""

from __future__ import annotations

import re
from datetime import date

from PySide6.QtCore import QDate, QLocale
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.wording.language import date_text

_EXAMPLE = date(1950, 12, 31)
_WORDS_WIDTH = 112


def day_of(text: str, locale: QLocale) -> date | None:
    """Return the date of a text, in the locale's order or as ISO 8601 has it; None for no date.

    A year has four digits, so that nobody takes 1949 for 2049.
    """
    numbers = re.findall(r"\d+", text)
    if len(numbers) == 1 and len(numbers[0]) == len("19501231"):
        numbers = [numbers[0][:4], numbers[0][4:6], numbers[0][6:]]
    if len(numbers) != 3 or re.search(r"[^\W\d_]", text):
        return None
    order = "yMd" if len(numbers[0]) == 4 else _order(locale)
    parts = dict(zip(order, numbers, strict=True))
    if len(parts["y"]) != 4:
        return None
    try:
        return date(int(parts["y"]), int(parts["M"]), int(parts["d"]))
    except ValueError:
        return None


def day_in_numbers(day: date | None, locale: QLocale) -> str:
    """Return a date as it is typed; empty without one."""
    if day is None:
        return ""
    short = locale.dateFormat(QLocale.FormatType.ShortFormat)
    pattern = re.sub(r"y+", "yyyy", re.sub(r"M+", "MM", re.sub(r"d+", "dd", short)))
    if "MMM" in short:
        pattern = "yyyy-MM-dd"
    return locale.toString(QDate(day.year, day.month, day.day), pattern)


def _order(locale: QLocale) -> str:
    """Return the order of day, month and year in this locale: `dMy`."""
    short = locale.dateFormat(QLocale.FormatType.ShortFormat)
    letters = dict.fromkeys(letter for letter in short if letter in "dMy")
    return "".join(letters) if len(letters) == 3 else "yMd"


class DateLine(QWidget):
    """A date to type, and in words what was understood, so that no month is taken for a day."""

    def __init__(self, name: str, locale: QLocale, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._locale = locale
        self.line = QLineEdit()
        self.line.setAccessibleName(name)
        self.line.setPlaceholderText(day_in_numbers(_EXAMPLE, locale))
        self.line.textChanged.connect(self._show_words)
        self.setFocusProxy(self.line)
        self.words = plain_label()
        self.words.setProperty("dim", True)
        self.words.setMinimumWidth(_WORDS_WIDTH)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.line, 1)
        row.addWidget(self.words)

    @property
    def day(self) -> date | None:
        """The date; None where there is none, or what was typed is none."""
        return day_of(self.line.text(), self._locale)

    @property
    def is_wrong(self) -> bool:
        """True where something was typed that is no date."""
        return bool(self.line.text().strip()) and self.day is None

    @property
    def example(self) -> str:
        """A date as it can be typed."""
        return self.line.placeholderText()

    def set_day(self, day: date | None) -> None:
        """Show a date, or none."""
        self.line.setText(day_in_numbers(day, self._locale))

    def _show_words(self) -> None:
        self.words.setText(date_text(self.day))
