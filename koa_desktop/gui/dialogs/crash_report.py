"""The offer to save a report after the program ended unexpectedly. It names no patient."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from koa_desktop.errors import ReaderError
from koa_desktop.gui.style.plain_text import notice, tell_failure
from koa_desktop.system.safe_write import write_whole
from koa_desktop.wording.sentences import sentence


def offer(report: str, window: QWidget) -> QMessageBox:
    """Return the offer to be shown: it saves `report` where the user wants it."""
    tr = partial(QCoreApplication.translate, "CrashReport")
    box = notice(
        window,
        "KOA Desktop",
        tr("KOA Desktop ended unexpectedly the last time. What was shown as saved is there."),
        more=tr(
            "A report helps whoever looks after the program. It has the program's log and "
            "versions, and neither patients nor names of files. Nothing is sent."
        ),
        detail=report,
    )
    box.setObjectName("crash")
    box.setModal(False)  # the reader may go on at once
    save = box.addButton(tr("Save report…"), QMessageBox.ButtonRole.AcceptRole)
    save.clicked.connect(partial(_save, report, window, tr("Save report")))
    box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Close))
    box.finished.connect(box.deleteLater)
    return box


def _save(report: str, window: QWidget, title: str) -> None:
    name, _ = QFileDialog.getSaveFileName(window, title, "koa-desktop-report.txt")
    if not name:
        return
    try:
        # The system's dialog has asked whether an existing file may be replaced.
        write_whole(Path(name), report.encode(), overwrite=True)
    except ReaderError as error:
        tell_failure("KOA Desktop", sentence(error.message))
