"""Words for the source of a knee's side and the plane of a pixel spacing."""

from __future__ import annotations

from koa_desktop.knees.box import SideSource
from koa_desktop.message import Code
from koa_desktop.radiograph import SpacingOrigin

TEMPLATES: dict[Code, str] = {
    SideSource.HEADER: "the header",
    SideSource.FIBULA: "the fibula",
    SideSource.LETTER: "the letter on the film",
    SideSource.POSITION: "the position",
    SideSource.READER: "the reader",
    SpacingOrigin.CALIBRATED: "calibrated",
    SpacingOrigin.AT_DETECTOR: "at the detector",
    SpacingOrigin.BY_OBJECT: "by a known object",
}
