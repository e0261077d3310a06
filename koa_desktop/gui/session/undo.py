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
        """Make the change."""
        self._session.apply(self.case, self._after, Step(self._action))

    def undo(self) -> None:
        """Take the change back."""
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
    """The changes; `turned` carries one that was undone, or redone, and whether it was undone."""

    turned = Signal(object, bool)

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


def final_case(stack: QUndoStack) -> Case | None:
    """Return the case whose final reading the next undo would change; None where it may go on."""
    command = stack.command(stack.index() - 1) if stack.canUndo() else None
    if isinstance(command, Change) and command.case.reading.is_final:
        return command.case
    return None


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
