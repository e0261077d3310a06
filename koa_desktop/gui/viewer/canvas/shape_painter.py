"""Paints annotations in the view: their lines and texts keep their size at every zoom."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem

from koa_desktop.annotation.canvas import Canvas, Lettering, Sizes
from koa_desktop.annotation.colours import RIM, Colour
from koa_desktop.annotation.shapes import Frame, Label, Pen, Point, Rect, Shape, Strokes

TAG_PIXELS, VALUE_PIXELS = 12, 13
TAG_HEIGHT = 19.0


def view_canvas(item: QGraphicsItem) -> Canvas:
    """Return the view as the canvas of an item whose coordinates are the radiograph's pixels."""
    shown, seen = item.sceneTransform(), item.scene().sceneRect()
    matrix = np.array(
        [[shown.m11(), shown.m21(), shown.dx()], [shown.m12(), shown.m22(), shown.dy()]]
    )
    return Canvas(matrix, seen.width(), seen.height(), _sizes(), _text_width)


def begin(painter: QPainter) -> None:
    """Have an item painted in view pixels."""
    painter.setWorldTransform(QTransform())
    # Each text by its own letters: `5.1 mm` has its unit at the right on every film.
    painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint(painter: QPainter, shapes: Iterable[Shape]) -> None:
    """Paint shapes in view pixels; the painter's brush is none before and after."""
    for shape in shapes:
        if isinstance(shape, Strokes):
            _paint_strokes(painter, shape)
        elif isinstance(shape, Frame):
            pen = QPen(q_colour(shape.colour), shape.width)
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            _set_dash(pen, shape.dash)
            painter.setPen(pen)
            painter.drawRect(QRectF(*shape.rect))
        else:
            _paint_label(painter, shape)


def q_colour(colour: Colour) -> QColor:
    """Return a colour as Qt's."""
    return QColor(*colour)


def q_point(point: Point) -> QPointF:
    """Return a point as Qt's."""
    return QPointF(*point)


def shape_rect(rect: QRectF) -> Rect:
    """Return Qt's rectangle as a shape's."""
    return Rect(rect.x(), rect.y(), rect.width(), rect.height())


def _paint_strokes(painter: QPainter, strokes: Strokes) -> None:
    lines = [QPolygonF([QPointF(x, y) for x, y in line]) for line in strokes.lines]
    passes = [(RIM, strokes.pen.rim, ())] if strokes.pen.rim else []
    for colour, width, dash in (*passes, (strokes.colour, strokes.pen.width, strokes.dash)):
        pen = QPen(q_colour(colour), width)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        round_ends, flat = Qt.PenCapStyle.RoundCap, Qt.PenCapStyle.FlatCap
        pen.setCapStyle(round_ends if strokes.round_ends else flat)
        _set_dash(pen, dash)
        painter.setPen(pen)
        for line in lines:
            painter.drawPolyline(line)


def _paint_label(painter: QPainter, label: Label) -> None:
    rect = QRectF(*label.rect)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(q_colour(label.plate))
    painter.drawRoundedRect(rect, 3, 3)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setFont(_bold_font(label.pixels))
    painter.setPen(q_colour(label.ink))
    if label.padding is None:
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, label.text)
    else:
        inner = rect.adjusted(label.padding, 0, 0, 0)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, label.text)


def _set_dash(pen: QPen, dash: tuple[float, ...]) -> None:
    if dash:
        pen.setDashPattern(list(dash))


def _sizes() -> Sizes:
    """Return the sizes of the view, in its pixels."""
    height = QFontMetricsF(_bold_font(VALUE_PIXELS)).height() + 4
    return Sizes(
        outline=Pen(1.5, 3.5),
        minimal=Pen(2.5, 4.5),
        measurement=Pen(1.75, 4),
        box=1.5,
        tick=6,
        arc=22,
        border=4,
        joint_label=Lettering(VALUE_PIXELS, padding=6, height=height, gap=10),
        measurement_label=Lettering(VALUE_PIXELS, padding=6, height=height, gap=12),
        tag=Lettering(TAG_PIXELS, padding=6, height=TAG_HEIGHT),
    )


def _bold_font(pixels: int) -> QFont:
    font = QFont()
    font.setPixelSize(pixels)
    font.setBold(True)
    return font


def _text_width(text: str, pixels: int) -> float:
    return QFontMetricsF(_bold_font(pixels)).horizontalAdvance(text)
