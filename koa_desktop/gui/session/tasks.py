"""Background tasks: collect files, open one, read it again, grade boxes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtGui import QImage

from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.reading import MarkedKnee
from koa_desktop.gui.session.film_cache import CachedFilm
from koa_desktop.gui.session.services import Services
from koa_desktop.knees.box import Knee
from koa_desktop.knees.proposals import propose_knees
from koa_desktop.loading.discovery import Discovery, discover
from koa_desktop.loading.read import read, read_again
from koa_desktop.radiograph import Radiograph, shown

THUMBNAIL = (128, 92)  # twice its size on the screen, for fine displays


@dataclass(frozen=True, eq=False, slots=True)
class OpenedFile:
    """A file that was read and graded."""

    film: CachedFilm
    examination: Examination
    proposed: tuple[Knee, ...]
    thumbnail: QImage
    seconds: float


def open_file(path: Path, services: Services) -> OpenedFile:
    """Read and grade one file. Raises ReadError or BundleError."""
    examiner = services.examiner()
    started = time.perf_counter()
    radiograph = read(path)
    examination = examiner.examine(radiograph)
    seconds = time.perf_counter() - started
    examination = services.restored(examination, radiograph)
    proposed = () if examination.knees else tuple(propose_knees(radiograph.info))
    return OpenedFile(
        film=CachedFilm.of(radiograph),
        examination=examination,
        proposed=proposed,
        thumbnail=thumbnail(radiograph),
        seconds=seconds,
    )


def film_again(path: Path, sha256: str) -> CachedFilm:
    """Read a file that was graded before. Raises ReadError, also where it has changed since."""
    return CachedFilm.of(read_again(path, sha256))


def grade_knees(
    film: CachedFilm, inverted: bool, knees: Sequence[MarkedKnee], services: Services
) -> list[ExaminedKnee]:
    """Grade boxes on a radiograph shown as the reader wants it. Raises BundleError."""
    radiograph = film.radiograph.with_polarity(inverted=inverted)
    examiner = services.examiner()
    return [
        examiner.examine_knee(radiograph, marked.knee, on_request=marked.on_request)
        for marked in knees
    ]


def collect(paths: Sequence[Path]) -> Discovery:
    """Find the files that files, folders and CDs (`paths`) hold, as absolute paths."""
    return discover([path.absolute() for path in paths])


def thumbnail(film: Radiograph) -> QImage:
    """Return a small grey picture that fills `THUMBNAIL`, cut in the middle."""
    width, height = THUMBNAIL
    scale = max(width / film.width, height / film.height)
    size = (max(round(film.width * scale), width), max(round(film.height * scale), height))
    small = cv2.resize(film.values, size, interpolation=cv2.INTER_AREA)
    grey = np.round(shown(small, film.window, inverted=film.inverted) * 255).astype(np.uint8)
    top, left = (size[1] - height) // 2, (size[0] - width) // 2
    cut = np.ascontiguousarray(grey[top : top + height, left : left + width])
    image = QImage(cut.data, width, height, width, QImage.Format.Format_Grayscale8)
    return image.copy()  # owns its bytes
