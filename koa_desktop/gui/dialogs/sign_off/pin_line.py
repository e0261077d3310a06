"""A line for a PIN or passphrase, which waits longer each time that it was wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLineEdit, QWidget

from koa_desktop.system import pin

_FIRST_PAUSE_MS, _LONGEST_PAUSE_MS = 1000, 30_000


class PinLine(QLineEdit):
    """Hides what is typed; after a wrong one it can't be used for 1, 2, 4 … 30 seconds."""

    def __init__(self, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setAccessibleName(name or self.tr("PIN"))
        self._pause_ms = _FIRST_PAUSE_MS

    def fits(self, stored: str) -> bool:
        """Tell whether the typed PIN is the stored one; an empty `stored` takes any."""
        return self.accepts(lambda typed: not stored or pin.matches(typed, stored))

    def accepts(self, check: Callable[[str], bool]) -> bool:
        """Tell whether `check` accepts what is typed."""
        if not self.isEnabled():
            return False
        if check(self.text()):
            self._pause_ms = _FIRST_PAUSE_MS
            return True
        self.clear()
        self.setEnabled(False)
        QTimer.singleShot(self._pause_ms, self, self._enable)
        self._pause_ms = min(2 * self._pause_ms, _LONGEST_PAUSE_MS)
        return False

    def _enable(self) -> None:
        self.setEnabled(True)
        self.setFocus()
