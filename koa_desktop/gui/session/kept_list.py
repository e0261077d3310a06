"""Keeps the list of films and what the program said of them, and opens it again at the next start.

The reader's own work is kept by `reading_saver.py`; without this list nothing of it is lost. So
nobody is told where the list cannot be kept: the next one may be.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QTimer, Signal
from PySide6.QtGui import QImage, QImageWriter

from koa_desktop.errors import KeptNotice, StoreError
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.findings import Flag
from koa_desktop.examination.reading import MarkedKnee
from koa_desktop.examination.store import StoredReading
from koa_desktop.examination.worklist import FilmFacts, KeptFilm
from koa_desktop.grading.card import read_grader_card
from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.case_list_model import CaseListModel
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.task_runner import Queue, TaskRunner
from koa_desktop.message import Message
from koa_desktop.system.log import logger
from koa_desktop.system.paths import MODELS

_LOG = logger(__name__)
_PAUSE_MS = 1000  # so many changes of the list are written at once
_JPEG_QUALITY = 50
MOST_FOUND = 200  # of a search

Found = tuple[list[FilmFacts], int]


@dataclass(frozen=True, eq=False, slots=True)
class RestoredFilm:
    """One film of the list as it was left; `kept` is None where it is to be graded."""

    path: Path
    shown: bool = False
    kept: KeptFilm | None = None
    stored: StoredReading | None = None
    thumbnail: QImage | None = None
    notice: Message | None = None
    added: date | None = None


class KeptList(QObject):
    """Keeps the list while it changes, and returns it at the next start."""

    restored = Signal(object)  # the films of the last session: a list of RestoredFilm

    def __init__(
        self, runner: TaskRunner, services: Services, cases: CaseListModel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._services = services
        self._cases = cases
        self._shown: Case | None = None
        self.is_kept = False  # before `restore` the kept list is still the last session's
        self._soon = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._soon.timeout.connect(self.keep_now)
        cases.rowsInserted.connect(self._keep_soon)
        cases.rowsRemoved.connect(self._keep_soon)

    def restore(self) -> None:
        """Return the last session's list by `restored`, and keep this session's from then on."""
        self._soon.stop()
        self.is_kept = False
        self._runner.submit(Queue.FILES, partial(_films, self._services), self._films_known)

    def keep(self, *, wanted: bool) -> None:
        """Keep the list from now on, or forget it and what the program said of any film."""
        if wanted is self.is_kept:
            return
        self.is_kept = wanted
        if wanted:
            for case in self._cases:
                self.keep_film(case)
            self._keep_soon()
            return
        self._soon.stop()
        self._runner.submit(Queue.STORE, self._services.forget_list, _kept)

    def _films_known(self, future: Future[Sequence[RestoredFilm]]) -> None:
        films = tasks.outcome(future)
        if isinstance(films, tasks.Failure):
            # Keeping this session's list would replace one that could not be read for now.
            return
        self.is_kept = True
        if self._shown is not None:
            # The reader has begun with another one.
            films = [replace(film, shown=False) for film in films]
        self.restored.emit(films)

    def show(self, case: Case | None) -> None:
        """Note which case is shown."""
        self._shown = case
        self._keep_soon()

    def keep_film(self, case: Case) -> None:
        """Keep what the program said of a case, unless some of it is still awaited."""
        if not self._is_listed(case) or case.awaited:
            return
        if case.radiograph is None or case.thumbnail is None:
            return
        keys = [case.key(marked) for marked in case.reading.placed]
        knees = tuple(case.gradings[key] for key in keys if key in case.gradings)
        examination = Examination(
            case.radiograph, knees, case.refusal, case.model, case.model_sha256, finder=case.finder
        )
        keep = partial(
            _keep, self._services, examination, case.inverted, case.thumbnail, facts_of(case)
        )
        self._runner.submit(Queue.STORE, keep, _kept)
        self._keep_soon()

    def note(self, case: Case) -> None:
        """Keep the facts by which a case is found again, after a change of its reading."""
        if self._is_listed(case) and case.radiograph is not None:
            note = partial(self._services.note_film, facts_of(case))
            self._runner.submit(Queue.STORE, note, _kept)

    def find(self, words: Sequence[str], on_done: Callable[[Future[Found]], None]) -> None:
        """Look for all films in which all words occur, in the background."""
        self._runner.submit(
            Queue.STORE, partial(self._services.find_films, words, MOST_FOUND), on_done
        )

    def open(self, films: Sequence[FilmFacts]) -> None:
        """Return films of any earlier session by `restored`, the first to be shown."""
        self._runner.submit(
            Queue.READER, partial(_earlier, self._services, films), self._earlier_known
        )

    def _earlier_known(self, future: Future[Sequence[RestoredFilm]]) -> None:
        films = tasks.outcome(future)
        if not isinstance(films, tasks.Failure):
            self.restored.emit(films)

    def remove(self, films: Sequence[FilmFacts], on_done: Callable[[Future[None]], None]) -> None:
        """Remove all that is kept of films, the reader's work on them included."""
        checksums = [film.sha256 for film in films]
        self._runner.submit(Queue.STORE, partial(self._services.remove_films, checksums), on_done)

    def _is_listed(self, case: Case) -> bool:
        """Tell whether a case is to be kept; a removed one may still be graded, and is not."""
        return self.is_kept and case in self._cases

    def _keep_soon(self) -> None:
        if self.is_kept and not self._soon.isActive():
            self._soon.start()

    def keep_now(self) -> None:
        """Keep the list as it is."""
        self._soon.stop()
        if not self.is_kept:
            return
        films = [
            (case.path, case.radiograph.sha256 if case.radiograph else "") for case in self._cases
        ]
        shown = self._shown.path if self._shown is not None else None
        keep = partial(self._services.keep_list, films, shown)
        self._runner.submit(Queue.STORE, keep, _kept)


