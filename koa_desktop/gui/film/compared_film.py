"""One of two compared films. It cannot be edited."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.knees.box import Box
from koa_desktop.radiograph import Window

_PAN_STEP = 40.0  # view pixels a press of an arrow key
_STEPS = {
    Qt.Key.Key_Left: QPointF(1, 0),
    Qt.Key.Key_Right: QPointF(-1, 0),
    Qt.Key.Key_Up: QPointF(0, 1),
    Qt.Key.Key_Down: QPointF(0, -1),
}


@dataclass(frozen=True, slots=True)
class Place:
    """The place that a view shows, in sides of its home box: films of any scale can share it.

    `scale` is view pixels a side; `right` and `down` lead on the screen from the box's middle to
    the view's.
    """

    scale: float
    right: float
    down: float


@dataclass(frozen=True, slots=True)
class Tone:
    """A window as it differs from what the file asks: factor of the width, steps of the centre."""

    width: float
    centre: float


class ComparedFilm(ImageViewer):
    """A film that starts at its home box. Boxes cannot be moved here; arrow keys move the film."""

    view_changed = Signal()  # zoomed or moved by the reader

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, movable=False)
        self._home: Box | None = None
        self._at_home = True
        self._following = False
        self.setAccessibleDescription(self.tr("Arrow keys move both films."))
        self.setMinimumWidth(120)

    def set_home(self, box: Box | None) -> None:
        """Set the box that `fit` shows; None is the whole film."""
        self._home = box

    @property
    def is_at_home(self) -> bool:
        """True while the home box is shown as `fit` shows it."""
        return self._at_home

    @property
    def place(self) -> Place:
        """The place that the view shows."""
        home = self._home_box()
        offset = (self.to_image(self._middle()) - QPointF(*home.centre)) / home.size
        shown = self.orientation.transform().map(offset)
        return Place(self.scale_factor() * home.size, shown.x(), shown.y())

    def follow(self, place: Place) -> None:
        """Show the same part of this film, without emitting `view_changed`."""
        if self._film is None:
            return
        self._following = True
        home = self._home_box()
        super().zoom_by(place.scale / home.size / self.scale_factor())
        across, down = self.orientation.to_image(place.right, place.down)
        x, y = home.centre
        point = self.to_view(QPointF(x + across * home.size, y + down * home.size))
        super().move_origin(self.to_view(QPointF(0, 0)) + self._middle() - point)
        self._at_home = self._following = False

    @property
    def tone(self) -> Tone:
        """The difference between the film's window and the one its file asks for."""
        own, shown = self._own_window(), self.current_window()
        return Tone(shown.width / own.width, (shown.centre - own.centre) / own.width)

    def follow_tone(self, tone: Tone) -> None:
        """Show this film through a window that differs as much."""
        own = self._own_window()
        centre = own.centre + tone.centre * own.width
        self.set_window(Window(centre, own.width * tone.width, own.sigmoid))

    # View

    def fit(self) -> None:
        """Show the home box, now and after a change of the view's size."""
        following, self._following = self._following, True
        if self._home is None:
            super().fit()
        else:
            self.zoom_to(self._home)
        self._following = following
        self._at_home = True
        self._say()

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom, and emit `view_changed`."""
        super().zoom_by(factor, at)
        self._leave_home()

    def move_origin(self, origin: QPointF) -> None:
        """Move the film, and emit `view_changed`."""
        super().move_origin(origin)
        self._leave_home()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Show the home box again."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move the film with the arrow keys."""
        step = _STEPS.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
        else:
            self.move_origin(self.to_view(QPointF(0, 0)) + step * _PAN_STEP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the home box again if it was fitted."""
        at_home, self._following = self._at_home, True
        super().resizeEvent(event)
        self._following = False
        if at_home:
            self.fit()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Move to the next part of the window: no box is selected here."""
        return super(ImageViewer, self).focusNextPrevChild(forward)

    def _leave_home(self) -> None:
        if not self._following:
            self._at_home = False
            self._say()

    def _say(self) -> None:
        if not self._following and self._film is not None:
            self.view_changed.emit()

    def _home_box(self) -> Box:
        if self._home is not None or self._film is None:
            return self._home or Box(0, 0, 1)
        film = self._film.radiograph
        return Box.around(film.width / 2, film.height / 2, max(film.width, film.height))

    def _own_window(self) -> Window:
        return self._film.radiograph.window if self._film else Window(0.5, 1)
