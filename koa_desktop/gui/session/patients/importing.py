"""Films imported from a folder, a CD or a ZIP archive, with an account of each file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, Signal

from koa_desktop.errors import ReaderError
from koa_desktop.gui.session.case import UNFINISHED, Case
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.loading.discovery import DICOMDIR, Discovery, LeftOut, discover
from koa_desktop.loading.zip_archive import is_zip, unpack
from koa_desktop.message import Message
from koa_desktop.patients.film_archive import checksum, copied, remove_copies
from koa_desktop.system.files import is_there
from koa_desktop.system.log import logger
from koa_desktop.system.safe_write import write_error

_LOG = logger(__name__)
_DIGITS = 16

NOTHING = Discovery(())


@dataclass(frozen=True, slots=True)
class Source:
    """What an import found: the films to read, and who was left out and why."""

    films: tuple[Path, ...] = ()
    discovery: Discovery = NOTHING
    refused: tuple[tuple[str, Message], ...] = ()
    problem: Message | None = None  # why nothing was found


class Import(QObject):
    """One import: files are found, unpacked or copied in the background, then read and graded.

    `progressed` carries how many of how many files were found or copied; `changed` tells of
    everything else, until `is_done`.
    """

    progressed = Signal(int, int)
    changed = Signal()

    def __init__(self, session: Session, path: Path, archive: Path | None, *, copy: bool) -> None:
        super().__init__(session)
        self._session = session
        self._stopped = Event()
        self.path = path
        self._archive = archive
        self.source: Source | None = None
        self.was_stopped = False
        session.progress_changed.connect(self._tell)
        find = partial(_found, path, archive, copy, self.progressed.emit, self._stopped)
        session.runner.submit(Queue.FILES, find, self._add)

    @property
    def cases(self) -> list[Case]:
        """The cases of this import that are in the list."""
        films = self.source.films if self.source is not None else ()
        found = (self._session.cases.of(film) for film in films)
        return [case for case in found if case is not None]

    @property
    def read_count(self) -> int:
        """The number of films that were read."""
        return sum(case.radiograph is not None for case in self.cases)

    @property
    def patients(self) -> int:
        """The number of patients of the films that were read, as far as they are named."""
        headers = [case.header for case in self.cases if case.radiograph is not None]
        return len({one.patient_id or one.patient_name for one in headers} - {""})

    @property
    def unnamed(self) -> int:
        """The number of films that were read and name no patient."""
        headers = [case.header for case in self.cases if case.radiograph is not None]
        return sum(not (one.patient_id or one.patient_name) for one in headers)

    @property
    def unread(self) -> list[Case]:
        """The films that could not be read."""
        return [case for case in self.cases if case.error is not None]

    @property
    def is_done(self) -> bool:
        """True where every film was read, or could not be, or the import was stopped."""
        if self.source is None:
            return False
        return self.was_stopped or (
            len(self.cases) == len(self.source.films)
            # The last ones wait longest, so nearly all of the others need no look.
            and all(case.state not in UNFINISHED for case in reversed(self.cases))
        )

    def stop(self) -> None:
        """Look for no more files, and leave those ungraded that wait."""
        self.was_stopped = True
        self._stopped.set()
        self._session.stop()
        self.changed.emit()

    def _add(self, future: Future[Source]) -> None:
        self.source = future.result()
        if self.source.films and not self.was_stopped:
            self._session.add(self.source.films)
            if self._session.stopped:
                self._session.go_on()
        self.changed.emit()

    def _tell(self) -> None:
        if self.source is not None:
            self.changed.emit()
            self._remove_unread()

    def _remove_unread(self) -> None:
        """Remove copies that could not be read: removal of a patient would not find them."""
        if self._archive is not None and self.is_done and not self.was_stopped:
            with suppress(OSError):
                remove_copies([case.path for case in self.unread], self._archive)


def _found(
    path: Path,
    archive: Path | None,
    copy: bool,
    progress: Callable[[int, int], object],
    stopped: Event,
) -> Source:
    """Return the films of a folder or an archive; without an archive folder no ZIP is unpacked."""
    try:
        refused: Sequence[tuple[str, Message]] = ()
        folder, others = path, 0
        if archive is not None and is_zip(path):
            # By its checksum: its name may be a patient's.
            folder = archive / f"zip-{checksum(path)[:_DIGITS]}"
            unpacked = unpack(path, folder, progress, stopped)
            refused = [(name, Message(reason)) for name, reason in unpacked.refused]
            others = unpacked.others
        found = discover([folder], stopped)
        left_out = Counter(found.left_out) + Counter({LeftOut.OTHER_KIND: others})
        found = replace(found, left_out=left_out)
        if folder is not path:
            # It names patients, and nobody would find it when they are removed.
            for directory in folder.rglob("*"):
                if directory.name.lower() == DICOMDIR:
                    directory.unlink()
        films = found.files
        if copy and archive is not None:
            films = tuple(_copies(films, archive, progress, stopped))
        return Source(films, found, tuple(refused))
    except ReaderError as error:
        return Source(problem=error.message)
    except OSError as error:
        _LOG.warning("An import failed.", exc_info=error)
        return Source(problem=write_error(archive or path, error).message)


def _copies(
    films: Sequence[Path], archive: Path, progress: Callable[[int, int], object], stopped: Event
) -> list[Path]:
    """Return the copies of films; one that cannot be read stays where it is, for its error."""
    copies = []
    for number, film in enumerate(films):
        progress(number, len(films))
        if stopped.is_set():
            break
        try:
            copies.append(copied(film, archive) if is_there(film) else film)
        except OSError as error:
            if not archive.exists():
                raise
            _LOG.warning("A film could not be copied.", exc_info=error)
            copies.append(film)
    return copies
