"""Two films side by side: both knees of a case, or a case and an earlier one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.grading.class_map import Explained
from koa_desktop.gui.film.caption import Caption
from koa_desktop.gui.film.compared_film import ComparedFilm
from koa_desktop.gui.film.comparison_text import (
    described,
    difference,
    side_name,
    verdict,
    warning,
    widths,
)
from koa_desktop.gui.film.overlay_data import heat_of, heat_title, joint_of, scale_text
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.comparison import (
    Half,
    has_two_knees,
    is_earlier,
    partners,
    study_date,
    two_films,
    two_knees,
)
from koa_desktop.gui.session.session import Session
from koa_desktop.gui.style.plain_text import plain_label, set_tooltip
from koa_desktop.gui.viewer.canvas.orientation import UPRIGHT
from koa_desktop.gui.viewer.layers.box_item import BoxMark
from koa_desktop.wording.language import date_text

# Pixels. In less, the captions would leave the films hardly any room, and the label the list.
_LOW, _NARROW = 420, 400


class CompareView(QWidget):
    """Shows two films with one zoom and one window; changes no case."""

    left = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._case: Case | None = None
        self._knee: int | None = None
        self._explained: Explained | None = None
        self._linking = False
        self._shown: list[object] = [None, None]
        self.films = (ComparedFilm(), ComparedFilm())
        self.captions = (Caption(), Caption())
        self.difference, self.warning = Caption(headed=False), Caption(headed=False)
        self.warning.setProperty("warning", True)
        self.partner = self._build_partner()
        self.mirror = QCheckBox(self.tr("Mirror  X"))
        set_tooltip(
            self.mirror,
            self.tr("Mirror the right half so that the medial sides of both knees match"),
        )
        self.mirror.toggled.connect(self.refresh)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._build_bar())
        layout.addWidget(self.warning)
        layout.addWidget(self.difference)
        layout.addWidget(self._build_halves(), 1)
        self._link()

    # Choice of the films

    def show_case(self, case: Case, knee: int | None) -> bool:
        """Compare a case, its chosen knee first; false where there is nothing to compare with."""
        found = partners(case, self._session.cases.with_beside())
        both = has_two_knees(case)
        if case.radiograph is None or case.error or not (both or found):
            self.clear()
            return False
        self._case, self._knee = case, knee
        self._offer(case, found)
        for film in self.films:
            film.set_radiograph(None)
            film.set_negative(False)
        self._shown = [None, None]
        self.refresh()
        return True

    def clear(self) -> None:
        """Release both films."""
        self._case = None
        self._shown = [None, None]
        for film in self.films:
            film.set_radiograph(None)

    def choose_partner(self, other: Case) -> None:
        """Compare with this film, where it is offered."""
        self.partner.setCurrentIndex(max(self.partner.findData(other), 0))

    def choose(self, knee: int | None) -> None:
        """Show another knee of the case, where films are compared."""
        self._knee = knee
        self.refresh()

    def refresh(self) -> None:
        """Update both films; emit `left` if a compared knee has been deleted."""
        if self._case is None:
            return
        if self.partner.currentData() is None and not has_two_knees(self._case):
            self.left.emit()
            return
        first, second = self._halves(self._case)
        self._show_half(0, first, mirrored=False)
        self._show_half(1, second, mirrored=self.mirror.isChecked())
        self._tell_difference((first, second))
        set_tooltip(self.partner, self.partner.currentText())

    @property
    def cases(self) -> tuple[Case, ...]:
        """The cases that are shown."""
        halves = self._halves(self._case) if self._case is not None else ()
        return tuple(half.case for half in halves)

    # Appearance

    def explain(self, explained: Explained | None) -> None:
        """Have both heat maps explain this; None explains each knee's own grade."""
        self._explained = explained
        self.refresh()

    def _halves(self, case: Case) -> tuple[Half, Half]:
        other = self.partner.currentData()
        if isinstance(other, Case):
            return two_films(case, self._knee, other)
        return two_knees(case)

    def _show_half(self, index: int, half: Half, *, mirrored: bool) -> None:
        view, film = self.films[index], self._session.film(half.case)
        self._caption_half(index, half, mirrored=mirrored)
        if film is None:
            view.set_radiograph(None)
            self._shown[index] = None
            self._session.need_film(half.case)
            return
        marked = half.marked
        box = marked.knee.box if marked else None
        showing = (film, half.case.inverted, box, mirrored)
        if showing != self._shown[index]:
            self._shown[index] = showing
            view.set_home(box)
            view.set_orientation(UPRIGHT.flipped() if mirrored else UPRIGHT)
            radiograph = film.radiograph.with_polarity(inverted=half.case.inverted)
            view.set_radiograph(radiograph, pyramid=film.pyramid)
            view.fit()
        if marked is not None:
            view.boxes.show([BoxMark(marked.knee.box, _tag(half))], None)
            view.heat_maps.title = heat_title([half.case.examined(marked)], self._explained)
            view.heat_maps.show(0, heat_of(half.case.examined(marked), self._explained))
            view.joint_spaces.show([joint_of(half.case, marked)], None)

    def _caption_half(self, index: int, half: Half, *, mirrored: bool) -> None:
        heading = self._heading(half)
        self.captions[index].set_lines([heading, verdict(half), widths(half)])
        view = self.films[index]
        view.setAccessibleName(f"{heading}, {verdict(half)}")
        lines = [half.case.title, date_text(study_date(half.case)), scale_text(half.case)]
        changes = [
            self.tr("MARKED AS STORED INVERTED") if half.case.polarity_corrected else "",
            self.tr("INVERTED VIEW") if view.is_negative else "",
            self.tr("OVERLAYS HIDDEN") if view.is_plain else "",
            self.tr("MIRRORED") if mirrored else "",
        ]
        view.set_corner_text(
            [line for line in lines if line], [], " · ".join(change for change in changes if change)
        )

    def _heading(self, half: Half) -> str:
        if self._case is not None and is_earlier(half.case, self._case):
            return side_name(half) + self.tr(" · earlier film")
        return side_name(half)

    def _tell_difference(self, halves: tuple[Half, Half]) -> None:
        for line, text in ((self.difference, difference(halves)), (self.warning, warning(halves))):
            line.set_lines([text])
            line.setVisible(bool(text))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room to the films where the view is low, to the list where it is narrow."""
        super().resizeEvent(event)
        self._with.setVisible(event.size().width() >= _NARROW)
        height = event.size().height()
        for caption in (*self.captions, self.difference, self.warning):
            caption.set_most(height // 3 if height < _LOW else None)

    # Parts

    def _offer(self, case: Case, found: list[Case]) -> None:
        """Fill the list of what to compare with; an earlier film comes first, then both knees."""
        self.partner.blockSignals(True)
        self.partner.clear()
        earlier = [other for other in found if is_earlier(other, case)]
        for other in earlier:
            self.partner.addItem(self.tr("Earlier: {0}").format(described(other)), other)
        if has_two_knees(case):
            self.partner.addItem(self.tr("Both knees"), None)
        for other in found[len(earlier) :]:
            self.partner.addItem(described(other), other)
        self.partner.setCurrentIndex(0)
        self.partner.blockSignals(False)

    def _build_partner(self) -> QComboBox:
        partner = QComboBox()
        partner.setMinimumContentsLength(14)
        partner.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        partner.setAccessibleName(self.tr("What to compare with"))
        partner.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        partner.currentIndexChanged.connect(self.refresh)
        return partner

    def _build_bar(self) -> QHBoxLayout:
        bar = QHBoxLayout()
        bar.setContentsMargins(10, 6, 10, 6)
        bar.setSpacing(10)
        self._with = plain_label(self.tr("&With"))
        self._with.setBuddy(self.partner)
        close = QPushButton(self.tr("Close  Esc"))
        close.clicked.connect(self.left)
        bar.addWidget(self._with)
        bar.addWidget(self.partner, 1)
        bar.addWidget(self.mirror)
        bar.addWidget(close)
        return bar

    def _build_halves(self) -> QWidget:
        body = QWidget()
        # As on one film, in every language: the patient's right knee stays at the viewer's left.
        body.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        # A grid: a caption of two lines makes both films lower.
        halves = QGridLayout(body)
        halves.setContentsMargins(0, 0, 0, 0)
        halves.setHorizontalSpacing(2)
        halves.setVerticalSpacing(0)
        halves.setRowStretch(0, 1)
        for column, (film, caption) in enumerate(zip(self.films, self.captions, strict=True)):
            halves.addWidget(film, 0, column)
            caption.setLayoutDirection(QGuiApplication.layoutDirection())
            halves.addWidget(caption, 1, column, Qt.AlignmentFlag.AlignTop)
            halves.setColumnStretch(column, 1)
        return body

    def _link(self) -> None:
        for film, other in (self.films, self.films[::-1]):
            film.view_changed.connect(partial(self._follow, film, other))
            film.negative_changed.connect(self.refresh)
            film.plain_changed.connect(self.refresh)
            film.window_changed.connect(lambda _, a=film, b=other: self._follow_tone(a, b))

    def _follow(self, film: ComparedFilm, other: ComparedFilm) -> None:
        if not self._linking and film.is_at_home:
            self._linking = True
            other.fit()
            self._linking = False
        elif not self._linking:
            other.follow(film.place)

    def _follow_tone(self, film: ComparedFilm, other: ComparedFilm) -> None:
        if not self._linking:
            self._linking = True
            other.follow_tone(film.tone)
            self._linking = False


def _tag(half: Half) -> str:
    if half.marked is None:
        return ""
    grade = half.case.final_grade(half.marked)
    named = half.case.knee(half.marked).side
    side = named.value if named else ""
    return " · ".join(part for part in (side, "" if grade is None else f"KL {grade}") if part)
