"""Films whose files were moved: the reader names a folder, and they are found there again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QProgressDialog, QWidget

from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.patients.moved_films import find
from koa_desktop.system.files import is_there
from koa_desktop.wording.sentences import sentence

_Found = tuple[set[Path], dict[str, Path]]  # paths of files that are gone; checksums, new paths


class MovedFilms(QObject):
    """Looks for the shown film, and for all others of the list whose files are gone."""

    _looked_at = Signal(int)

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window

    def look(self) -> None:
        """Ask for a folder, and look through it in the background."""
        chosen = QFileDialog.getExistingDirectory(
            self._window, self.tr("Folder in which the film lies now"), str(Path.home())
        )
        if chosen:
            self.look_in(Path(chosen))

    def look_in(self, folder: Path) -> None:
        """Look through a folder for all films of the list whose files are gone."""
        films = {case.path: case.identity for case in self._session.cases if case.radiograph}
        stopped = Event()
        shown = QProgressDialog(
            self.tr("Looking for moved films…"), self.tr("Cancel"), 0, 0, self._window
        )
        shown.setWindowTitle(self.tr("Moved films"))
        shown.canceled.connect(stopped.set)
        self._looked_at.connect(shown.setValue)
        look = partial(_found, films, folder, self._looked_at.emit, stopped)
        # It may take long, and films are shown and graded meanwhile.
        self._session.runner.submit(Queue.UNNOTICED, look, partial(self._show_found, shown))

    def _show_found(self, shown: QProgressDialog, future: Future[_Found]) -> None:
        shown.reset()
        shown.deleteLater()
        result = tasks.outcome(future)
        if isinstance(result, tasks.Failure):
            self._session.said.emit(sentence(result.reason))
            return
        gone, found = result
        if not gone:
            return
        moved = [one for one in self._session.cases if one.path in gone and one.identity in found]
        for case in moved:
            self._session.cases.move(case, found[case.identity])
            case.gone = None
            self._session.kept.note(case)
        self._session.kept.keep_now()
        if self._session.current in moved and self._session.current is not None:
            self._session.need_film(self._session.current)
        told = self.tr("{0} of {1} moved films were found again.")
        self._session.said.emit(told.format(len(moved), len(gone)))


def _found(
    films: Mapping[Path, str], folder: Path, progress: Callable[[int], object], stopped: Event
) -> _Found:
    """Look for those of some films, given with their checksums, whose files are gone."""
    # In the background: a share that is gone, too, may answer after many seconds.
    gone = {path: sha256 for path, sha256 in films.items() if not is_there(path)}
    wanted = {sha256: path.name for path, sha256 in gone.items()}
    return set(gone), find(wanted, folder, progress, stopped) if wanted else {}
