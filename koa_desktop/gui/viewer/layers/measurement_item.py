"""A measurement in the view: lines, ends, and its value beside it."""

from __future__ import annotations

import math
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from koa_desktop.annotation import measurements
from koa_desktop.annotation.colours import INK, MINT, PLATE, YELLOW, Colour
from koa_desktop.annotation.shapes import Shape
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.gui.viewer.canvas import shape_painter
from koa_desktop.gui.viewer.canvas.shape_painter import q_colour, view_canvas

REACH = 8.0  # view pixels around a point or line
HANDLE = 4.5  # radius of a point that can be taken hold of


class MeasurementItem(QGraphicsItem):
    """One measurement, or the points of one that is being made.

    Its coordinates are pixels of the radiograph; lines, ends and text keep their size and stay
    upright.
    """

    def __init__(self, film: QGraphicsItem) -> None:
        super().__init__(film)
        self.points: tuple[QPointF, ...] = ()
        self.measurement: Measurement | None = None
        self._label = ""
        self._active: int | None = None
        self._selected = False

    def show_measurement(
        self, measurement: Measurement, label: str, *, selected: bool, active: int | None = None
    ) -> None:
        """Show a measurement with its value; the `active` point is the one that keys move."""
        self.measurement = measurement
        self._active = active
        self._show([QPointF(*point) for point in measurement.points], label, selected=selected)

    def show_points(self, points: list[QPointF]) -> None:
        """Show the points of a measurement that is not complete yet."""
        self.measurement = None
        self._active = None
        self._show(points, "", selected=True)

    def point_at(self, place: QPointF) -> int | None:
        """Return the point that a press at `place`, in view pixels, would take hold of."""
        distances = [QLineF(place, point).length() for point in self._in_view()]
        nearest = min(range(len(distances)), key=distances.__getitem__, default=None)
        return nearest if nearest is not None and distances[nearest] <= REACH else None

    def is_hit(self, place: QPointF) -> bool:
        """Tell whether `place`, in view pixels, lies on its lines."""
        return any(_distance(place, *ends) <= REACH for ends in pairwise(self._in_view()))

    def boundingRect(self) -> QRectF:
        """Return all of the film and around it: the label may lie outside the film."""
        film = self.parentItem().boundingRect()
        margin = max(film.width(), film.height()) + 400 / max(self._scale(), 1e-9)
        return film.adjusted(-margin, -margin, margin, margin)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002 (Qt's signature)
        widget: QWidget | None = None,  # noqa: ARG002 (Qt's signature)
    ) -> None:
        """Draw in view pixels."""
        lines, *labels = self.shapes()
        shape_painter.begin(painter)
        shape_painter.paint(painter, [lines])
        if self._selected:
            for index, point in enumerate(self._in_view()):
                _draw_handle(painter, point, self._colour, filled=index == self._active)
        shape_painter.paint(painter, labels)

    def shapes(self) -> list[Shape]:
        """Return its lines and, where it has a value, its label, in view pixels."""
        canvas = view_canvas(self)
        points = canvas.points([(point.x(), point.y()) for point in self.points])
        shapes: list[Shape] = [
            measurements.lines(points, self._colour, canvas, is_angle=self._is_angle)
        ]
        if self._label and points:
            shapes.append(measurements.label(points, self._label, self._colour, canvas))
        return shapes

    @property
    def _colour(self) -> Colour:
        return YELLOW if self._selected else MINT

    def _show(self, points: list[QPointF], label: str, *, selected: bool) -> None:
        self.prepareGeometryChange()
        self.points = tuple(points)
        self._label = label
        self._selected = selected
        self.setZValue(4 if selected else 3)
        self.update()

    def _scale(self) -> float:
        shown = self.sceneTransform()
        return math.hypot(shown.m11(), shown.m12())

    def _in_view(self) -> list[QPointF]:
        return [self.sceneTransform().map(point) for point in self.points]

    @property
    def _is_angle(self) -> bool:
        return self.measurement is None or self.measurement.kind is Kind.ANGLE


def _draw_handle(painter: QPainter, point: QPointF, colour: Colour, *, filled: bool) -> None:
    painter.setPen(QPen(q_colour(INK if filled else colour), 1.5))
    painter.setBrush(q_colour(colour if filled else PLATE))
    painter.drawEllipse(point, HANDLE, HANDLE)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _distance(place: QPointF, start: QPointF, end: QPointF) -> float:
    """Return how far a place lies from a stretch of line."""
    way = end - start
    length = QPointF.dotProduct(way, way)
    share = QPointF.dotProduct(place - start, way) / length if length else 0.0
    nearest = start + way * min(max(share, 0.0), 1.0)
    return QLineF(place, nearest).length()
