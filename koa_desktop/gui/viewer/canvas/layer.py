"""One kind of thing drawn over the film, with its share of mouse and keyboard."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Qt

from koa_desktop.gui.viewer.canvas.film_item import FilmItem
from koa_desktop.gui.viewer.canvas.film_view import FilmView
from koa_desktop.gui.viewer.canvas.gestures import Gesture


class Layer(QObject):
    """The interface of a layer; this base draws nothing and handles no input."""

    def __init__(self, view: FilmView) -> None:
        super().__init__(view)
        self._view = view
        self._film: FilmItem | None = None

    def set_film(self, film: FilmItem | None) -> None:
        """Draw on another film, or on none; everything drawn on the last one is gone."""
        self._film = film

    def begin(self, place: QPointF) -> Gesture | None:  # noqa: ARG002 (for the layers below it)
        """Return the drag that a press at a point of the view begins; None leaves it to others."""
        return None

    def cursor_at(self, place: QPointF) -> Qt.CursorShape | None:  # noqa: ARG002 (as above)
        """Return the pointer shape that announces a press here; None leaves it to others."""
        return None

    def end_keys(self) -> None:
        """Report a change made by keys once they are released: a held key is one change."""
