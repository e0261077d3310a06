"""Background tasks: collect files, open one, read it again, grade boxes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event

import cv2
import numpy as np
from PySide6.QtGui import QImage

from koa_desktop.errors import ReaderError, StoreError
from koa_desktop.examination.examiner import ExaminedKnee, Examiner
from koa_desktop.examination.findings import Refusal
from koa_desktop.examination.reading import MarkedKnee, Reading, first_reading
from koa_desktop.examination.store import StoredReading
from koa_desktop.gui.session.film_cache import CachedFilm
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.task_runner import Result
from koa_desktop.knees.proposals import propose_knees
from koa_desktop.loading.discovery import Discovery, discover
from koa_desktop.loading.reader import read, read_again
from koa_desktop.message import Message
from koa_desktop.radiograph import Radiograph, RadiographInfo, shown
from koa_desktop.system.log import logger

_LOG = logger(__name__)

THUMBNAIL = (128, 92)  # twice its size on the screen, for fine displays


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason why a task failed."""

    reason: Message


@dataclass(frozen=True, eq=False, slots=True)
class OpenedFile:
    """A file that was read, with the reading to start from and its graded knees.

    `examined` are the reading's placed knees; `refusal` says why there are none. `not_loaded` says
    why the reading of an earlier session could not be loaded; `stored` is it where there is one.
    """

    film: CachedFilm
    reading: Reading
    examined: tuple[ExaminedKnee, ...]
    thumbnail: QImage
    seconds: float
    refusal: Message | None = None
    stored: StoredReading | None = None
    not_loaded: Message | None = None
    model: str = ""
    model_sha256: str = ""
    finder: str = ""


def open_file(path: Path, services: Services, stopped: Event | None = None) -> OpenedFile:
    """Read and grade one file: the boxes of an earlier session, else those that are detected.

    Raises ReadError, also where `stopped` is set while it is read, or BundleError.
    """
    examiner = services.examiner()
    started = time.perf_counter()
    radiograph = examiner.settled(read(path, stopped))
    stored, not_loaded = _stored(radiograph.info.sha256, services)
    reading, examined = _graded(radiograph, stored, examiner)
    seconds = time.perf_counter() - started
    return OpenedFile(
        film=CachedFilm.of(radiograph),
        reading=reading,
        examined=examined,
        thumbnail=thumbnail(radiograph),
        seconds=seconds,
        refusal=None if examined else Message(Refusal.NO_KNEE),
        stored=stored,
        not_loaded=not_loaded,
        model=examiner.grader.card.label,
        model_sha256=examiner.grader.card.sha256,
        finder=examiner.finder.card.label,
    )


def _stored(sha256: str, services: Services) -> tuple[StoredReading | None, Message | None]:
    """Return the reading of an earlier session, or why it could not be loaded."""
    try:
        return services.load(sha256), None
    except StoreError as error:
        return None, error.message


def _graded(
    radiograph: Radiograph, stored: StoredReading | None, examiner: Examiner
) -> tuple[Reading, tuple[ExaminedKnee, ...]]:
    """Return the reading to start from, and its placed knees graded."""
    if stored is not None and stored.reading.inverted is not None:
        radiograph = radiograph.with_polarity(inverted=stored.reading.inverted)
    if stored is None or stored.knees_as_found:
        examined = examiner.examine(radiograph).knees
    else:
        examined = _examined(radiograph, stored.reading.placed, examiner)
    return first_or_stored(stored, examined, radiograph.info), examined


def first_or_stored(
    stored: StoredReading | None, examined: Sequence[ExaminedKnee], radiograph: RadiographInfo
) -> Reading:
    """Return the reading to start from: the stored one, with the knees as found where it has none.

    `examined` are the knees that were found; where there are none, boxes are proposed.
    """
    reading = stored.reading if stored else Reading()
    is_placed = reading.placed or reading.is_final
    if stored is not None and not stored.knees_as_found and is_placed:
        return reading
    first = first_reading(examined, () if examined else propose_knees(radiograph))
    return replace(reading, knees=first.knees)


def film_again(path: Path, sha256: str) -> CachedFilm:
    """Read a file that was graded before. Raises ReadError, also where it has changed since."""
    return CachedFilm.of(read_again(path, sha256))


def grade_knees(
    film: CachedFilm, inverted: bool, knees: Sequence[MarkedKnee], services: Services
) -> tuple[ExaminedKnee, ...]:
    """Grade boxes on a radiograph shown as the reader wants it. Raises BundleError."""
    radiograph = film.radiograph.with_polarity(inverted=inverted)
    return _examined(radiograph, knees, services.examiner())


def _examined(
    radiograph: Radiograph, knees: Sequence[MarkedKnee], examiner: Examiner
) -> tuple[ExaminedKnee, ...]:
    return tuple(
        examiner.examine_knee(radiograph, marked.knee, on_request=marked.on_request)
        for marked in knees
    )


def outcome(future: Future[Result]) -> Result | Failure:
    """Return a task's result, or why it failed."""
    try:
        return future.result()
    except ReaderError as error:
        return Failure(error.message)
    except Exception as error:  # one bad file must not end the session
        _LOG.error("A background task failed.", exc_info=error)
        return Failure(Message(Refusal.UNEXPECTED))


def collect(paths: Sequence[Path], stopped: Event | None = None) -> Discovery:
    """Find the files that files, folders and CDs (`paths`) hold, as absolute paths."""
    return discover([path.absolute() for path in paths], stopped)


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
