"""The case list at the left: search, cases, and the place to drop files."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.gui.case_list.delegate import CaseDelegate
from koa_desktop.gui.case_list.found_cases import FoundCases
from koa_desktop.gui.case_list.ordered_cases import OrderedCases
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.case_list_model import (
    CASE_ROLE,
    NO_PARENT,
    CaseListModel,
    Index,
    read_count,
)
from koa_desktop.gui.style.elided import ElidedLabel
from koa_desktop.gui.style.flat_button import flat_button
from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.style.theme import set_property
from koa_desktop.gui.support.settings import Only, Order, Settings
from koa_desktop.wording.language import counted

_COUNT_MS = 60
# Pixels of height: in less than the first there is no room for the place to drop files.
_LOW, _LEAST_HEIGHT = 240, 140
# Pixels; less has no room for a search beside two buttons, or a count beside a title.
_NARROW = 160


class SearchBox(QLineEdit):
    """A search line that handles Return and Escape before the window's shortcuts do."""

    left = Signal()

    def event(self, event: QEvent) -> bool:
        """Claim the keys before a shortcut does."""
        own = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in own
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the focus to the list; Escape empties the line first."""
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.left.emit()
            return
        super().keyPressEvent(event)


class CaseView(QListView):
    """The list itself, in which letters and digits are never a search."""

    def keyboardSearch(self, search: str) -> None:
        """Stay where it is: a command's key, while that is not available, chooses no other case."""


