"""Fit dialogs to the screen, which may be only 540 pixels high at 200 %."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

FRAME = QSize(40, 60)  # for the window's frame and title


def resize_in_screen(widget: QWidget, wanted: QSize) -> None:
    """Resize a window to `wanted`, limited to the available size of its screen."""
    widget.resize(wanted.boundedTo(widget.screen().availableSize() - FRAME))
