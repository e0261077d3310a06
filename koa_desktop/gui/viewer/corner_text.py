"""Texts in the corners of the view, and the heat map's legend.

All lengths are view pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from koa_desktop.annotation.colours import AMBER, INK
from koa_desktop.annotation.shapes import Rect
from koa_desktop.gui.viewer.canvas.film_item import LETTER_EDGE, FilmItem
from koa_desktop.gui.viewer.canvas.shape_painter import q_colour, shape_rect
from koa_desktop.gui.viewer.layers.box_item import BoxItem
from koa_desktop.imaging import colour_maps

MARGIN = 14.0
LINE_GAP = 3.0
TEXT_COLOUR = QColor("#e6e6e6")
SHADOW_COLOUR = QColor(0, 0, 0, 220)
BACKING_COLOUR = QColor(0, 0, 0, 165)
BAR_WIDTH, BAR_HEIGHT = 170.0, 9.0
MOST_STEPS = 14
LEAST_BESIDE = 90.0  # in less beside the right texts, the left ones stand above them
LOW, LINES_WHERE_LOW = 420, 2  # a view of less height has room for two lines
GROUND_Y = 3.0  # of the ground beyond the letters
BRIGHT = 0.4  # a film brighter than this leaves the texts less than 4.5:1


class _Corner(Enum):
    UPPER_LEFT = auto()
    UPPER_RIGHT = auto()
    LOWER_LEFT = auto()


class _Mark(NamedTuple):
    """A knee's box and its tag; an empty rectangle where it has none."""

    box: QRectF
    tag: QRectF


class _Place(NamedTuple):
    """Where a text lies: which of the offered blocks, its top, and whether it needs a ground."""

    block: int
    top: float
    backed: bool


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of text in their place, with a warning below them. `whole` are the lines uncut."""

    rect: QRectF
    lines: tuple[str, ...]
    whole: tuple[str, ...]
    warning: str
    at_right: bool
    backed: bool


class CornerText:
    """Lines of text in the upper corners of a view, a warning below the right ones; the legend.

    They step along the edge, away from a letter that is burnt into the film's corner and from the
    boxes' tags. While the film is dragged they stay where they are.
    """

    def __init__(self) -> None:
        self.left: Sequence[str] = ()
        self.right: Sequence[str] = ()
        self.warning = ""
        self._places: dict[_Corner, _Place] = {}
        self._blocks: tuple[_Block, ...] = ()
        self._legend: QRectF | None = None
        self._has_scale = True

    def set(self, left: Sequence[str], right: Sequence[str], warning: str = "") -> None:
        """Draw these from now on."""
        self.left, self.right, self.warning = left, right, warning

    def lay_out(
        self,
        size: QSize,
        film: FilmItem,
        boxes: Sequence[BoxItem],
        *,
        legend: str | None,
        has_scale: bool = True,
    ) -> None:
        """Find the places of all texts over `film` in a view of `size`, beside boxes and tags.

        `legend` is the title of the heat map's legend, None where it isn't shown; without a map it
        has no scale.
        """
        marks = [
            _Mark(box.view_rect(), box.tag_rect() if box.mark.label else QRectF()) for box in boxes
        ]
        metrics = QFontMetricsF(_font(12))
        right_width = max(
            [_warning_width(self.warning), *map(metrics.horizontalAdvance, self.right)]
        )
        beside = size.width() - 3 * MARGIN - right_width
        room = beside if beside >= LEAST_BESIDE else max(size.width() - 2 * MARGIN, 0.0)
        left = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, room) for line in self.left]
        right = list(self.right)
        if size.height() < LOW:
            left, right = left[:LINES_WHERE_LOW], right[:LINES_WHERE_LOW]
        step = metrics.height() + LINE_GAP
        blocks: list[_Block] = []
        for corner, lines, whole, warning in (
            (_Corner.UPPER_LEFT, left, self.left, ""),
            (_Corner.UPPER_RIGHT, right, self.right, self.warning),
        ):
            if not lines and not warning:
                continue
            width = max([_warning_width(warning), *map(metrics.horizontalAdvance, lines)])
            at_right = corner is _Corner.UPPER_RIGHT
            x = max(size.width() - MARGIN - width, 0.0) if at_right else MARGIN
            below_left = bool(blocks) and beside < LEAST_BESIDE
            # Their grounds must not meet.
            above = blocks[-1].rect.bottom() + 2 * GROUND_Y + 1 if below_left else MARGIN
            # Last lines give way to a letter or a box; the tooltip has them.
            least = min(len(lines), 1)
            rects = [
                QRectF(x, above, width, step * (count + 1.5 * bool(warning)))
                for count in range(len(lines), least - 1, -1)
            ]
            place = self._place(corner, film, rects, step / 2, size, marks)
            rect = rects[place.block]
            rect.moveTop(place.top)
            shown = tuple(lines[: len(lines) - place.block])
            blocks.append(_Block(rect, shown, tuple(whole), warning, at_right, place.backed))
        self._blocks = tuple(blocks)
        self._has_scale = has_scale
        plate = None if legend is None else self._legend_place(size, film, marks, legend)
        texts = [_plate(block.rect) for block in blocks]
        # In a very low view nothing is left for the legend.
        self._legend = None if plate and any(map(plate.intersects, texts)) else plate

    def plates(self) -> list[Rect]:
        """Return the places of texts and legend, in view pixels."""
        places = [_plate(block.rect) for block in self._blocks]
        places += [self._legend] if self._legend is not None else []
        return [shape_rect(place) for place in places]

    def tip_at(self, place: QPointF) -> str:
        """Return the whole lines of a text that is cut at a place of the view; empty beside it."""
        for block in self._blocks:
            if block.lines != block.whole and _plate(block.rect).contains(place):
                return "\n".join(block.whole)
        return ""

    def draw_texts(self, painter: QPainter) -> None:
        """Draw the texts where they were laid out."""
        metrics = QFontMetricsF(_font(12))
        step = metrics.height() + LINE_GAP
        # Each text by its own letters, whichever way the window runs.
        painter.setLayoutDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        for block in self._blocks:
            rect = block.rect
            if block.backed and block.lines:
                ground = QRectF(rect.x(), rect.y(), rect.width(), step * len(block.lines))
                _draw_backing(painter, _plate(ground))
            painter.setFont(_font(12))
            for number, line in enumerate(block.lines):
                inset = rect.width() - metrics.horizontalAdvance(line) if block.at_right else 0.0
                place = QPointF(rect.x() + inset, rect.y() + metrics.ascent() + number * step)
                _draw_shadowed(painter, place, line)
            if block.warning:
                _draw_warning(
                    painter, rect.right(), block.warning, rect.y() + len(block.lines) * step
                )

    def draw_legend(
        self,
        painter: QPainter,
        texts: tuple[str, str, str],
        colour_map: colour_maps.ColourMap,
    ) -> None:
        """Draw the heat map's legend where it was laid out.

        `texts` are its title and the words below its ends.
        """
        if self._legend is None:
            return
        title, less, more = texts
        plate = self._legend
        room = plate.width() - 16
        bar = QRectF(plate.left() + 8, plate.top() + 26, min(BAR_WIDTH, room), BAR_HEIGHT)
        title = QFontMetricsF(_font(12)).elidedText(title, Qt.TextElideMode.ElideRight, room)
        _draw_backing(painter, plate)
        painter.setPen(TEXT_COLOUR)
        painter.setFont(_font(12))
        painter.drawText(QPointF(bar.left(), bar.top() - 8), title)
        if not self._has_scale:
            return
        ramp = np.ascontiguousarray(colour_maps.colour_table(colour_map)[None])
        image = QImage(ramp.data, ramp.shape[1], 1, ramp.strides[0], QImage.Format.Format_RGB888)
        painter.drawImage(bar, image)
        painter.setFont(_font(11))
        ends = QRectF(bar.left(), bar.bottom() + 4, bar.width(), 16)
        # Below the colours that they name, in every language.
        absolute = Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(ends, Qt.AlignmentFlag.AlignLeft | absolute, less)
        painter.drawText(ends, Qt.AlignmentFlag.AlignRight | absolute, more)

    def _legend_place(
        self, size: QSize, film: FilmItem, marks: Sequence[_Mark], title: str
    ) -> QRectF:
        """Return the legend's place at the left edge, in the lower corner if it may."""
        height = BAR_HEIGHT + 48 if self._has_scale else 26
        needed = max(BAR_WIDTH, QFontMetricsF(_font(12)).horizontalAdvance(title))
        width = min(needed, size.width() - 2 * MARGIN)
        plate = QRectF(MARGIN - 8, size.height() - MARGIN + 6 - height, width + 16, height)
        place = self._place(_Corner.LOWER_LEFT, film, (plate,), -height / 4, size, marks)
        plate.moveTop(place.top)
        return plate

    def _place(
        self,
        corner: _Corner,
        film: FilmItem,
        blocks: Sequence[QRectF],
        step: float,
        size: QSize,
        marks: Sequence[_Mark],
    ) -> _Place:
        """Return the place of the first block that has a quiet one, else of the first."""
        if film.is_draft and corner in self._places:
            return self._places[corner]
        found = []
        for number, block in enumerate(blocks):
            count = min(int((size.height() / 2 - block.height()) / abs(step)) + 1, MOST_STEPS)
            top, backed, quiet = _quiet_place(film, block, step, max(count, 1), marks)
            found.append(_Place(number, top, backed))
            if quiet:
                break
        else:
            found = found[:1]
        self._places[corner] = found[-1]
        return found[-1]


