"""The window through which a film is shown is chosen by name, and its name is ticked."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from koa_desktop.knees.box import Box, Knee
from koa_desktop.knees.window_presets import Preset, window_of
from koa_desktop.radiograph import Side
from koa_desktop.system.paths import SAMPLES
from tests.support.gui_driver import RIGHT, at, drag, press
from tests.support.sample_files import knee_crop

KNEES = (Knee(Box(300, 850, 700), Side.RIGHT), Knee(Box(1200, 850, 700), Side.LEFT))


@pytest.fixture
def case(show, finder):
    finder.knees = KNEES
    return show(SAMPLES / "bilateral.dcm")[0]


def offered(window):
    """The commands of the tool bar's menu of windows."""
    buttons = window.tools.findChildren(QToolButton)
    (found,) = [button for button in buttons if button.text() == "Window"]
    return found.defaultAction().menu().actions()


def ticked(window):
    return [action.text().replace("&", "") for action in offered(window) if action.isChecked()]


def test_the_tool_bar_offers_every_window_and_ticks_the_one_that_is_on(window, case):
    view, film = window.film.view, window.session.film(case).radiograph
    assert ticked(window) == ["As in the file"]
    for action, preset in zip(offered(window), Preset, strict=True):
        action.trigger()
        assert ticked(window) == [action.text().replace("&", "")]
        box = case.reading.knees[0].knee.box
        assert view.current_window() == window_of(preset, film, box)
    press(window, Qt.Key.Key_B)
    press(window, Qt.Key.Key_B)
    assert ticked(window) == ["Bone"]


def test_a_window_set_by_hand_has_no_tick_and_another_film_its_own(window, case, films, wait_until):
    press(window, Qt.Key.Key_T)
    view = window.film.view
    drag(view, at(view, 1000, 300), (60, -40), RIGHT)
    assert ticked(window) == []
    window.open_files([knee_crop(films)])
    wait_until(lambda: len(window.session.cases) == window.session.graded == 2)
    window.case_list.show_case(list(window.session.cases)[1])
    wait_until(lambda: window.session.current is not case and window.film.has_film)
    assert ticked(window) == ["As in the file"]


def test_compared_films_are_shown_through_the_chosen_window(window, case):
    press(window, Qt.Key.Key_C)
    press(window, Qt.Key.Key_W, Qt.KeyboardModifier.ShiftModifier)
    assert ticked(window) == ["Automatic"]
    first, second = window.compare.films
    assert first.current_window() == second.current_window()
    press(window, Qt.Key.Key_C)
    assert ticked(window) == ["As in the file"]


def test_nothing_is_offered_without_a_film(window):
    (button,) = [one for one in window.tools.findChildren(QToolButton) if one.text() == "Window"]
    assert not button.isEnabled()
