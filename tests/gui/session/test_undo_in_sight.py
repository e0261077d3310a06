"""The window shows the case of a change that is undone or redone; the status line names it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from koa_desktop.gui.support.settings import Only
from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import Side
from koa_desktop.system.paths import SAMPLES
from tests.support.gui_driver import CTRL, SHIFT, press
from tests.support.sample_files import knee_crop, two_grades_film

RIGHT = Knee(Box(60, 130, 224), Side.RIGHT)
LEFT = Knee(Box(410, 130, 224), Side.LEFT)


@pytest.fixture
def cases(show, films):
    """A crop, whose knee the reader has agreed on, and another film, which is shown."""
    return show(knee_crop(films), SAMPLES / "grade4.png")


@pytest.fixture
def read(window, cases):
    first, second = cases
    press(window, Qt.Key.Key_Return)
    assert first.reading.is_read
    press(window, Qt.Key.Key_PageDown)
    assert window.session.current is second
    return first


def test_a_redone_change_is_shown(window, cases, read):
    press(window, Qt.Key.Key_Z, CTRL)
    press(window, Qt.Key.Key_PageDown)
    press(window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert read.reading.is_read
    assert window.session.current is read
    assert window.case_list.selected() == [read]
    assert window.status.notice.startswith("Last change: agree with KL")


def test_a_search_that_hides_what_is_undone_ends(window, cases, read):
    window.case_list.search.setText("grade4")
    assert window.case_list.selected() == [cases[1]]
    press(window, Qt.Key.Key_Z, CTRL)
    assert not read.reading.is_read
    assert window.session.current is read
    assert window.case_list.selected() == [read]
    assert not window.case_list.search.text()
    assert window.status.notice.startswith("Undone: agree with KL")
    assert window.status.notice.endswith("redo with Ctrl+Shift+Z")


def test_a_filter_lets_through_what_is_redone(window, cases, read):
    press(window, Qt.Key.Key_Z, CTRL)
    press(window, Qt.Key.Key_PageDown)
    window.actions_table[f"only_{Only.UNREAD.value}"].trigger()
    press(window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert read.reading.is_read
    assert window.case_list.selected() == [read]


def test_the_knee_of_what_is_undone_is_chosen(window, show, films, finder):
    finder.knees = (RIGHT, LEFT)
    show(two_grades_film(films), SAMPLES / "grade4.png")
    press(window, Qt.Key.Key_J)
    press(window, Qt.Key.Key_4)
    press(window, Qt.Key.Key_PageDown)
    press(window, Qt.Key.Key_Z, CTRL)
    assert window.editor.marked.knee.side is Side.LEFT
    press(window, Qt.Key.Key_J)
    press(window, Qt.Key.Key_Z, CTRL | SHIFT)
    assert window.editor.marked.knee.side is Side.LEFT
    assert window.editor.marked.reader_grade == 4
