"""The joint space of a knee in the view: outlines, smallest widths, points to move."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from koa_desktop.gui.viewer.layers.box_item import CHOSEN, TAG_TEXT
from koa_desktop.gui.viewer.layers.measurement_item import BACKING, RIM, draw_label, label_font
from koa_desktop.joint_space import description
from koa_desktop.joint_space.correction import Bone
from koa_desktop.joint_space.editing import Handle, handles, place_of
from koa_desktop.joint_space.measure import Compartment, JointSpace
from koa_desktop.knees.box import Box

COLOUR = QColor("#ff9de2")
LEAST = QColor("white")
CORRECTED = " ✎"
STEM = 11.0  # view pixels from a margin to its point, so that the bone's edge stays free
RADIUS = 4.0
REACH = 8.0
LEAST_APART = 12.0  # view pixels between points; closer ones could not be told apart
LABEL_GAP = 10.0


class JointSpaceItem(QGraphicsItem):
    """The joint space of one box. In pixels of the radiograph; lines and text keep their size."""

    def __init__(self, film: QGraphicsItem) -> None:
        super().__init__(film)
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
        if self.space is None or self.space.frame is None:
            return QPointF(0, 1)
        angle, shown = self.space.frame.angle, self.sceneTransform()
        way = shown.map(QPointF(-math.sin(angle), math.cos(angle))) - shown.map(QPointF(0, 0))
        return way / math.hypot(way.x(), way.y())

    def boundingRect(self) -> QRectF:
        """Return all of the film and around it: a label may stand anywhere near."""
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
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        parts = [
            part
            for part in (self.space.left, self.space.right)
            if part is not None and not part.reason
        ]
        for part in parts:
            self._draw_outline(painter, part)
        for handle, point, margin in self.points():
            _draw_point(painter, point, margin, active=handle == self._active)
        for part in parts:
            self._draw_value(painter, part)

    def _draw_outline(self, painter: QPainter, part: Compartment) -> None:
        outline, narrowest = self._in_view(part.outline), self._in_view(part.narrowest)
        half = len(outline) // 2
        for colour, width in ((RIM, 3.5), (COLOUR, 1.5)):
            pen = QPen(colour, width)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            if part.flag and colour is COLOUR:
                # What is unsure looks so, whatever the eye makes of colours.
                pen.setDashPattern([4, 3])
            painter.setPen(pen)
            for margin in (outline[:half], outline[half:]):
                painter.drawPolyline(QPolygonF(margin))
        for shade, thickness in ((RIM, 4.5), (LEAST, 2.5)):
            pen = QPen(shade, thickness)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLine(narrowest[0], narrowest[1])

    def _draw_value(self, painter: QPainter, part: Compartment) -> None:
        if part.minimal is None or self.space is None:
            return
        text = description.value(part.minimal)
        if part.corrected:
            text += CORRECTED
        metrics = QFontMetricsF(label_font())
        width, height = metrics.horizontalAdvance(text) + 12, metrics.height() + 4
        draw_label(painter, self._label_rect(part, width, height), text, COLOUR)

    def _label_rect(self, part: Compartment, width: float, height: float) -> QRectF:
        """Return where a value stands: beside its compartment, away from the notch; in view."""
        rect = QPolygonF(self._in_view(part.outline)).boundingRect()
        down = self.down()
        # Along the joint from the middle outwards: the viewer's left of the leg, or its right.
        outwards = QPointF(down.y(), -down.x())
        if self.sceneTransform().determinant() < 0:
            outwards = -outwards
        if self.space is not None and part is self.space.left:
            outwards = -outwards
        reach_x, reach_y = (rect.width() + width) / 2, (rect.height() + height) / 2
        steps = [
            reach / abs(way)
            for reach, way in ((reach_x, outwards.x()), (reach_y, outwards.y()))
            if abs(way) > 1e-6
        ]
        middle = rect.center() + outwards * (min(steps) + LABEL_GAP)
        label = QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
        seen = self.scene().sceneRect()
        if rect.intersects(seen):
            label.moveLeft(min(max(label.left(), 4), seen.width() - width - 4))
            label.moveTop(min(max(label.top(), 4), seen.height() - height - 4))
        if label.intersects(rect):
            label.moveTop(rect.bottom() + LABEL_GAP)
        return label

    def _in_view(self, points: NDArray[np.float32] | None) -> list[QPointF]:
        shown = self.sceneTransform()
        known = () if points is None else points
        return [shown.map(QPointF(float(x), float(y))) for x, y in known]


def _draw_point(painter: QPainter, point: QPointF, margin: QPointF, *, active: bool) -> None:
    colour = CHOSEN if active else COLOUR
    for shade, width in ((RIM, 3.0), (colour, 1.0)):
        painter.setPen(QPen(shade, width))
        painter.drawLine(margin, point)
    painter.setPen(QPen(TAG_TEXT if active else colour, 1.5))
    painter.setBrush(colour if active else BACKING)
    painter.drawEllipse(point, RADIUS, RADIUS)
    painter.setBrush(Qt.BrushStyle.NoBrush)
