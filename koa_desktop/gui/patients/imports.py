"""Imports of folders, CDs and ZIP archives, chosen in a dialog or dropped on the window."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from koa_desktop.examination.handover.case_file import is_case
from koa_desktop.gui.actions.handover import Handover
from koa_desktop.gui.patients.import_dialog import ImportDialog
from koa_desktop.gui.session.patients.importing import Import
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.support.settings import Settings
from koa_desktop.loading.zip_archive import is_zip
from koa_desktop.patients.film_archive import FOLDER


class Imports(QObject):
    """Asks what to import, and shows what came of it."""

    def __init__(self, session: Session, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._settings = settings
        self._window = window
        self.handover = Handover(session, settings, window)

    def import_folder(self) -> None:
        """Ask for a folder or CD, and import it."""
        chosen = QFileDialog.getExistingDirectory(
            self._window, self.tr("Import a folder or CD"), self._start_folder()
        )
        if chosen:
            self.begin(Path(chosen))

    def import_zip(self) -> None:
        """Ask for a ZIP archive, and import it."""
        chosen, _ = QFileDialog.getOpenFileName(
            self._window, self.tr("Import a ZIP archive"), self._start_folder(), "ZIP (*.zip)"
        )
        if chosen:
            self.take([Path(chosen)])

    def take(self, paths: Sequence[Path]) -> list[Path]:
        """Import those of some paths that are not simply opened; return the others.

        A case that was passed on comes with its reading.
        """
        own = [path for path in paths if self._settings.films_copied or is_zip(path)]
        for path in own:
            if is_case(path):
                self.handover.open(path)
            else:
                self.begin(path)
        return [path for path in paths if path not in own]

    def begin(self, path: Path) -> ImportDialog:
        """Import a folder, a file or an archive, and show how far it is."""
        folder = self._session.services.folder
        archive = folder / FOLDER if folder is not None else None
        work = Import(self._session, path.absolute(), archive, copy=self._settings.films_copied)
        self._settings.add_recent([path.absolute()])
        dialog = ImportDialog(work, self._window)
        dialog.destroyed.connect(work.deleteLater)
        dialog.show()
        return dialog

    def _start_folder(self) -> str:
        recent = self._settings.recent
        return str(recent[0].parent if recent else Path.home())
