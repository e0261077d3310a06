"""Cases passed on from one computer to another: written to a file, and opened from one."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from koa_desktop.errors import ReaderError
from koa_desktop.examination.handover.case_file import ENDING
from koa_desktop.gui.actions.save_dialog import ask_path
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.gui.support.settings import Settings
from koa_desktop.wording.sentences import sentence

_SAVING_SECONDS = 2.0


class Handover(QObject):
    """Asks for files, and has cases written and taken in in the background."""

    def __init__(self, session: Session, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._settings = settings
        self._window = window

    def pass_on(self) -> None:
        """Ask where to write the shown case, with its film, reading and audit trail."""
        case = self._session.current
        if case is None or case.radiograph is None:
            return
        if not self._session.saver.finish(_SAVING_SECONDS):
            self._session.said.emit(self.tr("Some changes are not saved yet. Try again later."))
            return
        name, kind = f"{case.path.stem}{ENDING}", f"ZIP (*{ENDING})"
        title = self.tr("Pass on this case, with the film and its patient")
        target = ask_path(self._window, self._settings, title, name, kind)
        if target is None:
            return
        path, sha256 = case.path, case.radiograph.sha256
        services = self._session.services
        told = self.tr("Case written: {0}").format(target.name)
        self._session.exporting.begin(
            lambda _stopped: services.pass_on(path, sha256, target), partial(self._written, told)
        )

    def take_in(self) -> None:
        """Ask for the file of a case, and open its film with reading and audit trail."""
        start = str(self._settings.export_folder or Path.home())
        title = self.tr("Open a case that was passed on")
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, title, start, f"ZIP (*{ENDING} *.zip)"
        )
        if chosen:
            self.open(Path(chosen))

    def open(self, source: Path) -> None:
        """Open a case that was passed on; its film is put beside it."""
        work = partial(self._session.services.take_in, source, source.parent)
        self._session.runner.submit(Queue.STORE, work, self._taken_in)

    def _written(self, told: str, future: Future[None]) -> bool:
        failed = _failure(future)
        self._session.said.emit(failed or told)
        return not failed

    def _taken_in(self, future: Future[tuple[Path, bool]]) -> None:
        failed = _failure(future)
        if failed:
            self._session.said.emit(failed)
            return
        film, is_new = future.result()
        self._session.add([film])
        if not is_new:
            self._session.said.emit(
                self.tr("This film was read here already. The reading of this computer was kept.")
            )


def _failure(future: Future[object] | Future[None] | Future[tuple[Path, bool]]) -> str:
    """Return why it failed, in a sentence; empty where it did not. Raises what is no such error."""
    try:
        future.result()
    except ReaderError as error:
        return sentence(error.message)
    return ""
