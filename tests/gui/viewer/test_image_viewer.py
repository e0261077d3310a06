"""The viewer as a whole: its keys, and what stands over the film."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QVBoxLayout, QWidget

from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import (
    BoxMark,
)
from koa_desktop.knees.box import Box
from tests.support.gui_driver import (
    CTRL,
    FIRST,
    SECOND,
    SHIFT,
    Heard,
    at,
    radiograph,
    seen,
)

# Keyboard


@pytest.mark.parametrize(
    ("key", "modifiers", "box"),
    [
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, Box(229, 120, 100)),
        (Qt.Key.Key_Down, SHIFT, Box(230, 130, 100)),
        (Qt.Key.Key_Right, CTRL, Box(229.5, 119.5, 101)),
        (Qt.Key.Key_Down, CTRL | SHIFT, Box(235, 125, 90)),
    ],
)
def test_arrow_keys_move_and_resize(
    boxed: ImageViewer, key: Qt.Key, modifiers: Qt.KeyboardModifier, box: Box
) -> None:
    heard = Heard(boxed)
    QTest.keyClick(boxed, key, modifiers)
    assert heard.said == [("changed", 1, box)]


def test_a_held_key_is_one_change(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    for _ in range(5):
        QTest.keyPress(boxed, Qt.Key.Key_Right)
    assert heard.said == []
    QTest.keyRelease(boxed, Qt.Key.Key_Right)
    assert heard.said == [("changed", 1, Box(235, 120, 100))]


def test_tab_goes_through_the_boxes_and_on(app: QApplication) -> None:
    window = QWidget()
    layout = QVBoxLayout(window)
    view, after = ImageViewer(), QLineEdit()
    layout.addWidget(view)
    layout.addWidget(after)
    window.resize(500, 500)
    window.show()
    window.activateWindow()
    view.setFocus()
    view.set_radiograph(radiograph())
    view.boxes.show([BoxMark(FIRST), BoxMark(SECOND)], 0)
    heard = Heard(view)
    QTest.keyClick(view, Qt.Key.Key_Tab)
    QTest.keyClick(view, Qt.Key.Key_Tab, SHIFT)
    assert heard.said == [("picked", 1), ("picked", 0)]
    QTest.keyClick(view, Qt.Key.Key_Tab)
    QTest.keyClick(view, Qt.Key.Key_Tab)
    assert window.focusWidget() is after
    window.close()


def test_delete_asks(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    QTest.keyClick(boxed, Qt.Key.Key_Delete)
    assert heard.said == [("delete_requested", 1)]
    assert boxed.boxes.at(1) == SECOND


def test_the_windows_shortcuts_do_not_take_the_views_keys(app: QApplication) -> None:
    window, view = QMainWindow(), ImageViewer()
    window.setCentralWidget(view)
    fired: list[str] = []
    for keys in ("Right", "Escape", "F"):
        action = QAction(keys, window)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _checked, keys=keys: fired.append(keys))
        window.addAction(action)
    window.show()
    window.activateWindow()
    view.setFocus()
    app.processEvents()
    view.set_radiograph(radiograph())
    view.boxes.show([BoxMark(FIRST)], 0)
    heard = Heard(view)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Escape, Qt.Key.Key_F):
        QTest.keyClick(view, key)
    assert [said[0] for said in heard.said] == ["changed"]
    assert fired == ["Escape", "F"], "nothing is being dragged, so Escape is the window's"
    window.close()


def test_a_screen_reader_finds_a_name(view: ImageViewer) -> None:
    assert view.accessibleName()


def test_files_dropped_on_the_film_are_left_to_the_window(view: ImageViewer) -> None:
    assert not view.acceptDrops()
    assert not view.viewport().acceptDrops()


# Heat maps


@pytest.fixture
def heated(boxed: ImageViewer) -> ImageViewer:
    """A hot left half in the first box."""
    hot = np.zeros((224, 224), np.float32)
    hot[:, :112] = 1
    boxed.heat_maps.show(0, hot)
    return boxed


def colourfulness(view: ImageViewer, box: Box, part: float) -> float:
    place = at(view, box.left + part * box.size, box.top + box.size / 2)
    patch = seen(view)[place.y() - 10 : place.y() + 10, place.x() - 10 : place.x() + 10]
    return float(np.ptp(patch.astype(int), axis=2).mean())


def test_heat_lies_in_its_box_only(heated: ImageViewer) -> None:
    assert colourfulness(heated, FIRST, 0.25) > 20
    assert colourfulness(heated, FIRST, 0.75) < 2
    assert colourfulness(heated, SECOND, 0.25) < 2


def test_heat_can_be_hidden_and_thinned(heated: ImageViewer) -> None:
    full = colourfulness(heated, FIRST, 0.25)
    heated.heat_maps.set_opacity(0.2)
    assert 2 < colourfulness(heated, FIRST, 0.25) < full
    heated.heat_maps.set_visible(False)
    assert colourfulness(heated, FIRST, 0.25) < 2
    heated.heat_maps.set_visible(True)
    heated.heat_maps.show(0, None)
    assert colourfulness(heated, FIRST, 0.25) < 2


def test_heat_does_not_follow_a_box_to_where_the_model_did_not_look(heated: ImageViewer) -> None:
    moved = Box(60, 120, 100)
    heated.boxes.show([BoxMark(moved, "R"), BoxMark(SECOND, "L")], 0)
    assert colourfulness(heated, moved, 0.25) < 2
    heated.boxes.show([BoxMark(FIRST, "R"), BoxMark(SECOND, "L")], 0)
    assert colourfulness(heated, FIRST, 0.25) > 20


def test_legend_stands_with_the_heat_alone(heated: ImageViewer) -> None:
    def legend() -> float:
        corner = seen(heated)[-60:, 14:190].astype(int)
        return float(np.ptp(corner, axis=2).max())

    heated.set_radiograph(radiograph(400, 60))
    heated.boxes.show([BoxMark(Box(10, 10, 40))], 0)
    assert legend() == 0
    heated.heat_maps.show(0, np.ones((8, 8), np.float32))
    assert legend() > 150
    heated.heat_maps.set_visible(False)
    assert legend() == 0


def test_outline_is_drawn_around_what_spoke_most(heated: ImageViewer) -> None:
    heated.heat_maps.set_opacity(0.0)
    plain = seen(heated)
    heated.heat_maps.set_outlined(True)
    changed = np.argwhere((seen(heated) != plain).any(axis=2))
    top_left, bottom_right = at(heated, 50, 120), at(heated, 100, 220)
    assert len(changed) > 100
    assert changed[:, 1].min() >= top_left.x() - 3
    assert changed[:, 1].max() <= bottom_right.x() + 3
    assert changed[:, 0].min() >= top_left.y() - 3


def test_corner_texts_stand_in_the_upper_corners(view: ImageViewer) -> None:
    view.set_radiograph(radiograph(400, 60))
    view.set_corner_text(["Doe, J.", "F · 1961"], ["W 2100 L 1050"])
    picture = seen(view)
    assert picture[10:50, 10:120].max() > 150
    assert picture[10:30, 650:790].max() > 150
    assert picture[10:50, 300:500].max() == 0
    view.zoom_by(2)
    assert np.array_equal(seen(view)[10:50, 10:120], picture[10:50, 10:120])
