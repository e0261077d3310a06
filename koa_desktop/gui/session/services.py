"""Services that all background tasks share: the networks and the store of readings."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

from koa_desktop.errors import BundleError, ReaderError, StoreError, StoreNotice, StoreReason
from koa_desktop.examination import backup, sign_off
from koa_desktop.examination.actions import Step
from koa_desktop.examination.audit_chain import Break
from koa_desktop.examination.encryption import change, database, keys
from koa_desktop.examination.examiner import Examiner
from koa_desktop.examination.handover import case_file
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import (
    AuditEntry,
    Circumstances,
    ReadingStore,
    StoredReading,
    begin_anew,
    open_store,
)
from koa_desktop.examination.store_file import aside, remove_films, with_journals
from koa_desktop.examination.worklist import FilmFacts, KeptFilm, ListedFilm, Worklist
from koa_desktop.grading.card import GraderCard
from koa_desktop.message import Code, Message
from koa_desktop.patients.film_archive import FOLDER as FILMS
from koa_desktop.patients.film_archive import remove_copies
from koa_desktop.report.naming.study_code import KEY_NAME, StudyCodes
from koa_desktop.system import release_files
from koa_desktop.system.log import clear_log, logger
from koa_desktop.wording import decision_lines

_LOG = logger(__name__)
_Result = TypeVar("_Result")
_LEAST_ROOM = 200  # MB: less is gone with a few exports
_MOST_FAULTS = 3  # of damaged files, told at a time


class Services:
    """Opens the networks and the store when they are first needed, on a thread that may wait."""

    def __init__(self, store: Path | None) -> None:
        """Keep the reader's work in the file `store`, or nowhere."""
        self._path = store
        self._examiner: Examiner | None = None
        self._store: ReadingStore | None = None
        self._codes: StudyCodes | None = None
        self._turn = threading.Lock()
        self._examiner_turn = threading.Lock()
        self._backup_turn = threading.Lock()  # no backup is made while the passphrase changes
        self.store_notice: Message | None = None  # what became of a store that cannot be used
        self._trail_warning: tuple[Message, ...] = ()
        # What threatens the store now, by its code; one that lasts stays as it was told.
        self._threats: dict[Code, Message] = {}
        self._faults: tuple[Message, ...] = ()
        self._last_saved = ""  # UTC (ISO 8601), once it was looked up

    @property
    def folder(self) -> Path | None:
        """The folder of the reader's work; None where none is kept."""
        return self._path.parent if self._path is not None else None

    def study_code(self, identity: str) -> str:
        """Return the code that pseudonymous exports call a film by; see `StudyCodes`."""
        if self._codes is None:
            self._codes = StudyCodes.of_user(self.folder)
        return self._codes.of(identity)

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

    def check_store(self) -> None:
        """Open the store. Raises StoreError where nothing can be saved at present."""
        self._with_store(ReadingStore.check, None)

    def save(
        self,
        sha256: str,
        reading: Reading,
        steps: Sequence[Step],
        circumstances: Circumstances,
        revision: int | None,
    ) -> int:
        """Keep the reader's work on one examination; see `ReadingStore.save`. Raises StoreError."""
        saved = self._with_store(
            lambda store: store.save(sha256, reading, steps, circumstances, revision), 0
        )
        self._last_saved = max(self._last_saved, sign_off.now()) if self._last_saved else ""
        return saved

    def load(self, sha256: str) -> StoredReading | None:
        """Return the reading of an earlier session; None for none. Raises StoreError."""
        return self._with_store(lambda store: store.load(sha256), None)

    def load_all(self, checksums: Sequence[str]) -> list[StoredReading | None]:
        """Return the readings of several examinations; None for none. Raises StoreError."""
        nothing: list[StoredReading | None] = [None] * len(checksums)
        return self._with_store(lambda store: store.load_all(checksums), nothing)

    def revision(self, sha256: str) -> int:
        """Return the revision of a file's reading; see `StoredReading`. Raises StoreError."""
        return self._with_store(lambda store: store.revision(sha256), 0)

    def audit_trail(self, sha256: str) -> list[AuditEntry]:
        """Return the changes of one file's reading. Raises StoreError where they are not kept."""
        return self._with_store(lambda store: store.audit_trail(sha256), [])

    def breaks(self, sha256: str) -> list[Break]:
        """Return where one film's audit trail was changed by no program. Raises StoreError."""
        return self._with_store(lambda store: store.breaks([sha256]), [])

    @property
    def notices(self) -> tuple[Message, ...]:
        """What the reader should know of the store, what threatens it, and damaged files."""
        own = (self.store_notice,) if self.store_notice is not None else ()
        return (*own, *self._threats.values(), *self._trail_warning, *self._faults)

    def check_surroundings(self) -> None:
        """Warn of a disk that is nearly full and of a clock that is behind, as long as they are.

        Raises StoreError or OSError.
        """
        if self._path is None:
            return
        threats = dict(self._threats)
        told = threats.pop(StoreNotice.LITTLE_ROOM, None)
        free = shutil.disk_usage(self._path.parent).free // 2**20
        if free < _LEAST_ROOM:
            # Half as much as was told is worth another word.
            if told is None or 2 * free <= int(str(dict(told.arguments)["free"])):
                told = Message.of(StoreNotice.LITTLE_ROOM, free=free)
            threats[StoreNotice.LITTLE_ROOM] = told
        if not self._last_saved:
            self._last_saved = self._with_store(ReadingStore.last_saved, "")
        last, now = self._last_saved, sign_off.now()
        told = threats.pop(StoreNotice.CLOCK_BEHIND, None)
        # Both in UTC and written alike. A day of grace: another computer's clock may be ahead.
        if last[:10] > _next_day(now):
            at, shown = decision_lines.local_time(last), decision_lines.local_time(now)
            threats[StoreNotice.CLOCK_BEHIND] = told or Message.of(
                StoreNotice.CLOCK_BEHIND, at=at, now=shown
            )
        self._threats = threats  # whole, since the window's thread reads it

    def check_release(self) -> None:
        """Warn of fonts and translations that are not this release's."""
        # Each says what to do; the self-test names all.
        self._faults = tuple(release_files.faults()[:_MOST_FAULTS])

    def check_trails(self) -> None:
        """Warn where audit trails were changed by no program.

        Others may save meanwhile: the store is used without taking turns. Raises StoreError.
        """
        store = self._with_store(lambda store: store, None)
        breaks = store.breaks() if store is not None else []
        if store is None or not breaks:
            return
        first = breaks[0]
        others = len({one.sha256 for one in breaks}) - 1
        self._trail_warning = (
            Message.of(
                StoreNotice.TRAIL_BROKEN,
                name=Worklist(store.path).name(first.sha256) or first.sha256[:8],
                reason=decision_lines.damage(first),
                others=others,
            ),
        )

    def list_extent(self) -> tuple[int, int]:
        """Return how many films were listed, and the place of the shown one. Raises StoreError."""
        return self._with_store(lambda store: Worklist(store.path).extent(), (0, 0))

    def listed(self, first: int, count: int) -> list[ListedFilm]:
        """Return films of the list as it was left; see `Worklist.films`. Raises StoreError."""
        return self._with_store(lambda store: Worklist(store.path).films(first, count), [])

    def keep_list(self, films: Sequence[tuple[Path, str]], shown: Path | None) -> None:
        """Keep the list of films; see `Worklist.keep_list`. Raises StoreError."""
        self._with_store(lambda store: Worklist(store.path).keep_list(films, shown), None)

    def keep_film(self, film: KeptFilm, facts: FilmFacts) -> None:
        """Keep what the program said of a film. Raises StoreError."""
        self._with_store(lambda store: Worklist(store.path).keep(film, facts), None)

    def note_film(self, facts: FilmFacts) -> None:
        """Keep a film's facts as they are now. Raises StoreError."""
        self._with_store(lambda store: Worklist(store.path).note(facts), None)

    def kept_film(self, sha256: str) -> KeptFilm | None:
        """Return what the program said of a film; None where it is not known. Raises StoreError."""
        return self._with_store(lambda store: Worklist(store.path).film(sha256), None)

    def unknown_films(self, paths: Sequence[Path]) -> list[Path]:
        """Return those of some files that were never opened. Raises StoreError."""
        return self._with_store(lambda store: Worklist(store.path).unknown(paths), list(paths))

    def find_films(self, words: Sequence[str], most: int) -> tuple[list[FilmFacts], int]:
        """Return the films in which all words occur; see `Worklist.find`. Raises StoreError."""
        nothing: tuple[list[FilmFacts], int] = ([], 0)
        return self._with_store(lambda store: Worklist(store.path).find(words, most), nothing)

    def films_of(self, name: str, patient_id: str, most: int) -> list[FilmFacts]:
        """Return films that may show a patient; see `Worklist.of_patient`. Raises StoreError."""
        return self._with_store(
            lambda store: Worklist(store.path).of_patient(name, patient_id, most), []
        )

    def remove_films(self, checksums: Sequence[str], *, lists_aside: bool = False) -> None:
        """Remove all that is kept of films, copies and daily backups included.

        `lists_aside` removes the lists that were set aside, too: nobody can tell what is in them.
        Raises StoreError.
        """
        self._with_store(
            lambda store: self._remove_films(store.path, checksums, lists_aside=lists_aside), None
        )

    def _remove_films(self, store: Path, checksums: Sequence[str], *, lists_aside: bool) -> None:
        paths = Worklist(store).paths_of(checksums)
        remove_films(store, checksums)
        backup.remove_daily_backups(store)
        try:
            remove_copies(paths, store.parent / FILMS)
            for left in aside(store) if lists_aside else ():
                left.unlink(missing_ok=True)
        except OSError as error:
            raise StoreError(StoreReason.UNUSABLE) from error

    def remove_everything(self) -> None:
        """Remove the store with all that lies beside it: the next film begins a new one.

        Raises StoreError.
        """
        if self._path is None:
            return
        with self._turn:
            store = self._store.path if self._store is not None else self._path
            self._store = None
            folder = self._path.parent
            kept = (store, self._path, *_beside(store))
            try:
                for path in (*kept, *(left for one in kept for left in aside(one))):
                    for one in with_journals(path):
                        one.unlink(missing_ok=True)
                        database.forget(one)
                for path in (store, self._path):
                    change.clear(path)
                for name in (backup.DAILY_FOLDER, FILMS):
                    if (folder / name).exists():
                        shutil.rmtree(folder / name)
            except OSError as error:
                raise StoreError(StoreReason.UNUSABLE) from error
        clear_log()

    @property
    def backups_folder(self) -> Path | None:
        """The folder of the program's own backups; None where none are made."""
        return self._path.parent / backup.DAILY_FOLDER if self._path is not None else None

    def back_up(self, target: Path, *, overwrite: bool) -> None:
        """Write a backup; see `backup.back_up`. Raises StoreError or ExportError."""
        path = self._with_store(lambda store: store.path, None)
        if path is None:
            raise StoreError(StoreReason.UNUSABLE)
        with self._backup_turn:
            backup.back_up(path, _beside(path), target, overwrite=overwrite)

    def back_up_daily(self) -> None:
        """Write today's backup where there is none; see `backup`. Raises what it raises."""
        path = self._with_store(lambda store: store.path, None)
        if path is not None:
            with self._backup_turn:
                backup.back_up_daily(path, _beside(path))

    def change_passphrase(self, passphrase: str | None, *, lists_aside: bool = False) -> None:
        """Set or change the passphrase of the store, or remove it where there is none given.

        The program's own backups are replaced by a new one, so that no old passphrase opens them,
        and `lists_aside` removes the lists that were set aside. Raises StoreError: then the store
        has not changed.
        """

        def remove_others(store: Path) -> None:
            backup.remove_daily_backups(store)
            for left in aside(store) if lists_aside else ():
                left.unlink(missing_ok=True)

        key = keys.derived(passphrase) if passphrase is not None else None
        with self._backup_turn:
            self._with_store(
                lambda store: change.change(store.path, key, partial(remove_others, store.path)),
                None,
            )
        with suppress(ReaderError, OSError):  # told at the next start, which tries again
            self.back_up_daily()

    @property
    def lists_aside(self) -> list[Path]:
        """The lists that were set aside beside the store."""
        return aside(self._path) if self._path is not None else []

    def restore(self, source: Path) -> None:
        """Put a backup in the place of the store; see `backup.restore`. Raises what it raises."""
        if self._path is None:
            raise StoreError(StoreReason.UNUSABLE)
        with self._turn:
            path = self._store.path if self._store is not None else self._path
            backup.restore(path, _beside(path), source)
            self._store = None
            self._codes = None
            self._last_saved = ""

    def pass_on(self, film: Path, sha256: str, target: Path) -> None:
        """Write a case to be passed on; see `case_file`. Raises what it raises."""
        store = self._with_store(lambda store: store, None)
        if store is None:
            raise StoreError(StoreReason.UNUSABLE)
        case_file.pass_on(store, film, sha256, target)

    def take_in(self, source: Path, folder: Path) -> tuple[Path, bool]:
        """Take in a case that was passed on; see `case_file`. Raises what it raises."""
        store = self._with_store(lambda store: store, None)
        if store is None:
            raise StoreError(StoreReason.UNUSABLE)
        return case_file.take_in(store, source, folder)

    def forget_list(self) -> None:
        """Remove the list and what was said of any film. Raises StoreError."""
        self._with_store(lambda store: Worklist(store.path).forget(), None)
        self._with_store(lambda store: backup.remove_daily_backups(store.path), None)

    def _with_store(self, use: Callable[[ReadingStore], _Result], without: _Result) -> _Result:
        """Use the store; a damaged one is set aside, and the new one used. Raises StoreError."""
        if self._path is None:
            return without
        # One thread at a time: a lock that SQLite waits for in vain is another program's then.
        with self._turn:
            store = self._opened(self._path)
            try:
                return use(store)
            except StoreError as error:
                if error.message.code is not StoreReason.DAMAGED:
                    raise
                _LOG.error("The store of readings is damaged.", exc_info=error)
            self._store, self.store_notice = begin_anew(store.path)
            return use(self._store)

    def _opened(self, path: Path) -> ReadingStore:
        if self._store is None:
            self._store, notice = open_store(path)
            with suppress(OSError):
                change.clear(self._store.path)
            self.store_notice = notice or self.store_notice
        return self._store


def _next_day(at: str) -> str:
    return (datetime.fromisoformat(at) + timedelta(days=1)).date().isoformat()


def _beside(store: Path) -> tuple[Path, ...]:
    """Return the small files that belong to the store."""
    return (store.parent / KEY_NAME,)
