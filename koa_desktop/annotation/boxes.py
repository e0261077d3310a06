"""Boxes as shapes: the square and the tag at its upper edge."""

from __future__ import annotations

from collections.abc import Sequence

from koa_desktop.annotation.canvas import Canvas
from koa_desktop.annotation.colours import INK, Colour
from koa_desktop.annotation.shapes import Frame, Label, Rect


def frame(rect: Rect, colour: Colour, width: float, *, dashed: bool = False) -> Frame:
    """Return a box; a dashed one waits for its grade."""
    return Frame(rect, colour, width, (5, 4) if dashed else ())


def tag(
    rect: Rect,
    text: str,
    colour: Colour,
    canvas: Canvas,
    *,
    spare: float = 0.0,
    taken: Sequence[Rect] = (),
) -> Label:
    """Return a box's tag: above its upper left corner, kept in the canvas with the box.

    `spare` is room left free behind the text. A tag that would cover one of the rectangles `taken`
    lies below the box or at its inner edges, if there is room.
    """
    lettering = canvas.sizes.tag
    _, _, width, height = canvas.label_rect(text, lettering)
    tops = (rect.top - height, rect.bottom, rect.top, rect.bottom - height)
    plates = [Rect(rect.left, top, width + spare, height) for top in tops]
    if rect.intersects(canvas.area):
        plates = [plate.moved_into(canvas.area) for plate in plates]
    free = (plate for plate in plates if not any(map(plate.intersects, taken)))
    plate = next(free, plates[0])
    return Label(plate, text, lettering.pixels, INK, colour, padding=lettering.padding)
