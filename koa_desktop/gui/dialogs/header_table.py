"""The file's header as a table to search and copy from; stays open during reading."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial

from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSize,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QHeaderView, QLineEdit, QTableView, QWidget

from koa_desktop.errors import ReadError
from koa_desktop.gui.dialogs.table_dialog import TableDialog
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.session.task_runner import Queue
from koa_desktop.gui.style.plain_text import tooltip
from koa_desktop.gui.style.window_title import titled
from koa_desktop.loading.header_table import HeaderRow
from koa_desktop.loading.reader import header_rows
from koa_desktop.wording.sentences import sentence

Index = QModelIndex | QPersistentModelIndex
_NO_PARENT = QModelIndex()
_SIZE = QSize(760, 620)
_INDENT = "    "


class HeaderModel(QAbstractTableModel):
    """Rows of a header: tag, name, value."""

    def __init__(self, rows: list[HeaderRow], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = rows
        self._titles = (self.tr("Tag"), self.tr("Name"), self.tr("Value"))

    def rowCount(self, parent: Index = _NO_PARENT) -> int:
        """Return the number of elements."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_PARENT) -> int:
        """Return three."""
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        """Return a cell's text; items of a sequence are indented."""
        shown = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        if not index.isValid() or role not in shown:
            return None
        row = self._rows[index.row()]
        text = (row.tag, _INDENT * row.depth + row.name, row.value)[index.column()]
        return tooltip(text) if role == Qt.ItemDataRole.ToolTipRole else text

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> str | None:
        """Return a column's title."""
        across = orientation is Qt.Orientation.Horizontal
        return self._titles[section] if across and role == Qt.ItemDataRole.DisplayRole else None


class _Found(QSortFilterProxyModel):
    """Lets through the rows in which every word of the search occurs."""

    _words: tuple[str, ...] = ()

    def search(self, text: str) -> None:
        self._words = tuple(text.casefold().split())
        self.invalidate()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        model = self.sourceModel()
        cells = [model.index(source_row, column, source_parent).data() for column in range(3)]
        text = " ".join(cells).casefold()
        return all(word in text for word in self._words)


class HeaderDialog(TableDialog):
    """Shows one file's header; not modal."""

    def __init__(self, title: str, rows: list[HeaderRow], parent: QWidget | None = None) -> None:
        table = QTableView()
        heading = titled(QCoreApplication.translate("HeaderDialog", "Header of {0}"), title)
        super().__init__(heading, _SIZE, table, parent)
        self.setObjectName("header")
        self._found = _Found(self)
        self._found.setSourceModel(HeaderModel(rows, self))
        self._fill(table)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search tag, name or value"))
        self.search.setAccessibleName(self.tr("Search the header"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._search)
        self.body.insertWidget(0, self.search)
        self.search.setFocus()
        self._add_copy()
        self._search("")

    def copy(self) -> None:
        """Copy the chosen row's value."""
        row = self.table.currentIndex().row()
        if row >= 0:
            QGuiApplication.clipboard().setText(self._found.index(row, 2).data())

    def _search(self, text: str) -> None:
        self._found.search(text)
        shown, total = self._found.rowCount(), self._found.sourceModel().rowCount()
        self.note.setText(self.tr("{0} of {1} elements").format(shown, total))
        if shown and not self.table.currentIndex().isValid():
            self.table.setCurrentIndex(self._found.index(0, 0))

    def _fill(self, table: QTableView) -> None:
        table.setAccessibleName(self.tr("Elements of the header"))
        table.setModel(self._found)
        letters, columns = table.fontMetrics(), table.horizontalHeader()
        columns.resizeSection(0, letters.horizontalAdvance("0000,0000") + 28)
        columns.resizeSection(1, letters.horizontalAdvance("m" * 22))
        columns.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)

    def _add_copy(self) -> None:
        copy = QAction(self.tr("&Copy value"), self)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        copy.triggered.connect(self.copy)
        self.table.addAction(copy)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.add_button(copy.text()).clicked.connect(self.copy)


class HeaderTables(QObject):
    """Reads the shown case's header beside the window, and opens its table."""

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._window = window

    def show(self) -> None:
        """Open the table of the shown case."""
        case = self._session.current
        if case is not None and case.radiograph is not None:
            self._session.runner.submit(
                Queue.READER, partial(header_rows, case.radiograph), partial(self._open, case)
            )

    def _open(self, case: Case, future: Future[tuple[HeaderRow, ...]]) -> None:
        try:
            rows = future.result()
        except ReadError as error:
            self._session.said.emit(sentence(error.message))
            return
        notes = case.radiograph.notes if case.radiograph else ()
        said = [HeaderRow("", self.tr("Note"), sentence(note)) for note in notes]
        HeaderDialog(case.title, [*rows, *said], self._window).show()
