"""The cases that the list shows: those that the search finds, under the headings of groups."""

from __future__ import annotations

import re

from PySide6.QtCore import QObject, QSortFilterProxyModel

from koa_desktop.gui.case_list.filters import passes
from koa_desktop.gui.case_list.ordered_cases import OrderedCases
from koa_desktop.gui.session.case import GRADE_MARK, Case
from koa_desktop.gui.session.case_list_model import Index
from koa_desktop.gui.support.settings import Only

# Rows of different heights are laid out one by one, which takes too long for more.
_MOST_HEADED = 2000
_LEAST_OF_CODE = 6  # a short number is in many codes
_GRADE = re.compile(r"\bkl\s*([0-4])\b")


def search_words(text: str) -> tuple[str, ...]:
    """Return the words of a search, casefolded; `KL 3` is the grade, never a part of a name."""
    return tuple(_GRADE.sub(rf" {GRADE_MARK}\1 ", text.casefold()).split())


class FoundCases(QSortFilterProxyModel):
    """Lets through the cases in which every word of the search occurs."""

    def __init__(self, cases: OrderedCases, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cases = cases
        self._words: tuple[str, ...] = ()
        self._only = Only.ALL
        self._held: Case | None = None
        self._kept: Case | None = None  # the held one, if the search found it before it changed
        self._headings: list[str] | None = None
        self.setSourceModel(cases)
        for signal in (self.layoutChanged, self.rowsInserted, self.rowsRemoved, self.modelReset):
            signal.connect(self._forget_headings)

    def search(self, text: str) -> None:
        """Look for the words of `text`; see `search_words`."""
        self._words = search_words(text)
        self._kept = None
        self.invalidate()

    def show_only(self, only: Only, held: Case | None) -> None:
        """Show what a filter lets through; see `hold`."""
        self._only = only
        self.hold(held)
        self.invalidate()

    def hold(self, case: Case | None) -> None:
        """Keep the shown case in sight, although reading it may change what is found."""
        before = {self._held, self._kept} - {None, case}
        is_found = case is not None and self.index_of(case).isValid()
        self._held = case
        self._kept = case if is_found else None
        # Only a case that was held, or one that is let in, changes what is found.
        if (before or not is_found) and (self._only is not Only.ALL or self._words):
            self.invalidate()

    def index_of(self, case: Case) -> Index:
        """Return a case's place; an invalid one where the search does not find it."""
        return self.mapFromSource(self._cases.index(self._cases.row(case)))

    @property
    def has_headings(self) -> bool:
        """True where the cases stand in groups, and are few enough to lay out with headings."""
        return self._cases.is_grouped and self.rowCount() <= _MOST_HEADED

    def heading(self, row: int) -> str:
        """Return the heading above a row; empty where its group began before."""
        if not self.has_headings:
            return ""
        if self._headings is None:
            cases = [self._case(row) for row in range(self.rowCount())]
            told = [self._cases.group(case).heading for case in cases]
            above = ["", *told]
            self._headings = [
                own if own != before else "" for own, before in zip(told, above, strict=False)
            ]
        return self._headings[row] if row < len(self._headings) else ""

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:  # noqa: ARG002
        """Tell whether a case is found."""
        case = self._cases.at(source_row)
        if self._only is not Only.ALL and case is not self._held and not passes(case, self._only):
            return False
        if not self._words or case is self._kept:
            return True
        text = case.search_text()
        return all(word in text or self._is_code(word, source_row) for word in self._words)

    def _is_code(self, word: str, row: int) -> bool:
        """Tell whether a word is a case's study code, or so much of it that it is no chance."""
        return len(word) >= _LEAST_OF_CODE and word in self._cases.at(row).study_code.casefold()

    def _case(self, row: int) -> Case:
        return self._cases.at(self.mapToSource(self.index(row, 0)).row())

    def _forget_headings(self) -> None:
        self._headings = None
