"""A dialog, not modal, that shows a read-only table above a foot with a Close button."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.style.screen_fit import resize_in_screen


class TableDialog(QDialog):
    """The frame of such a dialog; the owner adds its own widgets above the table and to the foot.

    `note` is a dim line at the left of the foot.
    """

    def __init__(self, title: str, size: QSize, table: QTableView, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_in_screen(self, size)
        _make_read_only(table)
        self.table = table
        self.note = plain_label()
        self.note.setProperty("dim", True)
        self.foot = QHBoxLayout()
        self.note.setWordWrap(True)
        self.foot.addWidget(self.note, 1)
        self.body = QVBoxLayout(self)
        self.body.addWidget(table, 1)
        self.body.addLayout(self.foot)
        close = self.add_button(self.tr("Close"))
        close.clicked.connect(self.close)

    def add_button(self, text: str) -> QPushButton:
        """Add a button at the left of Close, and return it. Return never presses it by itself."""
        button = QPushButton(text)
        button.setAutoDefault(False)
        self.foot.insertWidget(1, button)
        return button


def _make_read_only(table: QTableView) -> None:
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setTabKeyNavigation(False)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 8)
    titles = table.horizontalHeader()
    titles.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    titles.setHighlightSections(False)
