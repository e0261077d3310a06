"""A knee's box in the view: square, tag, grips, and the drag of each grip."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from koa_desktop.annotation import boxes
from koa_desktop.annotation.colours import AMBER, BLUE, INK, YELLOW, Colour
from koa_desktop.annotation.shapes import Label, Rect
from koa_desktop.gui.viewer.canvas import shape_painter
from koa_desktop.gui.viewer.canvas.shape_painter import TAG_HEIGHT, q_colour, view_canvas
from koa_desktop.knees.box import Box

MIN_SIZE = 20.0  # pixels of the radiograph
GRIP_REACH = 8.0  # view pixels around a corner or edge
GRIP_SIZE = 8.0

SELECTED_WIDTH = 2.0  # of the line around the selected box, in view pixels
FLAG_WIDTH = 14.0


@dataclass(frozen=True, slots=True)
class BoxMark:
    """A box to show: its label (`R · KL 2`), its warning, and if its grade is pending.

    `tip` is its tool tip.
    """

    box: Box
    label: str = ""
    warning: bool = False
    pending: bool = False
    tip: str = ""


class Grip(Enum):
    """The place where a box is held: (-1, 0, 1) from left to right, and from top to bottom."""

    TOP_LEFT = (-1, -1)
    TOP = (0, -1)
    TOP_RIGHT = (1, -1)
    LEFT = (-1, 0)
    INSIDE = (0, 0)
    RIGHT = (1, 0)
    BOTTOM_LEFT = (-1, 1)
    BOTTOM = (0, 1)
    BOTTOM_RIGHT = (1, 1)

    @property
    def cursor(self) -> Qt.CursorShape:
        """The pointer that tells what a drag here does."""
        across, down = self.value
        if self is Grip.INSIDE:
            return Qt.CursorShape.SizeAllCursor
        if across == 0:
            return Qt.CursorShape.SizeVerCursor
        if down == 0:
            return Qt.CursorShape.SizeHorCursor
        falling = across == down
        return Qt.CursorShape.SizeFDiagCursor if falling else Qt.CursorShape.SizeBDiagCursor


def dragged(box: Box, grip: Grip, dx: float, dy: float) -> Box:
    """Return `box` after a drag of (dx, dy) image pixels at `grip`; it stays a square.

    The opposite corner stays where it is, or the middle of the opposite edge.
    """
    across, down = grip.value
    if grip is Grip.INSIDE:
        return Box(box.left + dx, box.top + dy, box.size)
    grown = max(way * step for way, step in ((across, dx), (down, dy)) if way)
    size = max(box.size + grown, MIN_SIZE)
    spare = box.size - size
    left = box.left + spare * (1 - across) / 2
    top = box.top + spare * (1 - down) / 2
    return Box(left, top, size)


class BoxItem(QGraphicsItem):
    """One box. Its coordinates are pixels of the radiograph; lines and tag keep their size."""

    def __init__(
        self,
        mark: BoxMark,
        film: QGraphicsItem,
        siblings: Sequence[BoxItem] = (),
        taken: Callable[[], list[Rect]] = list,
    ) -> None:
        """Lie on `film`.

        The tag gives way to those of the `siblings` before it, and to the places that `taken`
        returns, in view pixels.
        """
        super().__init__(film)
        self._mark = mark
        self._siblings = siblings
        self._taken = taken
        self._selected = False
        self._hovered = False

    @property
    def mark(self) -> BoxMark:
        """The mark that is shown."""
        return self._mark

    @property
    def box(self) -> Box:
        """The box in pixels of the radiograph."""
        return self._mark.box

    def show_mark(self, mark: BoxMark, *, selected: bool) -> None:
        """Show another mark in place."""
        self.prepareGeometryChange()
        self._mark = mark
        self._selected = selected
        self.setZValue(2 if selected else 1)
        self.update()

    def set_hovered(self, hovered: bool) -> None:
        """Show the grips of a box that is not selected while the pointer is over it."""
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def view_rect(self) -> QRectF:
        """Return the box in view pixels."""
        return self.sceneTransform().mapRect(rect_of(self.box))

    def grip_at(self, point: QPointF) -> Grip | None:
        """Return where a press at `point`, in view pixels, would hold the box."""
        rect = self.view_rect()
        # In a box that looks small, the inside must stay wide enough to be taken.
        reach = min(GRIP_REACH, rect.width() / 4)
        if not rect.adjusted(-reach, -reach, reach, reach).contains(point):
            return None
        across = _nearer(point.x(), rect.left(), rect.right(), reach)
        down = _nearer(point.y(), rect.top(), rect.bottom(), reach)
        return Grip((across, down))

    def boundingRect(self) -> QRectF:
        """Return the box with its tag and grips."""
        shown = self.sceneTransform()
        margin = (TAG_HEIGHT + GRIP_SIZE) / max(math.hypot(shown.m11(), shown.m12()), 1e-9)
        # The tag lies along any of the sides, for the film may be turned.
        tag = 40 * margin
        return rect_of(self.box).adjusted(-tag, -tag, tag, tag)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002 (Qt's signature)
        widget: QWidget | None = None,  # noqa: ARG002 (Qt's signature)
    ) -> None:
        """Draw square, grips and tag in view pixels."""
        rect, colour = self.view_rect(), self._colour()
        width = SELECTED_WIDTH if self._selected else view_canvas(self).sizes.box
        shape_painter.begin(painter)
        frame = boxes.frame(
            shape_painter.shape_rect(rect), colour, width, dashed=self._mark.pending
        )
        shape_painter.paint(painter, [frame])
        if self._selected or self._hovered:
            _draw_grips(painter, rect, colour)
        if self._mark.label:
            tag = self._tag()
            shape_painter.paint(painter, [tag])
            if self._mark.warning:
                foot = tag.rect.right - view_canvas(self).sizes.tag.padding - FLAG_WIDTH + 7
                _draw_flag(painter, QPointF(foot, tag.rect.centre[1]))

    def tag_rect(self) -> QRectF:
        """Return the tag in view pixels: above the box, moved into the view at its border."""
        return QRectF(*self._tag().rect)

    def _tag(self) -> Label:
        taken = self._taken()
        for item in self._siblings:
            if item is self:
                break
            if item.mark.label:
                taken.append(item._placed_tag(taken).rect)
        return self._placed_tag(taken)

    def _placed_tag(self, taken: Sequence[Rect]) -> Label:
        # The line's outer edge is a pixel beyond the box.
        rect = shape_painter.shape_rect(self.view_rect().adjusted(-1, -1, 1, 1))
        spare = FLAG_WIDTH if self._mark.warning else 0
        text, colour, canvas = self._mark.label, self._colour(), view_canvas(self)
        return boxes.tag(rect, text, colour, canvas, spare=spare, taken=taken)

    def _colour(self) -> Colour:
        if self._selected:
            return YELLOW
        return AMBER if self._mark.warning else BLUE


def rect_of(box: Box) -> QRectF:
    """Return a box as Qt's rectangle."""
    return QRectF(box.left, box.top, box.size, box.size)


def _nearer(value: float, low: float, high: float, reach: float) -> int:
    if abs(value - low) <= reach:
        return -1
    return 1 if abs(value - high) <= reach else 0


def _draw_grips(painter: QPainter, rect: QRectF, colour: Colour) -> None:
    painter.setPen(QPen(q_colour(INK), 1))
    painter.setBrush(q_colour(colour))
    middle, half = rect.center(), rect.width() / 2
    for grip in Grip:
        if grip is not Grip.INSIDE:
            across, down = grip.value
            place = QRectF(0, 0, GRIP_SIZE, GRIP_SIZE)
            place.moveCenter(middle + QPointF(across * half, down * half))
            painter.drawRect(place)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _draw_flag(painter: QPainter, foot: QPointF) -> None:
    """Draw a small flag: colour is not the only sign of a warning."""
    x, y = foot.x(), foot.y()
    painter.setPen(QPen(q_colour(INK), 1.5))
    painter.drawLine(QPointF(x, y - 5.5), QPointF(x, y + 5.5))
    painter.setBrush(q_colour(INK))
    painter.drawPolygon(QPolygonF([QPointF(x, y - 5), QPointF(x + 7, y - 2.5), QPointF(x, y)]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
