"""The middle of the window: the radiograph of the shown case, or a sentence in its place."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.errors import ReadReason
from koa_desktop.examination.decision import is_not_gradable
from koa_desktop.examination.findings import Finding, Flag
from koa_desktop.examination.reading import MarkedKnee, masks_knee
from koa_desktop.examination.sign_off import Status
from koa_desktop.grading.class_map import Explained
from koa_desktop.gui.film.drawn_masks import DrawnOnFilm, drawn
from koa_desktop.gui.film.overlay_data import heat_of, heat_title, joint_of, scale_text
from koa_desktop.gui.session.case import Case, CaseState
from koa_desktop.gui.session.film_cache import CachedFilm
from koa_desktop.gui.session.knee_text import reason, sources
from koa_desktop.gui.session.reading_editor import ReadingEditor
from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.style.theme import set_property
from koa_desktop.gui.viewer.canvas.orientation import UPRIGHT, Orientation
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import BoxMark
from koa_desktop.radiograph import Window, age_at
from koa_desktop.wording import decision_lines
from koa_desktop.wording.language import counted, date_text
from koa_desktop.wording.sentences import capitalised, sentence

translate = QCoreApplication.translate


class FilmPane(QStackedWidget):
    """Shows one case with the boxes, overlays and measurements of its reading."""

    open_wanted = Signal()
    samples_wanted = Signal()
    setup_wanted = Signal()
    look_wanted = Signal()  # for a film whose file is gone

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = ImageViewer()
        self._case: Case | None = None
        self._film: CachedFilm | None = None
        self._inverted = False
        self._orientations: dict[Path, Orientation] = {}
        self._negatives: set[Path] = set()
        self._explained: Explained | None = None
        self._empty = self._build_empty()
        self._message = _Message()
        self._look = QPushButton(self.tr("Look for it in a folder…"))
        self._look.clicked.connect(self.look_wanted)
        self._message.offer(self._look)
        for page in (self._empty, self._message, self.view):
            self.addWidget(page)
        self.view.window_changed.connect(self._show_corner_text)
        self.view.zoom_changed.connect(self._show_corner_text)
        self.view.plain_changed.connect(self._show_corner_text)
        self.view.orientation_changed.connect(self._keep_orientation)
        self.view.negative_changed.connect(self._keep_negative)

    @property
    def has_film(self) -> bool:
        """True while a radiograph is shown."""
        return self.currentWidget() is self.view

    def show_case(self, case: Case | None, film: CachedFilm | None, selected: int | None) -> None:
        """Show a case; `film` is None while it is not in memory."""
        another = case is not self._case
        self._case = case
        gone = case.gone if case is not None else None
        self._look.setVisible(gone is not None and gone.code is ReadReason.MISSING)
        if case is None:
            self._show_page(self._empty)
        elif case.error:
            self._message.show_text(
                self.tr("This file cannot be read"), case.error_sentence, warning=True
            )
            self._show_page(self._message)
        elif film is None and case.gone is not None:
            title = self.tr("This film cannot be shown now; its grades are kept")
            self._message.show_text(title, sentence(case.gone), warning=True)
            self._show_page(self._message)
        elif film is None or case.radiograph is None:
            self._message.show_text(case.title, self._patience(case))
            self._show_page(self._message)
        else:
            self._show_film(case, film, keep_view=not another)
            self._show_boxes(case, selected)

    def edit_by(self, editor: ReadingEditor) -> None:
        """Have the editor do what is drawn, moved or deleted on the film."""
        boxes, measurements = self.view.boxes, self.view.measurements
        # Kept here: a signal keeps no object alive.
        self._drawn_on = DrawnOnFilm(editor)
        boxes.changed.connect(editor.move_box)
        boxes.picked.connect(editor.choose)
        boxes.drawn.connect(editor.add_box)
        boxes.delete_requested.connect(editor.delete_box_of)
        self.view.joint_spaces.changed.connect(editor.correct_margins)
        measurements.made.connect(self._drawn_on.make)
        measurements.changed.connect(self._drawn_on.change)
        measurements.delete_requested.connect(self._drawn_on.delete)

    def explain(self, explained: Explained | None) -> None:
        """Have every heat map explain this; None explains each knee's own grade."""
        self._explained = explained
        if self.has_film and self._case is not None:
            self._show_heat(self._case)

    def _patience(self, case: Case) -> str:
        waits = case.state is CaseState.WAITING
        return self.tr("Waiting…") if waits else self.tr("Reading the file…")

    def _show_page(self, page: QWidget) -> None:
        self._film = None
        self.view.set_radiograph(None)
        self.setCurrentWidget(page)

    def _show_film(self, case: Case, film: CachedFilm, *, keep_view: bool) -> None:
        inverted = case.inverted
        if film is not self._film or inverted != self._inverted:
            self._film, self._inverted = film, inverted
            radiograph = film.radiograph.with_polarity(inverted=inverted)
            self.view.set_radiograph(radiograph, keep_view=keep_view, pyramid=film.pyramid)
            self.view.set_orientation(self._orientations.get(case.path, UPRIGHT))
            self.view.set_negative(case.path in self._negatives)
        if not self.has_film:
            self.setCurrentWidget(self.view)
            self.view.fit()
        self._show_corner_text()

    def _show_boxes(self, case: Case, selected: int | None) -> None:
        marks = [self._mark(case, marked) for marked in case.reading.knees]
        self.view.boxes.show(marks, selected)
        self.view.set_spacing(case.spacing)
        masks = map(drawn, case.reading.masks)
        self.view.measurements.show([*case.reading.measurements, *masks])
        self._show_heat(case)
        self.view.joint_spaces.show(
            [joint_of(case, marked) for marked in case.reading.knees], selected
        )

    def _mark(self, case: Case, marked: MarkedKnee) -> BoxMark:
        finding = case.finding(marked)
        knee = case.knee(marked)
        side = f"{knee.side.value} · " if knee.side else ""
        awaited = marked.proposed or case.examined(marked) is None
        return BoxMark(
            box=marked.knee.box,
            label=f"{side}{self._label(case, marked, finding)}",
            warning=bool(finding.flags or finding.refusal),
            pending=awaited,
            tip=sources(knee),
        )

    def _label(self, case: Case, marked: MarkedKnee, finding: Finding) -> str:
        if marked.proposed:
            decision = case.reading.decision
            if decision is not None:
                return decision_lines.obstacle(decision)
            return self.tr("move over the knee")
        grade = case.final_grade(marked)
        if grade is not None:
            asked = self.tr(" on request") if Flag.ON_REQUEST in finding.flags else ""
            return f"KL {grade}{asked}"
        if is_not_gradable(marked.decision):
            return decision_lines.obstacle(marked.decision)
        return reason(finding) if finding.refusal else "…"

    def _show_heat(self, case: Case) -> None:
        examined = [case.examined(marked) for marked in case.reading.knees]
        self.view.heat_maps.title = heat_title(examined, self._explained)
        for index, marked in enumerate(case.reading.knees):
            self.view.heat_maps.show(index, heat_of(case.examined(marked), self._explained))

    def _keep_orientation(self, orientation: Orientation) -> None:
        if self._case is not None:
            self._orientations[self._case.path] = orientation
        self._show_corner_text()

    def _keep_negative(self, negative: bool) -> None:
        if self._case is not None:
            change = self._negatives.add if negative else self._negatives.discard
            change(self._case.path)
        self._show_corner_text()

    def _show_corner_text(self) -> None:
        if self._case is None or self._case.radiograph is None:
            return
        window: Window = self.view.current_window()
        right = [
            self.tr("W {0}  L {1}").format(_number(window.width), _number(window.centre)),
            self.tr("Zoom {0} %").format(round(self.view.zoom_percent())),
            scale_text(self._case),
        ]
        masks = len(self._case.reading.masks)
        right += [counted("1 area masked", "{0} areas masked", masks)] if masks else []
        orientation = self.view.orientation
        reading = self._case.reading
        over_knee = any(masks_knee(reading, mask) for mask in reading.masks)
        # Loud, for sides, densities or a knee would be read wrongly.
        changes = [
            self.tr("MARKED AS STORED INVERTED") if self._case.polarity_corrected else "",
            self.tr("INVERTED VIEW") if self.view.is_negative else "",
            self.tr("OVERLAYS HIDDEN") if self.view.is_plain else "",
            self.tr("MASK OVER A KNEE") if over_knee else "",
            self.tr("MIRRORED") if orientation.mirrored else "",
            self.tr("ROTATED {0}°").format(orientation.degrees) if orientation.quarters else "",
        ]
        warning = " · ".join(change for change in changes if change)
        self.view.set_corner_text(_identity(self._case), right, warning)

    def _build_empty(self) -> QWidget:
        page = _Message()
        page.show_text(
            self.tr("Drop knee radiographs here"),
            self.tr(
                "Frontal films of one or both knees, as DICOM, PNG, JPEG, TIFF or BMP;\n"
                "single files, whole folders or a CD.\n"
                "Nothing leaves this computer."
            ),
        )
        open_button = QPushButton(self.tr("Open…"))
        open_button.setProperty("primary", True)
        open_button.clicked.connect(self.open_wanted)
        samples = QPushButton(self.tr("Try the samples"))
        samples.clicked.connect(self.samples_wanted)
        self.setup = QPushButton(self.tr("Set up…"))
        self.setup.clicked.connect(self.setup_wanted)
        page.offer(open_button, samples, self.setup)
        return page


