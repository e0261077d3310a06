"""A window that explains the Kellgren-Lawrence grades."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.gui.style.plain_text import plain_label, rich_label
from koa_desktop.gui.style.screen_fit import resize_in_screen
from koa_desktop.wording.kellgren_lawrence import grade_meaning, grade_name, grade_signs

_WIDTH = 520


class GradeGuide(QDialog):
    """All five grades, one below the other; stays open during reading."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("What the grades mean"))
        self.setObjectName("grades")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(_WIDTH)
        self._body = body = QWidget()
        body.setObjectName("panel")
        layout = QVBoxLayout(body)
        layout.setContentsMargins(18, 14, 18, 14)
        layout.setSpacing(12)
        layout.addLayout(_rows())
        source = plain_label(
            self.tr("After Kellgren and Lawrence, 1957. KL 2 or more is definite osteoarthritis.")
        )
        source.setProperty("dim", True)
        source.setProperty("small", True)
        source.setWordWrap(True)
        layout.addWidget(source)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setWidget(body)
        self._buttons = buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.setContentsMargins(0, 0, 18, 0)
        buttons.rejected.connect(self.close)
        self._frame = frame = QVBoxLayout(self)
        frame.setContentsMargins(0, 0, 0, 14)
        frame.addWidget(scroll, 1)
        frame.addWidget(buttons)

    def showEvent(self, event: QShowEvent) -> None:
        """Be as high as the sentences need, now that their fonts are known, on a high screen."""
        super().showEvent(event)
        rest = self._buttons.sizeHint().height() + self._frame.spacing()
        rest += self._frame.contentsMargins().bottom()
        height = self._body.heightForWidth(self.width()) + rest
        resize_in_screen(self, QSize(self.width(), height))


def _rows() -> QGridLayout:
    rows = QGridLayout()
    rows.setHorizontalSpacing(18)
    rows.setVerticalSpacing(14)
    rows.setColumnStretch(1, 1)
    for grade in range(GRADES):
        number = plain_label(f"KL {grade}")
        number.setObjectName("grade")
        name, meaning, signs = grade_name(grade), grade_meaning(grade), grade_signs(grade)
        words = rich_label(f"<b>{name}.</b> {meaning}<br>{signs}")
        words.setWordWrap(True)
        words.setAccessibleName(f"KL {grade}, {name}. {meaning} {signs}")
        rows.addWidget(number, grade, 0, Qt.AlignmentFlag.AlignTop)
        rows.addWidget(words, grade, 1)
    return rows
