"""The value of a measurement, on the screen and in reports."""

from __future__ import annotations

from koa_desktop.examination.measurements import (
    Kind,
    Measurement,
    angle_degrees,
    length_mm,
    length_px,
)
from koa_desktop.message import Message
from koa_desktop.radiograph import PixelSpacing
from koa_desktop.wording.sentences import sentence
from koa_desktop.wording.sources import Measured


def value_text(measurement: Measurement, spacing: PixelSpacing | None) -> str:
    """Return the value with its unit and where that comes from: `12.3 mm, at the detector`.

    A mask has none.
    """
    if measurement.kind is Kind.MASK:
        return ""
    if measurement.kind is Kind.ANGLE:
        message = Message.of(Measured.DEGREES, value=angle_degrees(measurement, spacing))
    elif measurement.diameter_mm is not None:
        message = Message.of(Measured.DIAMETER, value=measurement.diameter_mm)
    elif spacing is None:
        message = Message.of(Measured.PIXELS, value=length_px(measurement))
    else:
        length, origin = length_mm(measurement, spacing), sentence(spacing.origin)
        message = Message.of(Measured.LENGTH, value=length, origin=origin)
    return sentence(message)