class _Message(QWidget):
    """A heading and a sentence on black, and perhaps buttons."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("dark")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        # So that a bar above a film makes a low window no higher: this page is not even shown then.
        self.setMinimumHeight(1)
        self._heading = _centred()
        self._heading.setObjectName("heading")
        self._sentence = _centred()
        # Below each other: beside each other they are cut in a narrow window.
        self._buttons = QVBoxLayout()
        self._buttons.setSpacing(6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 12, 8, 12)
        layout.setSpacing(12)
        layout.addStretch()
        layout.addWidget(self._heading)
        layout.addWidget(self._sentence)
        layout.addLayout(self._buttons)
        layout.addStretch()

    def show_text(self, heading: str, sentence: str, *, warning: bool = False) -> None:
        """Show these words."""
        self._heading.setText(heading)
        self._sentence.setText(sentence)
        set_property(self._sentence, "warning", warning)

    def offer(self, *buttons: QPushButton) -> None:
        """Show buttons below."""
        for button in buttons:
            self._buttons.addWidget(button, alignment=Qt.AlignmentFlag.AlignHCenter)


def _centred() -> QLabel:
    made = plain_label()
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    made.setWordWrap(True)
    return made


def _identity(case: Case) -> list[str]:
    header = case.header
    born = str(header.birth_date.year) if header.birth_date else ""
    age = age_at(header)
    taken = date_text(header.study_date)
    aged = "" if age is None else counted("{0} year old", "{0} years old", age)
    lines = [
        case.title,
        " · ".join(part for part in (header.sex, born, header.patient_id) if part),
        " · ".join(part for part in (taken, aged) if part),
        header.study_description,
        capitalised(sentence(Status.FINAL)) if case.reading.is_final else "",
    ]
    return [line for line in lines if line]


def _number(value: float) -> str:
    return f"{value:.0f}" if abs(value) >= 10 else f"{value:.2g}"
