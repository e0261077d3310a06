"""Boxes as shapes: where their tags lie."""

from __future__ import annotations

from koa_desktop.annotation import boxes
from koa_desktop.annotation.colours import AMBER
from koa_desktop.annotation.shapes import Rect
from tests.support.plain_canvas import plain_canvas

CANVAS = plain_canvas(200, 100)


def test_a_tag_stands_on_its_box() -> None:
    tag = boxes.tag(Rect(20, 30, 50, 50), "R KL 2", AMBER, CANVAS)
    assert tag.rect == Rect(20, 16, 36, 14)
    assert tag.plate is AMBER


def test_a_tag_stays_in_the_canvas() -> None:
    assert boxes.tag(Rect(190, -20, 50, 50), "R KL 2", AMBER, CANVAS).rect == Rect(164, 0, 36, 14)
    assert boxes.tag(Rect(-30, 30, 50, 50), "R KL 2", AMBER, CANVAS).rect.left == 0


def test_a_tag_gives_way_to_what_is_written_already() -> None:
    rect, taken = Rect(20, 30, 50, 50), [Rect(0, 0, 200, 20)]
    below = boxes.tag(rect, "R KL 2", AMBER, CANVAS, taken=taken).rect
    assert below == Rect(20, 80, 36, 14)
    inside = boxes.tag(rect, "R KL 2", AMBER, CANVAS, taken=[*taken, below]).rect
    assert inside == Rect(20, 30, 36, 14)
    # Without room anywhere it stays with its box.
    assert boxes.tag(rect, "R KL 2", AMBER, CANVAS, taken=[CANVAS.area]).rect.top == 16


def test_the_tag_of_a_box_out_of_sight_stays_with_it() -> None:
    assert boxes.tag(Rect(300, 30, 50, 50), "R", AMBER, CANVAS).rect.left == 300


def test_a_box_that_waits_for_its_grade_is_dashed() -> None:
    rect = Rect(0, 0, 9, 9)
    assert boxes.frame(rect, AMBER, 2, dashed=True).dash
    assert not boxes.frame(rect, AMBER, 2).dash
