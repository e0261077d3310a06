"""The audit trail of the current case: who changed what, and when. For reading only."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, QSize, Signal
from PySide6.QtWidgets import QFileDialog, QTableWidget, QTableWidgetItem, QWidget

from koa_desktop.errors import ReaderError
from koa_desktop.examination.actions import Step
from koa_desktop.examination.audit_chain import Break
from koa_desktop.examination.store import AuditEntry
from koa_desktop.gui.dialogs.table_dialog import TableDialog
from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.gui.style.plain_text import plain_label, set_tooltip
from koa_desktop.gui.style.window_title import titled
from koa_desktop.wording import decision_lines
from koa_desktop.wording.language import time_text
from koa_desktop.wording.sentences import sentence

translate = QCoreApplication.translate

_SIZE = QSize(620, 420)
_SAVING_SECONDS = 0.5
_HASH_SHOWN = 12
_Trail = tuple[list[AuditEntry], list[Break]]


class AuditTrailDialog(TableDialog):
    """Shows the entries of one case, the newest last; not modal.

    `breaks` are where the trail is not as the program wrote it.
    """

    save_wanted = Signal()

    def __init__(
        self,
        title: str,
        entries: Sequence[AuditEntry],
        breaks: Sequence[Break] = (),
        parent: QWidget | None = None,
    ) -> None:
        rows = [
            (str(number), _local_time(entry.at), entry.reader, _words(step))
            for number, entry in enumerate(entries, 1)
            for step in entry.steps
        ]
        heading = titled(translate("AuditTrailDialog", "Audit trail of {0}"), title)
        super().__init__(heading, _SIZE, _table(rows), parent)
        self.setObjectName("audit")
        if not rows:
            self.note.setText(self.tr("This case has no changes yet."))
        elif not breaks:
            told = self.tr("Nothing was changed outside this program. Last hash: {0}…")
            self.note.setText(told.format(entries[-1].digest[:_HASH_SHOWN]))
            set_tooltip(self.note, entries[-1].digest)
        self.save = self.add_button(self.tr("Save as…"))
        self.save.setEnabled(bool(rows))
        self.save.clicked.connect(self.save_wanted)
        if breaks:
            warning = plain_label("\n".join(f"⚑ {decision_lines.damage(one)}" for one in breaks))
            warning.setWordWrap(True)
            warning.setProperty("warning", True)
            self.body.insertWidget(0, warning)


def _words(step: Step | str) -> str:
    if isinstance(step, str):
        return step
    words = sentence(step.action)
    return translate("AuditTrailDialog", "undo: {0}").format(words) if step.undone else words


def _table(rows: Sequence[tuple[str, str, str, str]]) -> QTableWidget:
    titles = [
        translate("AuditTrailDialog", "Entry"),
        translate("AuditTrailDialog", "Time"),
        translate("AuditTrailDialog", "Reader"),
        translate("AuditTrailDialog", "Change"),
    ]
    table = QTableWidget(len(rows), len(titles))
    table.setAccessibleName(translate("AuditTrailDialog", "Changes of this case"))
    table.setHorizontalHeaderLabels(titles)
    table.horizontalHeader().setStretchLastSection(True)
    for row, cells in enumerate(rows):
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            set_tooltip(item, text)
            table.setItem(row, column, item)
    table.resizeColumnsToContents()
    table.scrollToBottom()
    return table


class AuditTrails(QObject):
    """Loads the current case's audit trail in the background, and shows it."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window

    def show(self) -> None:
        """Open the audit trail of the current case."""
        case = self._session.current
        if case is not None and case.radiograph is not None:
            # So that the last change is among them.
            self._session.saver.finish(_SAVING_SECONDS)
            self._session.runner.submit(
                Queue.STORE,
                partial(_trail, self._session.services, case.radiograph.sha256),
                partial(self._open, case),
            )

    def _open(self, case: Case, future: Future[_Trail]) -> None:
        found = tasks.outcome(future)
        if isinstance(found, tasks.Failure):
            self._session.said.emit(sentence(found.reason))
            return
        entries, breaks = found
        dialog = AuditTrailDialog(case.title, entries, breaks, self._window)
        dialog.save_wanted.connect(partial(self._save, case.identity, entries, dialog))
        dialog.show()

    def _save(self, sha256: str, entries: list[AuditEntry], dialog: QWidget) -> None:
        from koa_desktop.report.trail.trail_files import write_trails

        title, kinds = self.tr("Save the audit trail"), "CSV (*.csv);;JSON (*.json)"
        name, kind = QFileDialog.getSaveFileName(dialog, title, "audit.csv", kinds)
        if not name:
            return
        ending = ".json" if "json" in kind else ".csv"
        path = Path(name) if Path(name).suffix else Path(name).with_suffix(ending)
        try:
            # The system's dialog has asked whether an existing file may be replaced.
            write_trails(path, [(sha256, entries)], overwrite=True)
        except ReaderError as error:
            self._session.said.emit(sentence(error.message))


def _trail(services: Services, sha256: str) -> _Trail:
    return services.audit_trail(sha256), services.breaks(sha256)


def _local_time(at: str) -> str:
    """Return a stored time (UTC, ISO 8601) as it is on this computer's clock."""
    try:
        return time_text(datetime.fromisoformat(at).astimezone(), seconds=True)
    except (ValueError, OverflowError, OSError):
        return at