def _quiet_place(
    film: FilmItem, block: QRectF, step: float, count: int, marks: Sequence[_Mark]
) -> tuple[float, bool, bool]:
    """Return the top that leaves most to be seen below `block`, `count` steps from it at the most.

    It is the first without a box or strong detail of the film; where there is none, the calmest,
    a box's inside counting as detail, its border and its tag as more. The second is true where the
    film is too bright there, or too busy, for letters without a ground of their own; the third
    where nothing that must be seen lies below.
    """
    calmest, top = np.inf, block.top()
    for place in (block.translated(0, number * step) for number in range(count)):
        edge, bright = film.detail_in(place)
        plate = _plate(place)
        touched = [mark.box for mark in marks if mark.box.intersects(plate)]
        crossed = any(not box.adjusted(3, 3, -3, -3).contains(plate) for box in touched)
        tagged = any(mark.tag.intersects(plate) for mark in marks)
        if edge <= LETTER_EDGE and not touched and not tagged:
            return place.top(), bright > BRIGHT, True
        contrast = round(4 * edge) / 4 + (len(touched) > 0) / 2 + crossed + tagged
        if contrast < calmest:
            calmest, top = contrast, place.top()
    return top, True, False


def _plate(rect: QRectF) -> QRectF:
    """Return the ground of the letters in `rect`."""
    return rect.adjusted(-6, -GROUND_Y, 6, GROUND_Y)


def _draw_backing(painter: QPainter, plate: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(BACKING_COLOUR)
    painter.drawRoundedRect(plate, 4, 4)


def _draw_warning(painter: QPainter, right: float, text: str, top: float) -> None:
    """Draw a dark text on amber that ends at `right`."""
    painter.setFont(_font(12, bold=True))
    metrics = QFontMetricsF(painter.font())
    width = _warning_width(text)
    plate = QRectF(right - width, top + 3, width, metrics.height() + 5)
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
