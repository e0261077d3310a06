"""A measurement in the view: lines, ends, and its value beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from PySide6.QtCore import QLineF, QMarginsF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from koa_desktop.annotation import measurements
from koa_desktop.annotation.canvas import Canvas
from koa_desktop.annotation.colours import INK, MINT, PLATE, YELLOW, Colour
from koa_desktop.annotation.shapes import Point, Rect, Shape
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

    def __init__(
        self,
        film: QGraphicsItem,
        siblings: Sequence[MeasurementItem] | None = None,
        taken: Callable[[], list[Rect]] = list,
    ) -> None:
        """Draw on `film`. `siblings` are all measurements of it, this one among them; None alone.

        `taken` returns the places of the view, in its pixels, that labels must leave free.
        """
        super().__init__(film)
        self._siblings = (self,) if siblings is None else siblings
        self._taken = taken
        self.points: tuple[QPointF, ...] = ()
        self.measurement: Measurement | None = None
        self.label = ""
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
        points = self._in_view()
        if self._kind is Kind.MASK:
            reach = QMarginsF(REACH, REACH, REACH, REACH)
            return _rectangle(points).marginsAdded(reach).contains(place)
        if self._kind is Kind.OBJECT:
            middle, across = (points[0] + points[1]) / 2, QLineF(*points).length()
            return abs(QLineF(place, middle).length() - across / 2) <= REACH
        return any(_distance(place, *ends) <= REACH for ends in pairwise(points))

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
        canvas = view_canvas(self)
        shape_painter.begin(painter)
        if self._kind is Kind.MASK:
            _draw_mask(painter, self._in_view(), self._colour)
        else:
            lines = measurements.lines(self._on(canvas), self._colour, canvas, self._kind)
            shape_painter.paint(painter, [lines])
        if self._selected:
            for index, point in enumerate(self._in_view()):
                _draw_handle(painter, point, self._colour, filled=index == self._active)
        # The last one drawn has the labels of all, which are laid out together, over all the lines.
        if self is sorted(self._siblings, key=QGraphicsItem.zValue)[-1]:
            shape_painter.paint(painter, self.labels(canvas))

    def labels(self, canvas: Canvas) -> list[Shape]:
        """Return the values of all measurements of the film, with the lines that lead to them.

        The selected one's keeps its place before the others'.
        """
        named = [item for item in self._siblings if item.label and item.points]
        named.sort(key=lambda item: -item.zValue())
        measured = [(item._on(canvas), item.label, item._colour) for item in named]
        return measurements.values(measured, canvas, self._taken())

    def crosses(self, rect: Rect) -> bool:
        """Tell whether a line between its points passes through `rect`, in view pixels."""
        points = [point.toTuple() for point in self._in_view()]
        lines = () if self._kind is Kind.MASK else pairwise(points)
        return any(rect.is_crossed(*line) for line in lines)

    def _on(self, canvas: Canvas) -> tuple[Point, ...]:
        return canvas.points([(point.x(), point.y()) for point in self.points])

    @property
    def _colour(self) -> Colour:
        return YELLOW if self._selected else MINT

    def _show(self, points: list[QPointF], label: str, *, selected: bool) -> None:
        self.prepareGeometryChange()
        self.points = tuple(points)
        self.label = label
        self._selected = selected
        # Masks lie below, for a measurement may lead across one.
        below = 2 if self._kind is Kind.MASK else 0
        self.setZValue((4 if selected else 3) - below)
        self.update()

    def _scale(self) -> float:
        shown = self.sceneTransform()
        return math.hypot(shown.m11(), shown.m12())

    def _in_view(self) -> list[QPointF]:
        return [self.sceneTransform().map(point) for point in self.points]

    @property
    def _kind(self) -> Kind | None:
        return None if self.measurement is None else self.measurement.kind


def _rectangle(corners: Sequence[QPointF]) -> QRectF:
    return QRectF(corners[0], corners[1]).normalized()


def _draw_mask(painter: QPainter, corners: Sequence[QPointF], colour: Colour) -> None:
    """Draw a masked area as exports have it, black, with a frame that tells it from the film."""
    pen = QPen(q_colour(colour), 1, Qt.PenStyle.DashLine)
    pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.GlobalColor.black)
    painter.drawRect(_rectangle(corners))
    painter.setBrush(Qt.BrushStyle.NoBrush)


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
