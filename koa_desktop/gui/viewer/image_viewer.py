"""The radiograph with its boxes and heat maps, handled by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from koa_desktop.annotation.shapes import Rect
from koa_desktop.examination.measurements import Kind
from koa_desktop.gui.style.plain_text import tooltip
from koa_desktop.gui.viewer.canvas.film_view import FilmView
from koa_desktop.gui.viewer.canvas.gestures import Gesture, Pan, WindowDrag
from koa_desktop.gui.viewer.canvas.layer import Layer
from koa_desktop.gui.viewer.canvas.shape_painter import shape_rect
from koa_desktop.gui.viewer.corner_text import CornerText
from koa_desktop.gui.viewer.layers.boxes import Boxes
from koa_desktop.gui.viewer.layers.heat_maps import HeatMaps
from koa_desktop.gui.viewer.layers.joint_spaces import JointSpaces
from koa_desktop.gui.viewer.layers.measurements import Measurements
from koa_desktop.gui.viewer.magnifier import Magnifier, draw_magnifier, pointer_place
from koa_desktop.gui.viewer.tab_order import go_on
from koa_desktop.imaging.pyramid import Pyramid
from koa_desktop.knees.window_presets import Preset
from koa_desktop.radiograph import Radiograph

WHEEL_BASE = 1.0015  # a notch of the wheel is 120 units: 20 %

_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class ImageViewer(FilmView):
    """Shows a radiograph with the boxes and heat maps of its knees, and lets them be handled.

    The layers over the film are boxes, heat maps, joint spaces and measurements.
    """

    def __init__(self, parent: QWidget | None = None, *, movable: bool = True) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(self.tr("Radiograph"))
        self.setAccessibleDescription(
            self.tr("Arrow keys move the selected box, Ctrl with an arrow key resizes it.")
        )
        self._gesture: Gesture | None = None
        self._gesture_button = Qt.MouseButton.NoButton
        self.corner_text = CornerText()
        self.magnifier = Magnifier(Qt.Key.Key_M, self)
        self.magnifier.held_changed.connect(lambda: self.viewport().update())
        measured = self.measurements = Measurements(self, self._written)
        self.measurements.tool_changed.connect(self._show_tool)
        self.heat_maps = HeatMaps(self)
        self.joint_spaces = JointSpaces(self, self._taken, measured.crosses, movable=movable)
        self.boxes = Boxes(self, self.corner_text.plates, movable=movable)
        self.boxes.drawing_changed.connect(self._show_tool)
        self.boxes.gesture_invalidated.connect(self.cancel_gesture)
        self.boxes.placed.connect(self.heat_maps.keep_to)
        self.boxes.placed.connect(self.joint_spaces.keep_to)
        # A press and a pointer belong to the first of these that wants them.
        self._layers: tuple[Layer, ...] = (
            self.measurements,
            self.joint_spaces,
            self.heat_maps,
            self.boxes,
        )

    def set_radiograph(
        self,
        radiograph: Radiograph | None,
        *,
        keep_view: bool = False,
        pyramid: Pyramid | None = None,
    ) -> None:
        """Show another radiograph, or none; boxes and heat maps go."""
        self.cancel_gesture()
        for layer in self._layers:
            layer.set_film(None)
        super().set_radiograph(radiograph, keep_view=keep_view, pyramid=pyramid)
        for layer in self._layers:
            layer.set_film(self._film)
        self._update_cursor(None)

    # Commands

    def show_preset(self, preset: Preset) -> None:
        """Show the film through a window that suits the selected box, or the whole film."""
        self.set_preset(preset, self.boxes.chosen())

    def zoom_to_knee(self) -> None:
        """Show the selected box large, or the whole film again if it already is."""
        box = self.boxes.chosen()
        if box is None or box == self._zoomed_box:
            self.fit()
        else:
            self.zoom_to(box)

    @property
    def has_tool(self) -> bool:
        """True while the next drag or click draws or measures."""
        return self.boxes.is_drawing or self.measurements.tool is not None

    def end_tool(self) -> None:
        """Let the next drag neither draw nor measure."""
        self.boxes.set_drawing(False)
        self.measurements.set_tool(None)

    def draw_box(self) -> None:
        """Let the next drag draw a box, or no longer."""
        self.measurements.set_tool(None)
        self.setFocus()
        self.boxes.set_drawing(not self.boxes.is_drawing)

    def measure(self, kind: Kind, diameter_mm: float | None = None) -> None:
        """Let the next drag or clicks measure, or no longer; an object is `diameter_mm` across."""
        self.boxes.set_drawing(False)
        self.setFocus()
        is_on = self.measurements.tool is kind
        self.measurements.set_tool(None if is_on else kind, diameter_mm)

    # Overlays

    def set_corner_text(self, left: Sequence[str], right: Sequence[str], warning: str = "") -> None:
        """Show lines of text in the view's upper corners; a warning below those at the right."""
        self.corner_text.set(left, right, warning)
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Find the corner texts' places first: labels of what lies on the film avoid them."""
        super().drawBackground(painter, rect)
        if self._film is not None:
            size, boxes, maps = self.viewport().size(), self.boxes.items, self.heat_maps
            legend, scale = None if self._plain else maps.legend, maps.are_seen
            self.corner_text.lay_out(size, self._film, boxes, legend=legend, has_scale=scale)

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:  # noqa: ARG002
        """Draw corner texts and legend."""
        if self._film is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw_plain(painter)
        if self.magnifier.is_held:
            port = self.viewport()
            draw_magnifier(painter, self._film, pointer_place(port), port.size())
        self.corner_text.draw_texts(painter)
        texts = self.heat_maps.title, self.tr("less"), self.tr("more")
        self.corner_text.draw_legend(painter, texts, self.heat_maps.colour_map)

    def _written(self) -> list[Rect]:
        """Return the places of boxes' tags, corner texts and the legend, in view pixels."""
        tags = [shape_rect(item.tag_rect()) for item in self.boxes.items if item.mark.label]
        return [*tags, *self.corner_text.plates()]

    def _taken(self) -> list[Rect]:
        """Return the same, and the values of measurements."""
        return [*self._written(), *self.measurements.labels()]

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a drag."""
        if self._film is None or self._gesture is not None:
            return
        self._gesture = self._begin(event.position(), event.button())
        self._gesture_button = event.button()

    def _begin(self, point: QPointF, button: Qt.MouseButton) -> Gesture | None:
        if self._film is None:
            return None
        if button == Qt.MouseButton.RightButton:
            value_range, inverted = self._film.pyramid.value_range, self._film.inverted
            return WindowDrag(self, point, value_range, inverted=inverted)
        if button == Qt.MouseButton.MiddleButton:
            return Pan(self, point)
        if button != Qt.MouseButton.LeftButton:
            return None
        layers = (self.boxes,) if self.boxes.is_drawing else self._layers
        layers = () if self._plain else layers
        for layer in layers:
            gesture = layer.begin(point)
            if gesture is not None:
                return gesture
        return Pan(self, point)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Continue a drag, or show by the pointer's shape which drag a press here would begin."""
        if self._gesture is not None and not event.buttons() & self._gesture_button:
            # Another window took the release.
            self.cancel_gesture()
        if self._gesture is not None:
            self._gesture.move(event.position())
        else:
            self.measurements.hover(event.position())
            if self.magnifier.is_held:
                self.viewport().update()
            self._update_cursor(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the drag."""
        if self._gesture is None or event.button() != self._gesture_button:
            return
        gesture, self._gesture = self._gesture, None
        gesture.end()
        self._update_cursor(event.position())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Zoom to the box under the pointer, or back to the whole film."""
        if self._film is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if self.boxes.is_drawing:
            return
        if self.measurements.tool is not None:
            self.mousePressEvent(event)
            return
        item = self.boxes.item_at(event.position())
        if item is None or self._zoomed_box is not None:
            self.fit()
        else:
            self.zoom_to(item.box)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        self.zoom_by(WHEEL_BASE ** event.angleDelta().y(), event.position())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Zoom with two fingers on a touchpad; show the tool tip of what is below the pointer."""
        zoom = Qt.NativeGestureType.ZoomNativeGesture
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == zoom:
            self.zoom_by(1 + event.value(), event.position())
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = QPointF(event.pos())
            parts = (self.corner_text, self.measurements, self.boxes)
            # A tool tip would cover the place that is measured.
            tips = () if self.has_tool else (part.tip_at(place) for part in parts)
            tip = next(filter(None, tips), "")
            QToolTip.showText(event.globalPos(), tooltip(tip), self.viewport())
            return True
        if event.type() == QEvent.Type.Leave:
            self.boxes.hover(None)
        return super().viewportEvent(event)

    def cancel_gesture(self) -> None:
        """Undo a running drag."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
            self._update_cursor(None)

    def _show_tool(self) -> None:
        QToolTip.hideText()
        self._update_cursor(None)

    def _update_cursor(self, point: QPointF | None) -> None:
        shape, on_box = Qt.CursorShape.OpenHandCursor, False
        if self._film is None:
            shape = Qt.CursorShape.ArrowCursor
        elif self.has_tool:
            shape = Qt.CursorShape.CrossCursor
        elif point is not None:
            for layer in self._layers:
                wanted = layer.cursor_at(point)
                if wanted is not None:
                    shape, on_box = wanted, layer is self.boxes
                    break
        self.boxes.hover(point if on_box else None)
        self.viewport().setCursor(shape)

    # Keyboard

    def event(self, event: QEvent) -> bool:
        """Keep the view's own keys from being taken for the window's shortcuts."""
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.ShortcutOverride
            and self._is_own_key(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def _is_own_key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            selected = self.measurements.selected is not None
            correcting = self.joint_spaces.active is not None
            return self._gesture is not None or self.has_tool or selected or correcting
        if event.key() == Qt.Key.Key_Space:
            return self.measurements.tool is not None
        shift, ctrl = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
        plain = not _modifiers(event) & ~(shift | ctrl)
        own = event.key() in _STEPS or event.key() == Qt.Key.Key_Delete
        chosen = self.boxes.selected is not None or self.measurements.selected is not None
        return chosen and plain and own

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle the selected measurement or box, or cancel what was begun."""
        if not self._is_own_key(event):
            event.ignore()
            return
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif event.key() == Qt.Key.Key_Space:
            self.measurements.make_in_the_middle()
        elif self._gesture is not None:
            return
        elif event.key() == Qt.Key.Key_Delete:
            self._delete()
        else:
            self._step(event)

    def _delete(self) -> None:
        if self.measurements.selected is not None:
            self.measurements.delete_requested.emit(self.measurements.selected)
        elif self.joint_spaces.active is None:
            self.boxes.delete_requested.emit(self.boxes.selected)

    def _step(self, event: QKeyEvent) -> None:
        """Move the selected item as an arrow key asks: by ten pixels with Shift."""
        across, down = _STEPS[Qt.Key(event.key())]
        pixels = 10 if _modifiers(event) & Qt.KeyboardModifier.ShiftModifier else 1
        way = self.orientation.to_image(pixels * across, pixels * down)
        if self.measurements.selected is not None:
            self.measurements.step(*way)
        elif self.joint_spaces.active is not None:
            self.joint_spaces.step(*way)
        elif _modifiers(event) & Qt.KeyboardModifier.ControlModifier:
            self.boxes.grow(pixels * (across - down))
        else:
            self.boxes.step(*way)

    def _escape(self) -> None:
        if self._gesture is not None:
            self.cancel_gesture()
        elif self.has_tool:
            self.end_tool()
        else:
            self.measurements.select(None)
            self.joint_spaces.select(None)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Report the change once the key is released: a held key is one change."""
        if event.key() in _STEPS and not event.isAutoRepeat():
            self._end_keys()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Treat keys as released when the focus moves elsewhere."""
        self._end_keys()
        super().focusOutEvent(event)

    def _end_keys(self) -> None:
        for layer in self._layers:
            layer.end_keys()

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Move with Tab through the boxes, then the measurements' points, then on."""
        if go_on(self.boxes, self.joint_spaces, self.measurements, forward=forward):
            return True
        return super().focusNextPrevChild(forward)


def _modifiers(event: QKeyEvent) -> Qt.KeyboardModifier:
    """Return the modifiers held; that a key is on the number pad makes no difference."""
    return event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
