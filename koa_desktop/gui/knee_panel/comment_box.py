"""The comment on one case, saved while it is typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from koa_desktop.gui.session.case import Case
from koa_desktop.gui.support.typing_pause import TypingPause


def is_typing(event: QKeyEvent) -> bool:
    """Tell whether a key writes a letter; a read-only line leaves letters to shortcuts."""
    return bool(event.text()) and event.text().isprintable()


class CommentBox(QPlainTextEdit):
    """The comment on one case, saved while it is typed.

    `written` (case, text) is emitted when typing pauses, after 1.5 seconds of typing, when the box
    loses the focus, and before it shows another case.
    """

    written = Signal(object, str)
    left = Signal()
    refused = Signal()  # typing, while it is read-only

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.setPlaceholderText(self.tr("Comment for the report"))
        self.setAccessibleName(self.tr("Comment"))
        self.setFixedHeight(86)
        self._pause = TypingPause(self)
        self._pause.over.connect(self.finish)
        self._case: Case | None = None
        self._saved = ""
        self.textChanged.connect(self._await_pause)

    def show_comment(self, case: Case) -> None:
        """Show a case's comment. Text that is not saved yet is never replaced."""
        text = case.reading.comment
        if case is not self._case:
            self.finish()
            self._case = case
        elif self.toPlainText() != self._saved:
            return
        self._saved = text
        if text != self.toPlainText():
            self.setPlainText(text)
        self._pause.stop()

    def finish(self) -> None:
        """Emit the comment, unless it was emitted already."""
        self._pause.stop()
        text = self.toPlainText()
        if self._case is not None and text != self._saved:
            self._saved = text
            self.written.emit(self._case, text)

    def _await_pause(self) -> None:
        if self.toPlainText() != self._saved:
            self._pause.typed()

    def add_sentence(self, sentence: str) -> None:
        """Append a sentence, and emit the comment."""
        if self.isReadOnly():
            self.refused.emit()
            return
        text = self.toPlainText()
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.insertPlainText(f" {sentence}" if text and not text[-1].isspace() else sentence)
        self.finish()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the box with Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif self.isReadOnly() and is_typing(event):
            self.refused.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Claim Escape, and letters, before a shortcut does."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (event.key() == Qt.Key.Key_Escape or is_typing(event))
        ):
            event.accept()
            return True
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Emit the comment when the box loses the focus."""
        self.finish()
        super().focusOutEvent(event)
