"""The reader's preferences: name, clinic, theme, the heat map's colours, paper, the list."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLayoutItem,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.errors import ExportError, StoreReason
from koa_desktop.examination.encryption import database
from koa_desktop.gui.dialogs.exchange.network import NetworkDialog
from koa_desktop.gui.dialogs.passphrase.change import ChangePassphrase
from koa_desktop.gui.dialogs.sign_off.pin_dialog import PinDialog
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.style.plain_text import plain_label, set_tooltip
from koa_desktop.gui.style.screen_fit import Scrolled, resize_in_screen
from koa_desktop.gui.style.window_title import show_names
from koa_desktop.gui.support import settings_file
from koa_desktop.gui.support.settings import Settings, Theme
from koa_desktop.imaging.colour_maps import ColourMap
from koa_desktop.report.pdf import with_all_letters
from koa_desktop.system.files import is_folder
from koa_desktop.wording.language import LANGUAGES, counted
from koa_desktop.wording.sentences import sentence

_CLINIC_HEIGHT = 82
_WIDTH = 440


class Preferences(QDialog):
    """Applies everything on OK, nothing on Cancel."""

    applied = Signal()

    def __init__(
        self, settings: Settings, parent: QWidget | None = None, session: Session | None = None
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._session = session
        self.setWindowTitle(self.tr("Preferences"))
        self.setObjectName("preferences")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self.reader = QLineEdit(settings.reader)
        self.reader.setPlaceholderText(self.tr("Shown in reports and in the audit trail"))
        self.pin = QPushButton(self.tr("P&IN for signing…"))
        self.pin.setAutoDefault(False)
        self.pin.clicked.connect(self._set_pin)
        self.reader.textChanged.connect(lambda name: self.pin.setEnabled(bool(name.strip())))
        self.pin.setEnabled(bool(settings.reader))
        self.lock = _choice(self._lock_times(), settings.lock_minutes)
        self.passphrase = QPushButton(self.tr("Passphras&e of the case list…"))
        self.passphrase.setAutoDefault(False)
        self.passphrase.setEnabled(session is not None and session.services.folder is not None)
        self.passphrase.clicked.connect(self._set_passphrase)
        self.clinic = QPlainTextEdit(settings.clinic)
        self.clinic.setPlaceholderText(self.tr("Name in the first line, then the address"))
        self.clinic.setTabChangesFocus(True)
        self.clinic.setFixedHeight(_CLINIC_HEIGHT)
        self.language = _choice(self._languages(), settings.language)
        self.language.setFont(with_all_letters(self.font()))
        self.language.currentIndexChanged.connect(self._tell_language)
        self.later = plain_label(self.tr("The language changes at the next start."))
        self.later.setProperty("dim", True)
        self.later.hide()
        self.theme = _choice(self._themes(), settings.theme)
        self.colour_map = _choice(self._colour_maps(), settings.colour_map)
        papers: dict[object, str] = {"A4": "A4", "LETTER": self.tr("Letter")}
        self.paper = _choice(papers, settings.paper)
        self.list_kept = QCheckBox(self.tr("Open the &list as I left it"))
        self.list_kept.setChecked(settings.list_kept)
        set_tooltip(
            self.list_kept,
            self.tr(
                "The list of films and their grades are kept in your user folder.\n"
                "If this is off, they are forgotten; your own grades and comments are kept."
            ),
        )
        self.watched = QLineEdit(str(settings.watched_folder or ""))
        self.watched.setPlaceholderText(self.tr("None"))
        self.watched.setClearButtonEnabled(True)
        self.choose = QPushButton(self.tr("Choose…"))
        self.choose.setAutoDefault(False)
        self.choose.clicked.connect(self._choose_folder)
        self.network = QPushButton(self.tr("&DICOM network…"))
        self.network.setAutoDefault(False)
        self.network.clicked.connect(self._open_network)
        self.problem = plain_label()
        self.problem.setProperty("warning", True)
        self.problem.setWordWrap(True)
        self.problem.hide()
        self.films_copied = QCheckBox(self.tr("&Copy films into the program's folder"))
        self.films_copied.setChecked(settings.films_copied)
        set_tooltip(
            self.films_copied,
            self.tr(
                "A film stays readable when its CD or share is away. It needs room on the disk."
            ),
        )
        self.names_in_titles = QCheckBox(self.tr("&Name patients in titles of windows"))
        self.names_in_titles.setChecked(settings.names_in_titles)
        set_tooltip(
            self.names_in_titles, self.tr("Everybody who sees the screen can read the task bar.")
        )
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search the preferences"))
        self.search.setAccessibleName(self.search.placeholderText())
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._search)
        body = QWidget()
        body.setObjectName("choices")
        choices = QVBoxLayout(body)
        choices.setContentsMargins(0, 0, 0, 0)
        choices.addLayout(self._build_form())
        choices.addWidget(self.later)
        choices.addWidget(self.list_kept)
        choices.addWidget(self.films_copied)
        choices.addWidget(self.names_in_titles)
        choices.addStretch()
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addWidget(Scrolled(body), 1)
        layout.addWidget(self.problem)
        standard = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(standard.Ok | standard.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        role = QDialogButtonBox.ButtonRole.ResetRole  # which stands apart from OK and Cancel
        self.export_button = buttons.addButton(self.tr("Export…"), role)
        self.import_button = buttons.addButton(self.tr("Import…"), role)
        for button, handler in (
            (self.export_button, self._export),
            (self.import_button, self._import),
        ):
            button.setAutoDefault(False)
            button.clicked.connect(handler)
        self.reader.setFocus()
        layout.addWidget(buttons)
        resize_in_screen(self, self.sizeHint())

    def accept(self) -> None:
        """Store everything, and emit `applied`; a folder that is not there is said instead."""
        watched = self.watched.text().strip()
        # A folder that is away for now must not keep the reader from changing anything else.
        is_new = watched != str(self._settings.watched_folder or "")
        if watched and is_new and not is_folder(Path(watched)):
            self.problem.setText(self.tr("There is no such folder to watch."))
            self.problem.show()
            self.watched.setFocus()
            return
        settings = self._settings
        settings.watched_folder = Path(watched).absolute() if watched else None
        settings.reader = self.reader.text().strip()
        settings.clinic = self.clinic.toPlainText().strip()
        settings.language = self.language.currentData()
        settings.theme = self.theme.currentData()
        settings.colour_map = self.colour_map.currentData()
        settings.paper = self.paper.currentData()
        settings.list_kept = self.list_kept.isChecked()
        settings.lock_minutes = self.lock.currentData()
        settings.films_copied = self.films_copied.isChecked()
        settings.names_in_titles = self.names_in_titles.isChecked()
        show_names(settings.names_in_titles)
        self.applied.emit()
        super().accept()

    def _build_form(self) -> QFormLayout:
        form = self._form = QFormLayout()
        form.setVerticalSpacing(10)
        form.setHorizontalSpacing(14)
        rows: tuple[tuple[str, QWidget], ...] = (
            (self.tr("&Reader's name"), self.reader),
            (self.tr("&Clinic"), self.clinic),
            (self.tr("Langua&ge"), self.language),
            (self.tr("&Theme"), self.theme),
            (self.tr("&Heat map colours"), self.colour_map),
            (self.tr("&Paper for reports"), self.paper),
        )
        for name, widget in rows:
            form.addRow(name, widget)
            widget.setAccessibleName(name.replace("&", ""))
        form.insertRow(1, "", self.pin)
        form.addRow(self.tr("L&ock when unused"), self.lock)
        self.lock.setAccessibleName(self.tr("Lock when unused"))
        form.addRow("", self.passphrase)
        label = plain_label(self.tr("&Watched folder"))
        label.setBuddy(self.watched)
        self.watched.setAccessibleName(self.tr("Watched folder"))
        tip = self.tr("Films that arrive in this folder are opened and graded at once.")
        set_tooltip(self.watched, tip)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.watched, 1)
        row.addWidget(self.choose)
        form.addRow(label, row)
        form.addRow("", self.network)
        return form

    def _search(self, text: str) -> None:
        """Show the preferences whose name, choices or explanation hold a text."""
        wanted = text.casefold().strip()
        form = self._form
        for row in range(form.rowCount()):
            label = form.itemAt(row, QFormLayout.ItemRole.LabelRole)
            field = form.itemAt(row, QFormLayout.ItemRole.FieldRole)
            form.setRowVisible(row, wanted in _words(label, field).casefold())
        for box in (self.list_kept, self.films_copied, self.names_in_titles):
            box.setVisible(wanted in f"{box.text().replace('&', '')} {box.toolTip()}".casefold())

    def _export(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export the settings"), "koa-settings.json", "JSON (*.json)"
        )
        if chosen:
            try:
                settings_file.write(self._settings, Path(chosen))
            except ExportError as error:
                self._say(sentence(error.message))

    def _import(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(
            self, self.tr("Import settings"), "", "JSON (*.json)"
        )
        if not chosen:
            return
        try:
            settings_file.read(self._settings, Path(chosen))
        except (OSError, ValueError):
            self._say(self.tr("This file holds no settings of KOA Desktop."))
            return
        show_names(self._settings.names_in_titles)
        self.applied.emit()
        # The form shows what was, and OK would bring that back.
        self.reject()

    def _say(self, text: str) -> None:
        self.problem.setText(text)
        self.problem.show()

    def _tell_language(self) -> None:
        self.later.setVisible(self.language.currentData() != self._settings.language)

    def _open_network(self) -> None:
        has_folder = bool(self.watched.text().strip())
        dialog = NetworkDialog(self._settings, self, has_folder=has_folder)
        dialog.accepted.connect(self.applied)
        dialog.open()

    def _set_passphrase(self) -> None:
        if not database.is_available():
            self._say(sentence(StoreReason.NO_CIPHER))
        elif self._session is not None:
            ChangePassphrase(self._session, self._settings, self).open()

    def _set_pin(self) -> None:
        PinDialog(self.reader.text().strip(), self._settings, self).open()

    def _choose_folder(self) -> None:
        title = self.tr("Folder in which films arrive")
        chosen = QFileDialog.getExistingDirectory(self, title, self.watched.text())
        if chosen:
            self.watched.setText(chosen)

    def _languages(self) -> dict[object, str]:
        offered: dict[object, str] = {"": self.tr("Follow the system")}
        return offered | LANGUAGES

    def _lock_times(self) -> dict[object, str]:
        times = sorted({1, 5, 10, 15, 30, 60, self._settings.lock_minutes} - {0})
        offered: dict[object, str] = {0: self.tr("Never")}
        return offered | {
            minutes: counted("after 1 minute", "after {0} minutes", minutes) for minutes in times
        }

    def _themes(self) -> dict[object, str]:
        return {
            Theme.SYSTEM: self.tr("Follow the system"),
            Theme.LIGHT: self.tr("Light"),
            Theme.DARK: self.tr("Dark"),
        }

    def _colour_maps(self) -> dict[object, str]:
        return {
            ColourMap.INFERNO: self.tr("Inferno"),
            ColourMap.VIRIDIS: self.tr("Viridis"),
            ColourMap.CIVIDIS: self.tr("Cividis"),
            ColourMap.GREY: self.tr("Grey"),
        }


def _words(*items: QLayoutItem | None) -> str:
    """Return all that a row of the form says."""
    words: list[str] = []
    for item in items:
        for widget in _widgets(item):
            words += [widget.accessibleName(), widget.toolTip()]
            if isinstance(widget, QComboBox):
                words += [widget.itemText(place) for place in range(widget.count())]
            elif isinstance(widget, (QLabel, QPushButton)):
                words.append(widget.text().replace("&", ""))
    return " ".join(words)


def _widgets(item: QLayoutItem | None) -> list[QWidget]:
    if item is None:
        return []
    widget, layout = item.widget(), item.layout()
    if layout is None:
        return [widget] if widget is not None else []
    return [one for place in range(layout.count()) for one in _widgets(layout.itemAt(place))]


def _choice(offered: dict[object, str], chosen: object) -> QComboBox:
    box = QComboBox()
    for value, name in offered.items():
        box.addItem(name, value)
    if chosen in offered:
        box.setCurrentIndex(list(offered).index(chosen))
    return box
