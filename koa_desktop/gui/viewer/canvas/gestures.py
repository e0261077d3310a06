"""What a drag with the mouse does: pan, window, move or resize a box, draw a box."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPixmap

from koa_desktop.gui.viewer.layers.box_item import MIN_SIZE, BoxItem, BoxMark, Grip, dragged
from koa_desktop.knees.box import Box

if TYPE_CHECKING:
    from koa_desktop.gui.viewer.image_viewer import ImageView
    from koa_desktop.gui.viewer.layers.boxes import Boxes

# A shorter drag of a box is a click with an unsteady hand.
CLICK_SLIP = 3.0
# A drag of this many view pixels passes through the whole range of grey values.
RANGE_DRAG = 500.0
NARROWEST = 1 / 1000  # of the range


class Gesture(Protocol):
    """A drag from press to release. Points are in view pixels."""

    def move(self, point: QPointF) -> None:
        """Follow the pointer."""

    def end(self) -> None:
        """Keep what the drag has done."""

    def cancel(self) -> None:
        """Put back what was there before the press."""


class Pan:
    """Moves the film with the pointer."""

    def __init__(self, view: ImageView, start: QPointF) -> None:
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
        self, view: ImageView, start: QPointF, value_range: float, *, inverted: bool
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


class BoxDrag:
    """Moves or resizes a box."""

    def __init__(
        self, boxes: Boxes, view: ImageView, start: QPointF, index: int, grip: Grip
    ) -> None:
        self._boxes = boxes
        self._view = view
        self._start = start
        self._index = index
        across, down = view.orientation.to_image(*grip.value)
        self._grip = Grip((round(across), round(down)))
        self._before = boxes.at(index)
        self._moving = False
        view.viewport().setCursor(grip.cursor)

    def move(self, point: QPointF) -> None:
        """Show the box where the pointer takes it."""
        moved = point - self._start
        self._moving = self._moving or moved.manhattanLength() > CLICK_SLIP
        if not self._moving:
            return
        scale = self._view.scale_factor()
        across, down = self._view.orientation.to_image(moved.x() / scale, moved.y() / scale)
        self._boxes.place(self._index, dragged(self._before, self._grip, across, down))

    def end(self) -> None:
        """Say where the box is now."""
        self._boxes.let_go()
        self._boxes.tell(self._index, self._before)

    def cancel(self) -> None:
        """Put the box back."""
        self._boxes.let_go()
        self._boxes.place(self._index, self._before)


class Draw:
    """Draws a new box from corner to corner."""

    def __init__(self, boxes: Boxes, view: ImageView, start: QPointF, item: BoxItem) -> None:
        self._boxes = boxes
        self._view = view
        self._start = start
        self._item = item
        view.viewport().setCursor(Qt.CursorShape.CrossCursor)

    def move(self, point: QPointF) -> None:
        """Stretch the square towards the pointer."""
        start, now = self._view.to_image(self._start), self._view.to_image(point)
        self._item.show_mark(BoxMark(_square(start, now)), selected=True)

    def end(self) -> None:
        """Say what was drawn, if it is large enough to be meant."""
        box = self._item.box
        self._remove()
        if box.size >= MIN_SIZE:
            self._boxes.finish_drawing(box)

    def cancel(self) -> None:
        """Draw nothing."""
        self._remove()

    def _remove(self) -> None:
        self._item.scene().removeItem(self._item)


def _square(start: QPointF, now: QPointF) -> Box:
    across, down = now.x() - start.x(), now.y() - start.y()
    size = max(abs(across), abs(down))
    left = start.x() if across >= 0 else start.x() - size
    top = start.y() if down >= 0 else start.y() - size
    return Box(left, top, size)


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
