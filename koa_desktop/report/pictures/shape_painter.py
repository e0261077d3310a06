"""Paints annotations on an exported picture: their lines and texts grow with it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from koa_desktop.annotation.canvas import Canvas, Lettering, Sizes
from koa_desktop.annotation.colours import RIM
from koa_desktop.annotation.shapes import Frame, Label, Pen, Point, Shape, Strokes
from koa_desktop.report.pictures.letters import Letters


def picture_canvas(
    image: Image.Image,
    scale: float,
    corner: tuple[float, float] = (0, 0),
    *,
    joint_pixels: int | None = None,
) -> Canvas:
    """Return a picture as a canvas.

    `scale` is picture pixels per image pixel, `corner` the image's pixel at the picture's corner,
    `joint_pixels` the height of the letters beside joint spaces where it is not the usual one.
    """
    matrix = np.array([[scale, 0, -scale * corner[0]], [0, scale, -scale * corner[1]]])
    sizes = _sizes(max(image.size), joint_pixels)
    return Canvas(matrix, image.width, image.height, sizes, _text_width)


def paint(image: Image.Image, shapes: Iterable[Shape]) -> None:
    """Paint shapes on an RGB picture, in place; opacities are left out."""
    brush = ImageDraw.Draw(image)
    for shape in shapes:
        if isinstance(shape, Strokes):
            _paint_strokes(brush, shape)
        elif isinstance(shape, Frame):
            left, top, right, bottom = *shape.rect[:2], shape.rect.right, shape.rect.bottom
            width = round(shape.width)
            brush.rectangle((left, top, right, bottom), outline=shape.colour.rgb, width=width)
        else:
            _paint_label(image, shape)


def _sizes(longest: int, joint_pixels: int | None) -> Sizes:
    """Return the sizes of a picture whose longer side has `longest` pixels."""
    # Odd widths: Pillow draws even ones off their middle.
    thin = 2 * max(round(longest / 900), 0) + 1
    wide = max(thin, 3)
    return Sizes(
        outline=Pen(thin, thin + 2),
        minimal=Pen(thin + 2, thin + 4),
        measurement=Pen(wide, wide + 4),
        box=max(round(longest / 330), 2),
        tick=3.5 * wide,
        arc=12 * wide,
        border=0,
        joint_label=_value(joint_pixels or max(round(longest / 60), 14)),
        measurement_label=_value(max(round(longest / 34), 24)),
        tag=_tag(max(round(longest / 34), 13)),
    )


def _value(pixels: int) -> Lettering:
    return Lettering(pixels, padding=0.3 * pixels, height=1.3 * pixels, gap=0.5 * pixels)


def _tag(pixels: int) -> Lettering:
    return Lettering(pixels, padding=0.35 * pixels, height=1.4 * pixels)


def _text_width(text: str, pixels: int) -> float:
    return Letters(pixels, bold=True).width(text)


def _paint_strokes(brush: ImageDraw.ImageDraw, strokes: Strokes) -> None:
    if strokes.pen.rim:
        for line in strokes.lines:
            brush.line(line, fill=RIM.rgb, width=round(strokes.pen.rim), joint="curve")
    for line in strokes.lines:
        for part in _dashes(line, strokes.dash, strokes.pen.width):
            width = round(strokes.pen.width)
            brush.line(part, fill=strokes.colour.rgb, width=width, joint="curve")


def _paint_label(image: Image.Image, label: Label) -> None:
    rect = label.rect
    brush = ImageDraw.Draw(image)
    brush.rectangle((rect.left, rect.top, rect.right, rect.bottom), fill=label.plate.rgb)
    x, y = rect.centre
    anchor = "mm"
    if label.padding is not None:
        x, anchor = rect.left + label.padding, "lm"
    letters = Letters(label.pixels, bold=True)
    letters.draw(image, (x, y), label.text, label.ink.rgb, anchor)


def _dashes(
    line: tuple[Point, ...], dash: tuple[float, ...], width: float
) -> Iterator[tuple[Point, ...]]:
    """Yield the parts of a line that are painted: all of it where `dash` is empty."""
    if not dash:
        yield line
        return
    on, off = (length * width for length in dash)
    steps = np.cumsum([0.0, *(math.dist(start, end) for start, end in pairwise(line))])
    across, down = np.array(line).T
    for start in np.arange(0, steps[-1], on + off):
        end = min(start + on, steps[-1])
        ways = [start, *steps[(steps > start) & (steps < end)], end]
        points = np.interp(ways, steps, across), np.interp(ways, steps, down)
        yield tuple(zip(*(axis.tolist() for axis in points), strict=True))
