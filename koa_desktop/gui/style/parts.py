"""The parts of the window side by side, each as wide as the reader made it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QSplitter, QWidget


class Part(NamedTuple):
    """A part with its least and its first width in pixels; the one without a first width grows."""

    widget: QWidget
    least: int
    first: int | None = None


class Parts(QSplitter):
    """The parts from left to right. What is said in them never moves the borders between them."""

    def __init__(self, parts: Sequence[Part], parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(1)
        self._parts = tuple(parts)
        for position, part in enumerate(parts):
            self.addWidget(part.widget)
            part.widget.setMinimumWidth(part.least)
            self.setStretchFactor(position, int(part.first is None))

    def restore(self, state: QByteArray, width: int) -> None:
        """Give the parts the widths of an earlier session, else their first ones."""
        if self.restoreState(state):
            return
        rest = width - sum(part.first or 0 for part in self._parts)
        # If the first widths leave hardly any room, Qt makes all parts smaller.
        middle = rest if rest > width // 3 else width // 2
        self.setSizes([part.first or middle for part in self._parts])

    def make_room(self, least: int) -> None:
        """Hide the first part where the growing one has fewer pixels than `least`; 0 shows it."""
        first = self._parts[0].widget
        growing = next(part.widget for part in self._parts if part.first is None)
        if not least:
            first.show()
        elif growing.width() < least:
            first.hide()
