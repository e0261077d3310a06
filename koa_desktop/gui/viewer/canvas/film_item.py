"""The radiograph in the view: only the part that is seen, at the level that suits the zoom."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from koa_desktop.gui.viewer.canvas.orientation import Orientation, orientation_of
from koa_desktop.imaging.pyramid import Pyramid, grey, levels
from koa_desktop.radiograph import Radiograph, Window, shown

# During a drag, no more pixels than these, or than the screen has, are looked up for one frame.
DRAFT_PIXELS = 1_500_000
# During a drag, a picture that fills more of the screen than this is drawn without smoothing.
SMOOTH_PIXELS = 4_000_000
# The sharpest edge (0..1) of a film without letters: one that is burnt in has more.
LETTER_EDGE = 0.25
# Neighbours around the part that is seen, for smooth scaling at its rim.
MARGIN = 2

Region = tuple[int, int, int, int]
_TURNS = {1: cv2.ROTATE_90_CLOCKWISE, 2: cv2.ROTATE_180, 3: cv2.ROTATE_90_COUNTERCLOCKWISE}


class FilmItem(QGraphicsItem):
    """One radiograph through one window. Its coordinates are pixels of the radiograph."""

    def __init__(
        self,
        radiograph: Radiograph,
        window: Window,
        pyramid: Pyramid | None = None,
        *,
        negative: bool = False,
    ) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.radiograph = radiograph
        self.pyramid = pyramid or levels(radiograph.values)
        self._draft = False
        self._window = window
        self._negative = negative
        self._drawn: tuple[int, Region, Orientation] | None = None
        self._picture = np.empty((0, 0, 4), np.uint8)
        self._memory = np.empty(0, np.uint8)

    @property
    def grey_window(self) -> Window:
        """The window it is shown through (Qt calls another thing an item's window)."""
        return self._window

    def set_grey_window(self, window: Window) -> None:
        """Show it through another window."""
        self._window = window
        self._drawn = None
        self.update()

    @property
    def inverted(self) -> bool:
        """True where low values are shown bright: as the radiograph asks, or its negative."""
        return self.radiograph.inverted is not self._negative

    def set_negative(self, negative: bool) -> None:
        """Show the negative of the radiograph, or the radiograph as it is."""
        self._negative = negative
        self._drawn = None
        self.update()

    @property
    def is_draft(self) -> bool:
        """True while it is dragged."""
        return self._draft

    def set_draft(self, draft: bool) -> None:
        """While `draft`, a very large view is drawn from a smaller copy."""
        self._draft = draft
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the film's extent."""
        return QRectF(0, 0, self.radiograph.width, self.radiograph.height)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,  # noqa: ARG002 (Qt's signature)
    ) -> None:
        """Draw the part that is seen."""
        seen = option.exposedRect.intersected(self.boundingRect())
        if seen.isEmpty():
            return
        scale = _scale_of(painter)
        level = self._level(scale, seen)
        region = self._region(level, seen)
        wanted = (level, region, orientation_of(painter.worldTransform()))
        if self._drawn != wanted:
            self._picture = self._render(*wanted, self._memory_for(region))
            self._drawn = wanted
        self._draw(painter, self._picture, level, region, scale)

    def draw_piece(self, painter: QPainter, rect: QRectF) -> None:
        """Draw one rectangle of the film, in its pixels, at the painter's own scale."""
        seen = rect.intersected(self.boundingRect())
        if not seen.isEmpty():
            scale = _scale_of(painter)
            level = self._level(scale, seen)
            region = self._region(level, seen)
            orientation = orientation_of(painter.worldTransform())
            picture = self._render(level, region, orientation)
            self._draw(painter, picture, level, region, scale)

    def detail_in(self, rect: QRectF) -> tuple[float, float]:
        """Return the sharpest edge and the brightest grey (0..1) in a rectangle of the scene.

        An edge is the difference of neighbours about two view pixels apart: a letter's is sharp, a
        bone's is not.
        """
        to_scene = self.sceneTransform()
        seen = to_scene.inverted()[0].mapRect(rect).intersected(self.boundingRect())
        if seen.isEmpty():
            return 0.0, 0.0
        level = self.pyramid.level_for(math.hypot(to_scene.m11(), to_scene.m12()) / 2)
        left, top, right, bottom = self._region(level, seen)
        values = self.pyramid.levels[level][top:bottom, left:right]
        seen_values = shown(values, self._window, inverted=self.inverted)
        steps = (np.abs(np.diff(seen_values, axis=axis)) for axis in (0, 1))
        return max(float(step.max(initial=0)) for step in steps), float(seen_values.max())

    def _level(self, scale: float, seen: QRectF) -> int:
        level = self.pyramid.level_for(scale)
        area = seen.width() * seen.height()
        if self._draft:
            most = max(DRAFT_PIXELS, area * scale**2 * 1.1)
            while area / 4.0**level > most and level + 1 < len(self.pyramid.levels):
                level += 1
        return level

    def _region(self, level: int, seen: QRectF) -> Region:
        height, width = self.pyramid.levels[level].shape
        shrink = 1 << level
        return (
            max(int(np.floor(seen.left() / shrink)) - MARGIN, 0),
            max(int(np.floor(seen.top() / shrink)) - MARGIN, 0),
            min(int(np.ceil(seen.right() / shrink)) + MARGIN, width),
            min(int(np.ceil(seen.bottom() / shrink)) + MARGIN, height),
        )

    def _render(
        self,
        level: int,
        region: Region,
        orientation: Orientation,
        memory: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.uint8]:
        """Return a region of a level as the screen shows it, BGRA (H, W, 4), in `memory` if any."""
        left, top, right, bottom = region
        values = self.pyramid.levels[level][top:bottom, left:right]
        # Turned here: Qt turns a picture while it draws it, ten times as slowly. In four channels,
        # because Qt scales a grey picture four times as slowly.
        picture = _rotated(grey(values, self._window, inverted=self.inverted), orientation)
        height, width = picture.shape
        room = np.empty(4 * height * width, np.uint8) if memory is None else memory
        room = room[: 4 * height * width].reshape(height, width, 4)
        cv2.cvtColor(picture, cv2.COLOR_GRAY2BGRA, dst=room)
        return room

    def _memory_for(self, region: Region) -> NDArray[np.uint8]:
        """Return room for the region's picture, the same for each frame of a drag.

        Allocating 30 MB anew costs more time than filling them.
        """
        left, top, right, bottom = region
        needed = 4 * (right - left) * (bottom - top)
        if not needed <= self._memory.size <= 4 * needed:
            self._memory = np.empty(needed + needed // 16, np.uint8)
        return self._memory

    def _draw(
        self,
        painter: QPainter,
        picture: NDArray[np.uint8],
        level: int,
        region: Region,
        scale: float,
    ) -> None:
        left, top, right, bottom = (edge << level for edge in region)
        shown = painter.worldTransform()
        painter.save()
        painter.setWorldTransform(QTransform())
        # A level's last pixels may stand for less than a whole block of the film's.
        if right > self.radiograph.width or bottom > self.radiograph.height:
            clip = shown.mapRect(self.boundingRect())
            painter.setClipRect(clip, Qt.ClipOperation.IntersectClip)
        target = shown.mapRect(QRectF(left, top, right - left, bottom - top))
        exact = abs(scale - 1) < 1e-6 and level == 0
        dense = painter.device().devicePixelRatioF() ** 2
        hurried = self._draft and target.width() * target.height() * dense > SMOOTH_PIXELS
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact and not hurried)
        height, width = picture.shape[:2]
        image = QImage(picture.data, width, height, 4 * width, QImage.Format.Format_RGB32)
        painter.drawImage(target, image)
        painter.restore()


def _rotated(picture: NDArray[np.uint8], orientation: Orientation) -> NDArray[np.uint8]:
    """Return a picture (H, W) mirrored and turned as the screen shall show it."""
    if orientation.mirrored:
        picture = cv2.flip(picture, 1).astype(np.uint8, copy=False)
    if orientation.quarters:
        picture = cv2.rotate(picture, _TURNS[orientation.quarters]).astype(np.uint8, copy=False)
    return picture


def _scale_of(painter: QPainter) -> float:
    """Return screen pixels per pixel of the radiograph."""
    shown = painter.worldTransform()
    return math.hypot(shown.m11(), shown.m12()) * painter.device().devicePixelRatioF()
