"""Asks for a passphrase: of the case list at the start, of a backup before it is restored."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from koa_desktop.gui.dialogs.sign_off.pin_line import PinLine
from koa_desktop.gui.style.plain_text import plain_label

_WIDTH = 400


class AskPassphrase(QDialog):
    """Closes by a passphrase that `check` accepts, or by Cancel."""

    def __init__(
        self, text: str, check: Callable[[str], bool], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._check = check
        self.setWindowTitle("KOA Desktop")
        self.setMinimumWidth(_WIDTH)
        about = plain_label(text)
        about.setWordWrap(True)
        self.line = PinLine(self.tr("Passphrase"))
        self.problem = plain_label(self.tr("This is not the passphrase."))
        self.problem.setProperty("warning", True)
        self.problem.hide()
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for part in (about, self.line, self.problem, buttons):
            layout.addWidget(part)

    def accept(self) -> None:
        """Close by the right passphrase, or say that it is a wrong one."""
        if self.line.accepts(self._check):
            super().accept()
        else:
            self.problem.show()
