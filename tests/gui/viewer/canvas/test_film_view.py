"""The film alone: its grey values, zoom, place and window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import (
    Grip,
)
from koa_desktop.imaging.pyramid import grey, levels
from koa_desktop.radiograph import Radiograph, Window, shown
from tests.support.gui_driver import (
    FIRST,
    LEFT,
    RIGHT,
    SECOND,
    Heard,
    at,
    drag,
    grip_of,
    radiograph,
    seen,
    wheel,
)

MIDDLE = Qt.MouseButton.MiddleButton
TYPES = [np.uint8, np.uint16, np.int16, np.float32]


# Grey values


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
