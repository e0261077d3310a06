"""The window keeps its size and its parts' widths, whatever is said, on small screens as well."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QListView, QMenu, QToolButton

from koa_desktop.gui.style.elided import ElidedLabel
from koa_desktop.gui.style.parts import Parts
from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import Side
from tests.screenshots.geometry import faults
from tests.support.gui_driver import press
from tests.support.sample_files import wide_film

KNEES = (Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(410, 130, 224), Side.LEFT))
LONG = "A sentence on a file with a very long name. " * 8
# The last two are 1280 x 800 at 200 %, and 1920 x 1080 at 300 %.
SMALL = [QSize(1280, 800), QSize(1024, 600), QSize(640, 400), QSize(640, 360)]


@pytest.fixture
def case(show, films, finder):
    finder.knees = KNEES
    return show(wide_film(films, f"{'a very long name ' * 8}.png"))[0]


def widths(window):
    return window.case_list.width(), window.film_area.width(), window.panel.width()


@pytest.mark.parametrize("size", SMALL, ids=lambda size: f"{size.width()}x{size.height()}")
def test_nothing_that_is_said_changes_a_size(window, case, process, size):
    window.resize(size)
    process()
    assert window.size() == size
    before = widths(window)
    window.status.notify(LONG)
    process()
    assert window.size() == size
    assert widths(window) == before
    (notice,) = [label for label in window.status.findChildren(ElidedLabel) if label.text() == LONG]
    assert notice.is_elided
    assert notice.width() > 20 * notice.fontMetrics().averageCharWidth()
    assert notice.toolTip() == LONG
    assert "1 of 1 done" in window.status.text
    for bar in (window.saving.unsaved, window.saving.elsewhere):
        bar.say(LONG[:120])
        process()
        assert (window.size(), widths(window)) == (size, before)
        assert not faults(window)
    for key in (Qt.Key.Key_2, Qt.Key.Key_J, Qt.Key.Key_Return, Qt.Key.Key_Backspace, Qt.Key.Key_H):
        press(window, key)
        process()
        assert (window.size(), widths(window)) == (size, before)


def test_a_short_text_is_whole_and_has_no_tooltip(window, process):
    window.status.notify("Done.")
    process()
    (notice,) = [
        label for label in window.status.findChildren(ElidedLabel) if label.text() == "Done."
    ]
    assert not notice.is_elided
    assert notice.toolTip() == ""


def in_menus(menus):
    for menu in menus:
        for action in menu.actions():
            inner = action.menu()
            yield from in_menus([inner]) if isinstance(inner, QMenu) else [action]


@pytest.mark.parametrize("size", SMALL, ids=lambda size: f"{size.width()}x{size.height()}")
def test_every_command_can_be_reached(window, case, process, size):
    window.resize(size)
    process()
    bar = window.menuBar()
    # None of the menus has moved behind an arrow.
    tops = [action for action in bar.actions() if action.menu()]
    assert all(bar.actionGeometry(action).right() < window.width() for action in tops)
    reached = set(in_menus([action.menu() for action in tops]))
    named = [action for action in window.findChildren(QAction) if action.shortcut().toString()]
    assert {action.text() for action in named} <= {action.text() for action in reached}
    for card in window.panel.cards:
        assert card.width() <= window.panel.viewport().width()
    more = window.tools.findChild(QToolButton, "qt_toolbar_ext_button")
    buttons = [window.tools.widgetForAction(action) for action in window.tools.actions()]
    hidden = [button for button in buttons if button is not None and not button.isVisible()]
    assert more.isVisible() or not hidden


@pytest.mark.parametrize("size", SMALL, ids=lambda size: f"{size.width()}x{size.height()}")
def test_report_and_comparison_are_seen_in_any_window(window, case, process, size):
    window.resize(size)
    process()
    for name in ("compare", "report"):
        button = window.end_bar.widgetForAction(window.actions_table[name])
        assert button.isVisible()
        assert button.width() >= button.sizeHint().width()
        assert window.rect().contains(button.mapTo(window, button.rect().bottomRight()))
    for name in ("open", "ruler"):
        assert window.tools.widgetForAction(window.actions_table[name]).isVisible()
    more = window.end_bar.findChild(QToolButton, "qt_toolbar_ext_button")
    assert more is None or not more.isVisible()


def test_the_widths_of_the_parts_are_those_of_the_last_session(make_window, process):
    first = make_window()
    first.findChild(Parts).setSizes([200, 650, 428])
    process()
    wanted = widths(first)
    assert wanted[0] == 200
    first.close()
    assert widths(make_window()) == wanted


def darkest(window):
    """The share of black in the list, which is a thumbnail's."""
    rows = window.case_list.findChild(QListView).viewport()
    picture = rows.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    stride = picture.bytesPerLine()
    grey = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), stride)
    return np.mean(grey[:, : picture.width()] < 8)


def test_a_narrow_list_leaves_its_room_to_the_names(window, case, process):
    process()
    assert darkest(window) > 0
    window.resize(640, 400)
    process()
    assert darkest(window) == 0


@pytest.mark.parametrize("size", SMALL, ids=lambda size: f"{size.width()}x{size.height()}")
def test_an_empty_window_cuts_no_button_and_leaves_room_for_a_search(window, process, size):
    window.resize(size)
    process()
    assert not faults(window)
    search = window.case_list.search
    assert search.width() >= 2 * search.sizeHint().height()
