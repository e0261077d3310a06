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
_LONGEST_SPUR, _THICKEST_SPUR = 14.0, 8.0
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
        """Paint both bones, and the osteophyte over them."""
        colours = theme.active()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.text), _LINE))
        painter.setBrush(QColor(colours.hover))
        painter.drawPath(self._femur())
        painter.drawPath(_tibia())
        if self._osteophyte:
            painter.setPen(QPen(QColor(colours.figure), _LINE))
            painter.setBrush(QColor(colours.figure))
            for path in self._spurs():
                painter.drawPath(path)

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

    def _spurs(self) -> list[QPainterPath]:
        """Return the lips of bone at the medial margins of femur and tibia."""
        out = _MARGIN + _LONGEST_SPUR * self._osteophyte
        thick = _THICKEST_SPUR * self._osteophyte
        femur = QPainterPath(QPointF(_MARGIN, 27 - thick))
        femur.quadTo(_MARGIN + 2, 25, out, 28)
        femur.quadTo(_MARGIN + 2, 31, _MARGIN - 5, 31)
        femur.closeSubpath()
        tibia = QPainterPath(QPointF(_MARGIN - 5, _TIBIA_TOP))
        tibia.quadTo(_MARGIN + 2, _TIBIA_TOP, out, _TIBIA_TOP - 1)
        tibia.quadTo(_MARGIN + 3, _TIBIA_TOP + 4, _MARGIN - 2, _TIBIA_TOP + 5 + thick)
        tibia.closeSubpath()
        return [femur, tibia]


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
