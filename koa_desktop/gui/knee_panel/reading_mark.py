"""The mark of one OARSI reading: its grade 0 to 3 as a figure and as three steps."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from koa_desktop.grading.oarsi import THRESHOLDS
from koa_desktop.gui.style import theme

_WIDTH, _HEIGHT = 64, 22
_FIGURE_WIDTH = 20
_STEP_GAP = 3
_STEP_HEIGHT = 9
_FIGURE_PIXELS = 12


class ReadingMark(QAbstractButton):
    """A grade to be clicked; checked while its map is shown.

    The reader's own grade stands on the colour of choice, as among the buttons of the KL grades.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._grade, self._by_reader = 0, False

    def show_grade(self, grade: int, *, by_reader: bool) -> None:
        """Show a grade (0..3), and whose it is."""
        self._grade, self._by_reader = grade, by_reader
        self.setText(str(grade))
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of a figure and three steps."""
        return QSize(_WIDTH, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the frame, the figure and the steps."""
        colours = theme.active()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = self.isChecked() or self.hasFocus()
        painter.setPen(QColor(colours.figure if marked else colours.border))
        ground = colours.chosen if self.isChecked() else colours.button
        painter.setBrush(QColor(colours.hover if self.underMouse() else ground))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        figure = QRectF(0, 0, _FIGURE_WIDTH, self.height())
        if self._by_reader:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(figure.adjusted(2, 2, -1, -2), 4, 4)
        font = painter.font()
        font.setPixelSize(_FIGURE_PIXELS)
        font.setBold(self._grade > 0 or self._by_reader)
        painter.setFont(font)
        painter.setPen(QColor(colours.on_accent if self._by_reader else colours.text))
        painter.drawText(figure, Qt.AlignmentFlag.AlignCenter, self.text())
        self._paint_steps(painter)

    def _paint_steps(self, painter: QPainter) -> None:
        colours = theme.active()
        room = self.width() - _FIGURE_WIDTH - 6
        width = (room - (THRESHOLDS - 1) * _STEP_GAP) / THRESHOLDS
        painter.setPen(Qt.PenStyle.NoPen)
        for step in range(THRESHOLDS):
            painter.setBrush(
                QColor(colours.figure if step < self._grade else colours.figure_ground)
            )
            left = _FIGURE_WIDTH + step * (width + _STEP_GAP)
            top = (self.height() - _STEP_HEIGHT) / 2
            painter.drawRoundedRect(QRectF(left, top, width, _STEP_HEIGHT), 2, 2)
