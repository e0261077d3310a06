"""The lock of the window: after some minutes without a key or a mouse, or by command."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QVBoxLayout, QWidget

from koa_desktop.examination.encryption import keys
from koa_desktop.gui.dialogs.sign_off.pin_line import PinLine
from koa_desktop.gui.style import theme
from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.support.settings import Settings
from koa_desktop.system import pin

MINUTE_MS = 60_000
_USED = (
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseMove,
    QEvent.Type.Wheel,
    QEvent.Type.TouchBegin,
)


class Lock(QObject):
    """Covers all windows and asks for the reader's PIN or the case list's passphrase, if any.

    What is under way goes on and is saved behind it.
    """

    def __init__(self, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        self._window = window
        self._covers: list[_Cover] = []
        self.dialog: LockDialog | None = None
        self._idle = QTimer(self, singleShot=True)
        self._idle.timeout.connect(self.lock)
        self.follow_settings()

    def follow_settings(self) -> None:
        """Lock after the minutes that are set from now on, or never by itself."""
        minutes = self._settings.lock_minutes
        application = QApplication.instance()
        if application is None:
            return
        application.removeEventFilter(self)
        self._idle.stop()
        if minutes:
            application.installEventFilter(self)
            self._idle.start(minutes * MINUTE_MS)

    def lock_at_start(self) -> None:
        """Lock the window where it locks by itself with a PIN: a restart must not unlock it.

        A passphrase was asked for already.
        """
        if self._settings.lock_minutes and self._stored_pin and keys.used() is None:
            self.lock()

    def lock(self) -> None:
        """Cover all windows of the program until the reader unlocks them."""
        if self.dialog is not None:
            return
        for window in QApplication.topLevelWidgets():
            if window.isVisible():
                self._covers.append(_Cover(window))
        self.dialog = LockDialog(self._stored_pin, self._settings.reader, self._window)
        self.dialog.finished.connect(self._unlock)
        self.dialog.open()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Begin to wait anew whenever the program is used."""
        if event.type() in _USED and self._idle.isActive():
            self._idle.start()
        return super().eventFilter(watched, event)

    @property
    def _stored_pin(self) -> str:
        return self._settings.pin(self._settings.reader)

    def _unlock(self) -> None:
        for cover in self._covers:
            cover.hide()
            cover.deleteLater()
        self._covers.clear()
        self.dialog = None
        self.follow_settings()


class LockDialog(QDialog):
    """Asks for the PIN or the passphrase, or for a click; it closes by these alone."""

    def __init__(self, stored: str, reader: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._stored = stored
        self.setWindowTitle(self.tr("Locked"))
        self.setWindowModality(Qt.WindowModality.ApplicationModal)
        self.setWindowFlag(Qt.WindowType.WindowCloseButtonHint, False)
        text = self.tr("KOA Desktop is locked.")
        has_passphrase = keys.used() is not None
        wrong = ""
        if stored and has_passphrase:
            asked = self.tr("Enter the PIN of {0} or the passphrase of the case list.")
            text += " " + asked.format(reader)
            wrong = self.tr("This is neither the PIN of {0} nor the passphrase.").format(reader)
        elif has_passphrase:
            text += " " + self.tr("Enter the passphrase of the case list.")
            wrong = self.tr("This is not the passphrase.")
        elif stored:
            text += " " + self.tr("Enter the PIN of {0}.").format(reader)
            wrong = self.tr("This is not the PIN of {0}.").format(reader)
        label = plain_label(text)
        label.setWordWrap(True)
        self.pin = PinLine()
        self.pin.setVisible(bool(stored) or has_passphrase)
        self.problem = plain_label(wrong)
        self.problem.setWordWrap(True)
        self.problem.setProperty("warning", True)
        self.problem.hide()
        self.unlock = QPushButton(self.tr("Unlock"))
        self.unlock.setProperty("primary", True)
        self.unlock.setDefault(True)
        self.unlock.clicked.connect(self.accept)
        layout = QVBoxLayout(self)
        for part in (label, self.pin, self.problem, self.unlock):
            layout.addWidget(part)
        self.finished.connect(self.deleteLater)

    def accept(self) -> None:
        """Unlock by the right PIN or passphrase; say where it is wrong."""
        # While the line waits after a wrong one, nothing was tried.
        if not self.pin.isEnabled():
            return
        if self.pin.accepts(self._is_right):
            super().accept()
        else:
            self.problem.show()
            self.resize(self.sizeHint().expandedTo(self.size()))

    def _is_right(self, typed: str) -> bool:
        if self._stored and pin.matches(typed, self._stored):
            return True
        return keys.is_used(typed) or not (self._stored or keys.used())

    def reject(self) -> None:
        """Stay: Escape unlocks nothing."""

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stay until it is unlocked."""
        event.ignore()


class _Cover(QWidget):
    """A plain ground over a whole window, which follows its size."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Cover the window however large it becomes, and what is added to it."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.ChildPolished):
            self.setGeometry(self.window().rect())
            self.raise_()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ground."""
        QPainter(self).fillRect(event.rect(), QColor(theme.active().window))
