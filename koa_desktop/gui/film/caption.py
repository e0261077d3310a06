"""The lines below a compared film: whole where there is room, else one line each, cut."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from koa_desktop.gui.style.plain_text import set_tooltip, unbroken


class Caption(QLabel):
    """Lines of plain text, the first one bold where they are `headed`.

    They are broken between words. Where the view is low they are cut instead, and the tooltip has
    them whole, so that the films keep the room.
    """

    def __init__(self, parent: QWidget | None = None, *, headed: bool = True) -> None:
        super().__init__(parent)
        self._headed = headed
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setContentsMargins(12, 5, 12, 6)
        self.setWordWrap(True)
        self._lines: tuple[str, ...] = ()
        self._low = False

    @property
    def lines(self) -> tuple[str, ...]:
        """The whole lines."""
        return self._lines

    def set_lines(self, lines: Sequence[str]) -> None:
        """Show these lines, without the empty ones."""
        self._lines = tuple(line for line in lines if line)
        self._draw()

    def set_low(self, low: bool) -> None:
        """Take one line for each, or as many as the words need."""
        if low != self._low:
            self._low = low
            self.setWordWrap(not low)
            self._draw()

    def minimumSizeHint(self) -> QSize:
        """Return hardly any width: lines are cut, or broken."""
        hint = super().minimumSizeHint()
        return QSize(0, hint.height()) if self._low else hint

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the lines anew."""
        super().resizeEvent(event)
        if self._low and event.oldSize().width() != event.size().width():
            self._draw()

    def _draw(self) -> None:
        bold = [self._headed and not number for number in range(len(self._lines))]
        lines = [unbroken(line) for line in self._lines]
        shown = [self._cut(line, bold=one) for line, one in zip(lines, bold, strict=True)]
        self.setText(
            "<br>".join(
                f"<b>{escape(line)}</b>" if one else escape(line)
                for line, one in zip(shown, bold, strict=True)
            )
        )
        set_tooltip(self, "\n".join(self._lines) if shown != lines else "")

    def _cut(self, line: str, *, bold: bool) -> str:
        if not self._low:
            return line
        font = QFont(self.font())
        font.setBold(bold)
        room = self.contentsRect().width()
        return QFontMetrics(font).elidedText(line, Qt.TextElideMode.ElideRight, room)
