"""Keeps the list of films and what the program said of them, and opens it again at the next start.

The reader's own work is kept by `reading_saver.py`; without this list nothing of it is lost. So
nobody is told where the list cannot be kept: the next one may be.
"""

from __future__ import annotations

from collections import deque
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
AT_ONCE = 100  # films of the kept list: some 0.3 s, in which no other file is opened
MOST_FOUND = 200  # of a search

Found = tuple[list[FilmFacts], int]


@dataclass(frozen=True, eq=False, slots=True)
class RestoredFilm:
    """One film of the list as it was left: its case, and the stored reading it was made from."""

    case: Case
    shown: bool = False
    stored: StoredReading | None = None


class KeptList(QObject):
    """Keeps the list while it changes, and returns it at the next start."""

    # Films of an earlier session (a list of RestoredFilm), and the case that they stand before, or
    # None at the end.
    restored = Signal(object, object)

    def __init__(
        self, runner: TaskRunner, services: Services, cases: CaseListModel, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._services = services
        self._cases = cases
        self._shown: Case | None = None
        self.is_kept = False  # before `restore` the kept list is still the last session's
        self._pieces: deque[_Piece] = deque()  # of the last session's list, still to be opened
        self._last: Case | None = None  # of those behind the shown film that are opened
        self._late: list[Case] = []  # what is to be kept when all are
        self._soon = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._soon.timeout.connect(self.keep_now)
        cases.rowsInserted.connect(self._keep_soon)
        cases.rowsRemoved.connect(self._keep_soon)

    def restore(self) -> None:
        """Return the last session's list by `restored`, and keep this session's from then on.

        The shown film comes first, and the others around it in pieces.
        """
        self._soon.stop()
        self.is_kept = False
        self._pieces.clear()
        self._last = None
        self._runner.submit(Queue.FILES, self._services.list_extent, self._extent_known)

    def keep(self, *, wanted: bool) -> None:
        """Keep the list from now on, or forget it and what the program said of any film."""
        # A list that is still being opened is kept when it is whole.
        if wanted is self.is_kept or (wanted and self._pieces):
            return
        self._pieces.clear()
        self.is_kept = wanted
        if wanted:
            for case in self._cases:
                self.keep_film(case)
            self._keep_soon()
            return
        self._soon.stop()
        self._runner.submit(Queue.STORE, self._services.forget_list, _kept)

    def _extent_known(self, future: Future[tuple[int, int]]) -> None:
        extent = tasks.outcome(future)
        if isinstance(extent, tasks.Failure):
            # Keeping this session's list would replace one that could not be read for now.
            return
        self._pieces.extend(_pieces(*extent))
        self._open_piece(None)

    def _open_piece(self, shown: Case | None) -> None:
        """Have the next piece of the list opened; `shown` is the case of the first one."""
        if not self._pieces:
            self.is_kept = True
            late, self._late = self._late, []
            for case in late:
                self.keep_film(case)
            self._keep_soon()
            return
        piece = self._pieces[0]
        films = partial(_films, self._services, piece.first, piece.count)
        self._runner.submit(Queue.FILES, films, partial(self._piece_known, piece, shown))

    def _piece_known(
        self, piece: _Piece, shown: Case | None, future: Future[Sequence[RestoredFilm]]
    ) -> None:
        if not self._pieces or piece is not self._pieces[0]:
            return  # of a list that is wanted no more
        films = tasks.outcome(future)
        if isinstance(films, tasks.Failure):
            self._pieces.clear()
            return
        if self._shown is not None:
            # The reader has begun with another one.
            films = [replace(film, shown=False) for film in films]
        self.restored.emit(films, shown if piece.is_before else self._behind_last())
        if not piece.is_before:
            new = [film.case for film in films if film.case in self._cases]
            self._last = new[-1] if new else self._last
        self._pieces.popleft()
        self._open_piece(shown if shown is not None or not films else films[0].case)

    def show(self, case: Case | None) -> None:
        """Note which case is shown."""
        self._shown = case
        self._keep_soon()

    def keep_film(self, case: Case) -> None:
        """Keep what the program said of a case, unless some of it is still awaited."""
        if self._pieces:
            self._late.append(case)
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
        if self._pieces:
            self._late.append(case)
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

    def _behind_last(self) -> Case | None:
        """Return the case that stands behind the last opened film of the kept list, if any.

        Files that were opened meanwhile stand behind that list.
        """
        row = 0
        if self._last is not None:
            is_there = self._last in self._cases
            row = self._cases.row(self._last) + 1 if is_there else len(self._cases)
        return self._cases.at(row) if row < len(self._cases) else None

    def _earlier_known(self, future: Future[Sequence[RestoredFilm]]) -> None:
        films = tasks.outcome(future)
        if not isinstance(films, tasks.Failure):
            self.restored.emit(films, None)

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


@dataclass(frozen=True, eq=False, slots=True)
class _Piece:
    """Films of the kept list, from the place `first` on, and whether they are before the shown."""

    first: int
    count: int
    is_before: bool = False


def _pieces(count: int, shown: int) -> list[_Piece]:
    """Return the shown film's place, then those before it, then those behind it."""
    if not count:
        return []
    before, behind = range(0, shown, AT_ONCE), range(shown + 1, count, AT_ONCE)
    return [
        _Piece(shown, 1),
        *(_Piece(first, min(AT_ONCE, shown - first), is_before=True) for first in before),
        *(_Piece(first, min(AT_ONCE, count - first)) for first in behind),
    ]


def _films(services: Services, first: int, count: int) -> list[RestoredFilm]:
    """Return a piece of the last session's list. Raises StoreError or BundleError."""
    now = _model()
    films = services.listed(first, count)
    known = [one.kept.examination.radiograph.sha256 for one in films if one.kept is not None]
    stored = dict(zip(known, services.load_all(known), strict=True))
    restored = []
    for film in films:
        sha256 = film.kept.examination.radiograph.sha256 if film.kept is not None else ""
        one = _restored(film.path, film.kept, stored.get(sha256), now, shown=film.shown)
        one.case.added = day_of(film.at) if film.kept is not None else one.case.added
        # What list, filter and search ask for is ready then.
        one.case.search_text()
        restored.append(one)
    return restored


def _earlier(services: Services, films: Sequence[FilmFacts]) -> list[RestoredFilm]:
    """Return films of any earlier session. Raises StoreError or BundleError."""
    now = _model()
    return [_known(services, film, now, shown=film is films[0]) for film in films]


def restored_film(services: Services, film: FilmFacts) -> RestoredFilm:
    """Return one film of any earlier session. Raises StoreError or BundleError."""
    return _known(services, film, _model(), shown=False)


def _known(services: Services, film: FilmFacts, now: str, *, shown: bool) -> RestoredFilm:
    kept = services.kept_film(film.sha256)
    stored = services.load(film.sha256) if kept is not None else None
    return _restored(film.path, kept, stored, now, shown=shown)


def _model() -> str:
    """Return the present model's name, without loading it. Raises BundleError."""
    return read_grader_card(MODELS / "koa.json").label


def _restored(
    path: Path, kept: KeptFilm | None, stored: StoredReading | None, now: str, *, shown: bool
) -> RestoredFilm:
    case = Case(path)
    if kept is None:
        return RestoredFilm(case, shown)
    fill(case, kept, stored)
    examination = kept.examination
    if examination.model != now and examination.knees:
        case.kept_notice = Message.of(KeptNotice.OTHER_MODEL, model=examination.model, now=now)
    return RestoredFilm(case, shown, stored)


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
        case.grades_text() or case.obstacles,
        case.search_text(),
    )


def fill(case: Case, kept: KeptFilm, stored: StoredReading | None) -> None:
    """Make a case of a film that was graded in an earlier session."""
    case.added = None
    examination = kept.examination
    case.radiograph = replace(examination.radiograph, path=case.path)
    case.reading = tasks.first_or_stored(stored, examination.knees, case.radiograph)
    if stored is not None:
        case.reader = stored.reader
    case.refusal = examination.refusal
    case.model, case.model_sha256 = examination.model, examination.model_sha256
    case.finder = examination.finder
    case.thumbnail = QImage.fromData(kept.thumbnail)
    if kept.inverted is case.inverted:
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
