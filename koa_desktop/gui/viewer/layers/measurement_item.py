"""A measurement in the view: lines, ends, and its value beside it."""

from __future__ import annotations

import math
from itertools import pairwise

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.gui.viewer.layers.box_item import CHOSEN, TAG_TEXT

REACH = 8.0  # view pixels around a point or line
COLOUR = QColor("#7fe0c4")
BACKING = QColor(0, 0, 0, 185)
RIM = QColor(0, 0, 0, 170)
TICK = 6.0  # half the length of a ruler's end strokes, in view pixels
HANDLE = 4.5
ARC = 22.0
LABEL_PIXELS = 13
LABEL_GAP = 12.0


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
        """Return all of the film and around it: the label may stand anywhere near."""
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
        points = self._in_view()
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        colour = CHOSEN if self._selected else COLOUR
        lines = self._lines(points)
        for pen in (QPen(RIM, 4), QPen(colour, 1.75)):
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawPath(lines)
        if self._selected:
            for index, point in enumerate(points):
                _draw_handle(painter, point, colour, filled=index == self._active)
        if self._label and points:
            draw_label(painter, self._label_rect(points), self._label, colour)

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

    def _lines(self, points: list[QPointF]) -> QPainterPath:
        path = QPainterPath()
        for start, end in pairwise(points):
            path.moveTo(start)
            path.lineTo(end)
        if self._is_angle and len(points) == 3:
            _add_arc(path, points)
        elif len(points) == 2:
            _add_ticks(path, *points)
        return path

    @property
    def _is_angle(self) -> bool:
        return self.measurement is None or self.measurement.kind is Kind.ANGLE

    def _label_rect(self, points: list[QPointF]) -> QRectF:
        """Return where the value stands: beside the vertex, or a ruler's lower end; in view."""
        metrics = QFontMetricsF(label_font())
        size = metrics.horizontalAdvance(self._label) + 12, metrics.height() + 4
        if len(points) == 3:
            arms = (points[0] + points[2]) / 2 - points[1]
            place = points[1] - QPointF(0 if arms.x() < 0 else size[0], 0)
            place += QPointF(LABEL_GAP if arms.x() < 0 else -LABEL_GAP, -size[1] / 2)
        else:
            lower = max(points, key=lambda point: (point.y(), point.x()))
            place = lower + QPointF(LABEL_GAP, LABEL_GAP / 2)
        rect = QRectF(place.x(), place.y(), *size)
        seen = self.scene().sceneRect()
        if any(seen.contains(point) for point in points):
            rect.moveLeft(min(max(rect.left(), 4), seen.width() - rect.width() - 4))
            rect.moveTop(min(max(rect.top(), 4), seen.height() - rect.height() - 4))
        return rect


def label_font() -> QFont:
    """Return the values' font; its size is in view pixels."""
    font = QFont()
    font.setPixelSize(LABEL_PIXELS)
    font.setBold(True)
    return font


def _add_ticks(path: QPainterPath, start: QPointF, end: QPointF) -> None:
    """Add a stroke across each end of a ruler."""
    line = QLineF(start, end)
    if line.length() < 1:
        return
    across = QPointF(-line.dy(), line.dx()) / line.length() * TICK
    for point in (start, end):
        path.moveTo(point - across)
        path.lineTo(point + across)


def _add_arc(path: QPainterPath, points: list[QPointF]) -> None:
    """Add the arc between an angle's arms."""
    first, last = QLineF(points[1], points[0]), QLineF(points[1], points[2])
    radius = min(ARC, first.length(), last.length())
    if radius < 4:
        return
    sweep = (last.angle() - first.angle() + 180) % 360 - 180
    square = QRectF(points[1].x() - radius, points[1].y() - radius, 2 * radius, 2 * radius)
    path.arcMoveTo(square, first.angle())
    path.arcTo(square, first.angle(), sweep)


def _draw_handle(painter: QPainter, point: QPointF, colour: QColor, *, filled: bool) -> None:
    painter.setPen(QPen(TAG_TEXT if filled else colour, 1.5))
    painter.setBrush(colour if filled else BACKING)
    painter.drawEllipse(point, HANDLE, HANDLE)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def draw_label(painter: QPainter, rect: QRectF, text: str, colour: QColor) -> None:
    """Write a value on its dark plate."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(BACKING)
    painter.drawRoundedRect(rect, 3, 3)
    painter.setFont(label_font())
    painter.setPen(colour)
    painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, text)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _distance(place: QPointF, start: QPointF, end: QPointF) -> float:
    """Return how far a place lies from a stretch of line."""
    way = end - start
    length = QPointF.dotProduct(way, way)
    share = QPointF.dotProduct(place - start, way) / length if length else 0.0
    nearest = start + way * min(max(share, 0.0), 1.0)
    return QLineF(place, nearest).length()
