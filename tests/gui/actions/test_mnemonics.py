"""Each entry of a menu is chosen by a letter of its own."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMenu

from koa_desktop.gui.actions.mnemonics import distinct


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["&Open", "&Close"], ["&Open", "&Close"]),
        (["&Print…", "Save &picture…"], ["&Print…", "&Save picture…"]),
        (["&Mirror", "Heat &map", "&Hide"], ["&Mirror", "H&eat map", "&Hide"]),
        (["&Öl", "&öde"], ["&Öl", "ö&de"]),
        (["&A", "&A"], ["&A", "A"]),
        (["Salt && &pepper", "&Pepper"], ["Salt && &pepper", "P&epper"]),
        (["No letter", "&N"], ["No letter", "&N"]),
    ],
)
def test_the_second_of_two_entries_gets_another_letter(texts, expected):
    assert distinct(texts) == expected
    assert distinct(expected) == expected


def test_no_menu_of_the_window_has_a_letter_twice(window):
    menus = window.menuBar().findChildren(QMenu)
    assert len(menus) > 6
    for menu in menus:
        menu.aboutToShow.emit()
        texts = [action.text().replace("&&", "") for action in menu.actions()]
        letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
        assert len(letters) == len(set(letters)), texts
