"""The focus stays where single keys are commands, and the shown case is the marked one."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from koa_desktop.knees.box import Box, BoxClass, Knee
from koa_desktop.radiograph import Side
from tests.support.fake_examiner import seen
from tests.support.gui_driver import CTRL, button, click, press
from tests.support.sample_files import broken_file, knee_crop, wide_film

KNEES = (Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(410, 130, 224), Side.LEFT))


@pytest.fixture
def three(show, films):
    return show(*(knee_crop(films, f"{name}.png", n) for n, name in enumerate("abc")))


def marked(window):
    return [case.path.stem for case in window.case_list.selected()]


def shown(window):
    return window.session.current.path.stem


def test_escape_leaves_comment_and_search(window, three):
    for start in (window.panel.comment.setFocus, lambda: press(window, Qt.Key.Key_F, CTRL)):
        start()
        assert not window.film.view.hasFocus()
        press(window, Qt.Key.Key_Escape)
        assert window.film.view.hasFocus() or window.case_list.list.hasFocus()
    press(window, Qt.Key.Key_3)
    assert three[0].reading.knees[0].reader_grade == 3
    assert window.case_list.search.text() == ""


def test_a_comment_left_with_escape_is_kept(window, three):
    window.panel.comment.setFocus()
    QTest.keyClicks(window.panel.comment, "seen")
    press(window, Qt.Key.Key_Escape)
    assert three[0].reading.comment == "seen"


def test_a_grades_key_that_cannot_be_used_now_chooses_no_other_case(window, show, films):
    show(broken_file(films), knee_crop(films, "3.png"), knee_crop(films, "next.png", 1))
    window.case_list.list.setFocus()
    for key in (Qt.Key.Key_3, Qt.Key.Key_X):
        press(window, key)
    assert (marked(window), shown(window)) == (["broken"], "broken")


@pytest.mark.parametrize("by_key", [False, True])
def test_after_a_button_that_vanishes_keys_are_commands(
    window, show, films, finder, wait_until, by_key
):
    finder.knees = KNEES
    finder.otherwise = seen(BoxClass.IMPLANT)
    (case,) = show(wide_film(films))
    window.film.view.setFocus()
    wanted = button(window.panel.cards[0], "Grade on request")
    if by_key:
        wanted.setFocus()
        press(window, Qt.Key.Key_Space)
    else:
        click(wanted)
    wait_until(lambda: not case.awaited)
    assert window.film.view.hasFocus()
    press(window, Qt.Key.Key_4)
    assert case.reading.knees[0].reader_grade == 4


@pytest.fixture
def both(window, show, films, finder):
    """A film of both knees, the left one chosen."""
    finder.knees = KNEES
    (case,) = show(wide_film(films))
    window.film.view.setFocus()
    press(window, Qt.Key.Key_J)
    assert window.editor.knee == 1
    return case


def tab_to(window, wanted, key=Qt.Key.Key_Tab):
    """Press Tab until a widget has the focus."""
    for _ in range(80):
        if wanted.hasFocus():
            return
        press(window, key)
    raise AssertionError("Tab does not reach it.")


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_Backtab])
def test_keys_act_on_the_knee_whose_card_has_the_focus(window, both, key):
    press(window, Qt.Key.Key_4)
    tab_to(window, button(window.panel.cards[0], "Reader's grade 2"), key)
    assert window.editor.knee == 0
    press(window, Qt.Key.Key_1)
    assert [one.reader_grade for one in both.reading.knees] == [1, 4]
    press(window, Qt.Key.Key_Backspace)
    assert [one.reader_grade for one in both.reading.knees] == [None, 4]


def test_the_next_knee_by_a_key_takes_the_focus_off_the_card_before(window, both):
    tab_to(window, button(window.panel.cards[0], "Reader's grade 2"))
    press(window, Qt.Key.Key_J)
    assert window.editor.knee == 1
    assert window.film.view.hasFocus()
    press(window, Qt.Key.Key_3)
    assert [one.reader_grade for one in both.reading.knees] == [None, 3]


def test_a_focus_that_qt_moves_on_from_a_hidden_button_chooses_no_knee(window, both):
    wanted = button(window.panel.cards[1], "Agree ⏎")
    tab_to(window, wanted)
    assert window.editor.knee == 1
    press(window, Qt.Key.Key_Space)
    first, second = both.reading.knees
    assert (first.is_read, second.is_read) == (False, True)
    assert window.editor.knee == 0, "Which is left to read."
    assert window.film.view.hasFocus()


def test_a_click_on_cancel_leaves_the_focus_with_the_film(window, three):
    window.film.view.setFocus()
    (cancel,) = window.status.findChildren(QPushButton)
    cancel.show()
    click(cancel)
    assert window.session.stopped
    assert window.film.view.hasFocus()


def test_tab_passes_the_knees_before_the_comment(window, show, films, finder):
    finder.knees = KNEES
    show(wide_film(films))
    buttons = [button(card, f"Reader's grade {n}") for card in window.panel.cards for n in (0, 4)]
    stop, passed = window.case_list.list, []
    while window.panel.comment not in passed:
        stop = stop.nextInFocusChain()
        passed.append(stop)
    assert [one for one in passed if one in buttons] == buttons


def test_opening_shows_the_first_new_case(window, three, films, wait_until):
    window.open_files([knee_crop(films, "d.png", 7), knee_crop(films, "e.png", 8)])
    wait_until(lambda: window.session.graded == 5)
    assert (shown(window), marked(window)) == ("d", ["d"])


def test_the_shown_case_is_marked_after_removing_and_filtering(window, three, process):
    press(window, Qt.Key.Key_PageDown)
    assert (shown(window), marked(window)) == ("b", ["b"])
    QTest.keyClicks(window.case_list.search, "b.png")
    process(20)
    assert (shown(window), marked(window)) == ("b", ["b"])
    window.case_list.search.clear()
    process(20)
    assert (shown(window), marked(window)) == ("b", ["b"])
    window.actions_table["remove"].trigger()
    process(20)
    assert marked(window) == [shown(window)]


def test_return_agrees_and_goes_on(window, show, films, finder):
    finder.knees = KNEES
    (case,) = show(wide_film(films))
    press(window, Qt.Key.Key_Return)
    assert window.editor.knee == 1
    assert case.reading.knees[0].reader_grade is not None
    assert "go on" in window.actions_table["agree"].text()
