"""The radiograph with its boxes and heat maps, handled by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
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

from koa_desktop.gui.box_item import MIN_SIZE, BoxItem, BoxMark, Grip
from koa_desktop.gui.film_view import FilmView
from koa_desktop.gui.gestures import BoxDrag, Draw, Gesture, Pan, WindowDrag
from koa_desktop.gui.heat_maps import HeatMaps
from koa_desktop.gui.joints import Joints
from koa_desktop.gui.lens import Lens, draw_lens, place_of
from koa_desktop.gui.measuring import Measuring
from koa_desktop.gui.overprint import Overprint
from koa_desktop.gui.pyramid import Pyramid
from koa_desktop.gui.window_presets import Preset, window_of
from koa_desktop.knees import Box
from koa_desktop.measurements import Kind
from koa_desktop.radiograph import Radiograph

__all__ = ["BoxMark", "ImageView"]

WHEEL_BASE = 1.0015  # a notch of the wheel is 120 units: 20 %

_STEPS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class ImageView(FilmView):
    """Shows a radiograph with the boxes and heat maps of its knees, and lets them be handled."""

    box_changed = Signal(int, object)  # index, Box: when a drag, or a held key, has ended
    box_moving = Signal(int)
    box_selected = Signal(int)
    box_drawn = Signal(object)  # Box
    box_delete_requested = Signal(int)
    drawing_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName(self.tr("Radiograph"))
        self.setAccessibleDescription(
            self.tr("Arrow keys move the selected box, Ctrl with an arrow key resizes it.")
        )
        self._boxes: list[BoxItem] = []
        self._selected: int | None = None
        self._drawing = False
        self._gesture: Gesture | None = None
        self._gesture_button = Qt.MouseButton.NoButton
        self._stepped: tuple[int, Box] | None = None
        self.overprint = Overprint()
        self.lens = Lens(Qt.Key.Key_M, self)
        self.lens.held_changed.connect(lambda: self.viewport().update())
        self.measuring = Measuring(self)
        self.measuring.tool_changed.connect(lambda: self._update_cursor(None))
        self.heats = HeatMaps(self)
        self.joints = Joints(self)

    def set_radiograph(
        self,
        radiograph: Radiograph | None,
        *,
        keep_view: bool = False,
        pyramid: Pyramid | None = None,
    ) -> None:
        """Show another radiograph, or none; boxes and heat maps go."""
        self.cancel_gesture()
        self._boxes.clear()
        self._selected = None
        self._stepped = None
        for drawn in (self.measuring, self.heats, self.joints):
            drawn.set_film(None)
        super().set_radiograph(radiograph, keep_view=keep_view, pyramid=pyramid)
        for drawn in (self.measuring, self.heats, self.joints):
            drawn.set_film(self._film)
        self._update_cursor(None)

    # Boxes

    def set_boxes(self, marks: Sequence[BoxMark], selected: int | None) -> None:
        """Show these boxes. Says nothing: no signal is emitted.

        A box that the user is holding stays in the hand.
        """
        if self._film is None:
            return
        held = self._held_box()
        if held is not None and len(marks) != len(self._boxes):
            self.cancel_gesture()
            self._stepped = held = None
        while len(self._boxes) > len(marks):
            self.scene().removeItem(self._boxes.pop())
        while len(self._boxes) < len(marks):
            self._boxes.append(BoxItem(marks[len(self._boxes)], self._film))
        before = self._selected
        self._selected = selected if selected is not None and selected < len(marks) else None
        for index, (item, mark) in enumerate(zip(self._boxes, marks, strict=True)):
            if index == held:
                mark = replace(mark, box=item.box)
            item.show_mark(mark, selected=index == self._selected)
        self._boxes_moved()
        chosen = self._selected
        if chosen is not None and chosen != before and self._gesture is None:
            self.bring_into_view(marks[chosen].box)

    def box_at(self, index: int) -> Box:
        """Return box `index` as it stands."""
        return self._boxes[index].box

    def place_box(self, index: int, box: Box) -> None:
        """Show box `index` at another place; its middle stays on the film. Says nothing."""
        if self._film is None:
            return
        item = self._boxes[index]
        x, y = box.centre
        film = self._film.radiograph
        x, y = min(max(x, 0.0), float(film.width)), min(max(y, 0.0), float(film.height))
        if (x, y) != box.centre:
            box = Box.around(x, y, box.size)
        item.show_mark(replace(item.mark, box=box), selected=index == self._selected)
        self._boxes_moved()

    def show_preset(self, preset: Preset) -> None:
        """Show the film through a window that suits the selected box, or the whole film."""
        if self._film is not None:
            box = None if self._selected is None else self.box_at(self._selected)
            self.set_window(window_of(preset, self._film.radiograph, box))

    def zoom_to_knee(self) -> None:
        """Show the selected box large; where it is, go back to the whole film."""
        box = None if self._selected is None else self.box_at(self._selected)
        if box is None or box == self._zoomed_box:
            self.fit()
        else:
            self.zoom_to(box)

    def set_drawing(self, drawing: bool) -> None:
        """Let the next drag draw a box, or no longer."""
        if drawing:
            self.measuring.set_tool(None)
        if drawing != self._drawing:
            self._drawing = drawing
            self._update_cursor(None)

    def measure(self, kind: Kind) -> None:
        """Let the next drag, or clicks, measure."""
        self.set_drawing(False)
        self.setFocus()
        self.measuring.set_tool(kind)

    def finish_drawing(self, box: Box) -> None:
        """Leave drawing and say what was drawn."""
        self._leave_drawing()
        self.box_drawn.emit(box)

    def _boxes_moved(self) -> None:
        boxes = [item.box for item in self._boxes]
        self.heats.keep_to(boxes)
        self.joints.keep_to(boxes)

    def _leave_drawing(self) -> None:
        self.set_drawing(False)
        self.drawing_changed.emit(False)

    def _held_box(self) -> int | None:
        if isinstance(self._gesture, BoxDrag):
            return self._gesture.index
        return self._stepped[0] if self._stepped else None

    def _select(self, index: int) -> None:
        if index == self._selected:
            return
        self._selected = index
        for number, item in enumerate(self._boxes):
            item.show_mark(item.mark, selected=number == index)
        self.box_selected.emit(index)

    def _box_under(self, point: QPointF) -> tuple[int, Grip] | None:
        """Return the box and grip at a point of the view; the selected box comes first."""
        order = sorted(range(len(self._boxes)), key=lambda index: index != self._selected)
        for index in order:
            grip = self._boxes[index].grip_at(point)
            if grip is not None:
                return index, grip
        return None

    # What lies over the film

    def set_corner_text(self, left: Sequence[str], right: Sequence[str], warning: str = "") -> None:
        """Show lines of text in the view's upper corners; a warning below those at the right."""
        self.overprint.set(left, right, warning)
        self.viewport().update()

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:  # noqa: ARG002
        """Draw corner texts and legend."""
        if self._film is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        size = self.viewport().size()
        if self.lens.is_held:
            draw_lens(painter, self._film, place_of(self.viewport()), size)
        self.overprint.draw_texts(painter, size, self._film, self._boxes)
        if self.heats.are_seen:
            texts = self.tr("where the model looked"), self.tr("less"), self.tr("more")
            self.overprint.draw_legend(
                painter, size, self._film, self._boxes, texts, self.heats.colour_map
            )

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
            inverted = self._film.radiograph.inverted
            return WindowDrag(self, point, self._film.pyramid.value_range, inverted=inverted)
        if button == Qt.MouseButton.MiddleButton:
            return Pan(self, point)
        if button != Qt.MouseButton.LeftButton:
            return None
        if self._drawing:
            start = self.to_image(point)
            return Draw(self, point, BoxItem(BoxMark(Box(start.x(), start.y(), 0)), self._film))
        measured = self.measuring.begin(point)
        if measured is not None:
            return measured
        corrected = self.joints.begin(point)
        if corrected is not None:
            return corrected
        found = self._box_under(point)
        if found is None:
            return Pan(self, point)
        self._select(found[0])
        return BoxDrag(self, point, *found)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow a drag, or tell by the pointer what a press here would do."""
        if self._gesture is not None and not event.buttons() & self._gesture_button:
            # Another window took the release.
            self.cancel_gesture()
        if self._gesture is not None:
            self._gesture.move(event.position())
        else:
            self.measuring.hover(event.position())
            if self.lens.is_held:
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
        if self._film is None or event.button() != Qt.MouseButton.LeftButton or self._drawing:
            return
        if self.measuring.tool is not None:
            self.mousePressEvent(event)
            return
        found = self._box_under(event.position())
        if found is None or self._zoomed_box is not None:
            self.fit()
        else:
            self.zoom_to(self.box_at(found[0]))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer."""
        self.zoom_by(WHEEL_BASE ** event.angleDelta().y(), event.position())
        event.accept()

    def viewportEvent(self, event: QEvent) -> bool:
        """Zoom with two fingers on a touchpad; tell of the box below a resting pointer."""
        if (
            isinstance(event, QNativeGestureEvent)
            and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture
        ):
            self.zoom_by(1 + event.value(), event.position())
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self._box_under(QPointF(event.pos()))
            tip = self._boxes[found[0]].mark.tip if found else ""
            QToolTip.showText(event.globalPos(), tip, self.viewport())
            return True
        if event.type() == QEvent.Type.Leave:
            for item in self._boxes:
                item.set_hovered(False)
        return super().viewportEvent(event)

    def cancel_gesture(self) -> None:
        """Undo a running drag."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
            self._update_cursor(None)

    def _update_cursor(self, point: QPointF | None) -> None:
        found = None
        shape = None
        if self._film is not None and point is not None and not self._drawing:
            shape = self.measuring.cursor_at(point) or self.joints.cursor_at(point)
            found = self._box_under(point) if shape is None else None
        for index, item in enumerate(self._boxes):
            item.set_hovered(found is not None and index == found[0])
        if self._film is None:
            shape = Qt.CursorShape.ArrowCursor
        elif self._drawing or self.measuring.tool is not None:
            shape = Qt.CursorShape.CrossCursor
        elif shape is None:
            shape = found[1].cursor if found else Qt.CursorShape.OpenHandCursor
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
            measuring = self.measuring.tool is not None or self.measuring.selected is not None
            correcting = self.joints.active is not None
            return self._gesture is not None or self._drawing or measuring or correcting
        if event.key() == Qt.Key.Key_Space:
            return self.measuring.tool is not None
        plain = _modifiers(event) in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
            Qt.KeyboardModifier.ControlModifier,
            Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier,
        )
        own = event.key() in _STEPS or event.key() == Qt.Key.Key_Delete
        chosen = self._selected is not None or self.measuring.selected is not None
        return chosen and plain and own

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Handle the selected measurement or box, or cancel what was begun."""
        if not self._is_own_key(event):
            event.ignore()
            return
        if event.key() == Qt.Key.Key_Escape:
            self._escape()
        elif event.key() == Qt.Key.Key_Space:
            self.measuring.make_in_the_middle()
        elif self._gesture is None and self.measuring.selected is not None:
            if event.key() == Qt.Key.Key_Delete:
                self.measuring.delete_requested.emit(self.measuring.selected)
            else:
                self.measuring.step(*self._step_of(event))
        elif self.joints.active is not None:
            if event.key() != Qt.Key.Key_Delete and self._gesture is None:
                self.joints.step(*self._step_of(event))
        elif self._selected is not None and self._gesture is None:
            if event.key() == Qt.Key.Key_Delete:
                self.box_delete_requested.emit(self._selected)
            else:
                self._step_box(self._selected, event)

    def _escape(self) -> None:
        if self._gesture is not None:
            self.cancel_gesture()
        elif self._drawing:
            self._leave_drawing()
        elif self.measuring.tool is not None:
            self.measuring.set_tool(None)
        else:
            self.measuring.select(None)
            self.joints.select(None)

    def _step_of(self, event: QKeyEvent) -> tuple[float, float]:
        """Return the way on the radiograph that an arrow key asks for, as the screen shows it."""
        across, down = _STEPS[Qt.Key(event.key())]
        step = 10 if _modifiers(event) & Qt.KeyboardModifier.ShiftModifier else 1
        return self.orientation.to_image(step * across, step * down)

    def _step_box(self, index: int, event: QKeyEvent) -> None:
        across, down = _STEPS[Qt.Key(event.key())]
        modifiers = _modifiers(event)
        step = 10 if modifiers & Qt.KeyboardModifier.ShiftModifier else 1
        box = self.box_at(index)
        if self._stepped is None:
            self._stepped = (index, box)
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            size = max(box.size + step * (across - down), MIN_SIZE)
            self.place_box(index, Box.around(*box.centre, size))
        else:
            right, below = self._step_of(event)
            self.place_box(index, Box(box.left + right, box.top + below, box.size))
        self.box_moving.emit(index)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Say where the box is once the key is let go: a held key is one change."""
        if event.key() in _STEPS and not event.isAutoRepeat():
            self._end_keys()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Let go of a key that is held while the focus goes."""
        self._end_keys()
        super().focusOutEvent(event)

    def _end_keys(self) -> None:
        self.measuring.end_keys()
        if self._gesture is None:
            self.joints.end()
        stepped, self._stepped = self._stepped, None
        if stepped is not None and self.box_at(stepped[0]) != stepped[1]:
            self.box_changed.emit(stepped[0], self.box_at(stepped[0]))

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Go with Tab to the next box, then through the measurements' points, then on.

        After the chosen box come the points of its joint, where they are shown.
        """
        if self._go_along_joint(forward):
            return True
        count, stops = len(self._boxes), self.measuring.stops()
        if self.measuring.selected is not None:
            now = count + stops.index((self.measuring.selected, self.measuring.active))
        elif self._selected is not None:
            now = self._selected
        else:
            now = -1 if forward else count + len(stops)
        index = now + (1 if forward else -1)
        self._end_keys()
        if not 0 <= index < count + len(stops):
            self.measuring.select(None)
            return super().focusNextPrevChild(forward)
        if index < count:
            self.measuring.select(None)
            self._select(index)
        else:
            self.measuring.select(*stops[index - count])
        return True

    def _go_along_joint(self, forward: bool) -> bool:
        """Go to the next point of the chosen knee's joint; false where there is none."""
        points, joints = self.joints.stops(), self.joints
        if joints.active in points:
            index = points.index(joints.active) + (1 if forward else -1)
        elif forward and self._selected is not None and self.measuring.selected is None:
            index = 0
        else:
            return False
        if index >= len(points):
            joints.select(None)
            return False
        joints.select(points[index] if index >= 0 else None)
        return True


def _modifiers(event: QKeyEvent) -> Qt.KeyboardModifier:
    """Return the modifiers held; that a key is on the number pad makes no difference."""
    return event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
