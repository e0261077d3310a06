"""What the reader measured, in JSON."""

from __future__ import annotations

from typing import Any

from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.measurements import (
    Kind,
    Measurement,
    angle_degrees,
    length_mm,
    length_px,
)
from koa_desktop.radiograph import PixelSpacing


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


def _values(one: Measurement, spacing: PixelSpacing | None) -> dict[str, Any]:
    if one.kind is Kind.ANGLE:
        return {"degrees": round(angle_degrees(one, spacing), 2)}
    return {
        "px": round(length_px(one), 2),
        "mm": round(length_mm(one, spacing), 3) if spacing else None,
    }
