"""Why a knee has its grade: narrowing and osteophytes by compartment, and the chosen one of them.

Clicking a mark asks for that reading's map. The chosen reading is said in words below the marks,
with buttons by which the reader gives it another grade.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from koa_desktop.examination.examiner import ExaminedKnee
from koa_desktop.examination.findings import percents
from koa_desktop.grading.oarsi import READING_GRADES, THRESHOLDS, OarsiName, OarsiReading
from koa_desktop.gui.knee_panel.reading_mark import ReadingMark
from koa_desktop.gui.style.plain_text import plain_label, set_tooltip
from koa_desktop.gui.style.theme import set_property
from koa_desktop.wording.oarsi.lines import grade_word
from koa_desktop.wording.sentences import sentence

# The medial reading of each row; the lateral one stands beside it.
_ROWS = (
    OarsiName.JSN_MEDIAL,
    OarsiName.OSTEOPHYTE_FEMUR_MEDIAL,
    OarsiName.OSTEOPHYTE_TIBIA_MEDIAL,
)


class Why(QWidget):
    """The readings of one knee. It emits the reader's wishes and changes no data itself."""

    pointed = Signal(object)  # the OarsiName whose map is wanted, or no longer
    reread = Signal(object, object)  # an OarsiName, and the reader's grade or None

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grades: dict[OarsiName, int] = {}
        self._by_model: dict[OarsiName, OarsiReading] = {}
        self._given: dict[OarsiName, int] = {}
        self._chosen: OarsiName | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(5)
        self._marks = self._build_marks()
        self._grid = QWidget()
        self._grid.setLayout(self._build_grid())
        layout.addWidget(self._grid)
        self._unsided = plain_label(
            self.tr("Readings by compartment are shown when the knee's side is known.")
        )
        self._unsided.setWordWrap(True)
        self._unsided.setProperty("small", True)
        self._unsided.setProperty("dim", True)
        layout.addWidget(self._unsided)
        self._words = plain_label()
        self._words.setObjectName("reading")
        self._words.setWordWrap(True)
        self._words.setProperty("small", True)
        layout.addWidget(self._words)
        self._reader = self._build_reader()
        layout.addWidget(self._reader)
        self.hide()

    def show_readings(self, examined: ExaminedKnee | None) -> None:
        """Show a knee's readings; nothing where the model, or a final reading, has none."""
        self._grades = examined.oarsi_grades if examined is not None else {}
        self.setVisible(bool(self._grades) or _waits_for_side(examined))
        if examined is not None:
            self._by_model = {one.name: one for one in examined.finding.readings}
            self._given = dict(examined.reader_readings)
        self._grid.setVisible(bool(self._grades))
        self._unsided.setVisible(not self._grades)
        for name, mark in self._marks.items():
            mark.setVisible(name in self._grades)
        for name, grade in self._grades.items():
            mark = self._marks[name]
            mark.show_grade(grade, by_reader=name in self._given)
            mark.setAccessibleName(self._in_words(name))
            set_tooltip(mark, self._tip(name))
        self._show_chosen()

    def point_at(self, name: OarsiName | None) -> None:
        """Mark the reading whose map is shown, and say it in words."""
        self._chosen = name
        for one, mark in self._marks.items():
            mark.setChecked(one is name)
        self._show_chosen()

    def stops(self) -> list[QWidget]:
        """Return what Tab passes, from the top down."""
        return [*self._marks.values(), *self._buttons, self._back]

    def _show_chosen(self) -> None:
        chosen = self._chosen if self._chosen in self._grades else None
        self._words.setVisible(chosen is not None)
        self._reader.setVisible(chosen is not None)
        if chosen is None:
            return
        self._words.setText(self._in_words(chosen))
        given = self._given.get(chosen)
        self._back.setVisible(given is not None)
        for grade, button in enumerate(self._buttons):
            set_property(button, "chosen", grade == given)
            words = self.tr("{0}: {1}").format(sentence(chosen), grade_word(chosen, grade))
            button.setAccessibleName(words)
            set_tooltip(button, words)

    def _in_words(self, name: OarsiName) -> str:
        """Return a reading in words: `Osteophytes, medial tibia: small (1), at least small: 67 %`.

        The per cent is what a model's grade is called by: the probability of at least this grade.
        """
        grade, model = self._grades[name], self._by_model.get(name)
        said = sentence(name), grade_word(name, grade), grade
        by_reader = name in self._given
        if model is None:
            text = self.tr("{0}: {1} ({2}) as signed")
            return (self.tr("{0}: {1} ({2}) by the reader") if by_reader else text).format(*said)
        if not by_reader and model.grade != grade:
            text = self.tr("{0}: {1} ({2}) as signed · model now: {3}")
            return text.format(*said, model.grade)
        if by_reader:
            text = self.tr("{0}: {1} ({2}) by the reader · model: {3}")
            return text.format(*said, model.grade)
        share = round(100 * model.support)
        if 0 < grade < THRESHOLDS:
            text = self.tr("{0}: {1} ({2}), at least {1}: {3}\N{NO-BREAK SPACE}%")
        else:
            text = self.tr("{0}: {1} ({2}), {3}\N{NO-BREAK SPACE}%")
        return text.format(*said, share)

    def _tip(self, name: OarsiName) -> str:
        """Return a reading in words, the probabilities of all its grades, and what a click does."""
        lines = [self._in_words(name)]
        if name in self._by_model:
            words = (grade_word(name, grade) for grade in range(READING_GRADES))
            shares = percents(self._by_model[name].probability)
            # {0} to {3} are the words for the grades, {4} to {7} their per cents.
            text = self.tr("Model: {0} {4} %, {1} {5} %, {2} {6} %, {3} {7} %")
            lines.append(text.format(*words, *shares))
        return "\n".join([*lines, self._hint(name)])

    def _hint(self, name: OarsiName) -> str:
        if name in self._by_model and self._by_model[name].grade:
            return self.tr("Click to see where on the film, and to give another grade.")
        return self.tr("Click to give another grade. Grade 0 has no place to show on the film.")

    def _build_marks(self) -> dict[OarsiName, ReadingMark]:
        marks = {}
        for medial in _ROWS:
            for name in (medial, medial.opposite):
                mark = ReadingMark()
                mark.clicked.connect(partial(self._ask, name))
                marks[name] = mark
        return marks

    def _ask(self, name: OarsiName, _checked: bool = False) -> None:
        # The window decides; until it has, the mark stays as it was.
        self._marks[name].setChecked(name is self._chosen)
        self.pointed.emit(name)

    def _build_grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(3)
        grid.setColumnStretch(0, 1)
        heads = (self.tr("Why"), self.tr("medial"), self.tr("lateral"))
        rows = (self.tr("Narrowing"), self.tr("Osteophytes, femur"), self.tr("Osteophytes, tibia"))
        for column, text in enumerate(heads):
            grid.addWidget(_dim(text), 0, column)
        for row, (text, medial) in enumerate(zip(rows, _ROWS, strict=True), 1):
            label = plain_label(text)
            # In a narrow window the panel must not grow beyond its place.
            label.setWordWrap(True)
            label.setProperty("small", True)
            grid.addWidget(label, row, 0)
            grid.addWidget(self._marks[medial], row, 1)
            grid.addWidget(self._marks[medial.opposite], row, 2)
        return grid

    def _build_reader(self) -> QWidget:
        reader = QWidget()
        row = QHBoxLayout(reader)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        label = _dim(self.tr("Your reading"))
        # In two lines where it is long: the panel must not grow once a reading is chosen.
        label.setWordWrap(True)
        row.addWidget(label)
        self._buttons = []
        for grade in range(READING_GRADES):
            button = QPushButton(str(grade))
            button.setProperty("grade", True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(partial(self._give, grade))
            self._buttons.append(button)
            row.addWidget(button)
        self._back = QPushButton(self.tr("Back"))
        self._back.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_tooltip(self._back, self.tr("Back to the model's reading"))
        self._back.clicked.connect(partial(self._give, None))
        row.addWidget(self._back)
        row.addStretch()
        return reader

    def _give(self, grade: int | None, _checked: bool = False) -> None:
        if self._chosen is not None:
            self.reread.emit(self._chosen, grade)


def _waits_for_side(examined: ExaminedKnee | None) -> bool:
    """Tell whether the model has readings, which are a draft's as soon as its side is known."""
    if examined is None or examined.grading is None or examined.signed is not None:
        return False
    return examined.grading.readings is not None


def _dim(text: str) -> QLabel:
    label = plain_label(text)
    label.setProperty("dim", True)
    label.setProperty("small", True)
    return label
