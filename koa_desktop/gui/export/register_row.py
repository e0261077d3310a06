"""The row of the export dialog for the clinic's register: whether it grows, and its file's name."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QWidget

from koa_desktop.gui.style.plain_text import plain_label, set_tooltip
from koa_desktop.gui.style.theme import set_property
from koa_desktop.gui.support.settings import Settings, register_name


class RegisterRow(QWidget):
    """Offers the register as CSV or XLSX, by the name of its file in the export's folder."""

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self.box = QCheckBox(self.tr("Clinic register (grows)"))
        self._name = QLineEdit(settings.register)
        self._name.setAccessibleName(self.tr("File of the register"))
        set_tooltip(
            self._name,
            self.tr("A file name that ends in .csv, or in .xlsx for Excel. Rows are added to it."),
        )
        self._name.setEnabled(False)
        self.box.toggled.connect(self._name.setEnabled)
        self.box.toggled.connect(self.changed)
        self._name.textChanged.connect(self.changed)
        self._fault = plain_label(self.tr("The name must end in .csv or .xlsx."))
        set_property(self._fault, "warning", True)
        self._fault.hide()
        self.changed.connect(lambda: self._fault.setHidden(self.is_valid))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        layout.addWidget(self._name, 1)
        layout.addWidget(self._fault)

    @property
    def is_valid(self) -> bool:
        """True where the register is not wanted, or its file can have that name."""
        try:
            register_name(self.name)
        except ValueError:
            return not self.box.isChecked()
        return True

    @property
    def name(self) -> str:
        """The name of the register's file, as it is typed."""
        return self._name.text().strip()

    def remember(self) -> None:
        """Keep the name for the next export."""
        if self.box.isChecked():
            self._settings.register = self.name
