"""Opening files: dialogs, drops, recent files, samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from koa_desktop.gui.actions.reception import Reception
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.watched_folder import WatchedFolder
from koa_desktop.gui.support.settings import Settings
from koa_desktop.system.files import is_folder
from koa_desktop.system.paths import SAMPLES


class FileOpener(QObject):
    """Adds files to the session and remembers them.

    `imported` takes those paths that must be unpacked or copied first, and returns the others.
    """

    def __init__(
        self,
        session: Session,
        settings: Settings,
        imported: Callable[[Sequence[Path]], list[Path]],
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._imported = imported
        self._session = session
        self._settings = settings
        self._window = window
        self.recent_menu = QMenu(self.tr("&Recent files"), window)
        self.recent_menu.aboutToShow.connect(self._fill_recent)
        self._watched = WatchedFolder(session.runner, session.services, self)
        # What arrives takes no film from under the reader's eyes.
        self._watched.arrived.connect(partial(session.add, show=False))
        self._watched.lost.connect(self._say_lost)
        self._reception = Reception(settings, self)
        self._reception.said.connect(session.said)

    def add(self, paths: Sequence[Path]) -> None:
        """Add files and folders to the list."""
        existing = self._imported([path.absolute() for path in paths])
        if existing:
            self._settings.add_recent(existing)
            self._session.add(existing)

    def watch(self) -> None:
        """Watch the folder of the preferences, or none; what arrives there is added.

        Films from the network arrive there, too, where the settings say so.
        """
        self._watched.watch(self._settings.watched_folder)
        self._reception.follow()

    def _say_lost(self, lost: bool) -> None:
        if lost:
            self._session.said.emit(self.tr("The watched folder cannot be read. Trying again."))
        else:
            self._session.said.emit(self.tr("The watched folder can be read again."))

    def drop(self, mime: QMimeData) -> None:
        """Add dropped files and folders."""
        self.add(dropped_paths(mime))

    def open(self) -> None:
        """Ask for files."""
        # Many radiographs have no ending, or one of their own: every file is offered.
        names, _ = QFileDialog.getOpenFileNames(
            self._window, self.tr("Open radiographs"), self._start_folder()
        )
        self.add([Path(name) for name in names])

    def open_folder(self) -> None:
        """Ask for a folder."""
        name = QFileDialog.getExistingDirectory(
            self._window, self.tr("Open a folder or CD"), self._start_folder()
        )
        if name:
            self.add([Path(name)])

    def open_samples(self) -> None:
        """Add the samples that come with the program."""
        self._session.add([SAMPLES])

    def show_folder(self, case: Case) -> None:
        """Open the folder of a case's file."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(case.path.parent)))

    def _start_folder(self) -> str:
        recent = self._settings.recent
        if not recent:
            return str(Path.home())
        return str(recent[0] if is_folder(recent[0]) else recent[0].parent)

    def _fill_recent(self) -> None:
        self.recent_menu.clear()
        for path in self._settings.recent:
            action = self.recent_menu.addAction(_shortened(path))
            action.triggered.connect(lambda _=False, path=path: self.add([path]))
        if not self._settings.recent:
            self.recent_menu.addAction(self.tr("None yet")).setEnabled(False)
            return
        self.recent_menu.addSeparator()
        clear = self.recent_menu.addAction(self.tr("Clear this list"))
        clear.triggered.connect(self._settings.clear_recent)


def dropped_paths(mime: QMimeData) -> list[Path]:
    """Return the local files and folders of a drop."""
    return [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]


def _shortened(path: Path) -> str:
    # A single ampersand would mark a shortcut.
    return str(Path(path.parent.name) / path.name).replace("&", "&&")
