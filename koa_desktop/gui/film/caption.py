"""The lines below a compared film: whole where there is room, else as one paragraph."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from koa_desktop.gui.style.plain_text import set_tooltip, unbroken


class Caption(QLabel):
    """Lines of plain text, the first one bold where they are `headed`.

    They are broken between words. Where there is little room they are one paragraph; one that is
    too long even so is cut, and the tooltip has it whole.
    """

    def __init__(self, parent: QWidget | None = None, *, headed: bool = True) -> None:
        super().__init__(parent)
        self._headed = headed
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setContentsMargins(12, 5, 12, 6)
        self.setWordWrap(True)
        self._lines: tuple[str, ...] = ()
        self._most: int | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The whole lines."""
        return self._lines

    def set_lines(self, lines: Sequence[str]) -> None:
        """Show these lines, without the empty ones."""
        self._lines = tuple(line for line in lines if line)
        self._draw()

    def set_most(self, pixels: int | None) -> None:
        """Show one paragraph of this height at most; a line for each without a limit."""
        if pixels != self._most:
            self._most = pixels
            self._draw()

    def minimumSizeHint(self) -> QSize:
        """Return hardly any width for a paragraph: its lines are broken, or cut."""
        hint = super().minimumSizeHint()
        return hint if self._most is None else QSize(0, hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut the paragraph anew."""
        super().resizeEvent(event)
        if self._most is not None and event.oldSize().width() != event.size().width():
            self._draw()

    def _draw(self) -> None:
        whole = [unbroken(line) for line in self._lines]
        shown = list(whole)
        self._show(shown)
        while self._most is not None and shown and self._height() > self._most:
            words = shown.pop().rpartition(" ")[0].rstrip(" ·,(")
            shown += [words] if words else []
            self._show([*shown[:-1], f"{shown[-1]}…"] if shown else [])
        set_tooltip(self, "\n".join(self._lines) if shown != whole else "")

    def _show(self, lines: Sequence[str]) -> None:
        told = [escape(line) for line in lines]
        if told and self._headed:
            told[0] = f"<b>{told[0]}</b>"
        self.setText(("<br>" if self._most is None else " · ").join(told))

    def _height(self) -> int:
        return self.heightForWidth(self.width())