def _films(services: Services) -> list[RestoredFilm]:
    """Return the last session's list. Raises StoreError or BundleError."""
    now = _model()
    return [
        replace(
            _restored(services, listed.path, listed.kept, now, shown=listed.shown),
            added=day_of(listed.at),
        )
        for listed in services.listed()
    ]


def _earlier(services: Services, films: Sequence[FilmFacts]) -> list[RestoredFilm]:
    """Return films of any earlier session. Raises StoreError or BundleError."""
    now = _model()
    return [
        _restored(services, film.path, services.kept_film(film.sha256), now, shown=film is films[0])
        for film in films
    ]


def restored_film(services: Services, film: FilmFacts) -> RestoredFilm:
    """Return one film of any earlier session. Raises StoreError or BundleError."""
    return _restored(services, film.path, services.kept_film(film.sha256), _model(), shown=False)


def _model() -> str:
    """Return the present model's name, without loading it. Raises BundleError."""
    return read_grader_card(MODELS / "koa.json").label


def _restored(
    services: Services, path: Path, kept: KeptFilm | None, now: str, *, shown: bool
) -> RestoredFilm:
    if kept is None:
        return RestoredFilm(path, shown)
    examination = kept.examination
    notice = None
    if examination.model != now and examination.knees:
        notice = Message.of(KeptNotice.OTHER_MODEL, model=examination.model, now=now)
    stored = services.load(examination.radiograph.sha256)
    return RestoredFilm(path, shown, kept, stored, QImage.fromData(kept.thumbnail), notice)


def _keep(
    services: Services,
    examination: Examination,
    inverted: bool,
    thumbnail: QImage,
    facts: FilmFacts,
) -> None:
    services.keep_film(KeptFilm(examination, inverted, jpeg(thumbnail)), facts)


def jpeg(picture: QImage) -> bytes:
    """Return a picture as a JPEG file."""
    written = QByteArray()
    buffer = QBuffer(written)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"jpg"))
    writer.setQuality(_JPEG_QUALITY)
    writer.write(picture)
    return bytes(written.data())


def _kept(future: Future[None]) -> None:
    try:
        future.result()
    except StoreError as error:
        _LOG.warning("The list could not be kept.", exc_info=error)


def facts_of(case: Case) -> FilmFacts:
    """Return the facts by which a case is found again; its file was read."""
    if case.radiograph is None:
        raise ValueError("nothing is known of a file that was not read")
    header = case.header
    return FilmFacts(
        case.radiograph.sha256,
        case.path,
        header.patient_name,
        header.patient_id,
        header.study_date.isoformat() if header.study_date else "",
        case.grades_text(),
        case.search_text(),
    )


def fill(case: Case, film: RestoredFilm) -> None:
    """Make a case of a film that was graded in an earlier session."""
    if film.kept is None:
        return
    case.added = film.added
    examination = film.kept.examination
    case.radiograph = replace(examination.radiograph, path=case.path)
    case.reading = tasks.first_or_stored(film.stored, examination.knees, case.radiograph)
    if film.stored is not None:
        case.reader = film.stored.reader
    case.refusal = examination.refusal
    case.model, case.model_sha256 = examination.model, examination.model_sha256
    case.finder = examination.finder
    case.thumbnail = film.thumbnail
    case.kept_notice = film.notice
    if film.kept.inverted is case.inverted:
        for marked in case.reading.placed:
            known = next((one for one in examination.knees if _is_of(one, marked)), None)
            if known is not None:
                case.gradings[case.key(marked)] = known


def day_of(at: str) -> date | None:
    """Return the day of a stored date or time (ISO 8601), on this computer's clock."""
    try:
        if len(at) == len("2026-01-31"):
            return date.fromisoformat(at)
        return datetime.fromisoformat(at).astimezone().date()
    except (ValueError, OverflowError, OSError):
        return None


def _is_of(examined: ExaminedKnee, marked: MarkedKnee) -> bool:
    on_request = Flag.ON_REQUEST in examined.finding.flags
    return examined.knee.box == marked.knee.box and on_request is marked.on_request
