"""A turned or mirrored film: what is seen, where the mouse acts, and the view's texts."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from koa_desktop.gui.viewer.canvas.orientation import Orientation
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import BoxMark
from koa_desktop.knees.box import Box
from koa_desktop.knees.window_presets import Preset, window_of
from koa_desktop.radiograph import Window, shown
from tests.support.gui_driver import Heard, at, drag, radiograph, seen, wheel

EVERY = [Orientation(quarters, mirrored) for quarters, mirrored in product(range(4), (False, True))]


def expected_picture(orientation: Orientation) -> np.ndarray:
    """The film as NumPy turns it."""
    film = radiograph()
    picture = film.pixels * 255
    picture = picture[:, ::-1] if orientation.mirrored else picture
    return np.rot90(picture, -orientation.quarters)


@pytest.mark.parametrize("orientation", EVERY, ids=str)
def test_the_screen_shows_the_film_turned_as_asked(
    view: ImageViewer, orientation: Orientation
) -> None:
    view.set_orientation(orientation)
    view.one_to_one()
    wanted = expected_picture(orientation)
    corners = [view.to_view(QPointF(x, y)) for x in (0, 400) for y in (0, 300)]
    left = round(min(corner.x() for corner in corners))
    top = round(min(corner.y() for corner in corners))
    height, width = wanted.shape
    picture = seen(view)[top : top + height, left : left + width, 0]
    assert picture.shape == wanted.shape
    assert np.abs(picture - wanted).max() <= 1


def test_turns_and_mirrors_are_the_screens(view: ImageViewer) -> None:
    view.rotate_film(1)
    view.mirror()
    picture = np.rot90(expected_picture(Orientation()), -1)[:, ::-1]
    assert np.array_equal(expected_picture(view.orientation), picture)
    view.mirror()
    view.rotate_film(-1)
    assert view.orientation == Orientation()


@pytest.mark.parametrize("orientation", EVERY, ids=str)
def test_a_turned_film_is_seen_whole(view: ImageViewer, orientation: Orientation) -> None:
    view.set_orientation(orientation)
    shown = 300 if orientation.quarters % 2 == 0 else 400
    assert view.scale_factor() == pytest.approx(600 / shown if shown == 400 else 2)
    for corner in ((0, 0), (400, 0), (0, 300), (400, 300)):
        place = view.to_view(QPointF(*corner))
        assert -1e-6 <= place.x() <= 800 + 1e-6
        assert -1e-6 <= place.y() <= 600 + 1e-6


@pytest.mark.parametrize("orientation", EVERY, ids=str)
def test_zoom_pan_and_turn_keep_their_points(
    app: QApplication, view: ImageViewer, orientation: Orientation
) -> None:
    view.set_orientation(orientation)
    place = QPointF(423, 287)
    fixed = view.to_image(place)
    for units in (240, 120, -120):
        wheel(app, view, place, units)
    assert (view.to_image(place) - fixed).manhattanLength() < 1e-6
    grasped = view.to_image(QPointF(300, 300))
    drag(view, QPoint(300, 300), (40, -30))
    assert (view.to_image(QPointF(340, 270)) - grasped).manhattanLength() < 1e-6
    middle = view.to_image(QPointF(400, 300))
    view.rotate_film(1)
    assert (view.to_image(QPointF(400, 300)) - middle).manhattanLength() < 1e-6


@pytest.mark.parametrize("orientation", EVERY, ids=str)
def test_a_box_follows_the_hand(view: ImageViewer, orientation: Orientation) -> None:
    box = Box(150, 100, 100)
    view.boxes.show([BoxMark(box, "R")], 0)
    view.set_orientation(orientation)
    heard = Heard(view)
    start = at(view, *box.centre)
    drag(view, start, (30, 15))
    moved = heard.of("changed")[0][1]
    assert moved.size == pytest.approx(100)
    now = view.to_view(QPointF(*moved.centre))
    assert (now - QPointF(start + QPoint(30, 15))).manhattanLength() < 2
    # The corner seen at the lower right is pulled outwards; the one across stays.
    rect = view.boxes.items[0].view_rect()
    drag(view, rect.bottomRight().toPoint(), (20, 20))
    grown = view.boxes.items[0].view_rect()
    assert (grown.topLeft() - rect.topLeft()).manhattanLength() < 2
    assert grown.width() > rect.width() + 15


@pytest.mark.parametrize("orientation", EVERY, ids=str)
def test_arrow_keys_move_a_box_as_it_is_seen(view: ImageViewer, orientation: Orientation) -> None:
    view.boxes.show([BoxMark(Box(150, 100, 100))], 0)
    view.set_orientation(orientation)
    before = view.boxes.items[0].view_rect().center()
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    moved = view.boxes.items[0].view_rect().center() - before
    assert moved.x() == pytest.approx(10 * view.scale_factor())
    assert moved.y() == pytest.approx(0, abs=1e-6)


def test_a_heat_map_turns_with_the_film(view: ImageViewer) -> None:
    heat = np.zeros((20, 20), np.float32)
    heat[:6, :6] = 1  # in the box's first corner
    box = Box(150, 100, 100)
    view.boxes.show([BoxMark(box)], None)
    view.mirror()
    plain = seen(view).astype(int)
    view.heat_maps.show(0, heat)
    rows, columns = np.nonzero(np.abs(seen(view) - plain).max(axis=2)[:550, 250:] > 40)
    place = view.to_image(QPointF(columns.mean() + 250, rows.mean()))
    assert place.x() == pytest.approx(165, abs=4)
    assert place.y() == pytest.approx(115, abs=4)


def test_reset_puts_everything_back(view: ImageViewer) -> None:
    before = seen(view)
    view.rotate_film(1)
    view.mirror()
    view.zoom_by(3)
    view.set_window(Window(900, 300))
    assert not np.array_equal(seen(view), before)
    view.reset_view()
    assert np.array_equal(seen(view), before)


# Windows


@pytest.mark.parametrize("inverted", [False, True])
def test_the_window_of_a_box_is_its_percentiles(view: ImageViewer, inverted: bool) -> None:
    film = radiograph(inverted=inverted)
    view.set_radiograph(film)
    view.boxes.show([BoxMark(Box(100, 50, 80))], 0)
    view.show_preset(Preset.BOX)
    inside = np.sort(film.values[50:130, 100:180].ravel())
    window = view.current_window()
    assert window.centre - window.width / 2 == pytest.approx(inside[63], abs=3)
    assert window.centre + window.width / 2 == pytest.approx(inside[-64], abs=3)
    assert not window.sigmoid


def test_a_box_beside_the_film_takes_the_whole_film() -> None:
    film = radiograph()
    whole = window_of(Preset.BOX, film, None)
    assert window_of(Preset.BOX, film, Box(-200, -200, 100)) == whole
    assert window_of(Preset.BOX, film, Box(900, 10, 100)) == whole


def test_the_full_window_cuts_no_value() -> None:
    film = radiograph()
    window = window_of(Preset.FULL, film, None)
    pixels = shown(film.values, window, inverted=film.inverted)
    assert (pixels.min(), pixels.max()) == (0, 1)
    assert len(np.unique(pixels)) == len(np.unique(film.values))


@pytest.mark.parametrize("inverted", [False, True])
def test_bone_is_told_apart_at_the_bright_end_and_soft_tissue_at_the_dark(inverted: bool) -> None:
    film = radiograph(inverted=inverted)
    full = window_of(Preset.FULL, film, None)
    bone = window_of(Preset.BONE, film, None)
    soft = window_of(Preset.SOFT_TISSUE, film, None)
    assert bone.width < full.width
    assert soft.width < full.width
    assert (bone.centre < soft.centre) == inverted
    # Blank surroundings do not count.
    padded = np.pad(film.values, 200, constant_values=film.values.max() if inverted else 0)
    around = film.with_values(padded)
    assert window_of(Preset.SOFT_TISSUE, around, None).width == pytest.approx(soft.width, rel=0.02)


def test_a_film_of_one_grey_has_windows() -> None:
    film = radiograph()
    flat = film.with_values(np.full((50, 50), 7, np.uint16))
    for preset in Preset:
        assert window_of(preset, flat, Box(0, 0, 20)).width > 0


def test_orientation_is_told(view: ImageViewer) -> None:
    told = []
    view.orientation_changed.connect(told.append)
    view.rotate_film(-1)
    view.mirror()
    view.mirror()
    assert [turned.degrees for turned in told] == [270, 90, 270]
    assert [turned.mirrored for turned in told] == [False, True, False]
