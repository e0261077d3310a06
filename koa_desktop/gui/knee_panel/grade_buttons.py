"""Buttons for the Kellgren-Lawrence grades, each explaining its grade."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPoint, Qt, QTimer
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QPushButton, QToolTip, QWidget

from koa_desktop.grading.kellgren_lawrence import GRADE_NAMES
from koa_desktop.wording.language import translated

_BY_KEY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


def grade_signs(grade: int) -> tuple[str, str]:
    """Return what a grade (0..4) means, after Kellgren and Lawrence 1957, and what to look for."""
    translate = QCoreApplication.translate
    return (
        (
            translate("Grades", "No sign of osteoarthritis."),
            translate(
                "Grades", "Look for: smooth, sharp bone margins; both joint spaces of full height."
            ),
        ),
        (
            translate(
                "Grades", "A doubtful narrowing of the joint space, perhaps a small bony lip."
            ),
            translate(
                "Grades",
                "Look for: a margin drawn out to a point that may yet be normal; tibial spines.",
            ),
        ),
        (
            translate(
                "Grades", "Definite osteophytes; the joint space not narrowed, or only perhaps."
            ),
            translate(
                "Grades",
                "Look for: a true lip of bone at any of the four margins. It decides 1 against 2.",
            ),
        ),
        (
            translate(
                "Grades",
                "Several osteophytes, definite narrowing, some sclerosis, perhaps deformed ends.",
            ),
            translate(
                "Grades",
                "Look for: one side lower than the other; a dense white line below the cartilage.",
            ),
        ),
        (
            translate(
                "Grades",
                "Large osteophytes, marked narrowing, severe sclerosis, bone ends deformed.",
            ),
            translate(
                "Grades",
                "Look for: bone close to bone; flattened condyles, cysts, the axis shifted.",
            ),
        ),
    )[grade]


class GradeButton(QPushButton):
    """Gives a grade; says what it means to the pointer, and when reached by key."""

    def __init__(self, grade: int, parent: QWidget | None = None) -> None:
        super().__init__(str(grade), parent)
        name = translated(GRADE_NAMES[grade])
        meaning, signs = grade_signs(grade)
        self.setProperty("grade", True)
        self.setToolTip(
            f"<p style='white-space: pre'><b>KL {grade}: {name}</b>  ({grade})</p>"
            f"<p>{meaning}</p><p>{signs}</p>"
        )
        self.setAccessibleDescription(f"{name}. {meaning} {signs}")

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the meaning to a reader who comes by key."""
        super().focusInEvent(event)
        if event.reason() in _BY_KEY:
            # A tool tip goes at any change of focus, this one included.
            QTimer.singleShot(0, self, self._show_meaning)

    def _show_meaning(self) -> None:
        if self.hasFocus():
            below = self.mapToGlobal(QPoint(0, self.height()))
            QToolTip.showText(below, self.toolTip(), self)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Take it away."""
        QToolTip.hideText()
        super().focusOutEvent(event)
