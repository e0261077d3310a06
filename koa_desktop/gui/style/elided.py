"""A line of text that never asks for more room than there is."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QStyle, QStyleOption, QWidget

from koa_desktop.gui.style.plain_text import set_tooltip

_LEAST_WIDTH = 24


class ElidedLabel(QLabel):
    """A plain text of one line, cut with an ellipsis where it is too long.

    A text that is cut has a tooltip with all of it. However long it is, the window keeps its size.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    @property
    def is_elided(self) -> bool:
        """True while the text is cut."""
        return self._shown() != self.text()

    def setText(self, text: str) -> None:
        """Show a text."""
        super().setText(text)
        self._explain()

    def minimumSizeHint(self) -> QSize:
        """Return hardly any width."""
        hint = super().minimumSizeHint()
        return QSize(min(_LEAST_WIDTH, hint.width()), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the text anew."""
        super().resizeEvent(event)
        self._explain()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 (Qt's signature)
        """Draw as much of the text as there is room for."""
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        self.style().drawItemText(
            painter,
            self.contentsRect(),
            int(self.alignment()),
            self.palette(),
            self.isEnabled(),
            self._shown(),
            self.foregroundRole(),
        )

    def _shown(self) -> str:
        room = self.contentsRect().width()
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room)

    def _explain(self) -> None:
        set_tooltip(self, self.text() if self.is_elided else "")
