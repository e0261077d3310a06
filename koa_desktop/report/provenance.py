"""The provenance of an export's numbers: model, program, pixel spacing, side, view.

These lines stand on every export, whatever its kind.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from koa_desktop.examination.examiner import Examination
from koa_desktop.radiograph import PixelSpacing, RadiographInfo

PROGRAM = "KOA Desktop"
NOT_A_DEVICE = "Not a medical device: an aid to reading, to be confirmed by a qualified person."
SHA256_SHOWN = 8  # hexadecimal digits of a checksum that stand on a page

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
        return "No model"
    digest = examination.model_sha256
    checksum = f" (sha256 {digest[:SHA256_SHOWN]}…)" if digest else ""
    return f"Model {examination.model}{checksum}"


def spacing(pixel_spacing: PixelSpacing | None) -> str:
    """Return the pixel spacing and where it was measured, in words."""
    if pixel_spacing is None:
        return "pixel spacing unknown"
    row, column = f"{pixel_spacing.row_mm:.3f}", f"{pixel_spacing.column_mm:.3f}"
    size = row if row == column else f"{row} × {column}"
    return f"pixel spacing {size} mm, {pixel_spacing.origin.value}"


def side_source(examination: Examination) -> str:
    """Return where the knees' sides are known from, in words; empty without knees."""
    if not examination.knees:
        return ""
    sources = {
        examined.knee.side_source.value if examined.knee.side_source else "unknown source"
        for examined in examination.knees
        if examined.knee.side is not None
    }
    return f"side from {', '.join(sorted(sources))}" if sources else "side unknown"


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
