"""The notices of the status line on the reader's work: what was done, and what is left to read."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QUndoCommand

from koa_desktop.examination.actions import Action
from koa_desktop.gui.actions.actions import Actions
from koa_desktop.gui.actions.status_bar import StatusBar
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.undo import UndoStack
from koa_desktop.message import Message
from koa_desktop.wording.sentences import sentence

KEYS = QKeySequence.SequenceFormat.NativeText

_TOLD = (
    Action.SWAP_SIDE,
    Action.SWAP_SIDES,
    Action.DELETE_BOX,
    Action.DELETE_MEASUREMENT,
    Action.TAKE_BACK,
    Action.READ,
    Action.NOT_GRADABLE,
    Action.RESTORE_MARGINS,
    Action.MASK_KNEE,
    Action.DELETE_MASK,
)


class Notices(QObject):
    """Says in the status line what was changed, and what is left."""

    def __init__(self, status: StatusBar, stack: UndoStack, actions: Actions) -> None:
        super().__init__(status)
        self._status = status
        self._undo, self._redo = actions["undo"], actions["redo"]
        stack.turned.connect(self._tell_turned)

    def tell_change(self, action: Message) -> None:
        """Say what was changed by a key that is easily pressed by mistake, and how it is undone."""
        if action.code in _TOLD:
            self.tell_done(sentence(action))

    def tell_read(self, cases: Iterable[Case]) -> None:
        """Say that a case is read, and how many are left."""
        unread = sum(case.is_unread for case in cases)
        if unread:
            text = self.tr("Every knee is read · sign: S · next unread case: N ({0} left)")
        else:
            text = self.tr("Every case is read · sign: S")
        text = text.format(unread)
        self._status.notify(text, hint=True)

    def tell_done(self, text: str) -> None:
        """Say what was done, and how it is undone."""
        keys = self._undo.shortcut().toString(KEYS)
        self._status.notify(
            self.tr("Last change: {0} · undo with {1}").format(text, keys), hint=True
        )

    def _tell_turned(self, change: QUndoCommand, undone: bool) -> None:
        """Say what was undone, and how it is made again; or that it was made again."""
        if not undone:
            self.tell_done(change.text())
            return
        keys = self._redo.shortcut().toString(KEYS)
        text = self.tr("Undone: {0} · redo with {1}").format(change.text(), keys)
        self._status.notify(text, hint=True)
