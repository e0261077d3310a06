"""The knees of one patient over time: a chart of each, and the films to compare or to open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.annotation.colours import Colour
from koa_desktop.annotation.follow_up_chart import ChartStyle, chart
from koa_desktop.annotation.shapes import Rect
from koa_desktop.gui.film.comparison_text import described
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.style import theme
from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.style.screen_fit import resize_in_screen
from koa_desktop.gui.style.window_title import titled
from koa_desktop.gui.viewer.canvas.shape_painter import paint
from koa_desktop.patients.follow_up import Course
from koa_desktop.wording.language import labelled
from koa_desktop.wording.patients.follow_up import KNEES
from koa_desktop.wording.patients.follow_up_lines import course_lines, error_line
from koa_desktop.wording.sentences import sentence

_SIZE = QSize(880, 620)
_LETTERS = 12
_HEIGHT, _GRADES_HEIGHT = 270, 130
_LIST_HEIGHT = 84


class CourseChart(QWidget):
    """One knee's chart, painted in the theme's colours."""

    def __init__(self, course: Course, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._course = course
        self.setFixedHeight(_HEIGHT if course.trends else _GRADES_HEIGHT)
        self.setMinimumWidth(260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        said = " ".join(course_lines(course))
        self.setAccessibleName(labelled(sentence(KNEES[course.side]), said))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the chart."""
        colours = theme.active()
        style = ChartStyle(
            ground=_colour(colours.window),
            ink=_colour(colours.text),
            faint=_colour(colours.border),
            medial=_colour(colours.figure),
            lateral=_colour(colours.warning),
            pixels=_LETTERS,
            text_width=_text_width,
        )
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        paint(painter, chart(self._course, Rect(0, 0, area.width(), area.height()), style))


class FollowUpDialog(QDialog):
    """Not modal; it follows the shown film."""

    compare_wanted = Signal(object)  # the film to compare the shown one with
    open_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("follow_up")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        resize_in_screen(self, _SIZE)
        self._shown: Case | None = None
        self.note = plain_label()
        self.note.setProperty("dim", True)
        self.note.setWordWrap(True)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self.films = QListWidget()
        self.films.setAccessibleName(self.tr("Films of this patient"))
        self.films.setFixedHeight(_LIST_HEIGHT)
        self.films.currentItemChanged.connect(self._enable)
        self.films.itemActivated.connect(lambda: self._compare())  # noqa: PLW0108
        self.compare_button = QPushButton(self.tr("Compare side by side"))
        self.open_button = QPushButton(self.tr("Add to the list"))
        close = QPushButton(self.tr("Close"))
        self.compare_button.clicked.connect(self._compare)
        self.open_button.clicked.connect(self._open)
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addStretch()
        for button in (self.compare_button, self.open_button, close):
            button.setAutoDefault(False)
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(self.note)
        layout.addWidget(self.films)
        layout.addLayout(foot)

    def show_family(
        self, shown: Case | None, family: Sequence[Case], courses: Sequence[Course]
    ) -> None:
        """Show one patient's films, and how the knees changed."""
        self._shown = shown
        title = titled(self.tr("Follow-up of {0}"), shown.title) if shown else self.tr("Follow-up")
        self.setWindowTitle(title)
        self._scroll.setWidget(self._charts(courses))
        self.note.setText(error_line() if any(one.trends for one in courses) else "")
        self._list(family)

    @property
    def chosen(self) -> Case | None:
        """The chosen film."""
        item = self.films.currentItem()
        case = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        return case if isinstance(case, Case) else None

    def _list(self, family: Sequence[Case]) -> None:
        kept = self.chosen
        self.films.clear()
        for case in reversed(family):
            text = described(case)
            if case is self._shown:
                text = self.tr("{0} (shown)").format(text)
            item = QListWidgetItem(text)
            item.setData(Qt.ItemDataRole.UserRole, case)
            self.films.addItem(item)
            if case is kept or (kept is None and case is not self._shown):
                self.films.setCurrentItem(item)
                kept = case
        self._enable()

    def _charts(self, courses: Sequence[Course]) -> QWidget:
        page = QWidget()
        page.setObjectName("choices")
        row = QHBoxLayout(page)
        row.setSpacing(24)
        if not courses:
            nothing = plain_label(
                self.tr(
                    "A chart needs films of two days with a study date, on which the same knee was "
                    "graded."
                )
            )
            nothing.setWordWrap(True)
            row.addWidget(nothing)
        for course in courses:
            column = QVBoxLayout()
            column.setSpacing(4)
            heading = plain_label(sentence(KNEES[course.side]))
            heading.setObjectName("heading")
            column.addWidget(heading)
            column.addWidget(CourseChart(course))
            for line in course_lines(course):
                label = plain_label(line)
                label.setWordWrap(True)
                column.addWidget(label)
            column.addStretch()
            row.addLayout(column, 1)
        return page

    def _enable(self) -> None:
        other = self.chosen is not None and self.chosen is not self._shown
        self.compare_button.setEnabled(other)
        self.open_button.setEnabled(other)

    def _compare(self) -> None:
        if self.compare_button.isEnabled():
            self.compare_wanted.emit(self.chosen)

    def _open(self) -> None:
        self.open_wanted.emit(self.chosen)


def _colour(name: str) -> Colour:
    red, green, blue = (int(name[place : place + 2], 16) for place in (1, 3, 5))
    return Colour(red, green, blue)


def _text_width(text: str, pixels: int) -> float:
    font = QFont()
    font.setPixelSize(pixels)
    font.setBold(True)
    return QFontMetricsF(font).horizontalAdvance(text)
