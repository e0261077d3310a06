"""The radiograph in the view: only the part that is seen, at the level that suits the zoom."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from koa_desktop.gui.pyramid import Pyramid, grey, levels
from koa_desktop.radiograph import Radiograph, Window

# While a window is dragged, no more pixels than these are looked up for one frame.
DRAFT_PIXELS = 4_000_000
# Neighbours around the part that is seen, for smooth scaling at its rim.
MARGIN = 2

Region = tuple[int, int, int, int]


class FilmItem(QGraphicsItem):
    """One radiograph through one window. Its coordinates are pixels of the radiograph."""

    def __init__(
        self, radiograph: Radiograph, window: Window, pyramid: Pyramid | None = None
    ) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self.radiograph = radiograph
        self.pyramid = pyramid or levels(radiograph)
        self._draft = False
        self._window = window
        self._drawn: tuple[int, Region] | None = None
        self._picture = QImage()

    @property
    def grey_window(self) -> Window:
        """The window it is shown through (Qt calls another thing an item's window)."""
        return self._window

    def set_grey_window(self, window: Window) -> None:
        """Show it through another window."""
        self._window = window
        self._drawn = None
        self.update()

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
        scale = painter.worldTransform().m11() * painter.device().devicePixelRatioF()
        level = self._level(scale, seen)
        region = self._region(level, seen)
        if self._drawn != (level, region):
            self._picture = self._render(level, region)
            self._drawn = (level, region)
        self._draw(painter, level, region, scale)

    def _level(self, scale: float, seen: QRectF) -> int:
        level = self.pyramid.level_for(scale)
        area = seen.width() * seen.height()
        if self._draft:
            while area / 4.0**level > DRAFT_PIXELS and level + 1 < len(self.pyramid.levels):
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

    def _render(self, level: int, region: Region) -> QImage:
        left, top, right, bottom = region
        values = self.pyramid.levels[level][top:bottom, left:right]
        return grey_image(grey(self.radiograph, values, self._window))

    def _draw(self, painter: QPainter, level: int, region: Region, scale: float) -> None:
        left, top, right, bottom = (edge << level for edge in region)
        painter.save()
        # A level's last pixels may stand for less than a whole block of the film's.
        if right > self.radiograph.width or bottom > self.radiograph.height:
            painter.setClipRect(self.boundingRect())
        exact = abs(scale - 1) < 1e-6 and level == 0
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not exact)
        painter.drawImage(QRectF(left, top, right - left, bottom - top), self._picture)
        painter.restore()


def grey_image(picture: NDArray[np.uint8]) -> QImage:
    """Return an 8-bit grey picture (H, W) as a QImage that owns its pixels."""
    picture = np.ascontiguousarray(picture)
    height, width = picture.shape
    image = QImage(picture.data, width, height, width, QImage.Format.Format_Grayscale8)
    return image.copy()
