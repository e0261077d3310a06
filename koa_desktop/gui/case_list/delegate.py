"""Paints a case in the list: thumbnail, name, identity, grades, state."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QObject, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from koa_desktop.gui.session.case import LEFT_TO_READER, UNFINISHED, Case, CaseState
from koa_desktop.gui.session.case_list_model import CASE_ROLE, Index
from koa_desktop.gui.session.knee_text import reasons
from koa_desktop.gui.style import theme
from koa_desktop.wording.language import date_text

ROW_HEIGHT = 60
HEADING_HEIGHT = 24
_THUMBNAIL = QSize(64, 46)
_MARGIN = 6
_NARROW = 190  # pixels; in less, the thumbnail would leave the name no room


def mark_of(case: Case) -> str:
    """Return the symbol of a case's state, or an empty string."""
    if case.state in UNFINISHED:
        return "…"
    if case.reading.is_read and case.state is not CaseState.ERROR:
        return "✓"
    if case.state in LEFT_TO_READER:
        return "!"
    return "⚑" if case.flagged else ""


def identity_line(case: Case) -> str:
    """Return the line that distinguishes two cases: ID and date, else the file's name or format."""
    if case.radiograph is None:
        return ""
    header = case.header
    parts = [header.patient_id, date_text(header.study_date)]
    if not any(parts):
        known = case.radiograph.file_format or case.path.suffix.lstrip(".").upper()
        parts = [case.path.name if header.patient_name else known]
    return " · ".join(part for part in parts if part)


def state_line(case: Case) -> str:
    """Return the grades, or the reason why there are none, and whether they are final."""
    translate = QCoreApplication.translate
    told = _grades_line(case)
    return f"{told} · {translate('CaseDelegate', 'final')}" if case.reading.is_final else told


def _grades_line(case: Case) -> str:
    translate = QCoreApplication.translate
    match case.state:
        case CaseState.ERROR:
            return case.error_sentence
        case CaseState.WAITING:
            return translate("CaseDelegate", "waiting")
        case CaseState.LOADING if case.radiograph is None:
            return translate("CaseDelegate", "reading…")
        case CaseState.NEEDS_BOX:
            found = translate("CaseDelegate", "no knee found")
            return found if case.refusal else translate("CaseDelegate", "place the box")
        case CaseState.REFUSED:
            return reasons(case.finding(marked) for marked in case.reading.placed)
        case CaseState.NOT_GRADABLE:
            return case.obstacles
    return case.grades_text()


class CaseDelegate(QStyledItemDelegate):
    """Paints rows of equal height; the first of a group has its heading above it."""

    def __init__(self, heading: Callable[[int], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._heading = heading

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        """Return a row's size; the list stretches it to its own width."""
        above = HEADING_HEIGHT if self._heading(index.row()) else 0
        return QSize(120, ROW_HEIGHT + above)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one case."""
        case: Case = index.data(CASE_ROLE)
        colours = theme.active()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect: QRect = option.rect.adjusted(0, 1, 0, -1)
        heading = self._heading(index.row())
        if heading:
            line = QRect(rect.left() + _MARGIN, rect.top(), rect.width() - _MARGIN, HEADING_HEIGHT)
            line = QStyle.visualRect(option.direction, option.rect, line)
            _paint_line(painter, line, heading, colours.dim, 12, bold=True)
            rect.setTop(rect.top() + HEADING_HEIGHT)
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            _fill(painter, rect, colours.chosen)
            if state & QStyle.StateFlag.State_HasFocus:
                painter.setPen(QColor(colours.figure))
                painter.drawRoundedRect(rect.adjusted(0, 0, -1, -1), 6, 6)
        elif state & QStyle.StateFlag.State_MouseOver:
            _fill(painter, rect, colours.card)
        left = rect.left() + _MARGIN
        if rect.width() >= _NARROW:
            _paint_thumbnail(painter, case, rect, option.direction)
            left += _THUMBNAIL.width() + _MARGIN + 3
        _paint_texts(painter, case, rect, left, option.direction)
        painter.restore()


def _fill(painter: QPainter, rect: QRect, colour: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawRoundedRect(rect, 6, 6)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _paint_thumbnail(
    painter: QPainter, case: Case, rect: QRect, direction: Qt.LayoutDirection
) -> None:
    place = QRect(rect.topLeft(), _THUMBNAIL)
    place.moveTop(rect.top() + (rect.height() - _THUMBNAIL.height()) // 2)
    place.moveLeft(rect.left() + _MARGIN)
    place = QStyle.visualRect(direction, rect, place)
    outline = QPainterPath()
    outline.addRoundedRect(place, 3, 3)
    painter.save()
    painter.setClipPath(outline)
    painter.fillRect(place, QColor("black"))
    if case.thumbnail is not None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, case.thumbnail)
    painter.restore()


def _paint_texts(
    painter: QPainter, case: Case, rect: QRect, left: int, direction: Qt.LayoutDirection
) -> None:
    colours = theme.active()
    mark = mark_of(case)
    right = rect.right() - _MARGIN
    place = QStyle.visualRect(direction, rect, QRect(right - 16, rect.top() + 5, 16, 18))
    if case.reading.is_final:
        _paint_seal(painter, place, mark)
    else:
        _paint_line(painter, place, mark, _mark_colour(mark), 14)
    attention = mark == "!"
    lines = [
        (case.title, colours.text, 13, True),
        (identity_line(case), colours.dim, 11, False),
        (state_line(case), colours.warning if attention else colours.text, 12, False),
    ]
    shown = [line for line in lines if line[0]]
    top = rect.top() + (rect.height() - 17 * len(shown)) // 2
    for text, colour, pixels, bold in shown:
        end = right - 18 if bold else right
        line = QStyle.visualRect(direction, rect, QRect(left, top, end - left, 17))
        _paint_line(painter, line, text, colour, pixels, bold=bold)
        top += 17


def _paint_seal(painter: QPainter, place: QRect, mark: str) -> None:
    """Paint the mark of a final reading, on a ground of its own."""
    colours = theme.active()
    seal = QRect(place.left() - 1, place.top() + 1, 16, 16)
    _fill(painter, seal, colours.agreed)
    _paint_line(painter, seal.adjusted(2, 0, 0, 0), mark, colours.on_agreed, 12, bold=True)


def _mark_colour(mark: str) -> str:
    colours = theme.active()
    return {"✓": colours.figure, "…": colours.dim}.get(mark, colours.warning)


def _paint_line(
    painter: QPainter, rect: QRect, text: str, colour: str, pixels: int, *, bold: bool = False
) -> None:
    font = QFont(painter.font())
    font.setPixelSize(pixels)
    font.setBold(bold)
    painter.setFont(font)
    painter.setPen(QColor(colour))
    elided = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignVCenter, elided)
