"""Places for labels at which they cover nothing that must be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product

import numpy as np

from koa_desktop.annotation.canvas import Canvas
from koa_desktop.annotation.shapes import Label, Pen, Point, Rect, Shape, Strokes

_GAP = 3.0  # canvas pixels between labels
_LEADER = Pen(1.0, 3.0)
_NEAR = 1.0  # canvas pixels; a label moved further has a line to what it belongs to


def nothing_below(_: Rect) -> bool:
    """Tell that a rectangle covers no letter, whatever it covers."""
    return False


def placed(
    labels: Sequence[tuple[Label, Point]],
    canvas: Canvas,
    taken: Iterable[Rect] = (),
    covers_letter: Callable[[Rect], bool] = nothing_below,
) -> list[Shape]:
    """Return the labels apart from each other and from the rectangles `taken`.

    Each label comes with the point that it belongs to; one that had to give way has a line to it.
    A label for which there is no room is left out, for its value is told elsewhere as well.
    Labels whose point is outside the canvas stay where they are.
    """
    kept = [rect.grown(_GAP) for rect in taken]
    shapes: list[Shape] = []
    for label, point in labels:
        if not canvas.area.contains(point):
            shapes.append(label)
            continue
        rect = _free_place(label.rect, canvas, kept, covers_letter)
        if rect is None:
            continue
        kept.append(rect.grown(_GAP))
        moved = abs(rect.left - label.rect.left) + abs(rect.top - label.rect.top)
        if moved > _NEAR:
            line = (rect.nearest(point), point)
            shapes.append(Strokes((line,), label.ink, _LEADER))
        shapes.append(label.at(rect))
    return shapes


def _free_place(
    wanted: Rect, canvas: Canvas, kept: Sequence[Rect], covers_letter: Callable[[Rect], bool]
) -> Rect | None:
    """Return the free place nearest to the wanted one, one that covers a letter only at need."""
    for places in (_near, _anywhere):
        first = None
        for place in places(wanted, canvas):
            if not canvas.area.holds(place) or any(place.intersects(one) for one in kept):
                continue
            if not covers_letter(place):
                return place
            first = first or place
        if first is not None:
            return first
    return None


def _near(wanted: Rect, _: Canvas) -> list[Rect]:
    """Return places around the wanted one, the nearest first."""
    across, down = wanted.width / 2 + _GAP, wanted.height + _GAP
    lefts = [wanted.left + step * across for step in range(-4, 5)]
    tops = [wanted.top + step * down for step in range(-8, 9)]
    return _grid(wanted, lefts, tops)


def _anywhere(wanted: Rect, canvas: Canvas) -> list[Rect]:
    """Return places all over the canvas, the nearest to the wanted one first."""
    right, bottom = canvas.width - wanted.width, canvas.height - wanted.height
    lefts = [*np.arange(0, right, wanted.width / 2).tolist(), right]
    tops = [*np.arange(0, bottom, wanted.height / 2).tolist(), bottom]
    return _grid(wanted, lefts, tops)


def _grid(wanted: Rect, lefts: Iterable[float], tops: Iterable[float]) -> list[Rect]:
    places = [wanted._replace(left=left, top=top) for left, top in product(lefts, tops)]
    return sorted(
        places,
        key=lambda at: (abs(at.left - wanted.left) + abs(at.top - wanted.top), at),
    )
