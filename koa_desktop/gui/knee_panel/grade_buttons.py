"""Buttons for the Kellgren-Lawrence grades, each explaining its grade."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QPushButton, QToolTip, QWidget

from koa_desktop.gui.style.plain_text import set_rich_tooltip
from koa_desktop.wording.kellgren_lawrence import grade_meaning, grade_name, grade_signs
from koa_desktop.wording.language import with_full_stop

_BY_KEY = (
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
)


class GradeButton(QPushButton):
    """Button of one grade; its tool tip explains the grade, and also appears at keyboard focus."""

    def __init__(self, grade: int, parent: QWidget | None = None) -> None:
        super().__init__(str(grade), parent)
        name, meaning, signs = grade_name(grade), grade_meaning(grade), grade_signs(grade)
        self.setProperty("grade", True)
        set_rich_tooltip(
            self,
            f"<p style='white-space: pre'><b>KL {grade}: {name}</b>  ({grade})</p>"
            f"<p>{meaning}</p><p>{signs}</p>",
        )
        self.setAccessibleDescription(f"{with_full_stop(name)} {meaning} {signs}")

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the tool tip at keyboard focus."""
        super().focusInEvent(event)
        if event.reason() in _BY_KEY:
            # A tool tip goes at any change of focus, this one included.
            QTimer.singleShot(0, self, self._show_meaning)

    def _show_meaning(self) -> None:
        if self.hasFocus():
            below = self.mapToGlobal(QPoint(0, self.height()))
            QToolTip.showText(below, self.toolTip(), self)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Hide the tool tip."""
        QToolTip.hideText()
        super().focusOutEvent(event)
