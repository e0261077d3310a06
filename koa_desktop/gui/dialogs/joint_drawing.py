"""A drawing of a knee joint that shows grades of narrowing and of an osteophyte."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from koa_desktop.grading.oarsi import THRESHOLDS
from koa_desktop.gui.style import theme

_WIDTH, _HEIGHT = 104, 78
_SPACE = 13.0  # between the bones where nothing is narrowed
_FEMUR_BOTTOM, _TIBIA_TOP = 33.0, 46.0
_MARGIN = 89.0  # the medial end of both bones, where osteophytes grow
_LONGEST_SPUR = 12.5
_LINE = 1.6


class JointDrawing(QWidget):
    """A right knee as on a film, its medial side at the right, with one sign of one grade there."""

    def __init__(
        self, *, narrowing: int = 0, osteophyte: int = 0, parent: QWidget | None = None
    ) -> None:
        """Draw a knee with `narrowing` and an `osteophyte` (0..3) of its medial compartment."""
        super().__init__(parent)
        self._narrowing, self._osteophyte = narrowing / THRESHOLDS, osteophyte / THRESHOLDS
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size of the drawing."""
        return QSize(_WIDTH, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint both bones; an osteophyte is a part of their outlines."""
        colours = theme.active()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.text), _LINE))
        painter.setBrush(QColor(colours.hover))
        femur, tibia = self._femur(), _tibia()
        if self._osteophyte:
            femur, tibia = femur.united(self._femoral_spur()), tibia.united(self._tibial_spur())
        painter.drawPath(femur)
        painter.drawPath(tibia)

    def _femur(self) -> QPainterPath:
        """Return the femur: two condyles, the medial one nearer to the tibia as it is narrowed."""
        lateral = _FEMUR_BOTTOM
        medial = lateral + self._narrowing * _SPACE
        path = QPainterPath(QPointF(32, 1))
        path.cubicTo(31, 10, 16, 12, 15, 22)
        path.cubicTo(15, lateral, 24, lateral, 31, lateral)
        path.cubicTo(41, lateral, 46, lateral - 4, 52, 25)
        path.cubicTo(58, medial - 4, 63, medial, 73, medial)
        path.cubicTo(80, medial, 89, medial, 89, 22)
        path.cubicTo(88, 12, 73, 10, 72, 1)
        path.closeSubpath()
        return path

    def _femoral_spur(self) -> QPainterPath:
        """Return the lip at the medial margin of the femur, with a part of the bone behind it."""
        size = self._osteophyte
        tip, top = _MARGIN + _LONGEST_SPUR * size, 28.5 - 3.5 * size
        path = QPainterPath(QPointF(74, _FEMUR_BOTTOM))
        path.cubicTo(84, _FEMUR_BOTTOM, 89, 31.5, tip - 2, 30.5)
        path.quadTo(tip + 1, 29 - size, tip - 2, top)
        path.cubicTo(tip - 5 * size, top - 1, 89, 25 - 4 * size, 89 - 1.3 * size, 23 - 5 * size)
        path.lineTo(74, 22)
        path.closeSubpath()
        return path

    def _tibial_spur(self) -> QPainterPath:
        """Return the lip at the medial margin of the tibia, with a part of the bone behind it."""
        size = self._osteophyte
        tip, bottom = _MARGIN + _LONGEST_SPUR * size, 47 + 3.5 * size
        path = QPainterPath(QPointF(76, _TIBIA_TOP))
        path.cubicTo(86, _TIBIA_TOP, 89, _TIBIA_TOP - 0.5, tip - 2, _TIBIA_TOP - 1.5)
        path.quadTo(tip + 1, _TIBIA_TOP + size, tip - 2, bottom)
        # It leaves the bone's own outline at this point, and in its direction.
        x, y = 88.5 - 3 * size, 51.5 + 4.5 * size
        path.cubicTo(tip - 5 * size, bottom + 1, x + 1.8, y - 3, x, y)
        path.lineTo(76, 54)
        path.closeSubpath()
        return path


def _tibia() -> QPainterPath:
    """Return the tibia: a plateau with two spines between its halves."""
    path = QPainterPath(QPointF(15, _TIBIA_TOP))
    path.lineTo(42, _TIBIA_TOP)
    path.lineTo(47, _TIBIA_TOP - 6)
    path.lineTo(52, _TIBIA_TOP - 2)
    path.lineTo(57, _TIBIA_TOP - 6)
    path.lineTo(62, _TIBIA_TOP)
    path.lineTo(89, _TIBIA_TOP)
    path.cubicTo(90, 58, 74, 62, 72, 77)
    path.lineTo(32, 77)
    path.cubicTo(30, 62, 14, 58, 15, _TIBIA_TOP)
    path.closeSubpath()
    return path
