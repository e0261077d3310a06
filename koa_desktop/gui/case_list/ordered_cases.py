"""The cases in the order that the reader asks for, each with the group that it stands in."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QObject, Qt, QTimer

from koa_desktop.gui.session.case import LEFT_TO_READER, Case
from koa_desktop.gui.session.case_list_model import NO_PARENT, CaseListModel, Index
from koa_desktop.gui.support.settings import Order
from koa_desktop.wording.language import date_text

_PAUSE_MS = 200  # while many films are graded, the list is sorted a few times a second
translate = QCoreApplication.translate


class Group(NamedTuple):
    """A case's place in an order: what it is sorted by, and the heading above its group."""

    key: tuple[object, ...]
    heading: str


class OrderedCases(QAbstractListModel):
    """All cases of the session, sorted.

    The case that is shown keeps its place until another is shown: reading it must not move it away
    from under the reader's eyes.
    """

    def __init__(self, cases: CaseListModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cases = cases
        self._rows = list(cases)
        self._groups: dict[Case, Group] = {}
        self._order = Order.OPENED
        self._held: Case | None = None
        self._is_settled = False  # true where the held case is graded: then it keeps its place
        self._soon = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._soon.timeout.connect(self._sort)
        cases.rowsInserted.connect(self._inserted)
        cases.rowsAboutToBeRemoved.connect(self._removed)
        cases.dataChanged.connect(self._changed)

    @property
    def is_grouped(self) -> bool:
        """True while the cases stand in groups."""
        return self._order is not Order.OPENED

    def at(self, row: int) -> Case:
        """Return the case in a row."""
        return self._rows[row]

    def row(self, case: Case) -> int:
        """Return the row of a case that is in the list."""
        return self._rows.index(case)

    def group(self, case: Case) -> Group:
        """Return the group that a case stands in."""
        if case not in self._groups:
            self._groups[case] = group_of(case, self._order)
        return self._groups[case]

    def arrange(self, order: Order) -> None:
        """Sort the cases."""
        self._order = order
        self._groups.clear()
        self._sort()

    def hold(self, case: Case | None) -> None:
        """Keep the shown case in its place, and let the one before go where it belongs now."""
        before, self._held = self._held, case
        self._is_settled = _is_graded(case)
        if before is not None and before is not case and before in self._cases:
            self._regroup(before)

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        """Return the number of cases."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a list shows or reads aloud of a case."""
        return self._cases.told(self._rows[index.row()], role) if index.isValid() else None

    def _inserted(self, _parent: Index, first: int, last: int) -> None:
        new = [self._cases.at(row) for row in range(first, last + 1)]
        start = len(self._rows) if self.is_grouped else first
        self.beginInsertRows(NO_PARENT, start, start + len(new) - 1)
        self._rows[start:start] = new
        self.endInsertRows()
        if self.is_grouped:
            self._sort()

    def _removed(self, _parent: Index, first: int, last: int) -> None:
        for case in [self._cases.at(row) for row in range(first, last + 1)]:
            row = self.row(case)
            self.beginRemoveRows(NO_PARENT, row, row)
            del self._rows[row]
            self._groups.pop(case, None)
            self.endRemoveRows()

    def _changed(self, first: Index, last: Index) -> None:
        for case in [self._cases.at(row) for row in range(first.row(), last.row() + 1)]:
            if case is not self._held or not self._is_settled:
                self._regroup(case)
            index = self.index(self.row(case))
            self.dataChanged.emit(index, index)
        self._is_settled = _is_graded(self._held)

    def _regroup(self, case: Case) -> None:
        """Sort in a moment, where a case belongs to another group now."""
        before = self._groups.pop(case, None)
        if self.is_grouped and before != self.group(case) and not self._soon.isActive():
            self._soon.start()

    def _sort(self) -> None:
        self._soon.stop()
        # In one group, cases stay as they were opened.
        rows = list(self._cases)
        if self.is_grouped:
            rows.sort(key=lambda case: self.group(case).key)
        self.layoutAboutToBeChanged.emit()
        kept = self.persistentIndexList()
        places = {case: row for row, case in enumerate(rows)}
        moved = [self.index(places[self._rows[index.row()]]) for index in kept]
        self._rows = rows
        self.changePersistentIndexList(kept, moved)
        self.layoutChanged.emit()


def _is_graded(case: Case | None) -> bool:
    return case is not None and case.radiograph is not None and not case.awaited


def group_of(case: Case, order: Order) -> Group:
    """Return a case's place in an order."""
    header = case.header
    taken = header.study_date
    newest = -(taken or date.min).toordinal()
    match order:
        case Order.UNREAD if case.is_unreadable:
            return Group((2,), translate("FoundCases", "Cannot be read"))
        case Order.UNREAD if case.reading.is_read:
            return Group((1,), translate("FoundCases", "Read"))
        case Order.UNREAD:
            return Group((0,), translate("FoundCases", "Unread"))
        case Order.FLAGGED if case.flagged or case.state in LEFT_TO_READER:
            return Group((0,), translate("FoundCases", "Flagged or not graded"))
        case Order.FLAGGED:
            return Group((1,), translate("FoundCases", "Not flagged"))
        case Order.PATIENT:
            name = header.patient_name or header.patient_id
            named = " · ".join(part for part in (header.patient_name, header.patient_id) if part)
            unnamed = translate("FoundCases", "No patient's name")
            key = not name, name.casefold(), header.patient_id, newest
            return Group(key, named or unnamed)
        case Order.DATE:
            told = date_text(taken) or translate("FoundCases", "No study date")
            return Group((newest,), told)
        case Order.GRADE:
            grades = [case.final_grade(marked) for marked in case.reading.placed]
            highest = max((grade for grade in grades if grade is not None), default=None)
            if highest is None:
                return Group((1,), translate("FoundCases", "No grade"))
            return Group((-highest,), f"KL {highest}")
    return Group((), "")
