"""Annotations painted on a picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from koa_desktop.annotation.colours import AMBER, INK, MINT, PLATE, RIM
from koa_desktop.annotation.shapes import Frame, Label, Pen, Rect, Shape, Strokes
from koa_desktop.report.pictures.shape_painter import paint, picture_canvas

LINE = ((10.0, 20.0), (90.0, 20.0))


def painted(*shapes: Shape) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    image = Image.new("RGB", (100, 40), (200, 200, 200))
    paint(image, shapes)
    return np.asarray(image)


def test_a_line_has_a_dark_rim_on_both_sides() -> None:
    column = painted(Strokes((LINE,), MINT, Pen(3, 7)))[:, 50]
    colours = [tuple(pixel) for pixel in column[16:25].tolist()]
    assert colours[1:8] == [RIM.rgb] * 2 + [MINT.rgb] * 3 + [RIM.rgb] * 2


def test_a_dashed_line_shows_its_rim_between_the_dashes() -> None:
    row = painted(Strokes((LINE,), MINT, Pen(1, 3), dash=(4, 3)))[20, 10:90]
    shown = (row == MINT.rgb).all(axis=1)
    assert ((row == RIM.rgb).all(axis=1) | shown).all()
    # Pillow paints both ends of a line.
    assert shown.mean() == pytest.approx(5 / 7, abs=0.05)
    assert np.abs(np.diff(shown.astype(int))).sum() == pytest.approx(2 * 80 / 7, abs=3)


def test_crossing_lines_of_one_shape_hide_no_colour() -> None:
    crossing = ((50.0, 5.0), (50.0, 35.0))
    assert tuple(painted(Strokes((LINE, crossing), MINT, Pen(3, 7)))[20, 50]) == MINT.rgb


def test_a_frame_lies_within_its_rectangle() -> None:
    picture = painted(Frame(Rect(10, 5, 50, 30), AMBER, 2))
    rows, columns = np.nonzero((picture == AMBER.rgb).all(axis=2))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (5, 35, 10, 60)


def test_a_label_is_a_text_on_its_plate() -> None:
    picture = painted(Label(Rect(10, 5, 60, 30), "KL 2", 20, INK, PLATE))
    assert tuple(picture[6, 11]) == PLATE.rgb
    assert (picture[5:35, 10:70] == INK.rgb).all(axis=2).any()
    assert tuple(picture[6, 80]) == (200, 200, 200)


def test_the_canvas_leads_from_the_radiograph_to_the_picture() -> None:
    canvas = picture_canvas(Image.new("RGB", (300, 200)), 0.5, (100, 40))
    assert canvas.points([(100, 40), (120, 60)]) == ((0, 0), (10, 10))
    assert canvas.area == Rect(0, 0, 300, 200)


def test_lines_and_letters_grow_with_the_picture() -> None:
    small = picture_canvas(Image.new("RGB", (900, 600)), 1).sizes
    large = picture_canvas(Image.new("RGB", (2400, 1600)), 1).sizes
    assert large.outline.width > small.outline.width
    assert large.tag.pixels > small.tag.pixels
    assert large.box > small.box
