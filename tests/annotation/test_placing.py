"""Labels that are laid out together cover neither each other nor what must be read."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koa_desktop.annotation.colours import PINK, PLATE
from koa_desktop.annotation.placing import placed
from koa_desktop.annotation.shapes import Label, Rect, Strokes
from tests.support.plain_canvas import plain_canvas

CANVAS = plain_canvas(400, 300)
places = st.tuples(st.floats(0, 340), st.floats(0, 280))


def label(left: float, top: float) -> tuple[Label, tuple[float, float]]:
    rect = Rect(left, top, 60, 20)
    return Label(rect, "2.1 mm", 13, PINK, PLATE), rect.centre


def rects(shapes: list[object]) -> list[Rect]:
    return [shape.rect for shape in shapes if isinstance(shape, Label)]


@given(st.lists(places, max_size=6), st.lists(places, max_size=3))
def test_no_label_covers_another_or_a_taken_place(
    wanted: list[tuple[float, float]], taken: list[tuple[float, float]]
) -> None:
    free = [Rect(*place, 50, 15) for place in taken]
    found = rects(placed([label(*place) for place in wanted], CANVAS, free))
    assert not any(one.intersects(other) for one, other in combinations(found, 2))
    assert not any(one.intersects(other) for one in found for other in free)
    assert all(CANVAS.area.holds(one) for one in found)
    assert len(found) == len(wanted), "There is room for all of them."


def test_a_label_with_room_stays_where_it_is_and_has_no_line() -> None:
    one = label(100, 100)
    assert placed([one], CANVAS) == [one[0]]


def test_a_label_that_gives_way_is_near_and_has_a_line_to_its_point() -> None:
    first, second = label(100, 100), label(110, 105)
    kept, line, moved = placed([first, second], CANVAS)
    assert kept == first[0]
    assert isinstance(line, Strokes)
    assert isinstance(moved, Label)
    assert line.lines[0][1] == second[1]
    assert abs(moved.rect.top - 105) + abs(moved.rect.left - 110) < 60


def test_a_letter_is_covered_only_where_everything_is_a_letter() -> None:
    letter = Rect(90, 90, 40, 40)
    (shape, *_) = reversed(placed([label(100, 100)], CANVAS, covers_letter=letter.intersects))
    assert isinstance(shape, Label)
    assert not shape.rect.intersects(letter)
    assert len(rects(placed([label(100, 100)], CANVAS, covers_letter=lambda _: True))) == 1


def test_a_label_moves_to_the_far_end_of_the_canvas_at_need() -> None:
    taken = Rect(0, 0, 400, 270)
    line, moved = placed([label(10, 10)], CANVAS, [taken])
    assert isinstance(line, Strokes)
    assert isinstance(moved, Label)
    assert not moved.rect.intersects(taken)
    assert CANVAS.area.holds(moved.rect)


def test_a_label_without_room_is_left_out() -> None:
    assert placed([label(100, 100)], CANVAS, [CANVAS.area]) == []


@pytest.mark.parametrize("place", [(-500.0, 10.0), (900.0, 10.0)])
def test_a_label_of_what_is_not_seen_stays_with_it(place: tuple[float, float]) -> None:
    one = label(*place)
    assert placed([one], CANVAS) == [one[0]]
