"""The forms of a sign-off: what is signed or written, the reader's name, and the PIN if one is set.

A form is accepted only with a name and, where this reader has one, the right PIN.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.gui.dialogs.sign_off.pin_line import PinLine
from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.style.screen_fit import Scrolled
from koa_desktop.gui.support.settings import Settings

_WIDTH = 440
_TEXT_HEIGHT = 96
_MOST_READ = 200  # pixels of height; a longer text to read is scrolled


class SignOffForm(QDialog):
    """A text to read, what the form adds to it, and the reader's name and PIN; window modal."""

    def __init__(self, title: str, action: str, settings: Settings, parent: QWidget | None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle(title)
        self.setMinimumWidth(_WIDTH)
        self.text = plain_label()
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._read = Scrolled(self.text)
        self._read.setMaximumHeight(_MOST_READ)
        self.warning = plain_label()
        self.warning.setWordWrap(True)
        self.warning.setProperty("warning", True)
        self.warning.hide()
        self.name = QLineEdit(settings.reader)
        self.name.setAccessibleName(self.tr("Reader's name"))
        self.pin = PinLine()
        self.problem = plain_label()
        self.problem.setProperty("warning", True)
        self.problem.setWordWrap(True)
        self.problem.hide()
        self._form = QFormLayout()
        self._form.addRow(self.tr("&Reader's name"), self.name)
        self._form.addRow(self.tr("&PIN"), self.pin)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go_on = QPushButton(action)
        self.go_on.setProperty("primary", True)
        self.buttons.addButton(self.go_on, QDialogButtonBox.ButtonRole.AcceptRole)
        self.go_on.setDefault(True)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.body = QVBoxLayout()
        self._layout = layout = QVBoxLayout(self)
        layout.setSpacing(10)
        layout.addWidget(self._read)
        layout.addWidget(self.warning)
        layout.addLayout(self.body)
        layout.addLayout(self._form)
        layout.addWidget(self.problem)
        layout.addWidget(self.buttons)
        self.name.textChanged.connect(self._show_pin)
        self.finished.connect(self.deleteLater)
        self._show_pin()
        self.name.setFocus()

    def warn(self, text: str) -> None:
        """Say what speaks against going on, below other warnings; Return then cancels."""
        self.warning.setText("\n".join(filter(None, (self.warning.text(), text))))
        self.warning.show()
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setDefault(True)

    def showEvent(self, event: QShowEvent) -> None:
        """Be as high as all texts need."""
        super().showEvent(event)
        self.resize(self.width(), self._needed())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the text to read the height that it needs at this width, up to a limit."""
        super().resizeEvent(event)
        margins = self._layout.contentsMargins()
        needed = self.text.heightForWidth(self.width() - margins.left() - margins.right())
        self._read.setFixedHeight(min(needed, _MOST_READ))
        is_long = needed > _MOST_READ
        self._read.setFocusPolicy(Qt.FocusPolicy.StrongFocus if is_long else Qt.FocusPolicy.NoFocus)

    @property
    def reader(self) -> str:
        """The reader's name."""
        return self.name.text().strip()

    def accept(self) -> None:
        """Accept the form, or say what is missing."""
        stored = self._settings.pin(self.reader)
        if not self.reader:
            self._tell(self.tr("Enter your name: it stands with the signature."), self.name)
        elif not self.is_complete():
            return
        elif not self.pin.fits(stored):
            self._tell(self.tr("This is not the PIN of {0}.").format(self.reader), self.pin)
        else:
            super().accept()

    def is_complete(self) -> bool:
        """Tell whether the form's own part is filled in; say it where it is not."""
        return True

    def _tell(self, problem: str, place: QWidget) -> None:
        self.problem.setText(problem)
        self.problem.show()
        self._fit()
        place.setFocus()

    def _show_pin(self) -> None:
        self._form.setRowVisible(self.pin, bool(self._settings.pin(self.reader)))
        if self.isVisible():
            self._fit()

    def _fit(self) -> None:
        """Be at least as high as the texts need; Qt alone would cut lines off."""
        self.resize(self.width(), max(self.height(), self._needed()))

    def _needed(self) -> int:
        """Return the height that all texts need at this width."""
        self._layout.activate()
        least = self._layout.totalMinimumSize().height()
        return max(least, self._layout.totalHeightForWidth(self.width()))


class TextForm(SignOffForm):
    """A form with words of the reader's own, which must not be empty."""

    def __init__(
        self, title: str, action: str, missing: str, settings: Settings, parent: QWidget | None
    ) -> None:
        super().__init__(title, action, settings, parent)
        self._missing = missing
        self.words = QPlainTextEdit()
        self.words.setTabChangesFocus(True)
        self.words.setAccessibleName(title)
        self.words.setFixedHeight(_TEXT_HEIGHT)
        self.body.addWidget(self.words)
        self.words.setFocus()

    def is_complete(self) -> bool:
        """Tell whether something is written."""
        if self.words.toPlainText().strip():
            return True
        self._tell(self._missing, self.words)
        return False
