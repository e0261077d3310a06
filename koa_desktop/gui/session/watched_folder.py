"""A watched folder: films that arrive in it are added to the list once they are whole.

The folder is looked through every few seconds, because a share does not tell of changes. A file
counts as whole when two looks in a row find it of the same size and time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.task_runner import Queue, TaskRunner

_PAUSE_MS = 3000

State = tuple[int, int]  # of a file: its size in bytes and its time in nanoseconds


class WatchedFolder(QObject):
    """Looks through one folder in the background, again and again."""

    arrived = Signal(list)  # the paths of new, whole files
    lost = Signal(bool)  # true where the folder cannot be looked through, false when it is back

    def __init__(
        self, runner: TaskRunner, services: Services, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._services = services
        self._folder: Path | None = None
        self._seen: dict[Path, State] = {}
        self._told: set[Path] = set()
        self._is_lost = False
        self._again = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._again.timeout.connect(self.look)

    def watch(self, folder: Path | None) -> None:
        """Watch another folder, or none."""
        if folder == self._folder:
            return
        self._again.stop()
        self._folder, self._seen, self._told = folder, {}, set()
        self._is_lost = False
        if folder is not None:
            self.look()

    def look(self) -> None:
        """Look through the folder in the background."""
        folder = self._folder
        if folder is not None:
            look = partial(_whole_files, folder, dict(self._seen), self._services)
            self._runner.submit(Queue.UNNOTICED, look, partial(self._looked, folder))

    def _looked(self, folder: Path, future: Future[tuple[dict[Path, State], list[Path]]]) -> None:
        if folder != self._folder:
            return
        found = tasks.outcome(future)
        is_lost = isinstance(found, tasks.Failure)
        if is_lost is not self._is_lost:
            self._is_lost = is_lost
            self.lost.emit(is_lost)
        if not isinstance(found, tasks.Failure):
            self._seen, whole = found
            new = [path for path in whole if path not in self._told]
            self._told.update(new)
            if new:
                self.arrived.emit(new)
        self._again.start()


def _whole_files(
    folder: Path, before: Mapping[Path, State], services: Services
) -> tuple[dict[Path, State], list[Path]]:
    """Return all files of a folder with their states, and those that are whole and not known.

    Links are not followed. Raises OSError where the folder cannot be read, and StoreError.
    """
    folder.stat()
    now = dict(_states(folder))
    whole = [path for path, state in now.items() if state[0] and before.get(path) == state]
    return now, services.unknown_films(whole)


def _states(folder: Path) -> Iterator[tuple[Path, State]]:
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            try:
                found = path.lstat()
            except OSError:  # gone meanwhile
                continue
            if not path.is_symlink() and not name.startswith("."):
                yield path, (found.st_size, found.st_mtime_ns)
