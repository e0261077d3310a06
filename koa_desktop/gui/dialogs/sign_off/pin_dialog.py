"""Sets, changes or removes a reader's PIN."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.support.settings import Settings
from koa_desktop.system import pin

_WIDTH = 400


class PinDialog(QDialog):
    """Keeps the new PIN on OK; an empty one removes the PIN."""

    def __init__(self, reader: str, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reader = reader
        self._settings = settings
        self.setWindowTitle(self.tr("PIN of {0}").format(reader))
        self.setMinimumWidth(_WIDTH)
        about = plain_label(
            self.tr(
                "Signing in this name, addenda, reopening and unlocking ask for the PIN: 4 letters "
                "or figures at least. Leave both lines empty to work without one. A forgotten PIN "
                "cannot be looked up; clear the program's settings to be rid of it."
            )
        )
        about.setWordWrap(True)
        self.present, self.new, self.again = QLineEdit(), QLineEdit(), QLineEdit()
        form = QFormLayout()
        for label, line in (
            (self.tr("&Present PIN"), self.present),
            (self.tr("&New PIN"), self.new),
            (self.tr("New PIN &again"), self.again),
        ):
            line.setEchoMode(QLineEdit.EchoMode.Password)
            line.setAccessibleName(label.replace("&", ""))
            form.addRow(label, line)
        form.setRowVisible(self.present, bool(settings.pin(reader)))
        self.problem = plain_label()
        self.problem.setProperty("warning", True)
        self.problem.setWordWrap(True)
        self.problem.hide()
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for part in (about, self.problem, buttons):
            layout.addWidget(part)
        layout.insertLayout(1, form)
        self.finished.connect(self.deleteLater)

    def accept(self) -> None:
        """Keep the new PIN, or say what is wrong."""
        stored = self._settings.pin(self._reader)
        new = self.new.text()
        if stored and not pin.matches(self.present.text(), stored):
            self._tell(self.tr("This is not the present PIN."), self.present)
        elif new != self.again.text():
            self._tell(self.tr("The two new PINs differ."), self.again)
        elif new and len(new) < pin.FEWEST:
            self._tell(self.tr("A PIN has at least {0} signs.").format(pin.FEWEST), self.new)
        else:
            self._settings.set_pin(self._reader, pin.hashed(new) if new else "")
            super().accept()

    def _tell(self, problem: str, place: QLineEdit) -> None:
        self.problem.setText(problem)
        self.problem.show()
        place.setFocus()
        place.selectAll()
