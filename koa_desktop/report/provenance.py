"""The provenance of an export's numbers: model, program, pixel spacing, side, view.

Every report and annotated picture shows these lines.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from koa_desktop.examination.examiner import Examination
from koa_desktop.message import Message
from koa_desktop.radiograph import PixelSpacing, RadiographInfo
from koa_desktop.wording.language import filled
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import sentence

PROGRAM = "KOA Desktop"
SHA256_SHOWN = 8  # hexadecimal digits of a checksum shown on a page

# DICOM's ViewPosition (PS3.3 C.8.1.1, C.8.11.5) in the words of the tables.
_VIEWS = {"AP": "frontal", "PA": "frontal", "LL": "lateral", "RL": "lateral"}


def program_version() -> str:
    """Return the program's version; empty where it was started without being installed."""
    try:
        return version("koa-desktop")
    except PackageNotFoundError:
        return ""


def program() -> str:
    """Return the program's name and version: `KOA Desktop 0.1.0`."""
    return f"{PROGRAM} {program_version()}".strip()


def model(examination: Examination) -> str:
    """Return the model's name, version and checksum: `Model koa 0.1.0 (sha256 3f2a91c0…)`."""
    if not examination.model:
        return sentence(ReportText.NO_MODEL)
    digest = examination.model_sha256[:SHA256_SHOWN]
    code = ReportText.MODEL_WITH_CHECKSUM if digest else ReportText.MODEL
    return sentence(Message.of(code, name=examination.model, digest=digest))


def spacing(pixel_spacing: PixelSpacing | None) -> str:
    """Return the pixel spacing and where it was measured, in words."""
    if pixel_spacing is None:
        return sentence(ReportText.NO_SPACING)
    row, column = (filled("{0:.3f}", mm) for mm in (pixel_spacing.row_mm, pixel_spacing.column_mm))
    size = row if row == column else f"{row} × {column}"
    origin = sentence(pixel_spacing.origin)
    return sentence(Message.of(ReportText.SPACING, size=size, origin=origin))


def side_source(examination: Examination) -> str:
    """Return where the knees' sides are known from, in words; empty without knees."""
    if not examination.knees:
        return ""
    sources = {
        sentence(examined.knee.side_source or ReportText.UNKNOWN_SOURCE)
        for examined in examination.knees
        if examined.knee.side is not None
    }
    if not sources:
        return sentence(ReportText.SIDE_UNKNOWN)
    return sentence(Message.of(ReportText.SIDE_FROM, source=", ".join(sorted(sources))))


def view(radiograph: RadiographInfo) -> str:
    """Return the view that the header names, `frontal` or `lateral`; empty where it names none."""
    return _VIEWS.get(radiograph.header.view_position.strip().upper(), "")


def line(examination: Examination) -> str:
    """Return model, finder, program, pixel spacing and side source in one line."""
    parts = (
        model(examination),
        examination.finder,
        program(),
        spacing(examination.radiograph.spacing),
        side_source(examination),
    )
    return " · ".join(part for part in parts if part)
