"""The changes that can be undone: of a reading, and of the list of cases."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest
from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.reading import Reading
from koa_desktop.gui.session.case import Case
from koa_desktop.message import Message
from koa_desktop.wording.sentences import sentence

# What is typed in one go is one change.
_TYPED = {Action.COMMENT: 1, Action.COMMENT_KNEE: 2, Action.DICTATE: 3}


class Changeable(Protocol):
    """Carries out a change; the session implements it."""

    def apply(self, case: Case, reading: Reading, step: Step) -> None:
        """Make `reading` the case's own and show it."""

    def take_out(self, cases: Sequence[Case]) -> None:
        """Take cases out of the list."""

    def put_back(self, rows: Sequence[tuple[int, Case]]) -> None:
        """Put cases back in their rows."""


class Change(QUndoCommand):
    """One change of a reading; comments written in one go are one change."""

    def __init__(self, session: Changeable, case: Case, after: Reading, action: Message) -> None:
        super().__init__(sentence(action))
        self._session = session
        self.case = case
        self._before = case.reading
        self._after = after
        self._action = action

    def redo(self) -> None:
        """Make the change, unless the reading was signed since."""
        if self.case.reading.may_change_by(self._action.code):
            self._session.apply(self.case, self._after, Step(self._action))

    def undo(self) -> None:
        """Take the change back, unless the reading was signed since."""
        if not self.case.reading.is_final:
            self._session.apply(self.case, self._before, Step(self._action, undone=True))

    def id(self) -> int:
        """Return what may be merged: comments with comments."""
        code = self._action.code
        return _TYPED.get(code, -1) if isinstance(code, Action) else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Take over a later comment on the same case or knee."""
        if not isinstance(other, Change) or other.case is not self.case:
            return False
        if other._action != self._action:
            return False
        self._after = other._after
        return True

    @property
    def knee(self) -> int | None:
        """The place of the one knee that the change is of; None where it is of several or none."""
        pairs = zip_longest(self._before.knees, self._after.knees)
        changed = [index for index, (before, after) in enumerate(pairs) if before != after]
        return changed[0] if len(changed) == 1 else None


class UndoStack(QUndoStack):
    """The changes; `turned` carries one that was undone, or redone, and whether it was undone.

    What was signed is undone no more: a change of films whose readings are all final is passed
    over, so that those of other films before it can be undone. Only while such a film is `shown`,
    the change stays, and the reader is told that the reading is final.
    """

    turned = Signal(object, bool)

    def undo_text(self, shown: Case | None) -> str | None:
        """Return the text of the change that is undone next; None where there is none."""
        place = self._next(shown)
        return None if place is None else self.command(place).text()

    def drop_final(self, shown: Case | None) -> None:
        """Drop the last changes up to the one that is undone next."""
        place = self._next(shown)
        while self.index() > (0 if place is None else place + 1):
            # Qt deletes such a change in place of undoing it.
            self.command(self.index() - 1).setObsolete(True)
            super().undo()

    def is_final(self, case: Case) -> bool:
        """Tell whether the last change is one of a case whose reading is final."""
        changed = _changed_cases(self.command(self.index() - 1)) if self.canUndo() else []
        return case in changed and case.reading.is_final

    def undo(self) -> None:
        """Take the last change back."""
        self._turn(self.index() - 1, super().undo, undone=True)

    def redo(self) -> None:
        """Make the change again that was taken back last."""
        self._turn(self.index(), super().redo, undone=False)

    def _turn(self, place: int, turn: Callable[[], None], *, undone: bool) -> None:
        command = self.command(place) if 0 <= place < self.count() else None
        turn()
        if command is not None:
            self.turned.emit(command, undone)

    def _next(self, shown: Case | None) -> int | None:
        for place in range(self.index() - 1, -1, -1):
            changed = _changed_cases(self.command(place))
            if shown in changed or not changed or any(not one.reading.is_final for one in changed):
                return place
        return None


def _changed_cases(command: QUndoCommand) -> list[Case]:
    """Return the cases whose readings a change, or a part of it, is of."""
    parts = [command, *(command.child(place) for place in range(command.childCount()))]
    return [one.case for one in parts if isinstance(one, Change)]


class Removal(QUndoCommand):
    """Cases taken out of the list; their files stay where they are."""

    def __init__(self, session: Changeable, rows: Sequence[tuple[int, Case]], action: str) -> None:
        super().__init__(action)
        self._session = session
        self._rows = tuple(rows)

    def redo(self) -> None:
        """Take the cases out."""
        self._session.take_out([case for _, case in self._rows])

    def undo(self) -> None:
        """Put the cases back."""
        self._session.put_back(self._rows)
