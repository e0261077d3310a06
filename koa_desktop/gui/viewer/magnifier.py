"""A round magnifier at the pointer, for as long as its key is held."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QCursor, QKeyEvent, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QWidget

from koa_desktop.gui.viewer.canvas.film_item import FilmItem

POWER = 2.0
RADIUS = 110.0  # view pixels; less in a small view
_RIMS = ((QColor(0, 0, 0, 200), 5.0), (QColor("#d4d7dc"), 2.0))


class Magnifier(QObject):
    """Tracks when the magnifier is shown: from `hold` until its key, or Escape, is released.

    The key's release goes to whichever widget has the focus, so it is looked for in all of the
    program's events.
    """

    held_changed = Signal(bool)

    def __init__(self, key: Qt.Key, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self._held = False

    @property
    def is_held(self) -> bool:
        """True while the magnifier is shown."""
        return self._held

    def hold(self) -> None:
        """Show the magnifier."""
        if not self._held:
            self._held = True
            _program().installEventFilter(self)
            self.held_changed.emit(True)

    def release(self) -> None:
        """Hide the magnifier."""
        if self._held:
            self._held = False
            _program().removeEventFilter(self)
            self.held_changed.emit(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice the key's release, or that another program took the keyboard."""
        released = (
            event.type() == QEvent.Type.KeyRelease
            and isinstance(event, QKeyEvent)
            and event.key() in (self._key, Qt.Key.Key_Escape)
            and not event.isAutoRepeat()
        )
        if released or event.type() == QEvent.Type.ApplicationDeactivate:
            self.release()
        return super().eventFilter(watched, event)


def _program() -> QCoreApplication:
    program = QCoreApplication.instance()
    if program is None:
        raise RuntimeError("there is no program to listen to")
    return program


def pointer_place(viewport: QWidget) -> QPointF:
    """Return where the pointer is in a view; the view's middle where it is elsewhere."""
    place = QPointF(viewport.mapFromGlobal(QCursor.pos()))
    area = QRectF(viewport.rect())
    return place if area.contains(place) else area.center()


def draw_magnifier(painter: QPainter, film: FilmItem, place: QPointF, size: QSize) -> None:
    """Draw the film below `place` at twice its size in a circle there; boxes and maps are left out.

    `painter` draws in the pixels of a view of `size`.
    """
    radius = min(RADIUS, size.width() / 3, size.height() / 3)
    circle = QPainterPath()
    circle.addEllipse(place, radius, radius)
    painter.save()
    painter.setClipPath(circle)
    painter.fillPath(circle, QColor("black"))
    painter.translate(place)
    painter.scale(POWER, POWER)
    painter.translate(-place)
    painter.setTransform(film.sceneTransform(), True)
    reach = radius / POWER
    seen = QRectF(place.x() - reach, place.y() - reach, 2 * reach, 2 * reach)
    film.draw_piece(painter, film.sceneTransform().inverted()[0].mapRect(seen))
    painter.restore()
    painter.save()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in _RIMS:
        painter.setPen(QPen(colour, width))
        painter.drawEllipse(place, radius, radius)
    painter.restore()
