"""The first minutes: reader, clinic and folders in one short form, which may be skipped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.style.screen_fit import resize_in_screen
from koa_desktop.gui.support.settings import Settings
from koa_desktop.system.files import is_folder

_WIDTH, _CLINIC_HEIGHT = 460, 70


class FirstRun(QDialog):
    """Everything in it is in the preferences, too."""

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.setObjectName("first_run")
        self.setWindowTitle(self.tr("Set up KOA Desktop"))
        self.setMinimumWidth(_WIDTH)
        words = plain_label(
            self.tr(
                "This is used in reports and in the audit trail. Everything can be changed later "
                "in the preferences."
            )
        )
        words.setWordWrap(True)
        self.reader = QLineEdit(settings.reader)
        self.clinic = QPlainTextEdit(settings.clinic)
        self.clinic.setPlaceholderText(self.tr("Name in the first line, then the address"))
        self.clinic.setTabChangesFocus(True)
        self.clinic.setFixedHeight(_CLINIC_HEIGHT)
        self.watched = QLineEdit(str(settings.watched_folder or ""))
        self.watched.setPlaceholderText(self.tr("None"))
        choose = QPushButton(self.tr("Choose…"))
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose)
        self.copied = QCheckBox(self.tr("&Copy films into the program's folder"))
        self.copied.setChecked(settings.films_copied)
        self.problem = plain_label()
        self.problem.setProperty("warning", True)
        self.problem.hide()
        folder = QHBoxLayout()
        folder.setSpacing(6)
        folder.addWidget(self.watched, 1)
        folder.addWidget(choose)
        form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(14)
        form.addRow(self.tr("&Reader's name"), self.reader)
        form.addRow(self.tr("C&linic"), self.clinic)
        label = plain_label(self.tr("&Watched folder"))
        label.setBuddy(self.watched)
        form.addRow(label, folder)
        form.addRow("", self.copied)
        for field, name in (
            (self.reader, self.tr("Reader's name")),
            (self.clinic, self.tr("Clinic")),
            (self.watched, self.tr("Watched folder")),
        ):
            field.setAccessibleName(name)
        skip, start = QPushButton(self.tr("Skip")), QPushButton(self.tr("Start"))
        skip.clicked.connect(self.reject)
        start.clicked.connect(self.accept)
        start.setDefault(True)
        start.setProperty("primary", True)
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(skip)
        foot.addWidget(start)
        layout = QVBoxLayout(self)
        layout.addWidget(words)
        layout.addLayout(form)
        layout.addWidget(self.problem)
        layout.addLayout(foot)
        # By itself Qt gives a new window two thirds of a screen at most.
        resize_in_screen(self, self.sizeHint())

    def accept(self) -> None:
        """Keep what was set; a folder that is not there is said instead."""
        watched = self.watched.text().strip()
        if watched and not is_folder(Path(watched)):
            self.problem.setText(self.tr("There is no such folder to watch."))
            self.problem.show()
            self.watched.setFocus()
            return
        settings = self._settings
        settings.reader = self.reader.text().strip()
        settings.clinic = self.clinic.toPlainText().strip()
        settings.watched_folder = Path(watched).absolute() if watched else None
        settings.films_copied = self.copied.isChecked()
        settings.is_set_up = True
        super().accept()

    def reject(self) -> None:
        """Skip it, for good."""
        self._settings.is_set_up = True
        super().reject()

    def _choose(self) -> None:
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Folder in which films arrive"))
        if chosen:
            self.watched.setText(chosen)
