"""The underlined letters of a menu's entries, by which the keyboard chooses them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtWidgets import QMenu

_LETTER = re.compile(r"(?<!&)&(\w)")


def keep_distinct(menu: QMenu) -> None:
    """Give every entry a letter of its own whenever the menu opens, in every language."""
    menu.aboutToShow.connect(lambda: _make_distinct(menu))


def distinct(texts: Iterable[str]) -> list[str]:
    """Return menu texts whose letters after `&` differ, as far as their words have letters left.

    The first of two entries keeps its letter. `&&` is an ampersand.
    """
    known = list(texts)
    first: dict[str, int] = {}
    for place, text in enumerate(known):
        first.setdefault(_letter(text), place)
    taken = set(first)
    found = []
    for place, text in enumerate(known):
        letter = _letter(text)
        if letter and first[letter] != place:
            plain = _LETTER.sub(r"\1", text, count=1)
            other = _free_place(plain, taken)
            text = plain if other is None else f"{plain[:other]}&{plain[other:]}"
            taken.add(_letter(text))
        found.append(text)
    return found


def _make_distinct(menu: QMenu) -> None:
    actions = [action for action in menu.actions() if not action.isSeparator()]
    for action, text in zip(actions, distinct(one.text() for one in actions), strict=True):
        if text != action.text():
            action.setText(text)


def _letter(text: str) -> str:
    found = _LETTER.search(text)
    return found[1].casefold() if found else ""


def _free_place(text: str, taken: set[str]) -> int | None:
    """Return where a letter stands that is not taken: at the beginning of a word if possible."""
    letters = [place for place, one in enumerate(text) if one.isalpha()]
    places = sorted(letters, key=lambda place: (place > 0 and text[place - 1].isalpha(), place))
    return next((place for place in places if text[place].casefold() not in taken), None)
