"""Boxes as shapes: the square and the tag at its upper edge."""

from __future__ import annotations

from koa_desktop.annotation.canvas import Canvas
from koa_desktop.annotation.colours import INK, Colour
from koa_desktop.annotation.shapes import Frame, Label, Rect


def frame(rect: Rect, colour: Colour, width: float, *, dashed: bool = False) -> Frame:
    """Return a box; a dashed one waits for its grade."""
    return Frame(rect, colour, width, (5, 4) if dashed else ())


def tag(rect: Rect, text: str, colour: Colour, canvas: Canvas, *, spare: float = 0.0) -> Label:
    """Return a box's tag: above its upper left corner, kept in the canvas with the box.

    `spare` is room left free behind the text.
    """
    lettering = canvas.sizes.tag
    _, _, width, height = canvas.label_rect(text, lettering)
    plate = Rect(rect.left, rect.top - height, width + spare, height)
    if rect.intersects(canvas.area):
        plate = plate.moved_into(canvas.area)
    return Label(plate, text, lettering.pixels, INK, colour, padding=lettering.padding)
