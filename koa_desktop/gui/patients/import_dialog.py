"""An import: its progress, and a line for each file that was not read, with the reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtWidgets import QProgressBar, QTableWidget, QTableWidgetItem, QWidget

from koa_desktop.gui.dialogs.table_dialog import TableDialog
from koa_desktop.gui.session.patients.importing import Import
from koa_desktop.gui.style.plain_text import plain_label, set_tooltip
from koa_desktop.gui.style.window_title import titled
from koa_desktop.wording.discovery import account
from koa_desktop.wording.language import counted
from koa_desktop.wording.sentences import sentence

translate = QCoreApplication.translate

_SIZE = QSize(680, 420)


class ImportDialog(TableDialog):
    """Not modal: reading goes on beside it."""

    def __init__(self, work: Import, parent: QWidget | None = None) -> None:
        table = QTableWidget(0, 2)
        title = titled(translate("ImportDialog", "Import of {0}"), work.path.name or str(work.path))
        super().__init__(title, _SIZE, table, parent)
        self.setObjectName("import")
        self._work = work
        self.unread = table
        table.setAccessibleName(self.tr("Files that were not read"))
        table.setHorizontalHeaderLabels([self.tr("File"), self.tr("Why it was not read")])
        table.horizontalHeader().setStretchLastSection(True)
        self.summary = plain_label()
        self.summary.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the import"))
        self.body.insertWidget(0, self.summary)
        self.body.insertWidget(1, self.progress)
        self.stop_button = self.add_button(self.tr("Stop"))
        self.stop_button.clicked.connect(work.stop)
        work.progressed.connect(self._show_preparing)
        work.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show how far the import has come."""
        work, source = self._work, self._work.source
        self.stop_button.setVisible(not work.is_done)
        self.progress.setVisible(not work.is_done)
        if source is None:
            self.progress.setRange(0, 0)
            self.summary.setText(self.tr("Looking for films…"))
            return
        self.progress.setRange(0, max(len(source.films), 1))
        self.progress.setValue(work.read_count + len(work.unread))
        self.summary.setText(self._summary())
        self.note.setText(account(source.discovery))
        set_tooltip(self.note, self.note.text())
        self.unread.setVisible(bool(work.unread or source.refused) or not work.is_done)
        self._list(
            [(case.path.name, case.error_sentence) for case in work.unread]
            + [(name, sentence(reason)) for name, reason in source.refused]
        )

    def _summary(self) -> str:
        work, source = self._work, self._work.source
        if source is not None and source.problem is not None:
            return sentence(source.problem)
        if source is not None and not source.films:
            return self.tr("No radiographs were found there.")
        counts = (work.read_count, len(source.films) if source else 0)
        missed = len(work.unread) + (len(source.refused) if source else 0)
        if not work.is_done:
            return self.tr("{0} of {1} films read…").format(*counts)
        text = self.tr("{0} of {1} films were read.").format(*counts)
        if work.patients:  # otherwise no film names one
            patients = counted("1 patient", "{0} patients", work.patients)
            text = self.tr("{0} of {1} films were read, of {2}.").format(*counts, patients)
            if work.unnamed:
                text += " " + counted(
                    "1 film names no patient.", "{0} films name no patient.", work.unnamed
                )
        if work.was_stopped:
            text += " " + self.tr("The import was stopped; File, Grade the waiting cases goes on.")
        if missed:
            text += " " + counted("1 file was not read:", "{0} files were not read:", missed)
        return text

    def _show_preparing(self, done: int, count: int) -> None:
        self.progress.setRange(0, max(count, 1))
        self.progress.setValue(done)

    def _list(self, rows: Sequence[tuple[str, str]]) -> None:
        self.unread.setRowCount(len(rows))
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                set_tooltip(item, text)
                self.unread.setItem(row, column, item)
        self.unread.resizeColumnToContents(0)
        self.unread.setColumnWidth(0, min(self.unread.columnWidth(0), self.unread.width() // 2))
