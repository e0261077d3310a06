"""A window that explains the Kellgren-Lawrence grades, and the OARSI readings with drawings."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.grading.oarsi import READING_GRADES, OarsiName
from koa_desktop.gui.dialogs.joint_drawing import JointDrawing
from koa_desktop.gui.style.plain_text import plain_label, rich_label
from koa_desktop.gui.style.screen_fit import resize_in_screen
from koa_desktop.wording.kellgren_lawrence import grade_meaning, grade_name, grade_signs
from koa_desktop.wording.language import with_full_stop
from koa_desktop.wording.oarsi.lines import grade_signs as reading_signs
from koa_desktop.wording.oarsi.lines import grade_word
from koa_desktop.wording.sentences import capitalised

translate = QCoreApplication.translate
_WIDTH, _MARGIN = 560, 14
_ROOM = 100  # of the window's height, for all but the pages


class GradeGuide(QDialog):
    """All grades, one below the other; stays open during reading."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("What the grades mean"))
        self.setObjectName("grades")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, 12, _MARGIN, 12)
        layout.setSpacing(10)
        self._tabs = QTabWidget()
        self._pages = (
            _page(
                _kl_rows(),
                self.tr(
                    "After Kellgren and Lawrence, 1957. KL 2 or more is definite osteoarthritis."
                ),
            ),
            _page(
                _reading_rows(),
                self.tr(
                    "After the atlas of the Osteoarthritis Research Society International "
                    "(Altman and Gold, 2007). The drawings show the medial side of a right knee."
                ),
            ),
        )
        titles = (self.tr("Kellgren-Lawrence grades"), self.tr("Narrowing and osteophytes"))
        for page, title in zip(self._pages, titles, strict=True):
            # At 200 % a screen may be only 540 pixels high.
            scrolled = QScrollArea()
            scrolled.setFrameShape(QScrollArea.Shape.NoFrame)
            scrolled.setWidgetResizable(True)
            scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            scrolled.setWidget(page)
            self._tabs.addTab(scrolled, title)
        layout.addWidget(self._tabs)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout.addWidget(buttons)

    def showEvent(self, event: QShowEvent) -> None:
        """Be as high as the sentences need, now that their fonts are known."""
        super().showEvent(event)
        room = self.width() - 2 * _MARGIN
        height = max(page.heightForWidth(room) for page in self._pages)
        resize_in_screen(self, QSize(self.width(), height + _ROOM))


def _page(rows: QGridLayout, source: str) -> QWidget:
    """Return a page of rows, with their source below."""
    page = QWidget()
    page.setObjectName("cards")
    layout = QVBoxLayout(page)
    layout.setContentsMargins(6, 10, 6, 6)
    layout.setSpacing(12)
    layout.addLayout(rows)
    label = plain_label(source)
    label.setProperty("dim", True)
    label.setProperty("small", True)
    label.setWordWrap(True)
    layout.addWidget(label)
    layout.addStretch()
    return page


def _kl_rows() -> QGridLayout:
    rows = QGridLayout()
    rows.setHorizontalSpacing(18)
    rows.setVerticalSpacing(14)
    rows.setColumnStretch(1, 1)
    for grade in range(GRADES):
        number = plain_label(f"KL {grade}")
        number.setObjectName("grade")
        name, meaning, signs = grade_name(grade), grade_meaning(grade), grade_signs(grade)
        words = _words(name, f"{meaning}<br>{signs}")
        words.setAccessibleName(f"KL {grade}, {with_full_stop(name)} {meaning} {signs}")
        rows.addWidget(number, grade, 0, Qt.AlignmentFlag.AlignTop)
        rows.addWidget(words, grade, 1)
    return rows


def _reading_rows() -> QGridLayout:
    """Return a row a grade: narrowing at the left, osteophytes at the right, each drawn."""
    rows = QGridLayout()
    rows.setHorizontalSpacing(10)
    rows.setVerticalSpacing(10)
    rows.setColumnStretch(2, 1)
    rows.setColumnStretch(4, 1)
    heads = translate("GradeGuide", "Narrowing"), translate("GradeGuide", "Osteophytes")
    for column, text in enumerate(heads):
        head = plain_label(text)
        head.setProperty("dim", True)
        rows.addWidget(head, 0, 1 + 2 * column, 1, 2)
    kinds = (
        (OarsiName.JSN_MEDIAL, [JointDrawing(narrowing=one) for one in range(READING_GRADES)]),
        (
            OarsiName.OSTEOPHYTE_TIBIA_MEDIAL,
            [JointDrawing(osteophyte=one) for one in range(READING_GRADES)],
        ),
    )
    for grade in range(READING_GRADES):
        number = plain_label(str(grade))
        number.setObjectName("grade")
        rows.addWidget(number, grade + 1, 0)
        for column, (name, drawings) in enumerate(kinds):
            rows.addWidget(drawings[grade], grade + 1, 1 + 2 * column)
            word = grade_word(name, grade)
            signs = reading_signs(name, grade)
            words = _words(capitalised(word), signs)
            words.setAccessibleName(f"{grade}, {with_full_stop(word)} {signs}")
            rows.addWidget(words, grade + 1, 2 + 2 * column)
    return rows


def _words(name: str, text: str) -> QLabel:
    words = rich_label(f"<b>{with_full_stop(name)}</b> {text}")
    words.setWordWrap(True)
    return words
