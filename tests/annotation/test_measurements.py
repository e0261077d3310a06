"""Measurements as shapes: where their lines and labels lie."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from koa_desktop.annotation import measurements
from koa_desktop.annotation.canvas import Canvas
from koa_desktop.annotation.colours import MINT
from koa_desktop.annotation.shapes import Label, Point, Rect
from koa_desktop.examination.measurements import Kind
from tests.support.plain_canvas import plain_canvas

RULER = ((20.0, 30.0), (60.0, 30.0))
ANGLE = ((60.0, 50.0), (100.0, 50.0), (100.0, 10.0))


@pytest.fixture
def canvas() -> Canvas:
    return plain_canvas(200, 100)


def test_a_ruler_has_a_stroke_across_each_end(canvas: Canvas) -> None:
    line, *ticks = measurements.lines(RULER, MINT, canvas, Kind.LENGTH).lines
    assert line == RULER
    for tick, (x, y) in zip(ticks, RULER, strict=True):
        assert [point[0] for point in tick] == [x, x]
        assert sorted(point[1] for point in tick) == [y - 6, y + 6]


def test_an_angle_has_an_arc_between_its_arms(canvas: Canvas) -> None:
    *arms, arc = measurements.lines(ANGLE, MINT, canvas, Kind.ANGLE).lines
    assert arms == [ANGLE[:2], ANGLE[1:]]
    assert arc[0] == pytest.approx((78, 50))
    assert arc[-1] == pytest.approx((100, 28))
    for point in arc:
        assert math.dist(point, ANGLE[1]) == pytest.approx(22)
        assert point[0] <= 100.001
        assert point[1] <= 50.001


@pytest.mark.parametrize("length", [5.0, 15.0, 21.0, 23.0, 30.0])
def test_a_small_angle_stays_open_between_its_arms(canvas: Canvas, length: float) -> None:
    corner = ((100.0 - length, 50.0), (100.0, 50.0), (100.0, 50.0 - length))
    *arms, last = measurements.lines(corner, MINT, canvas, Kind.ANGLE).lines
    if (last[0], last[-1]) == corner[1:]:
        # Two lines, and no arc.
        assert arms == [corner[:2]]
    else:
        assert math.dist(last[0], corner[1]) < 0.7 * length


def test_an_angle_half_made_has_neither(canvas: Canvas) -> None:
    strokes = measurements.lines(ANGLE[:1], MINT, canvas, None)
    assert strokes.lines == ()


def test_a_rulers_value_stands_at_its_lower_end(canvas: Canvas) -> None:
    rect = measurements.label(((60, 10), (20, 40)), "12.3 mm", MINT, canvas).rect
    assert (rect.left, rect.top) == (32, 46)


def test_an_angles_value_stands_where_its_arms_are_not(canvas: Canvas) -> None:
    assert measurements.label(ANGLE, "90°", MINT, canvas).rect.left == 112
    mirrored = tuple((200 - x, y) for x, y in ANGLE)
    assert measurements.label(mirrored, "90°", MINT, canvas).rect.right == 88


@pytest.mark.parametrize("y", [5.0, 99.0])
def test_a_value_stays_in_the_canvas_with_what_it_belongs_to(canvas: Canvas, y: float) -> None:
    rect = measurements.label(((150, y), (199, y)), "12.3 mm", MINT, canvas).rect
    assert rect.right <= 196
    assert 4 <= rect.top <= 96 - rect.height


def test_a_value_out_of_sight_is_not_brought_into_sight(canvas: Canvas) -> None:
    rect = measurements.label(((300, 10), (350, 10)), "12.3 mm", MINT, canvas).rect
    assert rect.left == 362


def test_a_value_covers_no_line_of_another_where_there_is_room(canvas: Canvas) -> None:
    first, second = ((20.0, 40.0), (60.0, 40.0)), ((80.0, 20.0), (80.0, 80.0))
    shapes = measurements.values([(first, "4 mm", MINT), (second, "6 mm", MINT)], canvas)
    labels = [shape.rect for shape in shapes if isinstance(shape, Label)]
    assert len(labels) == 2
    assert measurements.label(first, "4 mm", MINT, canvas).rect.is_crossed(*second)
    assert not any(rect.is_crossed(*line) for rect in labels for line in (first, second))


def test_a_value_wider_than_the_canvas_has_more_lines(canvas: Canvas) -> None:
    text = "64.0 mm, by an object of known size on the film"
    found = measurements.label(RULER, text, MINT, canvas)
    assert found.text == "64.0 mm, by an object of known size\non the film"
    assert canvas.area.holds(found.rect)
    assert found.rect.height == 2 * canvas.sizes.measurement_label.height


def test_values_of_measurements_that_cross_cover_no_value(canvas: Canvas) -> None:
    text = "64.0 mm, by an object of known size on the film"
    texts = ((RULER, text), (ANGLE, "67.4°"), (((50, 10), (60, 20)), "Ø 25 mm"))
    shapes = measurements.values([(points, text, MINT) for points, text in texts], canvas)
    rects = [shape.rect for shape in shapes if isinstance(shape, Label)]
    assert len(rects) == 3
    assert not any(one.intersects(other) for one, other in combinations(rects, 2))


def test_a_value_without_room_is_left_out(canvas: Canvas) -> None:
    assert measurements.values([(RULER, "12.3 mm", MINT)], canvas, [canvas.area]) == []


@pytest.mark.parametrize(
    ("start", "end", "crossed"),
    [
        ((0, 5), (20, 5), True),
        ((5, 5), (5, 5), True),
        ((0, 11), (20, 11), False),
        ((-5, 8), (8, 14), False),
        ((-5, 5), (-1, 5), False),
        ((3, -9), (3, 30), True),
    ],
)
def test_a_rectangle_is_crossed_by_what_passes_through_it(
    start: Point, end: Point, crossed: bool
) -> None:
    assert Rect(0, 0, 10, 10).is_crossed(start, end) is crossed
