"""The cases in the order they were added, as Qt's lists see them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from koa_desktop.gui.session.case import UNFINISHED, Case, CaseState
from koa_desktop.gui.style.plain_text import tooltip
from koa_desktop.wording import decision_lines
from koa_desktop.wording.sentences import capitalised

translate = QCoreApplication.translate

CASE_ROLE = Qt.ItemDataRole.UserRole
Index = QModelIndex | QPersistentModelIndex
NO_PARENT = QModelIndex()


class CaseListModel(QAbstractListModel):
    """All cases of the session; a path stands in it once."""

    def __init__(
        self, parent: QObject | None = None, study_code: Callable[[str], str] | None = None
    ) -> None:
        """Hold no cases; each that is added gets the function that makes study codes."""
        super().__init__(parent)
        self._study_code = study_code
        self._cases: list[Case] = []
        self._by_path: dict[Path, Case] = {}
        self.beside: list[Case] = []  # films of the shown patient that are not in the list

    def __iter__(self) -> Iterator[Case]:
        return iter(self._cases)

    def __len__(self) -> int:
        return len(self._cases)

    def __contains__(self, case: object) -> bool:
        return isinstance(case, Case) and self._by_path.get(case.path) is case

    def with_beside(self) -> list[Case]:
        """Return all cases, and the films of the shown patient that are not in the list."""
        return [*self._cases, *self.beside]

    def at(self, row: int) -> Case:
        """Return the case in a row."""
        return self._cases[row]

    def row(self, case: Case) -> int:
        """Return the row of a case that is in the list."""
        return self._cases.index(case)

    def of(self, path: Path) -> Case | None:
        """Return the case of a file; None where it is not in the list."""
        return self._by_path.get(path)

    def move(self, case: Case, path: Path) -> None:
        """Give a case the path where its file lies now; another case's path is left to it."""
        if path in self._by_path:
            return
        del self._by_path[case.path]
        case.path = path
        if case.radiograph is not None:
            case.radiograph = replace(case.radiograph, path=path)
        self._by_path[path] = case
        self.tell(case)

    def add(self, cases: Sequence[Case], before: Case | None = None) -> None:
        """Add cases in front of another one, or at the end; their paths must be new."""
        if not cases:
            return
        first = self.row(before) if before is not None and before in self else len(self._cases)
        self.beginInsertRows(NO_PARENT, first, first + len(cases) - 1)
        for case in cases:
            case.codes = self._study_code
        self._cases[first:first] = cases
        self._by_path.update((case.path, case) for case in cases)
        self.endInsertRows()

    def remove(self, cases: Iterable[Case]) -> None:
        """Take cases out of the list."""
        for case in cases:
            row = self.row(case)
            self.beginRemoveRows(NO_PARENT, row, row)
            del self._cases[row]
            del self._by_path[case.path]
            self.endRemoveRows()

    def put_back(self, rows: Iterable[tuple[int, Case]]) -> None:
        """Insert removed cases where they stood, lowest row first."""
        for row, case in sorted(rows, key=lambda item: item[0]):
            if case.path in self._by_path:
                continue
            row = min(row, len(self._cases))
            self.beginInsertRows(NO_PARENT, row, row)
            self._cases.insert(row, case)
            self._by_path[case.path] = case
            self.endInsertRows()

    def tell(self, case: Case) -> None:
        """Have views draw a case anew."""
        if case in self:
            index = self.index(self.row(case))
            self.dataChanged.emit(index, index)

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        """Return the number of cases."""
        return 0 if parent.isValid() else len(self._cases)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a list shows or reads aloud of a case."""
        return self.told(self._cases[index.row()], role) if index.isValid() else None

    def told(self, case: Case, role: int) -> Any:
        """Return what a list shows or reads aloud of a case."""
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return case.title
            case Qt.ItemDataRole.ToolTipRole:
                return tooltip(explanation(case))
            case Qt.ItemDataRole.AccessibleTextRole:
                told = case.error_sentence or case.grades_text() or state_text(case.state)
                final = [translate("Case", "final")] if case.reading.is_final else []
                return ", ".join([case.title, *final, told])
            case _ if role == CASE_ROLE:
                return case
        return None


def explanation(case: Case) -> str:
    """Return whose file it is, its name, who signed it, and why it is flagged or has no grade."""
    patient = " · ".join(filter(None, (case.header.patient_name, case.header.patient_id)))
    signed = capitalised(decision_lines.status(case.reading.sign_off))
    told = [patient, case.path.name, signed if case.reading.is_final else "", *case.reasons]
    return "\n".join(filter(None, told))


def state_text(state: CaseState) -> str:
    """Return a case's state in words, for screen readers."""
    return {
        CaseState.WAITING: translate("Case", "waiting"),
        CaseState.LOADING: translate("Case", "loading"),
        CaseState.GRADED: translate("Case", "graded"),
        CaseState.NEEDS_BOX: translate("Case", "needs a box"),
        CaseState.REFUSED: translate("Case", "refused"),
        CaseState.NOT_GRADABLE: translate("Case", "seen, not gradable"),
        CaseState.ERROR: translate("Case", "error"),
    }[state]


def graded_count(cases: Iterable[Case]) -> int:
    """Return how many cases are done with: graded, refused, or not readable."""
    return sum(case.state not in UNFINISHED for case in cases)


def read_count(cases: Iterable[Case]) -> int:
    """Return how many cases the reader is done with, of those that can be read."""
    return sum(case.reading.is_read and not case.is_unreadable for case in cases)
