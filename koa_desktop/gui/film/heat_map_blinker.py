"""Heat maps that blink, so that the reader can compare them with the bone below."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

# Once a second there and back: far below the three flashes a second that can harm (WCAG 2.3.1).
HALF_PERIOD_MS = 500


class HeatMapBlinker(QObject):
    """Emits when heat maps are to be shown and hidden while blinking is on."""

    shown = Signal(bool)
    ended = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._seen = False
        self._timer = QTimer(self, interval=HALF_PERIOD_MS)
        self._timer.timeout.connect(self._turn)

    @property
    def is_on(self) -> bool:
        """True while heat maps blink."""
        return self._timer.isActive()

    def set_on(self, on: bool) -> None:
        """Begin, with the maps shown, or end."""
        if on == self.is_on:
            return
        if on:
            self._seen = False
            self._timer.start()
            self._turn()
        else:
            self._timer.stop()
            self.ended.emit()

    def stop(self) -> None:
        """End."""
        self.set_on(False)

    def _turn(self) -> None:
        self._seen = not self._seen
        self.shown.emit(self._seen)
