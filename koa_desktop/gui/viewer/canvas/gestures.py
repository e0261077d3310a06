"""Drags with the mouse: their interface, and those that pan and window the film."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPixmap

from koa_desktop.gui.viewer.canvas.film_view import FilmView

# A shorter drag of something on the film is a click with an unsteady hand.
CLICK_SLIP = 3.0
# A drag of this many view pixels passes through the whole range of grey values.
RANGE_DRAG = 500.0
NARROWEST = 1 / 1000  # of the range


class Gesture(Protocol):
    """A drag from press to release. Points are in view pixels."""

    def move(self, point: QPointF) -> None:
        """Follow the pointer."""

    def end(self) -> None:
        """Accept the result of the drag."""

    def cancel(self) -> None:
        """Restore the state before the press."""


class Pan:
    """Moves the film with the pointer."""

    def __init__(self, view: FilmView, start: QPointF) -> None:
        self._view = view
        self._start = start
        self._origin = view.to_view(QPointF(0, 0))
        view.set_draft(True)
        view.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def move(self, point: QPointF) -> None:
        """Keep the grasped point of the film under the pointer."""
        self._view.move_origin(self._origin + point - self._start)

    def end(self) -> None:
        """Leave the film where it is, drawn in full again."""
        self._view.set_draft(False)

    def cancel(self) -> None:
        """Move the film back."""
        self._view.set_draft(False)
        self._view.move_origin(self._origin)


class WindowDrag:
    """Sideways changes the window's width; up and down moves its centre: upwards brightens."""

    def __init__(
        self, view: FilmView, start: QPointF, value_range: float, *, inverted: bool
    ) -> None:
        self._view = view
        self._start = start
        self._before = view.current_window()
        self._step = value_range / RANGE_DRAG
        self._downwards = -self._step if inverted else self._step
        self._narrowest = value_range * NARROWEST
        view.set_draft(True)
        view.viewport().setCursor(contrast_cursor())

    def move(self, point: QPointF) -> None:
        """Set the window."""
        moved = point - self._start
        width = max(self._before.width + moved.x() * self._step, self._narrowest)
        centre = self._before.centre + moved.y() * self._downwards
        self._view.set_window(replace(self._before, centre=centre, width=width))

    def end(self) -> None:
        """Draw the film in full again."""
        self._view.set_draft(False)

    def cancel(self) -> None:
        """Set the window back."""
        self._view.set_draft(False)
        self._view.set_window(self._before)


def contrast_cursor() -> QCursor:
    """Return the pointer of a window drag: a disc, half bright and half dark."""
    pixmap = QPixmap(24, 24)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor("white"))
    painter.setBrush(QColor("black"))
    painter.drawEllipse(4, 4, 16, 16)
    painter.setBrush(QColor("white"))
    painter.drawPie(4, 4, 16, 16, 90 * 16, 180 * 16)
    painter.end()
    return QCursor(pixmap)
