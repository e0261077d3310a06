"""A button without a frame, for a heading or the end of a line."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from koa_desktop.gui.style.plain_text import set_tooltip


def flat_button(text: str, tip: str) -> QToolButton:
    """Return a button with a tooltip, by which screen readers name it, too.

    A click leaves the focus where it is, for single keys are commands there; Tab reaches it.
    """
    button = QToolButton()
    button.setObjectName("flat")
    button.setText(text)
    set_tooltip(button, tip)
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
