"""While a tool is on over the film, the window shows it, and nothing covers what is measured."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from koa_desktop.gui.dialogs.calibration import CalibrationDialog
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.radiograph import Side
from tests.support.gui_driver import LEFT, at, click, press
from tests.support.sample_files import wide_film

KNEES = (
    Knee(Box(60, 130, 224), Side.RIGHT, SideSource.POSITION),
    Knee(Box(410, 130, 224), Side.LEFT, SideSource.POSITION),
)
INSIDE = (172, 240)  # of the first box
NAMES = ("ruler", "angle", "mask", "draw", "calibrate")


@pytest.fixture
def case(show, films, finder):
    finder.knees = KNEES
    return show(wide_film(films))[0]


def point_at(view, place: QPoint) -> str:
    """Let the pointer rest at a place of the film; return the tool tip that comes up."""
    port = view.viewport()
    QTest.mouseMove(port, place)
    QApplication.sendEvent(port, QHelpEvent(QEvent.Type.ToolTip, place, port.mapToGlobal(place)))
    return QToolTip.text() if QToolTip.isVisible() else ""


def ticked(window):
    return [name for name in NAMES if window.actions_table[name].isChecked()]


def test_no_tooltip_covers_the_film_while_a_tool_is_on(window, case, wait_until):
    view = window.film.view
    place = at(view, *INSIDE)
    assert "side from the position" in point_at(view, place)
    press(window, Qt.Key.Key_A)
    # One that was there already goes, too.
    wait_until(lambda: not QToolTip.isVisible())
    assert point_at(view, place) == ""
    QTest.mouseClick(view.viewport(), LEFT, pos=place)
    assert point_at(view, place) == ""
    press(window, Qt.Key.Key_Escape)
    assert point_at(view, place)


def test_the_button_the_pointer_and_a_line_tell_that_the_ruler_is_on(window, case):
    view, status = window.film.view, window.status
    button = window.tools.widgetForAction(window.actions_table["ruler"])
    assert not button.isChecked()
    click(button)
    assert button.isChecked()
    assert ticked(window) == ["ruler"]
    assert view.viewport().cursor().shape() is Qt.CursorShape.CrossCursor
    assert status.notice == "Click one end of the length, or drag along it · cancel: Esc"
    QTest.mouseClick(view.viewport(), LEFT, pos=at(view, 100, 200))
    assert status.notice == "Click the other end of the length · cancel: Esc"
    QTest.mouseClick(view.viewport(), LEFT, pos=at(view, 200, 200))
    assert len(case.reading.measurements) == 1
    assert not ticked(window)
    assert "Esc" not in status.notice
    click(button)
    click(button)
    assert not ticked(window)
    assert not view.has_tool


@pytest.mark.parametrize(
    ("key", "modifier", "name", "said"),
    [
        (Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "angle", "one arm of the angle"),
        (Qt.Key.Key_M, Qt.KeyboardModifier.ShiftModifier, "mask", "one corner of the area"),
        (Qt.Key.Key_K, Qt.KeyboardModifier.NoModifier, "draw", "Drag around the knee"),
    ],
)
def test_each_tool_is_told_until_escape_ends_it_wherever_the_focus_is(
    window, case, key, modifier, name, said
):
    press(window, Qt.Key.Key_R)
    press(window, key, modifier)
    assert ticked(window) == [name]
    assert said in window.status.notice
    window.case_list.list.setFocus()
    press(window, Qt.Key.Key_Escape)
    assert not ticked(window)
    assert window.status.notice == ""
    assert not window.film.view.has_tool


def test_calibration_is_ticked_once_the_object_can_be_drawn(window, case, process):
    def ask():
        window.actions_table["calibrate"].trigger()
        (dialog,) = [one for one in window.findChildren(CalibrationDialog) if one.isVisible()]
        return dialog

    ask().reject()
    process(10)
    assert not ticked(window)
    ask().accept()
    assert ticked(window) == ["calibrate"]
    assert "edge of the object" in window.status.notice
    window.actions_table["calibrate"].trigger()
    assert not ticked(window)
    assert not window.film.view.has_tool


@pytest.mark.parametrize("key", [Qt.Key.Key_C, Qt.Key.Key_P])
def test_a_tool_ends_where_it_could_draw_nothing(window, case, key):
    press(window, Qt.Key.Key_R)
    press(window, key)
    assert not ticked(window)
    assert not window.film.view.has_tool


def test_a_message_goes_before_the_line_which_then_comes_back(window, case, process):
    press(window, Qt.Key.Key_R)
    said = window.status.notice
    window.status.notify("The disk is full.")
    assert window.status.notice == "The disk is full."
    QTest.mouseClick(window.film.view.viewport(), LEFT, pos=at(window.film.view, 100, 200))
    press(window, Qt.Key.Key_Escape)
    press(window, Qt.Key.Key_R)
    assert window.status.notice == said