class CaseListPanel(QWidget):
    """The list of cases; `chosen` carries the case to show."""

    chosen = Signal(object)
    folder_wanted = Signal(object)
    moved = Signal()  # the cases stand in another order

    def __init__(
        self, cases: CaseListModel, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("cases")
        self._cases = cases
        self._settings = settings
        self._shown: Case | None = None
        self._only = Only.ALL
        self._ordered = OrderedCases(cases, self)
        self._found = FoundCases(self._ordered, self)
        self.list = self._build_list()
        self.search = SearchBox()
        self.search.setPlaceholderText(self.tr("Search name, ID, grade, flag"))
        self.search.setAccessibleName(self.tr("Search cases"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._search)
        self.search.left.connect(self.list.setFocus)
        self._nothing = plain_label(self.tr("No case contains all of these words."))
        self._nothing.setProperty("dim", True)
        self._nothing.setWordWrap(True)
        self._nothing.hide()
        self._count = ElidedLabel()
        self._count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._count.setProperty("dim", True)
        self._unreadable = plain_label()
        self._unreadable.setProperty("dim", True)
        self._unreadable.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.setSpacing(8)
        layout.addLayout(self._build_head())
        layout.addWidget(self._unreadable)
        layout.addLayout(self._build_search())
        layout.addWidget(self._nothing)
        layout.addWidget(self.list, 1)
        self._drop_zone = self._build_drop_zone()
        layout.addWidget(self._drop_zone)
        # So that a bar above it makes a low window no higher.
        self.setMinimumHeight(_LEAST_HEIGHT)
        self.setTabOrder(self.search, self._filters)
        self.setTabOrder(self._filters, self._orders)
        self.setTabOrder(self._orders, self.list)
        self._menu_actions: list[QAction] = []
        self._count_timer = QTimer(self, interval=_COUNT_MS, singleShot=True)
        self._count_timer.timeout.connect(self._show_count)
        for signal in (self._found.rowsInserted, self._found.rowsRemoved):
            signal.connect(self._fit_rows)
        self._is_in_sight = False
        self._found.rowsAboutToBeInserted.connect(self._look_for_shown)
        self._found.rowsInserted.connect(self._keep_in_sight)
        for signal in (cases.rowsInserted, cases.rowsRemoved, cases.dataChanged):
            signal.connect(self._count_soon)
        self._found.layoutChanged.connect(self.moved)
        self.arrange(settings.case_order)
        self._show_count()

    def set_orders(self, actions: list[QAction]) -> None:
        """Offer these commands on the button beside the search."""
        menu = QMenu(self)
        menu.addActions(actions)
        button = self._orders
        button.clicked.connect(lambda: menu.popup(button.mapToGlobal(QPoint(0, button.height()))))

    def arrange(self, order: Order) -> None:
        """Sort and group the cases, and remember it."""
        self._settings.case_order = order
        self._ordered.arrange(order)
        self._fit_rows()
        if self.list.currentIndex().isValid():
            self.list.scrollTo(self.list.currentIndex())

    def set_filters(self, actions: list[QAction]) -> None:
        """Offer these commands on the button beside the search."""
        menu = QMenu(self)
        menu.addActions(actions)
        button = self._filters
        button.clicked.connect(lambda: menu.popup(button.mapToGlobal(QPoint(0, button.height()))))

    def show_only(self, only: Only) -> None:
        """Show the cases that a filter lets through; the shown case stays in sight."""
        shown = self._shown
        self._only = only
        set_property(self._filters, "chosen", only is not Only.ALL)
        self._found.show_only(only, shown if only is not Only.ALL else None)
        if shown is not None:
            self.show_case(shown)
        self._show_count()

    def set_menu(self, actions: list[QAction]) -> None:
        """Offer these actions on a case, besides opening its folder."""
        self._menu_actions = actions

    def show_case(self, case: Case) -> None:
        """Select a case, where the search shows it."""
        if case not in self._cases:
            return
        index = self._found.index_of(case)
        if index.isValid():
            self._go_to(index)

    def reveal(self, case: Case) -> None:
        """Select a case; a search that hides it ends, and a filter lets it through."""
        if case in self._cases and not self._found.index_of(case).isValid():
            self._found.hold(case)
            if not self._found.index_of(case).isValid():
                self.search.clear()
        self.show_case(case)

    def selected(self) -> list[Case]:
        """Return the selected cases in the list's order."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        return [self._found.index(row, 0).data(CASE_ROLE) for row in rows]

    def step(self, by: int) -> None:
        """Go down (1) or up (-1) the list."""
        if self.can_step(by):
            row = self.list.currentIndex().row() + by
            self._go_to(self._found.index(row, 0))

    def can_step(self, by: int) -> bool:
        """Tell whether there is a case down (1) or up (-1) the list."""
        return 0 <= self.list.currentIndex().row() + by < self._found.rowCount()

    def next(self) -> None:
        """Go to the next case."""
        self.step(1)

    def previous(self) -> None:
        """Go to the case before."""
        self.step(-1)

    def next_unread(self) -> None:
        """Go to the next unread case, from the top again at the end."""
        self._to_unread(1)

    def previous_unread(self) -> None:
        """Go to the unread case before this one, from the end again at the top."""
        self._to_unread(-1)

    @property
    def has_unread(self) -> bool:
        """True while the list has another unread case than the shown one."""
        unread = any(case.is_unread and case is not self._shown for case in self._cases)
        return unread and (not self.search.text() or self._unread(1).isValid())

    def _to_unread(self, way: int) -> None:
        index = self._unread(way)
        if index.isValid():
            self._go_to(index)

    def _go_to(self, index: Index) -> None:
        """Select this row alone; `QListView.setCurrentIndex` adds it while Ctrl is held."""
        alone = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.list.selectionModel().setCurrentIndex(index, alone)
        self.list.scrollTo(index)

    def _unread(self, way: int) -> Index:
        """Return the place of the nearest other unread case, down (1) or up (-1) the list."""
        count = self._found.rowCount()
        start = self.list.currentIndex().row()
        for offset in range(1, count + 1):
            index = self._found.index((start + way * offset) % count, 0)
            case: Case = index.data(CASE_ROLE)
            if case.is_unread and case is not self._shown:
                return index
        return NO_PARENT

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room to cases, search and count in a small window."""
        super().resizeEvent(event)
        self._drop_zone.setVisible(event.size().height() >= _LOW)
        for part in (self._orders, self._title):
            part.setVisible(event.size().width() >= _NARROW)

    def focus_search(self) -> None:
        """Start a search."""
        self.search.setFocus()
        self.search.selectAll()

    def _build_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        self._title = plain_label(self.tr("Cases"))
        self._title.setObjectName("heading")
        head.addWidget(self._title)
        head.addStretch()
        head.addWidget(self._count)
        return head

    def _build_search(self) -> QHBoxLayout:
        self._orders = flat_button("⇅", self.tr("Sort and group the cases"))
        self._filters = flat_button("▼", self.tr("Show only some of the cases"))
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.search, 1)
        row.addWidget(self._filters)
        row.addWidget(self._orders)
        return row

    def _build_list(self) -> QListView:
        view = CaseView()
        view.setObjectName("list")
        view.setAccessibleName(self.tr("Cases"))
        view.setModel(self._found)
        view.setItemDelegate(CaseDelegate(self._found.heading, view))
        view.setUniformItemSizes(True)
        view.setMouseTracking(True)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(self._show_menu)
        view.setAcceptDrops(False)
        view.selectionModel().currentChanged.connect(self._current_changed)
        return view

    def _build_drop_zone(self) -> QFrame:
        zone = QFrame()
        zone.setObjectName("drop")
        label = plain_label(self.tr("Drop films, folders or a CD here"))
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        label.setWordWrap(True)
        layout = QVBoxLayout(zone)
        layout.addWidget(label)
        zone.setMinimumHeight(50)
        return zone

    def _current_changed(self, index: Index) -> None:
        self._shown = index.data(CASE_ROLE) if index.isValid() else None
        self.chosen.emit(self._shown)
        # Rows must not move while one of them becomes current.
        QTimer.singleShot(0, self, self._hold_shown)
        # When rows are removed, Qt makes another row current without marking it.
        QTimer.singleShot(0, self, self._mark_shown)

    def _fit_rows(self) -> None:
        self.list.setUniformItemSizes(not self._found.has_headings)
        self.list.scheduleDelayedItemsLayout()

    def _look_for_shown(self) -> None:
        shown = self.list.visualRect(self.list.currentIndex())
        self._is_in_sight = self.list.viewport().rect().intersects(shown)

    def _keep_in_sight(self) -> None:
        """Scroll with the shown case where others come above it, unless the reader left it."""
        if self._is_in_sight:
            QTimer.singleShot(0, self, lambda: self.list.scrollTo(self.list.currentIndex()))

    def _hold_shown(self) -> None:
        self._ordered.hold(self._shown)
        self._found.hold(self._shown)

    def _mark_shown(self) -> None:
        if self._shown is not None and not self.list.selectionModel().hasSelection():
            self.show_case(self._shown)

    def _search(self, text: str) -> None:
        shown = self._shown
        self._found.search(text)
        if shown is not None:
            # The case stays the shown one, where it is found.
            self.show_case(shown)
            self._found.hold(shown)
        self._show_count()

    def _count_soon(self) -> None:
        if not self._count_timer.isActive():
            self._count_timer.start()

    def _show_count(self) -> None:
        total, unreadable = len(self._cases), sum(case.is_unreadable for case in self._cases)
        readable = total - unreadable
        text = self.tr("{0} of {1} read").format(read_count(self._cases), readable)
        if self._only is not Only.ALL:
            text = self.tr("{0} of {1} shown").format(self._found.rowCount(), total)
        self._count.setText(text if readable or self._only is not Only.ALL else "")
        self._unreadable.setText(
            counted("1 file cannot be read", "{0} files cannot be read", unreadable)
        )
        self._unreadable.setVisible(unreadable > 0)
        is_narrowed = bool(self.search.text().strip()) or self._only is not Only.ALL
        self._nothing.setVisible(is_narrowed and bool(total) and not self._found.rowCount())

    def _show_menu(self, position: QPoint) -> None:
        index = self.list.indexAt(position)
        if not index.isValid():
            return
        case: Case = index.data(CASE_ROLE)
        menu = QMenu(self)
        menu.addActions(self._menu_actions)
        folder = menu.addAction(self.tr("Open its folder"))
        folder.triggered.connect(lambda: self.folder_wanted.emit(case))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.list.viewport().mapToGlobal(position))
