"""Right and left: swapped for a whole film, told, and flagged where two knees have one side."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from koa_desktop.examination.findings import Flag
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.radiograph import Side
from koa_desktop.report.tables import rows
from koa_desktop.wording.sentences import sentence
from tests.support.gui_driver import CTRL, SHIFT, button, click, press, texts
from tests.support.sample_files import wide_film

KNEES = (Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(410, 130, 224), Side.LEFT))
# Keys that a hand may press by mistake, without a modifier.
LETTERS = [key for key in Qt.Key if Qt.Key.Key_A <= key <= Qt.Key.Key_Z]


@pytest.fixture
def case(show, films, finder):
    finder.knees = KNEES
    return show(wide_film(films))[0]


def sides(case):
    return [case.knee(marked).side for marked in case.reading.knees]


def flags(case):
    return [one.flags for one in rows("a.png", case.examination())]


def test_both_knees_swap_at_once_by_key_and_by_the_card_and_it_is_told(window, case):
    press(window, Qt.Key.Key_S, SHIFT)
    assert sides(case) == [Side.LEFT, Side.RIGHT]
    assert {marked.knee.side_source for marked in case.reading.knees} == {SideSource.READER}
    assert "same-side" not in "".join(flags(case))
    assert window.status.notice == "Last change: swap right and left · undo with Ctrl+Z"
    click(button(window.panel.cards[1], "Swap right and left (Shift+S)"))
    assert sides(case) == [Side.RIGHT, Side.LEFT]
    for _ in range(2):
        press(window, Qt.Key.Key_Z, CTRL)
    assert sides(case) == [Side.RIGHT, Side.LEFT]


def test_one_knee_alone_is_swapped_when_asked_and_two_of_one_side_are_flagged(window, case):
    window.actions_table["swap_side"].trigger()
    assert sides(case) == [Side.LEFT, Side.LEFT]
    said = sentence(Flag.SAME_SIDE)
    assert all(said in texts(card) for card in window.panel.cards)
    assert all("same-side" in row for row in flags(case))
    window.actions_table["undo"].trigger()
    assert not any(said in texts(card) for card in window.panel.cards)


def test_knees_of_unknown_sides_become_those_of_their_places(window, show, films, finder):
    finder.knees = tuple(Knee(one.box) for one in KNEES)
    (case,) = show(wide_film(films))
    press(window, Qt.Key.Key_S, SHIFT)
    assert sides(case) == [Side.RIGHT, Side.LEFT]


@pytest.mark.parametrize("focused", ["list", "film"])
def test_no_letter_alone_changes_a_reading(window, case, process, focused):
    part = window.case_list.list if focused == "list" else window.film.view
    part.setFocus()
    before = case.reading
    for key in LETTERS:
        press(window, key)
        process()
        press(window, Qt.Key.Key_Escape)
    assert case.reading is before
    assert window.session.undo_stack.count() == 0


@pytest.mark.parametrize(
    ("prepare", "key", "said"),
    [
        (Qt.Key.Key_2, Qt.Key.Key_Backspace, "right knee: withdraw the decision"),
        (Qt.Key.Key_J, Qt.Key.Key_Delete, "left knee: delete a box"),
    ],
)
def test_a_key_that_takes_something_away_says_so_and_is_undone(window, case, prepare, key, said):
    window.film.view.setFocus()
    press(window, prepare)
    before = case.reading
    press(window, key)
    assert case.reading != before
    assert window.status.notice == f"Last change: {said} · undo with Ctrl+Z"
    press(window, Qt.Key.Key_Z, CTRL)
    assert case.reading == before
