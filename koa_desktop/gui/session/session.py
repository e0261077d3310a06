"""The open cases: files are added and graded in turn, chosen, changed and removed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, Signal

from koa_desktop.errors import ReadReason
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import StoredReading
from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.case import Case, CaseState
from koa_desktop.gui.session.case_list_model import CaseListModel, graded_count
from koa_desktop.gui.session.exporting import Exporting
from koa_desktop.gui.session.film_cache import CachedFilm, FilmCache
from koa_desktop.gui.session.kept_list import KeptList, RestoredFilm
from koa_desktop.gui.session.reading_keeper import ReadingKeeper
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.task_runner import Queue, TaskRunner
from koa_desktop.gui.session.undo import Change, Removal, UndoStack
from koa_desktop.loading.discovery import Discovery
from koa_desktop.message import Message
from koa_desktop.system.log import logger
from koa_desktop.wording.discovery import account
from koa_desktop.wording.language import counted

_LOG = logger(__name__)


class Session(QObject):
    """All cases from launch to close, and the one that is shown."""

    current_changed = Signal()  # another case is shown, or none
    case_changed = Signal(object)
    film_ready = Signal(object)  # a case whose film can now be had from `film`
    attention = Signal(object)  # a case to show, for something happened to it
    progress_changed = Signal()
    said = Signal(str)
    refused = Signal(object)  # a case whose final reading was to be changed

    def __init__(
        self, runner: TaskRunner, services: Services, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.runner = runner
        self.services = services
        self.cases = CaseListModel(self, services.study_code)
        self.undo_stack = UndoStack(self)
        self.current: Case | None = None
        self.reader = ""
        self.stopped = False
        self._films = FilmCache()
        self._waiting: deque[Case] = deque()
        self._opening: Case | None = None
        self._stop_reading = Event()
        self._searching = 0
        self._offered: Case | None = None  # the one that the program, not the reader, chose last
        self._read_anew: set[Path] = set()
        self.exporting = Exporting(runner, self)
        self._keeper = ReadingKeeper(runner, services, self)
        self._keeper.graded.connect(self._tell_all)
        self.saver = self._keeper.saver
        self.saver.loaded.connect(self._show_loaded)
        self.saver.other_taken.connect(self._take_other)
        self.kept = KeptList(runner, services, self.cases, self)
        self.kept.restored.connect(self._restored)
        self._keeper.graded.connect(self.kept.keep_film)

    # -- files ---------------------------------------------------------------------------------

    def add(self, paths: Sequence[Path], *, show: bool = True) -> None:
        """Add files, and what folders hold, at the end of the list, and show the first new one.

        A film that the reader chooses meanwhile stays; without `show` any film that is shown does.
        """
        if not paths:
            return
        self._searching += 1
        if self._stop_reading.is_set():
            self._stop_reading = Event()
        collect = partial(tasks.collect, list(paths), self._stop_reading)
        self.runner.submit(Queue.FILES, collect, partial(self._collected, self.current, show))
        self.progress_changed.emit()

    def warm_up(self) -> None:
        """Open the store and load the networks in the background, before the first file."""
        self.saver.check_store()
        self._keeper.warm_up()

    def _restored(self, films: Sequence[RestoredFilm], before: Case | None) -> None:
        new = [(film.case, film) for film in films if self.cases.of(film.case.path) is None]
        first = {case.identity: case for case in self.cases}
        for case, film in new:
            copy = first.setdefault(case.identity, case)
            if copy is not case:
                case.follow(copy)
            elif film.stored is not None:
                self.saver.begin(case, film.stored.revision)
        self.cases.add([case for case, _ in new], before)
        shown = [self.cases.of(film.case.path) for film in films if film.shown]
        self._waiting.extend(case for case, _ in new if case.state is CaseState.WAITING)
        for case, _ in new:
            self._keeper.grade(case, None)
        for one in shown:
            self._offer(one)
        self._open_next()
        self.progress_changed.emit()

    def stop(self) -> None:
        """Leave the cases that wait ungraded until they are chosen or `go_on` is called."""
        self.stopped = True
        self._stop_reading.set()
        self.progress_changed.emit()

    def go_on(self) -> None:
        """Grade the cases that wait."""
        self.stopped = False
        self._open_next()
        self.progress_changed.emit()

    @property
    def is_busy(self) -> bool:
        """True while files are looked for or graded."""
        return bool(self._searching or self._opening)

    @property
    def graded(self) -> int:
        """The number of finished cases."""
        return graded_count(self.cases)

    def select(self, case: Case | None) -> None:
        """Show a case; None shows none."""
        if case is self.current:
            return
        self.current = case
        self.kept.show(case)
        self.current_changed.emit()
        if case is None:
            return
        if case.state is CaseState.WAITING:
            self._open_next()
        else:
            self.need_film(case)
            self.saver.check(case)

    def film(self, case: Case) -> CachedFilm | None:
        """Return a case's film where it is in memory."""
        return self._films.get(case.path)

    def need_film(self, case: Case) -> None:
        """Read a case's film again where it is no longer in memory; `film_ready` tells."""
        if self.film(case) is None and not case.error and case.path not in self._read_anew:
            self._read_again(case)

    def remove(self, cases: Iterable[Case]) -> None:
        """Take cases out of the list, undoably; the files stay where they are."""
        rows = [(self.cases.row(case), case) for case in cases]
        if rows:
            text = counted("remove a case", "remove {0} cases", len(rows))
            self.undo_stack.push(Removal(self, rows, text))

    def _collected(self, shown: Case | None, show: bool, future: Future[Discovery]) -> None:
        self._searching -= 1
        try:
            discovery = future.result()
        except Exception as error:  # whatever a foreign disk may raise
            _LOG.error("A folder could not be searched.", exc_info=error)
            self.said.emit(self.tr("This folder could not be read."))
            discovery = Discovery(())
        found = discovery.files
        new = [Case(path) for path in found if self.cases.of(path) is None]
        sentences = [account(discovery)]
        if known := len(found) - len(new):
            already = counted(
                "1 file was already in the list.", "{0} files were already in the list.", known
            )
            sentences.insert(0, already)
        elif not found:
            sentences.insert(0, self.tr("No radiographs were found there."))
        if text := " ".join(filter(None, sentences)):
            self.said.emit(text)
        self._waiting.extend(new)
        self.cases.add(new)
        may_leave = (None, shown, self._offered) if show else (None,)
        if found and self.current in may_leave:
            self._offer(new[0] if new else self.cases.of(found[0]))
        self._open_next()
        self.progress_changed.emit()

    def _offer(self, case: Case | None) -> None:
        """Have a case shown that the reader has not chosen."""
        self._offered = case
        self.attention.emit(case)

    def _open_next(self) -> None:
        if self._opening is not None:
            return
        case = self._next_waiting()
        if case is None:
            return
        self._opening = case
        self._stop_reading = Event()
        case.under_way = True
        self._tell(case)
        self.runner.submit(
            Queue.FILES,
            partial(tasks.open_file, case.path, self.services, self._stop_reading),
            partial(self._opened, case),
        )

    def _next_waiting(self) -> Case | None:
        current = self.current
        if current is not None and current.state is CaseState.WAITING:
            return current
        while self._waiting and not self.stopped:
            case = self._waiting.popleft()
            if case in self.cases and case.state is CaseState.WAITING:
                return case
        return None

    def _opened(self, case: Case, future: Future[tasks.OpenedFile]) -> None:
        self._opening = None
        case.under_way = False
        opened = tasks.outcome(future)
        was_stopped = isinstance(opened, tasks.Failure) and opened.reason.code is ReadReason.STOPPED
        if was_stopped:
            self._waiting.appendleft(case)
        elif isinstance(opened, tasks.Failure):
            case.error = opened.reason
        else:
            case.fill(opened)
            self._films.put(case.path, opened.film, looked_at=case is self.current)
            self._begin_reading(case, opened)
            self.kept.keep_film(case)
        self._tell(case)
        if case is self.current and case.radiograph is not None:
            self.film_ready.emit(case)
        if not (was_stopped and self.stopped):
            self._open_next()
        self.progress_changed.emit()

    def _begin_reading(self, case: Case, opened: tasks.OpenedFile) -> None:
        """Note what the reading was made from; a copy of a film has the reading that is shown."""
        copies = self._copies(case)
        if copies:
            case.follow(copies[0])
            self.saver.check(case)
            return
        self.saver.begin(case, opened.stored.revision if opened.stored is not None else 0)
        if opened.not_loaded is not None:
            self.saver.note_unloaded(case, opened.not_loaded)

    def _copies(self, case: Case) -> list[Case]:
        others = (*self.cases, *self.saver.unsaved)
        return [one for one in others if one is not case and one.identity == case.identity]

    def _read_again(self, case: Case) -> None:
        if case.radiograph is None:
            return
        self._read_anew.add(case.path)
        self.runner.submit(
            Queue.READER,
            partial(tasks.film_again, case.path, case.radiograph.sha256),
            partial(self._was_read_again, case),
        )

    def _was_read_again(self, case: Case, future: Future[CachedFilm]) -> None:
        self._read_anew.discard(case.path)
        film = tasks.outcome(future)
        if isinstance(film, tasks.Failure):
            # Another file's grades say nothing; those of a file that is away stay.
            if film.reason.code is ReadReason.CHANGED:
                case.error = film.reason
            else:
                case.gone = film.reason
            self._tell(case)
            return
        case.gone = None
        self.cases.tell(case)
        self._films.put(case.path, film)
        self.film_ready.emit(case)

    # -- the reader's changes ------------------------------------------------------------------

    def change(self, case: Case, reading: Reading, action: Message) -> bool:
        """Give a case another reading, undoably; false, and `refused`, where it is final."""
        is_new = reading != case.reading
        if is_new and not case.reading.may_change_by(action.code):
            self.refused.emit(case)
            return False
        if is_new:
            self.undo_stack.push(Change(self, case, reading, action))
        return True

    def apply(self, case: Case, reading: Reading, step: Step) -> None:
        """Make `reading` the case's own: grade what is new in it, and keep it."""
        case.reading = reading
        case.reader = self.reader
        self._keeper.add_step(case, step, self.film(case))
        self.kept.note(case)
        self._tell_all(case)

    def reload(self) -> None:
        """Open the list anew, after the store was replaced."""
        cases = list(self.cases)
        self.take_out(cases)
        self.undo_stack.clear()
        self.saver.drop(cases)
        if self.kept.is_kept:
            self.kept.restore()

    def grade_again(self) -> None:
        """Grade the knees of the shown film by the present model; the reader's grades stay."""
        case = self.current
        film = self.film(case) if case is not None else None
        if case is None or film is None or case.awaited:
            return
        for marked in case.reading.placed:
            case.gradings.pop(case.key(marked), None)
        case.kept_notice = None
        self._keeper.grade(case, film)
        self._tell_all(case)

    def forget(self, checksums: Iterable[str]) -> None:
        """Take the films with these checksums out of the list, with the reader's work on them.

        That cannot be undone, and neither can what was done before.
        """
        wanted = set(checksums)
        cases = [case for case in self.cases if case.identity in wanted]
        self.take_out(cases)
        # A comment that was being typed comes with the end of the case, and goes, too.
        self.undo_stack.clear()
        self.saver.drop(cases)

    def _take_other(self, case: Case, stored: StoredReading) -> None:
        """Show the reading that another program has saved, undoably."""
        reading = case.with_stored(stored)
        if reading != case.reading:
            action = Message(Action.TAKE_OTHER)
            self.undo_stack.push(Change(self, case, reading, action))
        else:
            self.saver.save(case)
        self._tell(case)

    def _show_loaded(self, case: Case, stored: StoredReading) -> None:
        """Show the reading of an earlier session, which could not be loaded at first."""
        case.reading = case.with_stored(stored)
        case.reader = stored.reader
        self._keeper.grade(case, self.film(case))
        self._tell_all(case)

    def take_out(self, cases: Sequence[Case]) -> None:
        """Take cases out of the list."""
        for case in cases:
            self._films.drop(case.path)
            if case is self._opening:
                self._stop_reading.set()
        self.cases.remove(cases)
        if self.current is not None and self.current not in self.cases:
            self.select(None)
        self.progress_changed.emit()

    def put_back(self, rows: Sequence[tuple[int, Case]]) -> None:
        """Put cases back in their rows, and show the first of them."""
        for _, case in rows:
            # A copy may have been read meanwhile.
            for copy in self._copies(case):
                case.follow(copy)
        self.cases.put_back(rows)
        self._waiting.extend(case for _, case in rows)
        self.attention.emit(rows[0][1])
        self._open_next()
        self.progress_changed.emit()

    def _tell(self, case: Case) -> None:
        self.cases.tell(case)
        self.case_changed.emit(case)

    def _tell_all(self, case: Case) -> None:
        """Show a case's new state, and have the copies of its film follow it."""
        self._tell(case)
        for copy in self._copies(case):
            copy.follow(case)
            self._tell(copy)

    def close(self) -> bool:
        """Keep the reader's work and end the threads; false where one still hangs."""
        self._stop_reading.set()
        self.exporting.stop()
        self.saver.save_all()
        self.kept.keep_now()
        return self.runner.close(3.0)
