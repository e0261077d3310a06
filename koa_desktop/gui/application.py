"""Qt's application, with the files that macOS asks it to open."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication


class Application(QApplication):
    """Tells of files that Finder hands over: macOS sends them as events, not as arguments."""

    wanted = Signal(object)  # paths, as OneWindow.wanted has them

    def event(self, event: QEvent) -> bool:
        """Handle an event that is sent to the application itself."""
        if isinstance(event, QFileOpenEvent):
            # Empty for an address that names no file of this computer.
            if event.file():
                self.wanted.emit((Path(event.file()),))
            return True
        return super().event(event)
