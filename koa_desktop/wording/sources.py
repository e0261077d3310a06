"""Words for measured values, their scale, and the source of a knee's side."""

from __future__ import annotations

from koa_desktop.knees.box import SideSource
from koa_desktop.message import Code
from koa_desktop.radiograph import SpacingOrigin


class Measured(Code):
    """The value of a measurement."""

    DEGREES = "degrees"
    DIAMETER = "diameter"
    PIXELS = "pixels"
    LENGTH = "length"


TEMPLATES: dict[Code, str] = {
    Measured.DEGREES: "{value:.1f}°",
    Measured.DIAMETER: "Ø {value:g} mm",
    Measured.PIXELS: "{value:.0f} px",
    # Like: 12.3 mm, at the detector
    Measured.LENGTH: "{value:.1f} mm, {origin}",
    SideSource.HEADER: "the header",
    SideSource.FIBULA: "the fibula",
    SideSource.LETTER: "the letter on the film",
    SideSource.POSITION: "the position",
    SideSource.READER: "the reader",
    SpacingOrigin.CALIBRATED: "calibrated",
    SpacingOrigin.AT_DETECTOR: "at the detector",
    SpacingOrigin.BY_OBJECT: "by a known object",
}
