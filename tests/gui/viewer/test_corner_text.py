"""The texts in the film's corners: legible, and never over what is burnt into the film there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF
from PySide6.QtTest import QTest

from koa_desktop.gui.viewer.canvas.orientation import Orientation
from koa_desktop.gui.viewer.corner_text import TEXT_COLOUR
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import BoxMark
from koa_desktop.knees.box import Box
from koa_desktop.radiograph import Radiograph, Window
from tests.gui.style.test_theme import contrast
from tests.support.gui_driver import LEFT, drag, seen

LEFT_TEXTS, RIGHT_TEXTS = ["Doe, Jane", "F · 1961", "Knee AP"], ["W 2100  L 1050", "Zoom 80 %"]


@pytest.fixture
def film() -> Radiograph:
    """A dark film of the view's shape with a bright letter in each corner."""
    values = np.full((750, 1000), 20, np.uint8)
    letter = np.zeros((50, 40), np.uint8)
    letter[:, :10] = letter[-10:] = 240
    for row in (20, 680):
        for column in (20, 940):
            values[row : row + 50, column : column + 40] += letter
    return Radiograph.of(Path("film"), values, Window(127.5, 255))


def texts_in(view: ImageViewer) -> tuple[NDArray[np.int_], NDArray[np.uint8]]:
    """Rows and columns that the corner texts change, and the view with them."""
    view.set_corner_text([], [])
    bare = seen(view)
    view.set_corner_text(LEFT_TEXTS, RIGHT_TEXTS)
    dressed = seen(view)
    return np.argwhere((bare != dressed).any(axis=2)), dressed


