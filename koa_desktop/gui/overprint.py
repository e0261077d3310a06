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
from koa_desktop.gui.film_item import FilmItem

MARGIN = 14.0
LINE_GAP = 3.0
TEXT_COLOUR = QColor("#e6e6e6")
SHADOW_COLOUR = QColor(0, 0, 0, 220)
BACKING_COLOUR = QColor(0, 0, 0, 165)
BAR_WIDTH, BAR_HEIGHT = 170.0, 9.0
# Brightest less darkest (0..1) where a text hides nothing: a burnt-in letter has more.
QUIET = 0.4
BRIGHT = 0.4  # a film brighter than this leaves the texts less than 4.5:1


class CornerTexts:
    """Lines of text in the upper corners of a view, a warning below the right ones.

    They step down along the edge, away from a letter that is burnt into the film's corner. While
    the film is dragged they stay where they are.
    """

    def __init__(self) -> None:
        self.left: Sequence[str] = ()
        self.right: Sequence[str] = ()
        self.warning = ""
        self._places: dict[bool, tuple[float, bool]] = {}

    def set(self, left: Sequence[str], right: Sequence[str], warning: str = "") -> None:
        """Draw these from now on."""
        self.left, self.right, self.warning = left, right, warning

    def draw(self, painter: QPainter, size: QSize, film: FilmItem) -> None:
        """Draw them over `film` in a view of `size`."""
        metrics = QFontMetricsF(_font(12))
        right_width = max(map(metrics.horizontalAdvance, (*self.right, self.warning)))
        room = max(size.width() - 3 * MARGIN - right_width, 0.0)
        left = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in self.left]
        self._draw_corner(painter, size, film, left)
        self._draw_corner(painter, size, film, self.right, self.warning, at_right=True)

    def _draw_corner(
        self,
        painter: QPainter,
        size: QSize,
        film: FilmItem,
        lines: Sequence[str],
        warning: str = "",
        *,
        at_right: bool = False,
    ) -> None:
        if not lines and not warning:
            return
        metrics = QFontMetricsF(_font(12))
        step = metrics.height() + LINE_GAP
        width = max(map(metrics.horizontalAdvance, (*lines, warning)))
        x = size.width() - MARGIN - width if at_right else MARGIN
        block = QRectF(x, MARGIN, width, step * (len(lines) + 1.5 * bool(warning)))
        if not film.is_draft or at_right not in self._places:
            self._places[at_right] = _quiet_place(film, block, step / 2, size.height() / 2)
        top, backed = self._places[at_right]
        if backed:
            _draw_backing(painter, QRectF(x, top, width, step * len(lines)))
        painter.setFont(_font(12))
        for number, line in enumerate(lines):
            inset = width - metrics.horizontalAdvance(line) if at_right else 0.0
            place = QPointF(x + inset, top + metrics.ascent() + number * step)
            _draw_shadowed(painter, place, line)
        if warning:
            _draw_warning(painter, size, warning, top + len(lines) * step)


def _quiet_place(film: FilmItem, block: QRectF, step: float, lowest: float) -> tuple[float, bool]:
    """Return the uppermost top of `block`, down to `lowest`, where the film has no strong detail.

    Where there is none it is the calmest. The second is true where the film is too bright there, or
    too busy, for letters without a ground of their own.
    """
    top, calmest = block.top(), (2.0, 0.0)
    while top <= max(lowest, block.top()):
        dark, bright = film.range_in(QRectF(block.left(), top, block.width(), block.height()))
        if bright - dark <= QUIET:
            return top, bright > BRIGHT
        calmest = min(calmest, (round(4 * (bright - dark)) / 4, top))
        top += step
    return calmest[1], True


def _draw_backing(painter: QPainter, rect: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(BACKING_COLOUR)
    painter.drawRoundedRect(rect.adjusted(-6, -4, 6, 2), 4, 4)


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
