"""Background tasks: one thread a queue, results handed back on the window's thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from enum import Enum
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal, Slot

Result = TypeVar("Result")


class Queue(Enum):
    """A queue of tasks: one is done in order, and no queue waits for another."""

    FILES = "files"  # new files, one after another
    READER = "reader"  # what the reader waits for
    STORE = "store"  # the reader's work, saved and loaded again
    EXPORT = "export"
    UNNOTICED = "unnoticed"  # what may take long: the watched folder, the backup of the day


class TaskRunner(Protocol):
    """Takes tasks and hands back their futures; tests replace it by one that runs them at once."""

    def submit(
        self,
        queue: Queue,
        task: Callable[[], Result],
        on_done: Callable[[Future[Result]], None],
    ) -> Future[Result]:
        """Do `task`, then call `on_done(future)` on the window's thread."""

    def forget(self, queue: Queue) -> None:
        """Drop what waits in a queue; its `on_done` is never called."""

    def finish(self, queue: Queue, seconds: float) -> None:
        """Wait until a queue has done what is in it now and its results are handed back."""

    def close(self, seconds: float) -> bool:
        """Save what is to be saved, drop the rest; false where work still hangs after that."""


class ThreadedTaskRunner(QObject):
    """Runs slow tasks in threads."""

    _finished = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on_done: dict[Future[Any], Callable[[Future[Any]], None]] = {}
        self._queues: dict[Queue, SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]] = {}
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._finished.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def submit(
        self,
        queue: Queue,
        task: Callable[[], Result],
        on_done: Callable[[Future[Result]], None],
    ) -> Future[Result]:
        """Do `task` in its queue's thread, then call `on_done(future)` on the window's thread."""
        future: Future[Result] = Future()
        if self._closed:
            return future
        self._on_done[future] = on_done
        self._queue(queue).put((future, task))
        return future

    def forget(self, queue: Queue) -> None:
        """Drop what waits in a queue; what is under way ends, and nobody is told."""
        waiting = self._queues.get(queue)
        while waiting is not None:
            try:
                item = waiting.get_nowait()
            except Empty:
                return
            if item is not None:
                # Forgotten first: cancel() would call back on this thread.
                self._on_done.pop(item[0], None)
                item[0].cancel()

    def finish(self, queue: Queue, seconds: float) -> None:
        """Wait until a queue has done what is in it now and its results are handed back."""
        wait([self.submit(queue, lambda: None, lambda _: None)], seconds)
        QCoreApplication.sendPostedEvents(self, QEvent.Type.MetaCall.value)

    def close(self, seconds: float = 3.0) -> bool:
        """Save what is to be saved, drop the rest; false where a thread still works after that.

        The threads are daemons: a decoder that hangs does not keep the program alive.
        """
        self._closed = True
        for queue in (Queue.FILES, Queue.READER, Queue.EXPORT, Queue.UNNOTICED):
            self.forget(queue)
        self._on_done.clear()
        for waiting in self._queues.values():
            waiting.put(None)
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(deadline - time.monotonic(), 0))
        return not any(thread.is_alive() for thread in self._threads)

    def _queue(self, queue: Queue) -> SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]:
        if queue not in self._queues:
            self._queues[queue] = SimpleQueue()
            thread = threading.Thread(
                target=self._work, args=(self._queues[queue],), name=queue.value, daemon=True
            )
            self._threads.append(thread)
            thread.start()
        return self._queues[queue]

    def _work(self, waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]) -> None:
        while (item := waiting.get()) is not None:
            future, task = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(task())
            except BaseException as error:  # handed to on_done
                future.set_exception(error)
            if not self._closed:
                self._finished.emit(future)
            # A waiting thread must not keep the last radiograph alive.
            del item, future, task

    @Slot(object)
    def _deliver(self, future: Future[Any]) -> None:
        on_done = self._on_done.pop(future, None)
        if on_done is not None:
            on_done(future)
