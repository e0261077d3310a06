"""Backups by the menu: written where the user says, and put back after a question."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import date
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from koa_desktop.errors import ReaderError, StoreReason
from koa_desktop.examination import backup
from koa_desktop.examination.encryption import database
from koa_desktop.gui.actions.save_dialog import ask_path
from koa_desktop.gui.dialogs.passphrase.ask import AskPassphrase
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.gui.style.plain_text import warning
from koa_desktop.gui.support.settings import Settings
from koa_desktop.wording.sentences import sentence

_NAME = "koa-backup-{day:%Y-%m-%d}.zip"
_SAVING_SECONDS = 2.0


class Backups(QObject):
    """Asks for files, and has backups written and restored in the background."""

    def __init__(self, session: Session, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._settings = settings
        self._window = window

    def back_up(self) -> None:
        """Ask where to write a backup of all readings, and write it."""
        title, name = self.tr("Back up all readings"), _NAME.format(day=date.today())
        path = ask_path(self._window, self._settings, title, name, "ZIP (*.zip)")
        if path is None or not self._is_saved():
            return
        told = self.tr("Backup written: {0}").format(path.name)
        # As an export, so that a closing window waits for it.
        self._session.exporting.begin(
            lambda _stopped: self._session.services.back_up(path, overwrite=True),
            partial(self._done, lambda: self._session.said.emit(told)),
        )

    def restore(self) -> None:
        """Ask for a backup, and whether it should replace all readings."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._window,
            self.tr("Restore a backup"),
            str(self._session.services.backups_folder or Path.home()),
            "ZIP (*.zip)",
        )
        if chosen and self._is_saved():
            self._open(Path(chosen))

    def _open(self, path: Path) -> None:
        """Ask for the backup's passphrase, where it has one that is not known yet."""
        if not backup.is_locked(path):
            self._ask(path)
            return
        if not database.is_available():
            self._session.said.emit(sentence(StoreReason.NO_CIPHER))
            return
        text = self.tr("The backup {0} has a passphrase.").format(path.name)
        asking = AskPassphrase(text, partial(backup.unlock_backup, path), self._window)
        asking.accepted.connect(partial(self._ask, path))
        asking.finished.connect(asking.deleteLater)
        asking.open()

    def _ask(self, path: Path) -> None:
        """Ask before anything is replaced; Cancel is the button that Return presses."""
        question = self.tr("Replace all readings with those of {0}?").format(path.name)
        lost = self.tr(
            "All readings made since that backup are removed from the program. The present "
            "readings are kept in a file beside the new ones."
        )
        box = warning(
            self._window, question, lost, self.tr("Restore"), partial(self._restore, path)
        )
        box.setObjectName("restoring")
        box.open()

    def _restore(self, path: Path) -> None:
        self._session.runner.submit(
            Queue.STORE,
            partial(self._session.services.restore, path),
            self._replaced,
        )

    def _replaced(self, future: Future[None]) -> None:
        self._done(self._restored, future)

    def _restored(self) -> None:
        self._session.reload()
        self._session.said.emit(self.tr("The backup was restored."))

    def _is_saved(self) -> bool:
        saved = self._session.saver.finish(_SAVING_SECONDS)
        if not saved:
            self._session.said.emit(self.tr("Some changes are not saved yet. Try again later."))
        return saved

    def _done(self, then: Callable[[], None], future: Future[None]) -> bool:
        """Say what came of it; returns whether it is done."""
        try:
            future.result()
        except ReaderError as error:
            self._session.said.emit(sentence(error.message))
        else:
            then()
            return True
        return False
