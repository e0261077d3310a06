"""Films whose files were moved: the reader names a folder, and they are found there again."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Event

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QProgressDialog, QWidget

from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.patients.moved_films import find
from koa_desktop.wording.sentences import sentence


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
        gone = [case for case in self._session.cases if case.radiograph and not case.path.exists()]
        wanted = {case.identity: case.path.name for case in gone}
        if not wanted:
            return
        stopped = Event()
        shown = QProgressDialog(
            self.tr("Looking for moved films…"), self.tr("Cancel"), 0, 0, self._window
        )
        shown.setWindowTitle(self.tr("Moved films"))
        shown.canceled.connect(stopped.set)
        self._looked_at.connect(shown.setValue)
        look = partial(find, wanted, folder, self._looked_at.emit, stopped)
        self._session.runner.submit(Queue.READER, look, partial(self._found, gone, shown))

    def _found(
        self, gone: list[Case], shown: QProgressDialog, future: Future[dict[str, Path]]
    ) -> None:
        shown.reset()
        shown.deleteLater()
        found = tasks.outcome(future)
        if isinstance(found, tasks.Failure):
            self._session.said.emit(sentence(found.reason))
            return
        moved = [case for case in gone if case.identity in found]
        for case in moved:
            self._session.cases.move(case, found[case.identity])
            case.gone = None
            self._session.kept.note(case)
        self._session.kept.keep_now()
        if self._session.current in moved and self._session.current is not None:
            self._session.need_film(self._session.current)
        told = self.tr("{0} of {1} moved films were found again.")
        self._session.said.emit(told.format(len(moved), len(gone)))
