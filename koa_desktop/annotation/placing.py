"""Places for labels at which they cover nothing that must be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import product

from koa_desktop.annotation.canvas import Canvas
from koa_desktop.annotation.shapes import Label, Pen, Point, Rect, Shape, Strokes

_GAP = 3.0  # canvas pixels between labels
_STEPS = 8
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
    *,
    leave_out: bool = True,
) -> list[Shape]:
    """Return the labels apart from each other and from the rectangles `taken`.

    Each label comes with the point that it belongs to; one that had to give way has a line to it.
    A label for which there is no room is left out where its value stands beside the picture as
    well; else, with `leave_out` false, it stays where it is.
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
            shapes += [] if leave_out else [label]
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
    down, across = wanted.height + _GAP, wanted.width / 2 + _GAP
    steps = sorted(
        product(range(-4, 5), range(-_STEPS, _STEPS + 1)),
        key=lambda step: (abs(step[0] * across) + abs(step[1] * down), step),
    )
    places = (
        wanted._replace(left=wanted.left + right * across, top=wanted.top + lower * down)
        for right, lower in steps
    )
    free = [
        place
        for place in places
        if canvas.area.holds(place) and not any(place.intersects(one) for one in kept)
    ]
    return next((place for place in free if not covers_letter(place)), free[0] if free else None)
