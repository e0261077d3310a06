"""Whether the disk has room for an export, before its first file is written."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from koa_desktop.errors import ExportError, ExportReason
from koa_desktop.examination.examiner import Examination
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.report.export import Format, Plan
from koa_desktop.report.pictures.annotated import MIN_SIDE, drawn_size
from koa_desktop.report.pictures.of_knees import crop_side, has_map, map_side
from koa_desktop.report.pictures.strip import MIN_STRIP_WIDTH
from koa_desktop.system.files import long_path

# Measured with the samples and with films of 224 x 224 to 2660 x 2180 pixels, and rounded down.
# Documents and tables grow with the knees, pictures with the pixels that are drawn.
_BYTES_OF_A_KNEE = {
    Format.CSV: 500,
    Format.JSON: 6_500,
    Format.PDF: 130_000,
    Format.FHIR: 6_000,
    Format.SUMMARY: 0,
    Format.REGISTER: 500,
    Format.SR: 40_000,
    Format.EPDF: 130_000,
    Format.GSPS: 2_000,
}
_BYTES_OF_A_PIXEL = {Format.PNG: 0.8, Format.SC: 0.2}
_BYTES_OF_A_MAPS_PIXEL = {Format.HEATMAP: 1.3}
_BYTES_OF_A_CROPS_PIXEL = {Format.CROP: 0.5}
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Size:
    """The numbers that decide the size of a case's files: its knees, and its pictures' pixels.

    `pixels` are those of the annotated film, `map_pixels` and `crop_pixels` those of all knees.
    """

    knees: int
    pixels: int
    map_pixels: int = 0
    crop_pixels: int = 0

    @classmethod
    def of(cls, examination: Examination | None) -> Size:
        """Return a graded case's size; a case without an examination has rows alone."""
        if examination is None:
            return cls(0, 0)
        height, width = drawn_size(examination.radiograph.height, examination.radiograph.width)
        knees = examination.knees
        return cls(
            max(len(knees), 1),
            height * width,
            sum(map_side(knee) ** 2 for knee in knees if has_map(knee)),
            sum(crop_side(knee) ** 2 for knee in knees),
        )


# The least of a case that is not read yet: a crop of one knee.
LEAST = Size(1, MIN_SIDE**2, MIN_STRIP_WIDTH**2, CROP_SIZE**2)


def bytes_needed(formats: Iterable[Format], cases: Iterable[Size]) -> int:
    """Return about how many bytes the files of these cases take."""
    kinds = list(formats)
    knee, pixel, map_pixel, crop_pixel = (
        sum(table.get(kind, 0) for kind in kinds)
        for table in (
            _BYTES_OF_A_KNEE,
            _BYTES_OF_A_PIXEL,
            _BYTES_OF_A_MAPS_PIXEL,
            _BYTES_OF_A_CROPS_PIXEL,
        )
    )
    return round(
        sum(
            case.knees * knee
            + case.pixels * pixel
            + case.map_pixels * map_pixel
            + case.crop_pixels * crop_pixel
            for case in cases
        )
    )


def check_room(plan: Plan, cases: Iterable[Size], replaced: Iterable[Path] = ()) -> None:
    """Raise ExportError where the disk has less room than these cases need.

    The files `replaced` give their room back. Where the system does not tell how much is free, it
    is taken for enough.
    """
    need = bytes_needed(plan.formats, cases)
    with contextlib.suppress(OSError):
        need -= sum(long_path(path.absolute()).stat().st_size for path in replaced)
        free = shutil.disk_usage(plan.folder).free
        if free < need:
            megabytes = {"need": -(-need // _MEGABYTE), "free": free // _MEGABYTE}
            raise ExportError(ExportReason.NO_SPACE, path=plan.folder, **megabytes)
