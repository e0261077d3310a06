"""The viewer, handled as a reader handles it: by mouse, wheel and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QKeySequence, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow, QVBoxLayout, QWidget

from koa_desktop.annotation.colours import AMBER, BLUE, YELLOW
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import (
    MIN_SIZE,
    BoxMark,
    Grip,
    dragged,
)
from koa_desktop.imaging.pyramid import grey, levels
from koa_desktop.knees.box import Box
from koa_desktop.radiograph import Radiograph, Window, shown
from tests.support.gui_driver import (
    LEFT,
    RIGHT,
    Heard,
    at,
    drag,
    radiograph,
    seen,
    share_of_colour,
    wheel,
)

MIDDLE = Qt.MouseButton.MiddleButton
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
FIRST, SECOND = Box(50, 120, 100), Box(230, 120, 100)
TYPES = [np.uint8, np.uint16, np.int16, np.float32]


@pytest.fixture
def boxed(view: ImageViewer) -> ImageViewer:
    """Two boxes at a zoom of 200 %, the second selected."""
    view.boxes.show([BoxMark(FIRST, "R · KL 2", warning=True), BoxMark(SECOND, "L · KL 0")], 1)
    return view


def grip_of(view: ImageViewer, box: Box, grip: Grip) -> QPoint:
    across, down = grip.value
    x, y = box.centre
    return at(view, x + across * box.size / 2, y + down * box.size / 2)


# What is shown


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("dtype", TYPES)
def test_grey_values_on_the_screen_are_those_of_the_radiograph(
    view: ImageViewer, dtype: type, inverted: bool
) -> None:
    film = radiograph(dtype=dtype, inverted=inverted)
    view.set_radiograph(film)
    view.one_to_one()
    corner = at(view, 0, 0)
    picture = seen(view)[corner.y() : corner.y() + 300, corner.x() : corner.x() + 400]
    expected = film.pixels * 255
    assert picture.shape == (300, 400, 3)
    assert np.abs(picture - expected[..., None]).max() <= 1


@pytest.mark.parametrize("dtype", TYPES)
def test_every_window_gives_what_the_radiograph_itself_gives(dtype: type) -> None:
    film = radiograph(dtype=dtype)
    curve = Window(900, 2000, sigmoid=True)
    for window in (film.window, Window(100, 1), Window(-500, 3000), Window(1e5, 10), curve):
        expected = np.rint(shown(film.values, window, inverted=film.inverted) * 255)
        assert np.array_equal(grey(film.values, window, inverted=film.inverted), expected)


def test_a_shrunk_film_is_averaged_not_sampled(view: ImageViewer) -> None:
    # A checkerboard of single pixels, sampled, would be black, white or a moiré.
    values = (np.indices((1500, 2000)).sum(axis=0) % 2 * 255).astype(np.uint8)
    view.set_radiograph(Radiograph.of(Path("film"), values, Window(127.5, 255)))
    place = at(view, 1000, 750)
    middle = seen(view)[place.y() - 100 : place.y() + 100, place.x() - 100 : place.x() + 100]
    assert middle.min() >= 125
    assert middle.max() <= 130


@pytest.mark.parametrize("shape", [(1000, 1400), (1001, 1399), (700, 3001), (30, 700)])
def test_pyramid_covers_the_film_and_keeps_its_greys(shape: tuple[int, int]) -> None:
    film = radiograph(shape[1], shape[0])
    pyramid = levels(film.values)
    for number, level in enumerate(pyramid.levels):
        assert level.shape == tuple(-(-side // 2**number) for side in shape)
        assert level.dtype == film.values.dtype
        expected = cv2.resize(film.values.astype(np.float32), level.shape[::-1], None, 0, 0, 3)
        assert abs(float(level.mean()) - float(expected.mean())) < 8
    assert pyramid.level_for(1.0) == pyramid.level_for(7.5) == pyramid.level_for(0.51) == 0
    assert pyramid.level_for(0.5) == min(1, len(pyramid.levels) - 1)
    assert pyramid.level_for(0.001) == len(pyramid.levels) - 1


def test_a_pyramid_made_beforehand_shows_the_same(view: ImageViewer) -> None:
    film = radiograph(1300, 1100)
    view.set_radiograph(film)
    alone = seen(view)
    view.set_radiograph(film, pyramid=levels(film.values))
    assert np.array_equal(seen(view), alone)


def test_around_the_film_and_without_one_the_view_is_black(view: ImageViewer) -> None:
    view.set_radiograph(radiograph(400, 100))
    assert seen(view)[:100].max() == 0
    view.set_corner_text(["Doe, J."], ["W 100"])
    view.set_radiograph(None)
    assert seen(view).max() == 0
    view.fit()
    view.zoom_by(2)
    view.reset_window()
    drag(view, QPoint(300, 300), (30, 30))
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert seen(view).max() == 0


def test_turned_film_keeps_place_and_window(view: ImageViewer) -> None:
    film = radiograph()
    view.zoom_by(3, QPointF(100, 100))
    view.set_window(Window(1000, 500))
    place, before = view.to_image(QPointF(0, 0)), seen(view)
    view.set_radiograph(film.with_polarity(inverted=not film.inverted), keep_view=True)
    assert view.to_image(QPointF(0, 0)) == place
    assert view.current_window() == Window(1000, 500)
    # Smooth enlargement rounds a little differently for a negative.
    assert np.abs(255 - before.astype(int) - seen(view)).max() <= 4


def test_another_film_is_fitted_in_its_own_window(view: ImageViewer) -> None:
    view.zoom_by(3)
    view.set_window(Window(1, 2))
    film = radiograph(900, 500)
    view.set_radiograph(film, keep_view=True)
    assert view.current_window() == film.window
    assert view.zoom_percent() == pytest.approx(100 * 800 / 900)


# Zoom and place


def test_fit_shows_the_whole_film_in_the_middle_also_after_a_resize(
    app: QApplication, view: ImageViewer
) -> None:
    assert view.zoom_percent() == pytest.approx(200)
    view.resize(400, 600)
    app.processEvents()
    assert view.zoom_percent() == pytest.approx(100)
    assert at(view, 200, 150) == QPoint(200, 300)


def test_a_resize_keeps_the_middle_of_a_zoomed_film(app: QApplication, view: ImageViewer) -> None:
    view.zoom_by(4, QPointF(500, 350))
    middle = view.to_image(QPointF(400, 300))
    view.resize(500, 500)
    app.processEvents()
    moved = view.to_image(QPointF(250, 250)) - middle
    assert moved.manhattanLength() < 1e-6
    assert view.zoom_percent() == pytest.approx(800)


def test_wheel_zooms_and_keeps_the_point_under_the_pointer(
    app: QApplication, view: ImageViewer
) -> None:
    place = QPointF(611, 173)
    fixed = view.to_image(place)
    zooms = [view.zoom_percent()]
    for units in (120, 120, 7, 3, -1, 120, -40):  # a wheel's notches and a touchpad's trickle
        wheel(app, view, place, units)
        zooms.append(view.zoom_percent())
        assert (view.to_image(place) - fixed).manhattanLength() < 0.51 / view.scale_factor()
    assert zooms[2] > zooms[1] > zooms[0]
    assert zooms[5] < zooms[4]


def test_zoom_has_limits(app: QApplication, view: ImageViewer) -> None:
    for _ in range(60):
        wheel(app, view, QPointF(400, 300), 240)
    assert view.zoom_percent() == pytest.approx(3200)
    for _ in range(90):
        wheel(app, view, QPointF(400, 300), -240)
    assert view.zoom_percent() == pytest.approx(2)


def test_zoom_is_told(view: ImageViewer) -> None:
    heard = Heard(view)
    view.one_to_one()
    view.zoom_by(1.5)
    view.fit()
    assert [round(values[0], 6) for values in heard.of("zoom_changed")] == [100, 150, 200]


@pytest.mark.parametrize("button", [LEFT, MIDDLE])
def test_drag_on_the_background_moves_the_film(view: ImageViewer, button: Qt.MouseButton) -> None:
    view.zoom_by(2)
    before = view.to_image(QPointF(300, 300))
    drag(view, QPoint(300, 300), (60, -35), button)
    assert (view.to_image(QPointF(360, 265)) - before).manhattanLength() < 1e-6


def test_the_film_cannot_be_lost(view: ImageViewer) -> None:
    drag(view, QPoint(400, 300), (5000, -4000))
    picture = seen(view)
    assert (picture > 0).any()


def test_pointer_tells_what_a_press_does(boxed: ImageViewer) -> None:
    port = boxed.viewport()

    def shape(place: QPoint) -> Qt.CursorShape:
        QTest.mouseMove(port, place)
        return port.cursor().shape()

    assert shape(at(boxed, 20, 20)) == Qt.CursorShape.OpenHandCursor
    assert shape(grip_of(boxed, FIRST, Grip.INSIDE)) == Qt.CursorShape.SizeAllCursor
    assert shape(grip_of(boxed, FIRST, Grip.TOP_LEFT)) == Qt.CursorShape.SizeFDiagCursor
    assert shape(grip_of(boxed, SECOND, Grip.TOP_RIGHT)) == Qt.CursorShape.SizeBDiagCursor
    assert shape(grip_of(boxed, SECOND, Grip.LEFT)) == Qt.CursorShape.SizeHorCursor
    assert shape(grip_of(boxed, SECOND, Grip.BOTTOM)) == Qt.CursorShape.SizeVerCursor
    drag(boxed, at(boxed, 20, 20), (30, 5), release=False)
    assert port.cursor().shape() == Qt.CursorShape.ClosedHandCursor


def test_double_click_zooms_to_a_box_and_back(boxed: ImageViewer) -> None:
    port = boxed.viewport()
    QTest.mouseDClick(port, LEFT, pos=grip_of(boxed, FIRST, Grip.INSIDE))
    assert boxed.scale_factor() == pytest.approx(0.8 * 600 / 100)
    assert grip_of(boxed, FIRST, Grip.INSIDE) == QPoint(400, 300)
    QTest.mouseDClick(port, LEFT, pos=QPoint(400, 300))
    assert boxed.zoom_percent() == pytest.approx(200)


# Window


def test_right_drag_changes_the_window(view: ImageViewer) -> None:
    heard = Heard(view)
    before = view.current_window()
    drag(view, QPoint(200, 200), (50, 0), RIGHT)
    wider = view.current_window()
    assert wider.centre == before.centre
    # The film's values span about 4000; 500 view pixels pass through all of them.
    assert wider.width - before.width == pytest.approx(50 * 4000 / 500, rel=0.1)
    assert heard.of("window_changed")[-1] == (wider,)
    view.reset_window()
    assert view.current_window() == before


@pytest.mark.parametrize("inverted", [False, True])
def test_right_drag_upwards_brightens(view: ImageViewer, inverted: bool) -> None:
    view.set_radiograph(radiograph(inverted=inverted))
    before, width = seen(view).mean(), view.current_window().width
    drag(view, QPoint(200, 300), (0, -80), RIGHT)
    assert view.current_window().width == width
    assert seen(view).mean() > before + 5


def test_right_drag_keeps_the_windows_curve(view: ImageViewer) -> None:
    view.set_window(Window(1900, 3100, sigmoid=True))
    drag(view, QPoint(200, 200), (50, 20), RIGHT)
    assert view.current_window().sigmoid
    assert view.current_window().width > 3100


def test_a_window_never_closes(view: ImageViewer) -> None:
    drag(view, QPoint(700, 200), (-700, 0), RIGHT)
    assert view.current_window().width > 0
    assert np.isfinite(seen(view)).all()


def test_a_film_of_one_grey_can_be_windowed(view: ImageViewer) -> None:
    view.set_radiograph(Radiograph.of(Path("film"), np.full((50, 60), 7, np.uint8), Window(7, 1)))
    drag(view, QPoint(200, 200), (100, 100), RIGHT)
    assert view.current_window() != Window(7, 1)


def test_escape_gives_the_window_back(view: ImageViewer) -> None:
    before = view.current_window()
    drag(view, QPoint(200, 200), (90, 40), RIGHT, release=False)
    assert view.current_window() != before
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.current_window() == before
    QTest.mouseMove(view.viewport(), QPoint(500, 500))
    assert view.current_window() == before


# Boxes


def test_showing_boxes_says_nothing(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    boxed.boxes.show([BoxMark(SECOND, "L", pending=True)], 0)
    boxed.boxes.show([], None)
    boxed.boxes.show([BoxMark(FIRST), BoxMark(SECOND)], None)
    assert heard.said == []


def test_colours_and_tags_tell_chosen_flagged_and_other_boxes(view: ImageViewer) -> None:
    view.boxes.show([BoxMark(FIRST, "R · KL 2", warning=True), BoxMark(SECOND, "L · KL 0")], None)
    picture = seen(view)
    for box, colour in ((FIRST, AMBER), (SECOND, BLUE)):
        corner = at(view, box.left, box.top)
        tag = picture[corner.y() - 18 : corner.y() - 3, corner.x() : corner.x() + 40]
        assert share_of_colour(tag, colour) > 0.4
        assert (tag.max(axis=2) < 60).any(), "the tag's text is dark"
    view.boxes.show([BoxMark(SECOND, "L · KL 0")], 0)
    assert share_of_colour(seen(view), YELLOW) > 0
    assert share_of_colour(seen(view), BLUE) == 0


def test_tag_of_a_box_at_the_top_stays_in_view(view: ImageViewer) -> None:
    view.boxes.show([BoxMark(Box(100, -20, 120), "R · KL 4")], 0)
    left = at(view, 100, 0).x()
    assert share_of_colour(seen(view)[:18, left : left + 50], YELLOW) > 0.4


def test_a_box_is_moved_by_its_inside_and_told_once(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    drag(boxed, grip_of(boxed, FIRST, Grip.INSIDE), (40, -20))
    assert heard.said == [("picked", 0), ("changed", 0, Box(70, 110, 100))]


def test_a_moved_box_keeps_its_middle_on_the_film(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    drag(boxed, grip_of(boxed, SECOND, Grip.INSIDE), (-2000, 40))
    assert heard.of("changed") == [(1, Box(-50, 140, 100))]


def test_an_unsteady_click_moves_no_box(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    drag(boxed, grip_of(boxed, SECOND, Grip.INSIDE), (2, 1))
    assert heard.said == []
    assert boxed.boxes.at(1) == SECOND


RESIZED = {
    Grip.TOP_LEFT: Box(210, 100, 120),
    Grip.TOP: Box(225, 110, 110),
    Grip.TOP_RIGHT: Box(230, 110, 110),
    Grip.LEFT: Box(210, 110, 120),
    Grip.RIGHT: Box(230, 130, 80),
    Grip.BOTTOM_LEFT: Box(210, 120, 120),
    Grip.BOTTOM: Box(235, 120, 90),
    Grip.BOTTOM_RIGHT: Box(230, 120, 90),
}


@pytest.mark.parametrize("grip", RESIZED)
def test_each_grip_resizes_the_square(boxed: ImageViewer, grip: Grip) -> None:
    heard = Heard(boxed)
    drag(boxed, grip_of(boxed, SECOND, grip), (-40, -20))  # 20 and 10 pixels of the film
    assert heard.said == [("changed", 1, RESIZED[grip])]


def test_a_box_has_a_least_size(boxed: ImageViewer) -> None:
    drag(boxed, grip_of(boxed, SECOND, Grip.BOTTOM_RIGHT), (-400, -400))
    assert boxed.boxes.at(1) == Box(230, 120, MIN_SIZE)


steps = st.floats(-500, 500)


@given(grip=st.sampled_from(Grip), dx=steps, dy=steps)
def test_what_is_opposite_the_grip_stays(grip: Grip, dx: float, dy: float) -> None:
    before, after = Box(10, 20, 100), dragged(Box(10, 20, 100), grip, dx, dy)
    assert after.size >= MIN_SIZE
    across, down = grip.value
    if grip is Grip.INSIDE:
        assert after == Box(10 + dx, 20 + dy, 100)
        return
    for direction, start, middle, end in (
        (across, before.centre[0], after.centre[0], after.size),
        (down, before.centre[1], after.centre[1], after.size),
    ):
        opposite = start - direction * before.size / 2
        assert middle - direction * end / 2 == pytest.approx(opposite)


def test_escape_puts_a_box_back(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    start = grip_of(boxed, SECOND, Grip.INSIDE)
    drag(boxed, start, (-50, 30), release=False)
    assert boxed.boxes.at(1) != SECOND
    QTest.keyClick(boxed, Qt.Key.Key_Escape)
    QTest.mouseRelease(boxed.viewport(), LEFT, pos=start + QPoint(-50, 30))
    assert boxed.boxes.at(1) == SECOND
    assert heard.said == []


def test_a_result_that_arrives_does_not_take_a_box_out_of_the_hand(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    start = grip_of(boxed, SECOND, Grip.INSIDE)
    drag(boxed, start, (-50, 30), release=False)
    boxed.boxes.show([BoxMark(FIRST, "R · KL 3"), BoxMark(SECOND, "L · KL 0")], 1)
    QTest.mouseRelease(boxed.viewport(), LEFT, pos=start + QPoint(-50, 30))
    assert heard.of("changed") == [(1, Box(205, 135, 100))]


def test_a_box_that_goes_while_it_is_held_is_let_go(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    start = grip_of(boxed, SECOND, Grip.INSIDE)
    drag(boxed, start, (-50, 30), release=False)
    boxed.boxes.show([BoxMark(FIRST)], None)
    QTest.mouseRelease(boxed.viewport(), LEFT, pos=start)
    QTest.keyPress(boxed, Qt.Key.Key_Right)
    assert heard.said == []
    assert boxed.boxes.at(0) == FIRST


def test_a_drag_whose_release_another_window_took_is_undone(
    app: QApplication, boxed: ImageViewer
) -> None:
    heard = Heard(boxed)
    start = grip_of(boxed, SECOND, Grip.INSIDE)
    drag(boxed, start, (-50, 30), release=False)
    place = QPointF(start + QPoint(-90, 30))
    none = Qt.MouseButton.NoButton
    plain = Qt.KeyboardModifier.NoModifier
    port = boxed.viewport()
    move = QEvent.Type.MouseMove
    app.sendEvent(port, QMouseEvent(move, place, port.mapToGlobal(place), none, none, plain))
    assert boxed.boxes.at(1) == SECOND
    assert heard.said == []


def test_another_film_ends_what_was_going_on(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    drag(boxed, grip_of(boxed, SECOND, Grip.INSIDE), (-50, 30), release=False)
    boxed.set_radiograph(radiograph(500, 500))
    QTest.mouseMove(boxed.viewport(), QPoint(10, 10))
    QTest.mouseRelease(boxed.viewport(), LEFT, pos=QPoint(10, 10))
    QTest.keyClick(boxed, Qt.Key.Key_Delete)
    assert {said[0] for said in heard.said} == {"zoom_changed", "window_changed"}


def test_a_new_box_is_drawn(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    boxed.draw_box()
    drag(boxed, at(boxed, 180, 60), (-80, 50))
    assert heard.said == [("drawn", Box(140, 60, 40))]
    drag(boxed, at(boxed, 180, 60), (-80, 50))
    assert len(heard.of("drawn")) == 1, "one box for each time drawing is asked for"


def test_a_slip_of_the_hand_draws_nothing(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    boxed.draw_box()
    drag(boxed, at(boxed, 180, 60), (10, 6))
    assert heard.said == []
    drag(boxed, at(boxed, 180, 60), (80, 6), release=False)
    QTest.keyClick(boxed, Qt.Key.Key_Escape)
    assert heard.said == []
    assert boxed.boxes.is_drawing
    QTest.keyClick(boxed, Qt.Key.Key_Escape)
    assert not boxed.boxes.is_drawing
    assert heard.said == []


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


def test_a_large_film_is_drawn_in_full_again_after_its_window_was_dragged(
    view: ImageViewer, process: Callable[[int], None]
) -> None:
    view.set_radiograph(radiograph(3000, 4000, np.float32))
    view.one_to_one()
    before = seen(view)
    drag(view, QPoint(200, 200), (30, 30), RIGHT, release=False)
    process(0)
    assert not np.array_equal(seen(view), before)
    QTest.mouseRelease(view.viewport(), RIGHT, pos=QPoint(230, 230))
    view.reset_window()
    assert np.array_equal(seen(view), before)


def test_a_chosen_box_out_of_sight_is_brought_into_view(view: ImageViewer) -> None:
    left, right = BoxMark(Box(40, 300, 200)), BoxMark(Box(700, 300, 200))
    view.boxes.show([left, right], 0)
    view.zoom_to_knee()
    large = view.zoom_percent()
    view.boxes.show([left, right], 1)
    middle = view.to_image(QPointF(view.viewport().rect().center()))
    assert (middle.x(), middle.y()) == pytest.approx((800, 400), abs=2)
    assert view.zoom_percent() == pytest.approx(large)
    view.zoom_by(1.5)
    view.boxes.show([left, right], 0)
    middle = view.to_image(QPointF(view.viewport().rect().center()))
    assert (middle.x(), middle.y()) == pytest.approx((140, 400), abs=2)
    assert view.zoom_percent() == pytest.approx(1.5 * large)
    view.fit()
    whole = view.to_view(QPointF(0, 0))
    view.boxes.show([left, right], 1)
    assert view.to_view(QPointF(0, 0)) == whole
