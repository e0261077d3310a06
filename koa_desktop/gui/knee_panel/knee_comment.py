"""The comment on one knee: a line on its card, kept while it is typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from koa_desktop.gui.knee_panel.comment_box import is_typing
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.support.typing_pause import TypingPause

_LEAVES = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class KneeComment(QLineEdit):
    """One line of text on one knee of a case.

    `written` (case, place of the knee, text) is emitted when typing pauses, after 1.5 seconds of
    typing, when the line loses the focus, and before it shows another knee.
    """

    written = Signal(object, int, str)
    left = Signal()
    refused = Signal()  # typing, while it is read-only

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(self.tr("Comment on this knee"))
        self.setAccessibleName(self.placeholderText())
        self._knee: tuple[Case, int] | None = None
        self._saved = ""
        self._pause = TypingPause(self)
        self._pause.over.connect(self.finish)
        self.textEdited.connect(self._pause.typed)

    def show_comment(self, case: Case, index: int, text: str) -> None:
        """Show a knee's comment. Text that is not kept yet is never replaced."""
        if self._knee != (case, index):
            self.finish()
            self._knee = case, index
        elif self.text() != self._saved:
            return
        self.setReadOnly(case.reading.is_final)
        self._saved = text
        if text != self.text():
            self.setText(text)
            if not self.hasFocus():
                self.home(False)

    def finish(self) -> None:
        """Emit the comment, unless it was emitted already."""
        self._pause.stop()
        text = self.text()
        if self._knee is not None and text != self._saved:
            self._saved = text
            self.written.emit(*self._knee, text)

    def event(self, event: QEvent) -> bool:
        """Claim the keys that leave the line before a shortcut does."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (event.key() in _LEAVES or is_typing(event))
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the line with Escape or Return."""
        if event.key() in _LEAVES:
            self.left.emit()
        elif self.isReadOnly() and is_typing(event):
            self.refused.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Emit the comment when the line loses the focus, and show its beginning."""
        self.finish()
        super().focusOutEvent(event)
        self.home(False)
