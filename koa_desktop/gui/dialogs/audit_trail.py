"""The audit trail of the current case: who changed what, and when. For reading only."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime
from functools import partial

from PySide6.QtCore import QCoreApplication, QObject, QSize
from PySide6.QtWidgets import QTableWidget, QTableWidgetItem, QWidget

from koa_desktop.examination.actions import Step
from koa_desktop.examination.store import AuditEntry
from koa_desktop.gui.dialogs.table_dialog import TableDialog
from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.gui.style.plain_text import set_tooltip
from koa_desktop.wording.language import time_text
from koa_desktop.wording.sentences import sentence

translate = QCoreApplication.translate

_SIZE = QSize(620, 420)
_SAVING_SECONDS = 0.5


class AuditTrailDialog(TableDialog):
    """Shows the entries of one case, the newest last; not modal."""

    def __init__(
        self, title: str, entries: Sequence[AuditEntry], parent: QWidget | None = None
    ) -> None:
        rows = [
            (_local_time(entry.at), entry.reader, _words(step))
            for entry in entries
            for step in entry.steps
        ]
        heading = translate("AuditTrailDialog", "Audit trail of {0}").format(title)
        super().__init__(heading, _SIZE, _table(rows), parent)
        self.setObjectName("audit")
        if not rows:
            self.note.setText(self.tr("This case has no changes yet."))


def _words(step: Step | str) -> str:
    if isinstance(step, str):
        return step
    words = sentence(step.action)
    return translate("AuditTrailDialog", "undo: {0}").format(words) if step.undone else words


def _table(rows: Sequence[tuple[str, str, str]]) -> QTableWidget:
    titles = [
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
                partial(self._session.services.audit_trail, case.radiograph.sha256),
                partial(self._open, case),
            )

    def _open(self, case: Case, future: Future[list[AuditEntry]]) -> None:
        entries = tasks.outcome(future)
        if isinstance(entries, tasks.Failure):
            self._session.said.emit(sentence(entries.reason))
            return
        AuditTrailDialog(case.title, entries, self._window).show()


def _local_time(at: str) -> str:
    """Return a stored time (UTC, ISO 8601) as it is on this computer's clock."""
    try:
        return time_text(datetime.fromisoformat(at).astimezone(), seconds=True)
    except (ValueError, OverflowError, OSError):
        return at
