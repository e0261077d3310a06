"""The question for the size of an object on the film, by which lengths are then measured."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QInputDialog, QWidget

from koa_desktop.examination.measurements import Kind
from koa_desktop.gui.support.settings import Settings
from koa_desktop.gui.viewer.image_viewer import ImageViewer

_SMALLEST_MM, _LARGEST_MM = 1.0, 200.0


class Calibration(QObject):
    """Asks for the diameter of a ball or coin, and lets the reader draw the circle around it."""

    def __init__(self, view: ImageViewer, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._view = view
        self._settings = settings
        self._window = window

    def ask(self) -> None:
        """Ask, and let the next drag draw the circle."""
        diameter, given = QInputDialog.getDouble(
            self._window,
            self.tr("Calibrate by an object"),
            self.tr(
                "Diameter in mm of a ball or coin on the film, at the height of the joint.\n"
                "Then drag across it, from edge to edge."
            ),
            self._settings.object_mm,
            _SMALLEST_MM,
            _LARGEST_MM,
            2,
        )
        if given:
            self._settings.object_mm = diameter
            self._view.measure(Kind.OBJECT, diameter)
