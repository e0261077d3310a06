"""Five bars, one a grade, with their shares aligned."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from koa_desktop.examination.findings import percents
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.gui.style import theme

_ROW = 18
_BAR = 9
_LABEL_WIDTH = 20
_SHARE_WIDTH = 44


class ProbabilityBars(QWidget):
    """The model's probabilities; that of the grade is emphasised by colour and weight."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._probability: tuple[float, ...] = ()
        self._grade: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_probability(self, probability: tuple[float, ...], grade: int | None) -> None:
        """Show probabilities (5,), 0..1, and which grade is the model's."""
        self._probability = probability
        self._grade = grade
        spoken = ", ".join(f"KL {i} {share} %" for i, share in enumerate(percents(probability)))
        self.setAccessibleName(self.tr("Probabilities: {0}").format(spoken))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the height of five rows."""
        return QSize(180, GRADES * _ROW)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the rows."""
        colours = theme.active()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(12)
        shares = percents(self._probability)
        for grade, (share, percent) in enumerate(zip(self._probability, shares, strict=True)):
            top = grade * _ROW
            chosen = grade == self._grade
            font.setBold(chosen)
            painter.setFont(font)
            painter.setPen(QColor(colours.text if chosen else colours.dim))
            middle = Qt.AlignmentFlag.AlignVCenter
            place = self._placed(QRectF(0, top, _LABEL_WIDTH, _ROW))
            painter.drawText(place, middle, str(grade))
            painter.setPen(QColor(colours.text))
            place = self._placed(QRectF(self.width() - _SHARE_WIDTH, top, _SHARE_WIDTH, _ROW))
            painter.drawText(place, middle | Qt.AlignmentFlag.AlignRight, f"{percent} %")
            self._paint_bar(painter, top, share, chosen)

    def _paint_bar(self, painter: QPainter, top: float, share: float, chosen: bool) -> None:
        colours = theme.active()
        ground = QRectF(
            _LABEL_WIDTH, top + (_ROW - _BAR) / 2, self.width() - _LABEL_WIDTH - _SHARE_WIDTH, _BAR
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.figure_ground))
        painter.drawRoundedRect(self._placed(ground), 2, 2)
        bar = QRectF(ground)
        bar.setWidth(max(ground.width() * share, 1.0))
        painter.setBrush(QColor(colours.figure if chosen else colours.figure_dim))
        painter.drawRoundedRect(self._placed(bar), 2, 2)

    def _placed(self, rect: QRectF) -> QRectF:
        """Return where a part is painted: as given, or mirrored from right to left."""
        if self.layoutDirection() is Qt.LayoutDirection.RightToLeft:
            return QRectF(self.width() - rect.right(), rect.top(), rect.width(), rect.height())
        return rect