@pytest.mark.parametrize("size", [(800, 600), (462, 500), (600, 380)], ids=str)
@pytest.mark.parametrize(
    "orientation", [Orientation(), Orientation(1), Orientation(2, True)], ids=str
)
def test_a_letter_burnt_into_a_corner_is_not_written_over(
    view: ImageViewer, size: tuple[int, int], orientation: Orientation
) -> None:
    view.resize(*size)
    view.set_orientation(orientation)
    view.set_corner_text([], [])
    bright = seen(view)[..., 0] > 120
    changed, dressed = texts_in(view)
    written = np.zeros(bright.shape, bool)
    written[changed[:, 0], changed[:, 1]] = True
    assert written[:, : size[0] // 2].any()
    assert written[:, size[0] // 2 :].any()
    assert not (written & bright).any()
    assert dressed[written].max() > 200


def test_the_legend_leaves_the_lower_corner_to_a_letter(view: ImageViewer) -> None:
    view.boxes.show([BoxMark(Box(400, 300, 200))], None)
    view.heat_maps.show(0, np.ones((7, 7), np.float32))
    view.heat_maps.set_visible(False)
    without = seen(view)
    view.heat_maps.set_visible(True)
    bottom_left = np.s_[400:, :300]
    changed = (seen(view) != without).any(axis=2)[bottom_left]
    assert changed.sum() > 2000
    assert not (changed & (without[bottom_left].min(axis=2) > 120)).any()


def test_the_legend_fits_a_narrow_film(view: ImageViewer) -> None:
    view.resize(160, 400)
    view.boxes.show([BoxMark(Box(400, 300, 200))], None)
    view.heat_maps.show(0, np.ones((7, 7), np.float32))
    colours = seen(view)[300:].astype(int)
    legend = np.argwhere(np.ptp(colours, axis=2) > 40)
    assert 100 < np.ptp(legend[:, 1]) < 140
    assert legend[:, 1].max() < 150


def test_the_legend_lies_behind_the_whole_of_a_long_title(view: ImageViewer) -> None:
    values = np.full((750, 1000), 150, np.uint8)
    view.set_radiograph(Radiograph.of(Path("film"), values, Window(127.5, 255)))
    view.boxes.show([BoxMark(Box(400, 300, 200))], None)
    view.heat_maps.title = "evidence for osteophytes, lateral femur"
    view.heat_maps.show(0, np.ones((7, 7), np.float32))
    corner = seen(view)[450:, :400].astype(int).max(axis=2)
    # The plate is darker than the film; what is written on it is bright.
    dark, bright = (np.argwhere(part)[:, 1] for part in (corner < 90, corner > 220))
    assert dark.max() > bright.max() > 220


def test_texts_do_not_go_into_a_box_where_they_can_stay_outside(view: ImageViewer) -> None:
    values = np.full((600, 800), 30, np.uint8)
    values[:, 60:70] = 150
    view.set_radiograph(Radiograph.of(Path("film"), values, Window(127.5, 255)))
    view.boxes.show([BoxMark(Box(5, 110, 400), "L · KL 1")], None)
    changed, _ = texts_in(view)
    left = changed[changed[:, 1] < 400]
    assert left[:, 0].max() < 92


def test_texts_leave_the_tag_of_a_box_readable(view: ImageViewer) -> None:
    view.set_radiograph(
        Radiograph.of(Path("film"), np.full((600, 800), 20, np.uint8), Window(127, 255))
    )
    view.boxes.show([BoxMark(Box(0, 0, 600), "R · KL 2")], None)
    view.set_corner_text([], [])
    tag = seen(view)[:19, :60]
    view.set_corner_text(LEFT_TEXTS, RIGHT_TEXTS)
    assert np.array_equal(seen(view)[:19, :60], tag)


def test_the_border_of_a_box_does_not_strike_texts_through(view: ImageViewer) -> None:
    pixels = np.full((600, 800), 120, np.uint8)
    view.set_radiograph(Radiograph.of(Path("film"), pixels, Window(127, 255)))
    view.boxes.show([BoxMark(Box(1, 25, 1000), "R · KL 2")], None)
    view.set_corner_text([], [])
    border = seen(view)[23:28]
    assert (np.ptp(border.astype(int), axis=2) > 40).mean() > 0.2
    view.set_corner_text(LEFT_TEXTS, RIGHT_TEXTS)
    assert np.array_equal(seen(view)[23:28], border)


def test_texts_stay_in_the_corner_of_a_film_that_has_nothing_there(view: ImageViewer) -> None:
    view.set_radiograph(
        Radiograph.of(Path("film"), np.full((75, 100), 20, np.uint8), Window(127, 255))
    )
    changed, _ = texts_in(view)
    assert changed[:, 0].min() < 20
    assert changed[:, 0].max() < 80


def test_texts_do_not_move_while_the_film_is_dragged(view: ImageViewer) -> None:
    view.set_corner_text(LEFT_TEXTS, RIGHT_TEXTS)
    view.one_to_one()
    before = seen(view)
    start = QPoint(400, 300)
    drag(view, start, (120, 100), LEFT, release=False)
    places = []
    for step in range(6):
        QTest.mouseMove(view.viewport(), start + QPoint(120 - 10 * step, 100 - 10 * step))
        picture = seen(view)
        places.append(np.argwhere(picture[:290, :120].min(axis=2) > 215)[:, 0].min())
    assert len(set(places)) == 1
    QTest.mouseMove(view.viewport(), start)
    QTest.mouseRelease(view.viewport(), LEFT, pos=start)
    assert np.array_equal(seen(view), before)


@pytest.mark.parametrize("grey", [30, 102, 105, 255])
def test_texts_are_legible_on_any_grey(view: ImageViewer, grey: int) -> None:
    values = np.full((750, 1000), grey, np.uint8)
    view.set_radiograph(Radiograph.of(Path("film"), values, Window(127.5, 255)))
    changed, dressed = texts_in(view)
    top = changed[:, 0].min()
    ground = int(np.median(dressed[top : top + 50, 14:60]))
    assert contrast(TEXT_COLOUR.name(), f"#{ground:02x}{ground:02x}{ground:02x}") >= 4.5


def test_a_long_name_leaves_the_other_corner_its_room(view: ImageViewer) -> None:
    view.resize(320, 500)
    view.set_corner_text([], RIGHT_TEXTS)
    alone = seen(view)
    view.set_corner_text(["A very long name of a patient, with all its parts"], RIGHT_TEXTS)
    changed = np.argwhere((seen(view) != alone).any(axis=2))
    right = np.argwhere(alone[:100].min(axis=2) > 215)[:, 1].min()
    assert changed[:, 1].max() < right - 5


def test_last_lines_give_way_to_a_letter_that_cannot_be_avoided(view: ImageViewer) -> None:
    view.resize(500, 450)
    # From the letter down there is no place outside the box.
    view.boxes.show([BoxMark(Box(10, 80, 640), "R · KL 2")], None)
    view.set_corner_text([], [])
    bright = seen(view)[..., 0] > 150
    changed, _ = texts_in(view)
    assert len(changed)
    assert not bright[:100][changed[:, 0], changed[:, 1]].any()
    assert view.corner_text.tip_at(QPointF(30, 20)) == "\n".join(LEFT_TEXTS)


def test_in_a_narrow_view_the_left_texts_stand_above_the_warning(view: ImageViewer) -> None:
    view.resize(160, 400)
    view.set_corner_text(LEFT_TEXTS, [], "INVERTED VIEW")
    seen(view)
    left, warned = view.corner_text.plates()
    assert left.right - left.left > 50
    assert warned.top >= left.bottom
    assert warned.right <= 160


def test_in_a_very_low_view_the_legend_gives_way_to_the_texts(view: ImageViewer) -> None:
    view.boxes.show([BoxMark(Box(400, 300, 200))], None)
    view.heat_maps.show(0, np.ones((7, 7), np.float32))
    view.set_corner_text(LEFT_TEXTS, [], "INVERTED VIEW")
    for height, plates in ((400, 3), (90, 2)):
        view.resize(160, height)
        seen(view)
        assert len(view.corner_text.plates()) == plates
