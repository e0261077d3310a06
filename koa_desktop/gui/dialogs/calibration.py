"""The question for the size of an object on the film, by which lengths are then measured."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.examination.measurements import Kind
from koa_desktop.gui.style.plain_text import plain_label
from koa_desktop.gui.support.settings import Settings
from koa_desktop.gui.viewer.image_viewer import ImageViewer

_SMALLEST_MM, _LARGEST_MM = 1.0, 200.0
_DECIMAL_POINTS = ".,٫"


class Millimetres(QDoubleSpinBox):
    """A length in mm, with a point or a comma before its decimals.

    Qt takes the one that the locale does not use for a mark of thousands: 16.5 would be 165 mm.
    """

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        """Tell whether `text` may be typed."""
        return super().validate(self._in_locale(text), place)

    def valueFromText(self, text: str) -> float:
        """Return the length that `text` says."""
        return super().valueFromText(self._in_locale(text))

    def _in_locale(self, text: str) -> str:
        point = self.locale().decimalPoint()
        return "".join(point if letter in _DECIMAL_POINTS else letter for letter in text)


class CalibrationDialog(QDialog):
    """Asks for the diameter of a ball or coin, `diameter` in mm."""

    def __init__(self, diameter: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Calibrate by an object"))
        question = plain_label(
            self.tr(
                "Diameter in mm of a ball or coin on the film, at the height of the joint.\n"
                "Then drag across it, from edge to edge."
            )
        )
        self.diameter = Millimetres()
        self.diameter.setAccessibleName(question.text())
        self.diameter.setRange(_SMALLEST_MM, _LARGEST_MM)
        self.diameter.setValue(diameter)
        self.diameter.selectAll()
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for part in (question, self.diameter, buttons):
            layout.addWidget(part)
        self.finished.connect(self.deleteLater)


class Calibration(QObject):
    """Asks for the diameter of a ball or coin, and lets the reader draw the circle around it."""

    def __init__(self, view: ImageViewer, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._view = view
        self._settings = settings
        self._window = window

    def ask(self) -> None:
        """Ask, and let the next drag draw the circle; no longer, where it would do so already."""
        if self._view.measurements.tool is Kind.OBJECT:
            self._view.end_tool()
            return
        dialog = CalibrationDialog(self._settings.object_mm, self._window)
        dialog.accepted.connect(lambda: self._begin(dialog.diameter.value()))
        dialog.open()

    def _begin(self, diameter: float) -> None:
        self._settings.object_mm = diameter
        self._view.measure(Kind.OBJECT, diameter)
