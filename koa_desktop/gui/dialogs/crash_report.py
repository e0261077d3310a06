"""The offer to save a report after the program ended unexpectedly. It names no patient."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from koa_desktop.errors import ReaderError
from koa_desktop.gui.style.plain_text import tell_failure
from koa_desktop.system.safe_write import write_whole
from koa_desktop.wording.sentences import sentence


class CrashReport(QMessageBox):
    """Says that the last run ended unexpectedly, and saves the report where the user wants it."""

    def __init__(self, report: str, window: QWidget) -> None:
        super().__init__(window)
        self._report = report
        self.setObjectName("crash")
        self.setModal(False)  # the reader may go on at once
        self.setIcon(QMessageBox.Icon.Information)
        self.setWindowTitle("KOA Desktop")
        self.setText(
            self.tr(
                "KOA Desktop ended unexpectedly the last time. What was shown as saved is there."
            )
        )
        self.setInformativeText(
            self.tr(
                "A report helps whoever looks after the program. It has the program's log and "
                "versions, and neither patients nor names of files. Nothing is sent."
            )
        )
        self.setDetailedText(report)
        self.save = self.addButton(self.tr("Save report…"), QMessageBox.ButtonRole.AcceptRole)
        self.setDefaultButton(self.addButton(QMessageBox.StandardButton.Close))
        self.save.clicked.connect(self._save)
        self.finished.connect(self.deleteLater)

    def _save(self) -> None:
        title = QCoreApplication.translate("CrashReport", "Save report")
        name, _ = QFileDialog.getSaveFileName(self.parentWidget(), title, "koa-desktop-report.txt")
        if not name:
            return
        try:
            # The system's dialog has asked whether an existing file may be replaced.
            write_whole(Path(name), self._report.encode(), overwrite=True)
        except ReaderError as error:
            tell_failure("KOA Desktop", sentence(error.message))
