"""What a drag with the mouse does to measurements: puts points, moves one or all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

if TYPE_CHECKING:
    from koa_desktop.gui.viewer.image_viewer import ImageView
    from koa_desktop.gui.viewer.layers.measurements import Measuring

# A shorter drag is a click with an unsteady hand.
CLICK_SLIP = 3.0


class Make:
    """Puts points: a drag puts two, a click one."""

    def __init__(self, measuring: Measuring, start: QPointF) -> None:
        self._measuring = measuring
        self._start = start
        self._now = start
        self._first = measuring.press(start)

    def move(self, point: QPointF) -> None:
        """Show the measurement up to the pointer."""
        self._now = point
        self._measuring.hover(point)

    def end(self) -> None:
        """Put the point where the pointer is."""
        if not self._first or (self._now - self._start).manhattanLength() > CLICK_SLIP:
            self._measuring.put(self._now)

    def cancel(self) -> None:
        """Measure nothing."""
        self._measuring.set_tool(None)


class Drag:
    """Moves one point of a measurement, or all of it."""

    def __init__(
        self, measuring: Measuring, view: ImageView, start: QPointF, index: int, point: int | None
    ) -> None:
        self._measuring = measuring
        self._view = view
        self._start = view.to_image(start)
        self._index = index
        self._point = point
        self._before = measuring.at(index)
        self._pressed = start
        self._moving = False

    def move(self, point: QPointF) -> None:
        """Show the measurement where the pointer takes it."""
        self._moving = self._moving or (point - self._pressed).manhattanLength() > CLICK_SLIP
        if not self._moving:
            return
        moved = self._view.to_image(point) - self._start
        if self._point is None:
            after = self._before.shifted(moved.x(), moved.y())
            if any(self._measuring.inside(*end) != end for end in after.points):
                return
        else:
            x, y = self._before.points[self._point]
            end = self._measuring.inside(x + moved.x(), y + moved.y())
            after = self._before.moved(self._point, end)
        self._measuring.place(self._index, after)

    def end(self) -> None:
        """Say where it is now."""
        self._measuring.let_go()
        self._measuring.tell(self._index, self._before)

    def cancel(self) -> None:
        """Put it back."""
        self._measuring.let_go()
        self._measuring.place(self._index, self._before)
