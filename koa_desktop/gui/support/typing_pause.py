"""The moments at which a text that is being typed is kept."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

_PAUSE_MS = 800
# Typing without a pause is kept after this time: with the write, no more than 2 s can be lost.
_LONGEST_MS = 1500


class TypingPause(QObject):
    """Emits `over` when typing pauses, and after 1.5 seconds of typing without a pause."""

    over = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._longest = QTimer(self, singleShot=True, interval=_LONGEST_MS)
        for timer in (self._pause, self._longest):
            timer.timeout.connect(self._end)

    def typed(self) -> None:
        """Note that something was typed."""
        self._pause.start()
        if not self._longest.isActive():
            self._longest.start()

    def stop(self) -> None:
        """Emit nothing until something is typed again: the text is kept."""
        self._pause.stop()
        self._longest.stop()

    def _end(self) -> None:
        self.stop()
        self.over.emit()
