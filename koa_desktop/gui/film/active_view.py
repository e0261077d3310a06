"""Zoom and window commands, given to whichever film is on the screen."""

from __future__ import annotations

from PySide6.QtCore import QObject

from koa_desktop.gui.film.compare_view import CompareView
from koa_desktop.gui.film.film_pane import FilmPane
from koa_desktop.gui.viewer.image_viewer import ImageViewer

_ZOOM_STEP = 1.25


class ActiveView(QObject):
    """Sends a command to the film, or to the first of two that are compared."""

    def __init__(self, film: FilmPane, compare: CompareView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._film = film
        self._compare = compare

    def fit(self) -> None:
        """Show the whole film, or the compared knees."""
        self._view.fit()

    def one_to_one(self) -> None:
        """Show one pixel of the radiograph on one of the screen."""
        self._view.one_to_one()

    def zoom_in(self) -> None:
        """Zoom in a step about the middle."""
        self._view.zoom_by(_ZOOM_STEP)

    def zoom_out(self) -> None:
        """Zoom out a step about the middle."""
        self._view.zoom_by(1 / _ZOOM_STEP)

    def reset_window(self) -> None:
        """Show the film as its file asks."""
        self._view.reset_window()

    def mirror(self) -> None:
        """Exchange left and right of the film, or of the second one that is compared."""
        if self._compare.isVisible():
            self._compare.mirror.toggle()
        else:
            self._film.view.mirror()

    @property
    def _view(self) -> ImageViewer:
        return self._compare.films[0] if self._compare.isVisible() else self._film.view
