"""Saves the reader's work in a queue of its own, and keeps what could not be saved until it is.

A case's steps are dropped only when its reading is on the disk. A failed save is tried again, after
longer and longer pauses. A reading that another program has changed meanwhile waits for the reader,
who takes over the other one or saves this one in its place. Copies of one film are one here, as in
the store.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, StoredReading
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.task_runner import Queue, TaskRunner
from koa_desktop.message import Message
from koa_desktop.system.log import logger

_LOG = logger(__name__)
_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 1000, 30_000
_LATE_MS = 2000
# So long a step waits for the grading of the box it moved, to be saved with the model's grade.
_GRADING_MS = 1000


@dataclass(slots=True)
class _Unsaved:
    """The unsaved steps of one film; the first `sent` of its steps are being written.

    `case` is the one that was changed last, of the copies of that film.
    """

    case: Case
    steps: list[Step] = field(default_factory=list)
    sent: int = 0
    is_sent: bool = False
    changed_elsewhere: bool = False


class ReadingSaver(QObject):
    """Saves readings with their steps, in order, one write of a case at a time."""

    changed = Signal()  # what is unsaved, or why
    failed = Signal()
    loaded = Signal(object, object)  # a case, and its stored reading, which can be loaded at last
    other_taken = Signal(object, object)  # a case, and the other program's reading
    final_kept = Signal(object)  # a case whose stored reading is final and was not replaced

    def __init__(self, runner: TaskRunner, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self._services = services
        self._work: dict[str, _Unsaved] = {}  # by the cases' identity, as are the revisions
        self._revisions: dict[str, int] = {}  # of the stored readings that the shown are made from
        self._unloaded: list[Case] = []
        self.trouble: Message | None = None  # why the last save or load failed
        self._pause_ms = _FIRST_PAUSE_MS
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self.retry)
        self._late = QTimer(self, singleShot=True, interval=_LATE_MS)
        self._late.timeout.connect(self.changed)

    # -- what is unsaved -----------------------------------------------------------------------

    @property
    def unsaved(self) -> tuple[Case, ...]:
        """The cases with work that is not on the disk."""
        return tuple(work.case for work in self._work.values() if work.steps)

    @property
    def changed_elsewhere(self) -> tuple[Case, ...]:
        """The cases whose reading another program has changed."""
        return tuple(work.case for work in self._work.values() if work.changed_elsewhere)

    @property
    def unloaded(self) -> tuple[Case, ...]:
        """The cases whose earlier reading could not be loaded."""
        return tuple(self._unloaded)

    @property
    def is_late(self) -> bool:
        """True where saving takes so long that the reader should know."""
        return bool(self._waiting()) and not self._late.isActive()

    def _waiting(self) -> list[_Unsaved]:
        """Return what is to be saved without a word of the reader's."""
        return [work for work in self._work.values() if work.steps and not work.changed_elsewhere]

    # -- saving --------------------------------------------------------------------------------

    def begin(self, case: Case, revision: int) -> None:
        """Note from which stored reading a case's was made; see `StoredReading.revision`."""
        self._revisions[case.identity] = revision

    def add(self, case: Case, step: Step) -> None:
        """Note the step that led to a case's reading; `save` or `save_soon` follows."""
        work = self._work.setdefault(case.identity, _Unsaved(case))
        work.case = case
        work.steps.append(step)
        if not self._late.isActive():
            self._late.start()

    def drop(self, cases: Iterable[Case]) -> None:
        """Save no more of cases that are to be forgotten."""
        for case in cases:
            self._revisions.pop(case.identity, None)
            work = self._work.pop(case.identity, None)
            if work is not None:
                work.steps.clear()
        self.changed.emit()

    def save_soon(self, case: Case) -> None:
        """Save a case in a moment, so that a grading under way is saved with it."""
        QTimer.singleShot(_GRADING_MS, self, partial(self.save, case))

    def save(self, case: Case) -> None:
        """Save a case's reading with its new steps; in trouble, that waits for `retry`."""
        work = self._work.get(case.identity)
        if work is not None and work.steps and self.trouble is None:
            self._send(work)

    def save_all(self) -> None:
        """Save all there is, whatever it waits for."""
        if self.trouble is not None:
            self.retry()
            return
        for work in self._waiting():
            self._send(work)

    def finish(self, seconds: float) -> bool:
        """Save all work now; false where some of it is not on the disk after that time."""
        deadline = time.monotonic() + seconds
        self.save_all()
        while self.unsaved and (left := deadline - time.monotonic()) > 0:
            self._runner.finish(Queue.STORE, left)
            if self.trouble is not None:
                break
        return not self.unsaved

    def retry(self) -> None:
        """Try again with one case, if any; when that succeeds, all others follow."""
        self._again.stop()
        waiting = self._waiting()
        if waiting:
            self._send(waiting[0])
        elif self._unloaded:
            self._load(self._unloaded[0])
        else:
            self.check_store()

    def check_store(self) -> None:
        """Look whether work can be saved, so that the reader knows it from the start."""
        self._runner.submit(Queue.STORE, self._services.check_store, self._store_checked)

    def _store_checked(self, future: Future[None]) -> None:
        reason = _failure(future)
        if reason is not None:
            self._fail(reason)
            return
        self._recover()
        self.changed.emit()

    def _send(self, work: _Unsaved, *, replacing: bool = False) -> None:
        """Save in the place of the reading that this one was made from, or of whatever is there."""
        case = work.case
        if work.is_sent or work.changed_elsewhere or case.radiograph is None:
            return
        work.is_sent, work.sent = True, len(work.steps)
        # With the sides by the fibula, which the reader has seen.
        placed = case.reading.placed
        knees = tuple(replace(marked, knee=case.knee(marked)) for marked in placed)
        circumstances = Circumstances(
            case.reader,
            case.model,
            case.finder,
            tuple(case.finding(marked).grade for marked in placed),
        )
        self._runner.submit(
            Queue.STORE,
            partial(
                self._services.save,
                case.radiograph.sha256,
                replace(case.reading, knees=knees),
                tuple(work.steps),
                circumstances,
                None if replacing else self._revisions.get(case.identity, 0),
            ),
            partial(self._sent, work),
        )

    def _sent(self, work: _Unsaved, future: Future[int]) -> None:
        work.is_sent = False
        reason = _failure(future)
        if reason is None:
            self.begin(work.case, future.result())
            del work.steps[: work.sent]
            self._forget_done(work.case)
        elif reason.code in (StoreReason.CHANGED, StoreReason.FINAL):
            work.changed_elsewhere = True
            if reason.code is StoreReason.FINAL:
                self.final_kept.emit(work.case)
        else:
            self._fail(reason)
            return
        self._recover()
        if work.steps:
            self._send(work)
        self.changed.emit()

    def _forget_done(self, case: Case) -> None:
        work = self._work.get(case.identity)
        if work is not None and not work.steps and not work.changed_elsewhere:
            del self._work[case.identity]
        if not self._waiting():
            self._late.stop()

    def _fail(self, reason: Message) -> None:
        self.trouble = reason
        if not self._again.isActive():
            self._again.start(self._pause_ms)
            self._pause_ms = min(2 * self._pause_ms, _LONGEST_PAUSE_MS)
        self.failed.emit()
        self.changed.emit()

    def _recover(self) -> None:
        """Save and load what had to wait while the store could not be used."""
        self._pause_ms = _FIRST_PAUSE_MS
        if self.trouble is None:
            return
        self.trouble = None
        self._again.stop()
        self.save_all()
        for case in self._unloaded:
            self._load(case)

    # -- readings of another program -----------------------------------------------------------

    def check(self, case: Case) -> None:
        """Look whether another program has changed a case's reading."""
        if case.radiograph is not None and case.identity not in self._work:
            self._runner.submit(
                Queue.STORE,
                partial(self._services.revision, case.radiograph.sha256),
                partial(self._checked, case),
            )

    def _checked(self, case: Case, future: Future[int]) -> None:
        # If it cannot be looked up, saving or loading reports the error.
        if _failure(future) is not None or case.identity in self._work:
            return
        if future.result() not in (0, self._revisions.get(case.identity, 0)):
            self._work[case.identity] = _Unsaved(case, changed_elsewhere=True)
            self.changed.emit()

    def take_other(self, case: Case) -> None:
        """Have the other program's reading shown, which undo takes back."""
        self._load(case)

    def keep_this(self, case: Case) -> None:
        """Save this reading in the place of the other program's, which the audit trail keeps."""
        work = self._work.get(case.identity)
        if work is not None and work.changed_elsewhere:
            work.changed_elsewhere = False
            self.add(case, Step(Message(Action.KEEP_THIS)))
            self._send(work, replacing=True)
            self.changed.emit()

    # -- readings that could not be loaded -----------------------------------------------------

    def note_unloaded(self, case: Case, reason: Message) -> None:
        """Note that a case's earlier reading could not be loaded; that is tried again."""
        self._unloaded.append(case)
        self._fail(reason)

    def _load(self, case: Case) -> None:
        if case.radiograph is not None:
            self._runner.submit(
                Queue.STORE,
                partial(self._services.load, case.radiograph.sha256),
                partial(self._loaded, case),
            )

    def _loaded(self, case: Case, future: Future[StoredReading | None]) -> None:
        reason = _failure(future)
        if reason is not None:
            self._fail(reason)
            return
        stored = future.result() or StoredReading(Reading(), knees_as_found=True)
        work = self._work.setdefault(case.identity, _Unsaved(case))
        if case in self._unloaded:
            self._unloaded.remove(case)
            if stored.revision and work.steps:
                # The reader has begun anew meanwhile.
                work.changed_elsewhere = True
            else:
                self.begin(case, stored.revision)
                self.loaded.emit(case, stored)
        elif work.changed_elsewhere:
            work.changed_elsewhere = False
            self.begin(case, stored.revision)
            self.other_taken.emit(case, stored)
        self._forget_done(case)
        self._recover()
        self.changed.emit()


def _failure(future: Future[Any]) -> Message | None:
    error = future.exception()
    if error is None:
        return None
    if isinstance(error, StoreError):
        return error.message
    _LOG.error("Saving failed.", exc_info=error)
    return Message(StoreReason.UNUSABLE)
