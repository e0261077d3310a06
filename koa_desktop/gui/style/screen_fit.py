"""Fit windows and dialogs to the screen, which may be only 540 pixels high at 200 %."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

FRAME = QSize(40, 60)  # for the window's frame and title


class Scrolled(QScrollArea):
    """Parts of a dialog at their own size, to be scrolled on a screen that is too low for them."""

    def __init__(self, body: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._body = body
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def sizeHint(self) -> QSize:
        """Return the parts' own size, with room for the scroll bar beside them."""
        return self._body.sizeHint() + QSize(self.verticalScrollBar().sizeHint().width(), 0)


def resize_in_screen(widget: QWidget, wanted: QSize) -> None:
    """Resize a window to `wanted`, limited to the available size of its screen."""
    widget.resize(wanted.boundedTo(widget.screen().availableSize() - FRAME))
