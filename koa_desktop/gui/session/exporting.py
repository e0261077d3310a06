"""The exports under way: how they are stopped, and whether a closing window has to wait."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from threading import Event

from PySide6.QtCore import QObject, Signal

from koa_desktop.gui.session.task_runner import Queue, Result, TaskRunner


class Exporting(QObject):
    """Does the exports in their queue, and knows which of them have not ended."""

    ended = Signal(bool)  # an export; false where not all of it was written

    def __init__(self, runner: TaskRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._under_way: list[Event] = []

    @property
    def is_busy(self) -> bool:
        """True while an export waits or is written."""
        return bool(self._under_way)

    def begin(
        self, work: Callable[[Event], Result], on_done: Callable[[Future[Result]], bool]
    ) -> Event:
        """Do `work` with an event that stops it, which is returned as well.

        `on_done` shows what came of it, and returns whether all was written.
        """
        stopped = Event()
        self._under_way.append(stopped)
        done = partial(self._done, stopped, on_done)
        self._runner.submit(Queue.EXPORT, partial(work, stopped), done)
        return stopped

    def stop(self) -> None:
        """Stop all exports at the next file, or in the midst of reading one."""
        for stopped in self._under_way:
            stopped.set()

    def _done(
        self,
        stopped: Event,
        on_done: Callable[[Future[Result]], bool],
        future: Future[Result],
    ) -> None:
        self._under_way.remove(stopped)
        self.ended.emit(on_done(future))
