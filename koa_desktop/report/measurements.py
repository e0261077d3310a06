"""What the reader measured, in words and drawn on the radiograph's picture."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.measurements import (
    Kind,
    Measurement,
    angle_degrees,
    length_mm,
    length_px,
    value_text,
)
from koa_desktop.radiograph import PixelSpacing

MINT = (127, 224, 196)
RIM = (10, 12, 14)
_NAMES = {Kind.LENGTH: "length", Kind.ANGLE: "angle"}


def lines(examination: Examination) -> list[str]:
    """Return a line for each measurement: `Measured 1: length 12.3 mm, at the detector.`."""
    spacing = examination.radiograph.spacing
    return [
        f"Measured {number}: {_NAMES[one.kind]} {value_text(one, spacing)}."
        for number, one in enumerate(examination.measurements, 1)
    ]


def document(examination: Examination) -> list[dict[str, Any]]:
    """Return the measurements ready for JSON: points in image pixels, values where known."""
    spacing = examination.radiograph.spacing
    return [
        {
            "kind": one.kind.value,
            "points": [[round(x, 2), round(y, 2)] for x, y in one.points],
            **_values(one, spacing),
        }
        for one in examination.measurements
    ]


def draw(
    image: Image.Image,
    examination: Examination,
    scale: float,
    letters: ImageFont.FreeTypeFont,
) -> None:
    """Draw the measurements with their numbers; `scale` is picture pixels per image pixel."""
    # Odd widths: Pillow draws even ones off their middle.
    width = 2 * max(round(max(image.size) / 900), 1) + 1
    brush = ImageDraw.Draw(image)
    for number, one in enumerate(examination.measurements, 1):
        points = [(x * scale, y * scale) for x, y in one.points]
        # A dark rim keeps the line visible over white bone.
        for colour, thickness in ((RIM, width + 4), (MINT, width)):
            for start, end in pairwise(points):
                brush.line((*start, *end), fill=colour, width=thickness)
        reach = 1.5 * width
        for x, y in points:
            brush.ellipse((x - reach, y - reach, x + reach, y + reach), fill=MINT, outline=RIM)
        _draw_number(image, brush, points[1], str(number), letters)


def _draw_number(
    image: Image.Image,
    brush: ImageDraw.ImageDraw,
    place: tuple[float, float],
    text: str,
    letters: ImageFont.FreeTypeFont,
) -> None:
    """Draw a number on a plate beside a point, inside the image."""
    width, height = letters.getlength(text) + letters.size * 0.6, letters.size * 1.3
    left = min(max(place[0] + letters.size * 0.5, 0), max(image.width - width, 0))
    top = min(max(place[1] - height / 2, 0), max(image.height - height, 0))
    brush.rectangle((left, top, left + width, top + height), fill=RIM)
    brush.text((left + width / 2, top + height / 2), text, MINT, letters, anchor="mm")


def _values(one: Measurement, spacing: PixelSpacing | None) -> dict[str, Any]:
    if one.kind is Kind.ANGLE:
        return {"degrees": round(angle_degrees(one, spacing), 2)}
    return {
        "px": round(length_px(one), 2),
        "mm": round(length_mm(one, spacing), 3) if spacing else None,
    }
