"""Texts in the corners of the view, and the heat map's legend.

All lengths are view pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from koa_desktop.annotation.colours import AMBER, INK
from koa_desktop.gui.viewer.canvas.film_item import LETTER_EDGE, FilmItem
from koa_desktop.gui.viewer.canvas.shape_painter import q_colour
from koa_desktop.gui.viewer.layers.box_item import BoxItem
from koa_desktop.imaging import colour_maps

MARGIN = 14.0
LINE_GAP = 3.0
TEXT_COLOUR = QColor("#e6e6e6")
SHADOW_COLOUR = QColor(0, 0, 0, 220)
BACKING_COLOUR = QColor(0, 0, 0, 165)
BAR_WIDTH, BAR_HEIGHT = 170.0, 9.0
MOST_STEPS = 14
BRIGHT = 0.4  # a film brighter than this leaves the texts less than 4.5:1


class _Corner(Enum):
    UPPER_LEFT = auto()
    UPPER_RIGHT = auto()
    LOWER_LEFT = auto()


class CornerText:
    """Lines of text in the upper corners of a view, a warning below the right ones; the legend.

    They step along the edge, away from a letter that is burnt into the film's corner and from the
    boxes' tags. While the film is dragged they stay where they are.
    """

    def __init__(self) -> None:
        self.left: Sequence[str] = ()
        self.right: Sequence[str] = ()
        self.warning = ""
        self._places: dict[_Corner, tuple[float, bool]] = {}

    def set(self, left: Sequence[str], right: Sequence[str], warning: str = "") -> None:
        """Draw these from now on."""
        self.left, self.right, self.warning = left, right, warning

    def draw_texts(
        self, painter: QPainter, size: QSize, film: FilmItem, boxes: Sequence[BoxItem]
    ) -> None:
        """Draw the texts over `film` in a view of `size`, beside the boxes and their tags."""
        metrics = QFontMetricsF(_font(12))
        right_width = max(
            [_warning_width(self.warning), *map(metrics.horizontalAdvance, self.right)]
        )
        room = max(size.width() - 3 * MARGIN - right_width, 0.0)
        left = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in self.left]
        for corner, lines, warning in (
            (_Corner.UPPER_LEFT, left, ""),
            (_Corner.UPPER_RIGHT, self.right, self.warning),
        ):
            if not lines and not warning:
                continue
            step = metrics.height() + LINE_GAP
            width = max([_warning_width(warning), *map(metrics.horizontalAdvance, lines)])
            at_right = corner is _Corner.UPPER_RIGHT
            x = size.width() - MARGIN - width if at_right else MARGIN
            block = QRectF(x, MARGIN, width, step * (len(lines) + 1.5 * bool(warning)))
            top, backed = self._place(corner, film, block, step / 2, size, boxes)
            if backed:
                _draw_backing(painter, _plate(QRectF(x, top, width, step * len(lines))))
            painter.setFont(_font(12))
            for number, line in enumerate(lines):
                inset = width - metrics.horizontalAdvance(line) if at_right else 0.0
                place = QPointF(x + inset, top + metrics.ascent() + number * step)
                _draw_shadowed(painter, place, line)
            if warning:
                _draw_warning(painter, size, warning, top + len(lines) * step)

    def draw_legend(
        self,
        painter: QPainter,
        size: QSize,
        film: FilmItem,
        boxes: Sequence[BoxItem],
        texts: tuple[str, str, str],
        colour_map: colour_maps.ColourMap,
    ) -> None:
        """Draw the heat map's legend at the left edge, in the lower corner if it may.

        `texts` are its title and the words below its ends.
        """
        title, less, more = texts
        height = BAR_HEIGHT + 48
        width = min(BAR_WIDTH, size.width() - 2 * MARGIN)
        plate = QRectF(MARGIN - 8, size.height() - MARGIN + 6 - height, width + 16, height)
        top, _ = self._place(_Corner.LOWER_LEFT, film, plate, -height / 4, size, boxes)
        bar = QRectF(MARGIN, top + 26, width, BAR_HEIGHT)
        _draw_backing(painter, plate.translated(0, top - plate.top()))
        ramp = np.ascontiguousarray(colour_maps.colour_table(colour_map)[None])
        image = QImage(ramp.data, ramp.shape[1], 1, ramp.strides[0], QImage.Format.Format_RGB888)
        painter.drawImage(bar, image)
        painter.setPen(TEXT_COLOUR)
        painter.setFont(_font(12))
        painter.drawText(QPointF(bar.left(), bar.top() - 8), title)
        painter.setFont(_font(11))
        ends = QRectF(bar.left(), bar.bottom() + 4, bar.width(), 16)
        painter.drawText(ends, Qt.AlignmentFlag.AlignLeft, less)
        painter.drawText(ends, Qt.AlignmentFlag.AlignRight, more)

    def _place(
        self,
        corner: _Corner,
        film: FilmItem,
        block: QRectF,
        step: float,
        size: QSize,
        boxes: Sequence[BoxItem],
    ) -> tuple[float, bool]:
        if not film.is_draft or corner not in self._places:
            count = min(int((size.height() / 2 - block.height()) / abs(step)) + 1, MOST_STEPS)
            self._places[corner] = _quiet_place(film, block, step, max(count, 1), boxes)
        return self._places[corner]


def _quiet_place(
    film: FilmItem, block: QRectF, step: float, count: int, boxes: Sequence[BoxItem]
) -> tuple[float, bool]:
    """Return the top that leaves most to be seen below `block`, `count` steps from it at the most.

    It is the first without a box or strong detail of the film; where there is none, the calmest,
    a box's inside counting as detail, its border and its tag as more. The second is true where the
    film is too bright there, or too busy, for letters without a ground of their own.
    """
    calmest, top = np.inf, block.top()
    for place in (block.translated(0, number * step) for number in range(count)):
        edge, bright = film.detail_in(place)
        plate = _plate(place)
        touched = [box for box in boxes if box.view_rect().intersects(plate)]
        crossed = any(not box.view_rect().adjusted(3, 3, -3, -3).contains(plate) for box in touched)
        tagged = any(box.mark.label and box.tag_rect().intersects(plate) for box in boxes)
        if edge <= LETTER_EDGE and not touched and not tagged:
            return place.top(), bright > BRIGHT
        contrast = round(4 * edge) / 4 + (len(touched) > 0) / 2 + crossed + tagged
        if contrast < calmest:
            calmest, top = contrast, place.top()
    return top, True


def _plate(rect: QRectF) -> QRectF:
    """Return the ground of the letters in `rect`."""
    return rect.adjusted(-6, -3, 6, 3)


def _draw_backing(painter: QPainter, plate: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(BACKING_COLOUR)
    painter.drawRoundedRect(plate, 4, 4)


def _draw_warning(painter: QPainter, size: QSize, text: str, top: float) -> None:
    """Draw a dark text on amber, flush right."""
    painter.setFont(_font(12, bold=True))
    metrics = QFontMetricsF(painter.font())
    width = _warning_width(text)
    plate = QRectF(size.width() - MARGIN - width, top + 3, width, metrics.height() + 5)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(q_colour(AMBER))
    painter.drawRoundedRect(plate, 3, 3)
    painter.setPen(q_colour(INK))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, text)


def _warning_width(text: str) -> float:
    return QFontMetricsF(_font(12, bold=True)).horizontalAdvance(text) + 12 if text else 0.0


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
