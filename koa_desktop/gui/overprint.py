"""What stands fixed over the film: texts in the corners, and the heat map's legend.

All lengths are view pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from koa_desktop import overlay
from koa_desktop.gui.box_item import TAG_TEXT, WARNING

MARGIN = 14.0
LINE_GAP = 3.0
TEXT_COLOUR = QColor("#e6e6e6")
SHADOW_COLOUR = QColor(0, 0, 0, 220)
BACKING_COLOUR = QColor(0, 0, 0, 140)
BAR_WIDTH, BAR_HEIGHT = 170.0, 9.0


def draw_corner_texts(
    painter: QPainter, size: QSize, left: Sequence[str], right: Sequence[str], warning: str
) -> None:
    """Draw lines of text in the upper corners of a view of `size`, a warning below the right."""
    painter.setFont(_font(12))
    metrics = QFontMetricsF(painter.font())
    for lines, flush_right in ((left, False), (right, True)):
        for number, line in enumerate(lines):
            x = MARGIN
            if flush_right:
                x = size.width() - MARGIN - metrics.horizontalAdvance(line)
            y = MARGIN + metrics.ascent() + number * (metrics.height() + LINE_GAP)
            _draw_shadowed(painter, QPointF(x, y), line)
    if warning:
        _draw_warning(painter, size, warning, MARGIN + len(right) * (metrics.height() + LINE_GAP))


def _draw_warning(painter: QPainter, size: QSize, text: str, top: float) -> None:
    """Draw a dark text on amber, flush right."""
    painter.setFont(_font(12, bold=True))
    metrics = QFontMetricsF(painter.font())
    width = metrics.horizontalAdvance(text) + 12
    plate = QRectF(size.width() - MARGIN - width, top + 3, width, metrics.height() + 5)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(WARNING)
    painter.drawRoundedRect(plate, 3, 3)
    painter.setPen(TAG_TEXT)
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def draw_legend(
    painter: QPainter, size: QSize, texts: tuple[str, str, str], colour_map: overlay.ColourMap
) -> None:
    """Draw the heat map's legend in the lower left corner of a view of `size`.

    `texts` are its title and the words below its ends.
    """
    title, less, more = texts
    bar = QRectF(MARGIN, size.height() - MARGIN - 16 - BAR_HEIGHT, BAR_WIDTH, BAR_HEIGHT)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(BACKING_COLOUR)
    painter.drawRoundedRect(bar.adjusted(-8, -26, 8, 22), 4, 4)
    ramp = np.ascontiguousarray(overlay.colour_table(colour_map)[None])
    image = QImage(ramp.data, ramp.shape[1], 1, ramp.strides[0], QImage.Format.Format_RGB888)
    painter.drawImage(bar, image)
    painter.setPen(TEXT_COLOUR)
    painter.setFont(_font(12))
    painter.drawText(QPointF(bar.left(), bar.top() - 8), title)
    painter.setFont(_font(11))
    ends = QRectF(bar.left(), bar.bottom() + 4, bar.width(), 16)
    painter.drawText(ends, Qt.AlignmentFlag.AlignLeft, less)
    painter.drawText(ends, Qt.AlignmentFlag.AlignRight, more)


def _draw_shadowed(painter: QPainter, place: QPointF, text: str) -> None:
    """Draw text that stays legible over a bright film."""
    painter.setPen(SHADOW_COLOUR)
    for shift in (QPointF(1, 1), QPointF(-1, 0), QPointF(0, -1)):
        painter.drawText(place + shift, text)
    painter.setPen(TEXT_COLOUR)
    painter.drawText(place, text)


def _font(pixels: int, *, bold: bool = False) -> QFont:
    font = QFont()
    font.setBold(bold)
    font.setPixelSize(pixels)
    return font
