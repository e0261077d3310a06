"""The joint space of a knee in the view: outlines, smallest widths, points to move."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from koa_desktop.annotation import joint_spaces
from koa_desktop.annotation.canvas import Canvas
from koa_desktop.annotation.colours import INK, PINK, PLATE, RIM, YELLOW
from koa_desktop.annotation.placing import nothing_below
from koa_desktop.annotation.shapes import Rect, Shape
from koa_desktop.gui.viewer.canvas import shape_painter
from koa_desktop.gui.viewer.canvas.film_item import LETTER_EDGE, FilmItem
from koa_desktop.gui.viewer.canvas.shape_painter import q_colour, q_point, view_canvas
from koa_desktop.joint_space.correction import Bone
from koa_desktop.joint_space.editing import Handle, handles, place_of
from koa_desktop.joint_space.measure import JointSpace
from koa_desktop.knees.box import Box

CORRECTED = " ✎"
STEM = 11.0  # view pixels from a margin to its point, so that the bone's edge stays free
RADIUS = 4.0
REACH = 8.0
LEAST_APART = 12.0  # view pixels between points; closer ones could not be told apart


class JointSpaceItem(QGraphicsItem):
    """The joint space of one box. In pixels of the radiograph; lines and text keep their size."""

    def __init__(
        self,
        film: QGraphicsItem,
        siblings: Sequence[JointSpaceItem] = (),
        taken: Callable[[], list[Rect]] = list,
        covers_line: Callable[[Rect], bool] = nothing_below,
    ) -> None:
        """Draw on `film`. `siblings` are all joints of it, this one among them.

        `taken` returns the places of the view, in its pixels, that labels must leave free;
        `covers_line` tells whether a label there would lie on another line.
        """
        super().__init__(film)
        self._siblings = siblings
        self._taken = taken
        self._covers_line = covers_line
        self.setZValue(2.5)
        self.space: JointSpace | None = None
        self.box: Box | None = None
        self._active: Handle | None = None
        self._handles: list[tuple[Handle, QPointF]] = []

    def show_space(
        self,
        space: JointSpace | None,
        box: Box,
        *,
        movable: bool = False,
        active: Handle | None = None,
    ) -> None:
        """Show a joint space; `movable` shows its points, `active` is the one that keys move."""
        self.prepareGeometryChange()
        self.space, self.box, self._active = space, box, active
        self._handles = []
        if space is not None and movable:
            self._handles = [(one, QPointF(*place_of(space, one))) for one in handles(space)]
        self.update()

    def points(self) -> list[tuple[Handle, QPointF, QPointF]]:
        """Return each point that can be moved, and where it and its margin lie in the view.

        None where the film is shown so small that they would touch.
        """
        shown, down = self.sceneTransform(), self.down()
        found = []
        for handle, place in self._handles:
            margin = shown.map(place)
            way = -STEM if handle.bone is Bone.FEMUR else STEM
            found.append((handle, margin + down * way, margin))
        apart = QLineF(found[0][2], found[1][2]).length() if found else 0.0
        return found if apart >= LEAST_APART else []

    def handle_at(self, place: QPointF) -> Handle | None:
        """Return the point that a press at `place`, in view pixels, would take hold of."""
        near = [
            (QLineF(place, point).length(), number)
            for number, (_, point, _) in enumerate(self.points())
        ]
        distance, number = min(near, default=(math.inf, 0))
        return self._handles[number][0] if distance <= REACH else None

    def down(self) -> QPointF:
        """Return the direction down the leg in the view, one view pixel long."""
        return q_point(joint_spaces.down_the_leg(self.space, view_canvas(self)))

    def boundingRect(self) -> QRectF:
        """Return all of the film and around it: a label may lie outside the film."""
        film = self.parentItem().boundingRect()
        shown = self.sceneTransform()
        margin = 400 / max(math.hypot(shown.m11(), shown.m12()), 1e-9)
        return film.adjusted(-margin, -margin, margin, margin)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002 (Qt's signature)
        widget: QWidget | None = None,  # noqa: ARG002 (Qt's signature)
    ) -> None:
        """Draw in view pixels."""
        if self.space is None:
            return
        canvas = view_canvas(self)
        shape_painter.begin(painter)
        shape_painter.paint(painter, joint_spaces.outlines(self.space, canvas))
        for handle, point, margin in self.points():
            _draw_point(painter, point, margin, active=handle == self._active)
        # The last one has the labels of all, which are laid out together, over all the lines.
        shown = [item for item in self._siblings if item.isVisible() and item.space is not None]
        if shown and shown[-1] is self:
            shape_painter.paint(painter, self.labels(canvas))

    def labels(self, canvas: Canvas) -> list[Shape]:
        """Return the labels of all joints of the film, with the lines that lead to them."""
        return joint_spaces.values(
            [item.space for item in self._siblings if item.isVisible() and item.space is not None],
            canvas,
            corrected_mark=CORRECTED,
            taken=self._taken(),
            covers_letter=lambda rect: self._covers_line(rect) or self._covers_letter(rect),
        )

    def _covers_letter(self, rect: Rect) -> bool:
        film = self.parentItem()
        if not isinstance(film, FilmItem) or film.is_draft:
            return False
        return film.detail_in(QRectF(*rect))[0] > LETTER_EDGE


def _draw_point(painter: QPainter, point: QPointF, margin: QPointF, *, active: bool) -> None:
    colour = YELLOW if active else PINK
    for shade, width in ((RIM, 3.0), (colour, 1.0)):
        painter.setPen(QPen(q_colour(shade), width))
        painter.drawLine(margin, point)
    painter.setPen(QPen(q_colour(INK if active else colour), 1.5))
    painter.setBrush(q_colour(colour if active else PLATE))
    painter.drawEllipse(point, RADIUS, RADIUS)
    painter.setBrush(Qt.BrushStyle.NoBrush)
