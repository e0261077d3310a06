"""Measurements as shapes: rulers with end strokes, angles with their arc, circles, and labels."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from koa_desktop.annotation.canvas import Canvas
from koa_desktop.annotation.colours import PLATE, Colour
from koa_desktop.annotation.placing import placed
from koa_desktop.annotation.shapes import Label, Point, Rect, Shape, Strokes
from koa_desktop.examination.measurements import Kind

_ARC_SHARE = 0.6  # of the shorter arm; an arc at its end would close the angle to a rhomb
_ARC_STEP = math.radians(6)

Line = tuple[Point, ...]


def lines(points: Sequence[Point], colour: Colour, canvas: Canvas, kind: Kind | None) -> Strokes:
    """Return the lines between points of the canvas, with an angle's arc or a ruler's ends.

    An object has the circle around its diameter instead. What is not complete yet has no `kind`.
    """
    drawn: list[Line] = list(pairwise(points))
    if kind is Kind.OBJECT:
        drawn = [_circle(points[0], points[1])]
    elif kind is Kind.ANGLE:
        drawn += _arc(points, canvas.sizes.arc)
    elif kind is Kind.LENGTH:
        drawn += _ticks(points[0], points[1], canvas.sizes.tick)
    return Strokes(tuple(drawn), colour, canvas.sizes.measurement, round_ends=True)


def label(points: Sequence[Point], text: str, colour: Colour, canvas: Canvas) -> Label:
    """Return a text at an angle's vertex or a ruler's lower end, kept in the canvas."""
    lettering = canvas.sizes.measurement_label
    text = canvas.wrapped(text, lettering)
    _, _, width, height = canvas.label_rect(text, lettering)
    if len(points) == 3:
        x, y = _end(points)
        # Away from the arms.
        opens_left = (points[0][0] + points[2][0]) / 2 < x
        left = x + lettering.gap if opens_left else x - lettering.gap - width
        rect = Rect(left, y - height / 2, width, height)
    else:
        x, y = _end(points)
        rect = Rect(x + lettering.gap, y + lettering.gap / 2, width, height)
    rect = canvas.kept_in_view(rect, points)
    return Label(rect, text, lettering.pixels, colour, PLATE)


def values(
    measured: Iterable[tuple[Sequence[Point], str, Colour]],
    canvas: Canvas,
    taken: Iterable[Rect] = (),
) -> list[Shape]:
    """Return each measurement's value beside its points, apart from the others and from `taken`.

    Where there is room, a value covers none of the lines either.
    """
    known = list(measured)
    labels = [(label(points, text, colour, canvas), _end(points)) for points, text, colour in known]
    ways = [way for points, _, _ in known for way in pairwise(points)]

    def covers_line(rect: Rect) -> bool:
        return any(rect.is_crossed(*way) for way in ways)

    return placed(labels, canvas, taken, covers_line)


def _end(points: Sequence[Point]) -> Point:
    """Return where the value belongs: an angle's vertex, a ruler's lower end."""
    return points[1] if len(points) == 3 else max(points, key=lambda point: (point[1], point[0]))


def _ticks(start: Point, end: Point, tick: float) -> list[Line]:
    """Return a stroke across each end of a ruler."""
    length = math.dist(start, end)
    if length < 1:
        return []
    across = -(end[1] - start[1]) / length * tick, (end[0] - start[0]) / length * tick
    return [
        ((x - across[0], y - across[1]), (x + across[0], y + across[1])) for x, y in (start, end)
    ]


def _circle(start: Point, end: Point) -> Line:
    """Return the circle of which two points are the ends of a diameter."""
    x, y = (start[0] + end[0]) / 2, (start[1] + end[1]) / 2
    radius = math.dist(start, end) / 2
    steps = round(math.tau / _ARC_STEP)
    turns = [math.tau * step / steps for step in range(steps + 1)]
    return tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns)


def _arc(points: Sequence[Point], radius: float) -> list[Line]:
    """Return the arc between an angle's arms; none where they are too short for one."""
    first, vertex, last = points
    shorter = min(math.dist(vertex, first), math.dist(vertex, last))
    if shorter < radius:
        return []
    radius = min(radius, _ARC_SHARE * shorter)
    begin, end = (math.atan2(arm[1] - vertex[1], arm[0] - vertex[0]) for arm in (first, last))
    sweep = (end - begin + math.pi) % math.tau - math.pi
    steps = max(math.ceil(abs(sweep) / _ARC_STEP), 1)
    return [
        tuple(
            (vertex[0] + radius * math.cos(turn), vertex[1] + radius * math.sin(turn))
            for turn in (begin + sweep * step / steps for step in range(steps + 1))
        )
    ]
