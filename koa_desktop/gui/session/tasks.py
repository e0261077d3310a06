"""What the threads beside the window do: open a file, read it again, grade boxes, keep the work."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtGui import QImage

from koa_desktop.errors import BundleError, ReadError, StoreError
from koa_desktop.examination.examiner import Examination, ExaminedKnee, Examiner
from koa_desktop.examination.reading import MarkedKnee
from koa_desktop.examination.store import CaseList
from koa_desktop.grading.card import GraderCard
from koa_desktop.gui.session.film_cache import Film
from koa_desktop.knees.box import Knee
from koa_desktop.knees.proposals import propose_knees
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Radiograph, shown

THUMBNAIL = (128, 92)  # twice its size on the screen, for fine displays


class Equipment:
    """The models and the case list, opened when first needed, on a thread that may wait."""

    def __init__(self, case_list: Path | None) -> None:
        """Keep the reader's work in the file `case_list`, or nowhere."""
        self._path = case_list
        self._examiner: Examiner | None = None
        self._case_list: CaseList | None = None
        self._turn = threading.Lock()
        self._examiner_turn = threading.Lock()
        self.trouble = ""  # why the reader's work is not kept, in a sentence

    def examiner(self) -> Examiner:
        """Return the loaded networks. Raises BundleError where they cannot be used."""
        with self._examiner_turn:
            if self._examiner is None:
                self._examiner = Examiner.load()
            return self._examiner

    def warm_up(self) -> None:
        """Load the networks before they are needed; what is wrong is said when they are."""
        with suppress(BundleError):
            self.examiner()

    @property
    def card(self) -> GraderCard | None:
        """The grader's card; None before the networks were first needed."""
        return self._examiner.grader.card if self._examiner else None

    def case_list(self) -> CaseList | None:
        """Return the case list; None where there is none or it cannot be opened (`trouble`)."""
        with self._turn:
            if self._case_list is None and self._path is not None and not self.trouble:
                try:
                    self._case_list = CaseList(self._path)
                except (StoreError, sqlite3.Error, OSError):
                    self._give_up()
            return self._case_list

    def record(self, examination: Examination, action: str) -> None:
        """Keep the reader's work on one examination."""
        case_list = self.case_list()
        if case_list is None:
            return
        try:
            case_list.record(examination, action)
        except (sqlite3.Error, OSError):
            self._give_up()

    def restored(self, examination: Examination, radiograph: Radiograph) -> Examination:
        """Return the examination with what the reader did to this file in an earlier sitting."""
        case_list = self.case_list()
        if case_list is None:
            return examination
        try:
            return case_list.restored(examination, radiograph, self.examiner())
        except (sqlite3.Error, OSError, ValueError, KeyError):
            self._give_up()
            return examination

    def _give_up(self) -> None:
        self._case_list = None
        self.trouble = "The case list cannot be used, so this sitting's work is not kept."


@dataclass(frozen=True, eq=False, slots=True)
class Opened:
    """A file that was read and graded."""

    film: Film
    examination: Examination
    proposed: tuple[Knee, ...]
    thumbnail: QImage
    seconds: float


def open_file(path: Path, equipment: Equipment) -> Opened:
    """Read and grade one file. Raises ReadError or BundleError."""
    examiner = equipment.examiner()
    started = time.perf_counter()
    radiograph = read(path)
    examination = examiner.examine(radiograph)
    seconds = time.perf_counter() - started
    examination = equipment.restored(examination, radiograph)
    proposed = () if examination.knees else tuple(propose_knees(radiograph.info))
    return Opened(
        film=Film.of(radiograph),
        examination=examination,
        proposed=proposed,
        thumbnail=thumbnail(radiograph),
        seconds=seconds,
    )


def read_again(path: Path, sha256: str) -> Film:
    """Read a file that was graded before. Raises ReadError where it has changed since."""
    radiograph = read(path)
    if radiograph.info.sha256 != sha256:
        raise ReadError("This file has changed since it was graded: remove it and add it again.")
    return Film.of(radiograph)


def grade_knees(
    film: Film, inverted: bool, knees: Sequence[MarkedKnee], equipment: Equipment
) -> list[ExaminedKnee]:
    """Grade boxes on a radiograph shown as the reader wants it. Raises BundleError."""
    radiograph = film.radiograph.with_polarity(inverted=inverted)
    examiner = equipment.examiner()
    return [
        examiner.examine_knee(radiograph, marked.knee, on_request=marked.on_request)
        for marked in knees
    ]


def collect(paths: Sequence[Path]) -> list[Path]:
    """Return the files that files, folders and CDs (`paths`) hold, absolute, each one once."""
    # Imported here: the window is up before files are looked for.
    from koa_desktop.loading.discovery import expand

    return list(dict.fromkeys(path.absolute() for path in expand(paths)))


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
