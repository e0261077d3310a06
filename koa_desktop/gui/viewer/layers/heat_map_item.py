"""A heat map over its knee."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from koa_desktop.grading import class_map
from koa_desktop.gui.viewer.layers.box_item import rect_of
from koa_desktop.imaging import colour_maps
from koa_desktop.knees.box import Box
from koa_desktop.knees.crop import Pixels


class HeatMapItem(QGraphicsItem):
    """A heat map (n, n), 0..1, drawn inside the box it was made of."""

    def __init__(self, heat: Pixels, box: Box, opacity: float, film: QGraphicsItem) -> None:
        super().__init__(film)
        self.box = box
        self._heat = heat
        self._opacity = opacity
        self._colour_map = colour_maps.ColourMap.INFERNO
        self._filled = True
        self._outlined = False
        # Made when they are first painted: most heat maps are never looked at.
        self._picture: QImage | None = None
        self._curves: list[QPainterPath] | None = None

    def set_heat_opacity(self, opacity: float) -> None:
        """Draw it at another opacity, 0..1 at its hottest."""
        self._opacity = opacity
        self._recolour()

    def set_colour_map(self, colour_map: colour_maps.ColourMap) -> None:
        """Draw it in other colours."""
        if colour_map is not self._colour_map:
            self._colour_map = colour_map
            self._recolour()

    def set_filled(self, filled: bool) -> None:
        """Draw the map itself, or leave it out."""
        self._filled = filled
        self.update()

    def set_outlined(self, outlined: bool) -> None:
        """Draw the outline of the strongest area."""
        self._outlined = outlined
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the box."""
        return rect_of(self.box)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,  # noqa: ARG002 (Qt's signature)
        widget: QWidget | None = None,  # noqa: ARG002 (Qt's signature)
    ) -> None:
        """Draw the map and, if asked for, its outline."""
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self._filled:
            if self._picture is None:
                picture = colour_maps.colours(self._heat, self._opacity, self._colour_map)
                self._picture = _rgba_image(picture)
            painter.drawImage(rect_of(self.box), self._picture)
        if not self._outlined:
            return
        if self._curves is None:
            found = class_map.outline(self._heat)
            self._curves = [_path(curve, self._heat.shape, self.box) for curve in found]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        curves = [painter.worldTransform().map(curve) for curve in self._curves]
        # In view pixels: a cosmetic pen would be thin on a dense screen.
        painter.setWorldTransform(QTransform())
        # A dark rim keeps the white line visible over white bone.
        for colour, width in ((QColor(0, 0, 0, 150), 3.5), (QColor("white"), 1.5)):
            painter.setPen(QPen(colour, width))
            for curve in curves:
                painter.drawPath(curve)

    def _recolour(self) -> None:
        self._picture = None
        self.update()


def _path(curve: NDArray[np.float32], shape: tuple[int, ...], box: Box) -> QPainterPath:
    """Return the curve in the film's pixels, its pixel steps rounded off.

    It passes through the middles of its sides; its corners only bend it.
    """
    middles = (curve + np.roll(curve, -1, axis=0)) / 2
    path = QPainterPath(_point(middles[-1]))
    for corner, middle in zip(curve, middles, strict=True):
        path.quadTo(_point(corner), _point(middle))
    place = QTransform(box.size / shape[1], 0, 0, box.size / shape[0], box.left, box.top)
    return place.map(path)


def _point(place: NDArray[np.float32]) -> QPointF:
    """Return a place on the map, whose pixels have their middles at halves."""
    return QPointF(float(place[0]) + 0.5, float(place[1]) + 0.5)


def _rgba_image(picture: NDArray[np.uint8]) -> QImage:
    picture = np.ascontiguousarray(picture)
    height, width = picture.shape[:2]
    image = QImage(picture.data, width, height, 4 * width, QImage.Format.Format_RGBA8888)
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
