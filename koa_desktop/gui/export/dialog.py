"""The export dialog: formats, who is named, and folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.errors import ExportError
from koa_desktop.gui.export.outcome import problem_sentences
from koa_desktop.gui.export.questions import Answer, ask_for_room, may_create, may_overwrite
from koa_desktop.gui.export.register_row import RegisterRow
from koa_desktop.gui.export.sending_row import SendingRow
from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.style.screen_fit import Scrolled, resize_in_screen
from koa_desktop.gui.style.theme import set_property
from koa_desktop.gui.support.settings import Settings
from koa_desktop.report.disk.room import Size, check_room
from koa_desktop.report.export import Format, Plan, Written
from koa_desktop.report.naming.subject import Subject
from koa_desktop.report.options import Paper, Profile, ReportOptions
from koa_desktop.system.files import is_folder
from koa_desktop.wording.language import counted
from koa_desktop.wording.sentences import sentence

if TYPE_CHECKING:
    from koa_desktop.transfer.sending import Sent


class Scope(Enum):
    """The cases to export."""

    THIS = "this"
    READ = "read"
    ALL = "all"


class ReportDialog(QDialog):
    """Asks, and shows how far the export has come. It writes nothing itself."""

    export_wanted = Signal(object, object)  # Plan, its subjects
    preview_wanted = Signal(object)  # ReportOptions
    stop_wanted = Signal()

    def __init__(
        self,
        subjects: Mapping[Scope, Sequence[Subject]],
        settings: Settings,
        coverage: float | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Report and export"))
        self._subjects = subjects
        self._settings = settings
        self._coverage = coverage
        self._running = False
        self._written_to = ""  # the folder of the last export
        self._written = ("", False)  # what was said of it, and whether it is a warning
        layout = QVBoxLayout(self)
        layout.setSpacing(10)
        self.setMinimumWidth(480)
        layout.addWidget(self._build_choices(), 1)
        layout.addLayout(self._build_folder())
        self.sending = SendingRow(settings)
        layout.addWidget(self.sending)
        self._said = plain_label()
        self._said.setObjectName("outcome")
        self._said.setWordWrap(True)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.hide()
        layout.addWidget(self._progress)
        layout.addWidget(self._said)
        layout.addLayout(self._build_buttons())
        self._allow()
        # So that keys choose at once, without the mouse.
        self._scope.setFocus()
        resize_in_screen(self, self.sizeHint())

    def options(self) -> ReportOptions:
        """Return what a report shall show."""
        lines = [line.strip() for line in self._clinic.toPlainText().splitlines() if line.strip()]
        return ReportOptions(
            clinic_name=lines[0] if lines else "",
            clinic_lines=tuple(lines[1:]),
            reader=self._reader.text().strip(),
            profile=self._profile.currentData(),
            paper=Paper[self._paper.currentData()],
            show_heat_map=self._heat.isChecked(),
            colour_map=self._settings.colour_map,
            show_measurements=self._measurements.isChecked(),
            show_joint_space=self._joint.isChecked(),
            set_coverage=self._coverage,
        )

    def plan(self, *, overwrite: bool = False) -> Plan:
        """Return what shall be written."""
        options = self.options()
        return Plan(
            folder=Path(self._folder.text().strip()),
            formats=frozenset(kind for kind, box in self._formats.items() if box.isChecked()),
            options=options,
            picture=options.picture(),
            overwrite=overwrite,
            register=self._register.name,
        )

    def start(self) -> None:
        """Begin the export; asks first where it would replace files, or the disk lacks room."""
        plan, subjects = self.plan(), self._subjects[self._scope.currentData()]
        if not is_folder(plan.folder) and not self._make_folder(plan.folder):
            return
        existing = plan.existing(subjects)
        if existing and not may_overwrite(self, existing):
            return
        if not self._has_room(plan, subjects, existing):
            return
        self._remember(plan)
        self._written_to = str(plan.folder)
        self._running = True
        self._say("")
        self._progress.setMaximum(0)
        self._progress.show()
        self._allow()
        self.export_wanted.emit(self.plan(overwrite=bool(existing)), subjects)

    def _has_room(self, plan: Plan, subjects: Sequence[Subject], replaced: Sequence[Path]) -> bool:
        """Return whether to go on; where the reader chooses another folder, begin anew there."""
        try:
            check_room(plan, [Size.of(one.examination) for one in subjects], replaced)
        except ExportError as error:
            answer = ask_for_room(self, sentence(error.message))
            if answer is Answer.OTHER_FOLDER and self._choose_folder():
                self.start()
            return answer is Answer.GO_ON
        return True

    def _make_folder(self, folder: Path) -> bool:
        """Offer to make a folder; false where it is not to be made, or cannot be."""
        if not may_create(self, folder):
            return False
        try:
            folder.mkdir(parents=True)
        except (OSError, ValueError):
            self._say(self.tr("This folder cannot be created; choose another one."), warning=True)
            return False
        return True

    def show_progress(self, done: int, total: int) -> None:
        """Show how far the export has come."""
        self._progress.setMaximum(max(total, 1))
        self._progress.setValue(done)

    def show_end(self, written: Written) -> None:
        """Say what was written, and what was not."""
        count = len(written.files)
        folder = self._written_to
        done = counted(
            "1 file was written to {1}.", "{0} files were written to {1}.", count, folder
        )
        problems = problem_sentences(written.problems)
        stopped = [self.tr("The export was stopped.")] if written.was_stopped else []
        self._written = (" ".join([*stopped, done, *problems]), bool(stopped or problems))
        self._say(self._written[0], warning=self._written[1])
        self._open_folder.setVisible(count > 0)
        self._set_running(False)

    def show_sending(self) -> None:
        """Show that files are being sent, until `show_sent`."""
        self._set_running(True)

    def show_sent(self, files: Sequence[Path], sent: Sent) -> None:
        """Say what was sent, after what was written, and what did not arrive."""
        written, is_warning = self._written
        said = [written, self.sending.outcome(files, sent), *problem_sentences(sent.problems)]
        self._say(" ".join(said), warning=is_warning or len(sent.arrived) < len(files))
        self._set_running(False)

    def _set_running(self, running: bool) -> None:
        self._running = running
        self._progress.setVisible(running)
        self._allow()

    def say_failed(self, reason: str) -> None:
        """Say why nothing was written."""
        self._say(reason, warning=True)
        self._set_running(False)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop the export with its dialog."""
        self.stop_wanted.emit()
        super().closeEvent(event)

    def _build_choices(self) -> QScrollArea:
        """Return what can be chosen, to be scrolled on a low screen; the buttons stay in sight."""
        body = QWidget()
        body.setObjectName("choices")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for group in (self._build_what(), self._build_naming(), self._build_page()):
            layout.addWidget(group)
        layout.addStretch()
        return Scrolled(body)

    def _build_what(self) -> QGroupBox:
        group = QGroupBox(self.tr("Contents"))
        self._scope = QComboBox()
        self._scope.setAccessibleName(self.tr("Which cases"))
        names = {
            Scope.THIS: self.tr("This case"),
            Scope.READ: self.tr("All read cases ({0})"),
            Scope.ALL: self.tr("All cases ({0})"),
        }
        for scope, name in names.items():
            if self._subjects.get(scope):
                self._scope.addItem(name.format(len(self._subjects[scope])), scope)
        self._formats = {
            Format.PDF: QCheckBox(self.tr("Report (PDF)")),
            Format.PNG: QCheckBox(self.tr("Picture with boxes (PNG)")),
            Format.HEATMAP: QCheckBox(self.tr("Heat map of each knee (PNG)")),
            Format.CROP: QCheckBox(self.tr("Each knee, cut out (PNG)")),
            Format.CSV: QCheckBox(self.tr("Table (CSV)")),
            Format.JSON: QCheckBox(self.tr("Everything (JSON)")),
            Format.SUMMARY: QCheckBox(self.tr("Summary of the cases (PDF)")),
            Format.FHIR: QCheckBox(self.tr("Report for other systems (FHIR)")),
            Format.SR: QCheckBox(self.tr("Structured report (DICOM)")),
            Format.GSPS: QCheckBox(self.tr("Boxes and margins over the film (DICOM)")),
            Format.EPDF: QCheckBox(self.tr("Report (DICOM)")),
            Format.SC: QCheckBox(self.tr("Picture with boxes (DICOM)")),
        }
        self._register = RegisterRow(self._settings)
        chosen = self._settings.exports or (Format.PDF.value,)
        layout = QGridLayout(group)
        layout.addWidget(self._scope, 0, 0, 1, 2)
        for place, (kind, box) in enumerate(self._formats.items()):
            box.setChecked(kind.value in chosen)
            box.toggled.connect(self._allow)
            layout.addWidget(box, 1 + place // 2, place % 2)
        self._formats[Format.REGISTER] = self._register.box
        self._register.box.setChecked(Format.REGISTER.value in chosen)
        self._register.changed.connect(self._allow)
        layout.addWidget(self._register, layout.rowCount(), 0, 1, 2)
        return group

    def _build_naming(self) -> QGroupBox:
        group = QGroupBox(self.tr("Who is named"))
        layout = QVBoxLayout(group)
        self._profile = QComboBox()
        self._profile.setAccessibleName(group.title())
        names = {
            Profile.PATIENT: self.tr("For the patient's file: name, ID, date of birth, study"),
            Profile.PSEUDONYMOUS: self.tr("Pseudonymous: a study code"),
            Profile.NAMELESS: self.tr("Nameless: a number"),
        }
        for profile, name in names.items():
            self._profile.addItem(name, profile)
        self._profile.setCurrentIndex(self._profile.findData(self._settings.profile))
        self._profile.currentIndexChanged.connect(self._choose_profile)
        self._profile_note = plain_label()
        self._profile_note.setWordWrap(True)
        set_property(self._profile_note, "dim", True)
        layout.addWidget(self._profile)
        layout.addWidget(self._profile_note)
        self._choose_profile()
        return group

    def _choose_profile(self) -> None:
        """Keep the choice, which holds for printing and pictures, too, and say what it means."""
        profile = self._settings.profile = self._profile.currentData()
        notes = {
            Profile.PATIENT: self.tr(
                "Exports, their file names, prints and pictures name patient and reader."
            ),
            Profile.PSEUDONYMOUS: self.tr(
                "The list finds a film by its study code. Reader and clinic are named, the patient "
                "and the file are not. Letters on the film stay unless you mask them (Shift+M); "
                "your comments stay."
            ),
            Profile.NAMELESS: self.tr(
                "Neither patient nor file, reader or clinic is named. Letters on the film stay "
                "unless you mask them (Shift+M); your comments stay."
            ),
        }
        self._profile_note.setText(notes[profile])

    def _build_page(self) -> QGroupBox:
        group = QGroupBox(self.tr("Page"))
        self._clinic = QPlainTextEdit(self._settings.clinic)
        self._clinic.setPlaceholderText(self.tr("Name of the clinic\nAddress, telephone"))
        self._clinic.setTabChangesFocus(True)
        self._clinic.setFixedHeight(64)
        self._reader = QLineEdit(self._settings.reader)
        self._paper = QComboBox()
        for paper in Paper:
            self._paper.addItem(paper.name.title() if paper is Paper.LETTER else "A4", paper.name)
        self._paper.setCurrentIndex(max(self._paper.findData(self._settings.paper), 0))
        self._heat = QCheckBox(self.tr("Heat map beside each knee"))
        self._heat.setChecked(True)
        self._measurements = QCheckBox(self.tr("Measurements, on the film and as text"))
        self._measurements.setChecked(True)
        self._joint = QCheckBox(self.tr("Joint space, drawn on each knee"))
        self._joint.setChecked(self._settings.joint_visible)
        layout = QFormLayout(group)
        layout.addRow(self.tr("Clinic"), self._clinic)
        layout.addRow(self.tr("Report made by"), self._reader)
        layout.addRow(self.tr("Paper"), self._paper)
        layout.addRow("", self._heat)
        layout.addRow("", self._measurements)
        layout.addRow("", self._joint)
        return group

    def _build_folder(self) -> QHBoxLayout:
        row = QHBoxLayout()
        folder = self._settings.export_folder or Path.home()
        self._folder = QLineEdit(str(folder))
        self._folder.setAccessibleName(self.tr("Folder"))
        self._folder.textChanged.connect(self._allow)
        choose = QPushButton(self.tr("Choose…"))
        choose.clicked.connect(self._choose_folder)
        row.addWidget(plain_label(self.tr("Folder")))
        row.addWidget(self._folder, 1)
        row.addWidget(choose)
        return row

    def _build_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self._preview = QPushButton(self.tr("Preview…"))
        self._preview.clicked.connect(lambda: self.preview_wanted.emit(self.options()))
        self._open_folder = QPushButton(self.tr("Open folder"))
        self._open_folder.clicked.connect(self._show_folder)
        self._open_folder.hide()
        self._stop = QPushButton(self.tr("Cancel"))
        self._stop.clicked.connect(self._cancel)
        self._export = QPushButton(self.tr("Export"))
        self._export.setProperty("primary", True)
        self._export.setDefault(True)
        self._export.clicked.connect(self.start)
        row.addWidget(self._preview)
        row.addStretch()
        for button in (self._open_folder, self._stop, self._export):
            row.addWidget(button)
        return row

    def _cancel(self) -> None:
        if self._running:
            self.stop_wanted.emit()
        else:
            self.close()

    def _allow(self) -> None:
        chosen = any(box.isChecked() for box in self._formats.values())
        has_folder = bool(self._folder.text().strip())
        is_ready = chosen and has_folder and self._register.is_valid
        self._export.setEnabled(is_ready and not self._running)
        self._preview.setEnabled(not self._running and Scope.THIS in self._subjects)
        self._stop.setText(self.tr("Cancel") if self._running else self.tr("Close"))

    def _say(self, text: str, *, warning: bool = False) -> None:
        self._said.setText(text)
        set_property(self._said, "warning", warning)

    def _remember(self, plan: Plan) -> None:
        self._settings.export_folder = plan.folder
        self._settings.exports = tuple(kind.value for kind in Format if kind in plan.formats)
        self._register.remember()
        self._settings.clinic = self._clinic.toPlainText()
        self._settings.paper = plan.options.paper.name

    def _choose_folder(self) -> bool:
        name = QFileDialog.getExistingDirectory(self, self.tr("Export to"), self._folder.text())
        if name:
            self._folder.setText(name)
        return bool(name)

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._written_to))
