"""The boxes of the shown film: chosen, moved, resized and drawn by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import QPointF, Qt, Signal

from koa_desktop.annotation.shapes import Rect
from koa_desktop.gui.viewer.canvas.film_item import FilmItem
from koa_desktop.gui.viewer.canvas.film_view import FilmView
from koa_desktop.gui.viewer.canvas.gestures import CLICK_SLIP, Gesture
from koa_desktop.gui.viewer.canvas.layer import Layer
from koa_desktop.gui.viewer.layers.box_item import MIN_SIZE, BoxItem, BoxMark, Grip, dragged
from koa_desktop.knees.box import Box


class Boxes(Layer):
    """The box of each knee. The centre of a moved box stays on the film."""

    changed = Signal(int, object)  # index, Box: when a drag, or a held key, has ended
    placed = Signal(object)  # list of Box, wherever they are: after every step of the way
    picked = Signal(int)  # by the reader
    drawn = Signal(object)  # Box
    delete_requested = Signal(int)
    drawing_changed = Signal(bool)
    gesture_invalidated = Signal()  # the boxes became others while one was dragged

    def __init__(
        self, view: FilmView, taken: Callable[[], list[Rect]] = list, *, movable: bool = True
    ) -> None:
        """Draw in `view`; `taken` returns the places that tags must leave free, in its pixels."""
        super().__init__(view)
        self._taken = taken
        self._movable = movable
        self._items: list[BoxItem] = []
        self._drawing = False
        self._dragged: int | None = None
        self._stepped: tuple[int, Box] | None = None  # which, and where it was before the keys
        self.selected: int | None = None

    @property
    def items(self) -> Sequence[BoxItem]:
        """The marks that are drawn."""
        return self._items

    @property
    def is_drawing(self) -> bool:
        """True while the next drag draws a box."""
        return self._drawing

    def set_film(self, film: FilmItem | None) -> None:
        """Draw on another film, or on none; everything drawn on the last one is gone."""
        super().set_film(film)
        self._items.clear()
        self._dragged = self._stepped = self.selected = None
        self.set_drawing(False)

    def show(self, marks: Sequence[BoxMark], selected: int | None) -> None:
        """Show these boxes; a box being dragged stays where it is. Emits no change."""
        if self._film is None:
            return
        self._fit_items(marks, self._film)
        before = self.selected
        self.selected = selected if selected is not None and selected < len(marks) else None
        for index, (item, mark) in enumerate(zip(self._items, marks, strict=True)):
            box = item.box if index == self._held else mark.box
            item.show_mark(replace(mark, box=box), selected=index == self.selected)
        self._report_places()
        if self.selected is not None and self.selected != before and self._dragged is None:
            self._view.bring_into_view(marks[self.selected].box)

    def at(self, index: int) -> Box:
        """Return box `index` at its current position."""
        return self._items[index].box

    def chosen(self) -> Box | None:
        """Return the selected box at its current position."""
        return None if self.selected is None else self.at(self.selected)

    def place(self, index: int, box: Box) -> None:
        """Show box `index` elsewhere, without reporting a change."""
        if self._film is None:
            return
        item = self._items[index]
        x, y = box.centre
        film = self._film.radiograph
        x, y = min(max(x, 0.0), float(film.width)), min(max(y, 0.0), float(film.height))
        if (x, y) != box.centre:
            box = Box.around(x, y, box.size)
        item.show_mark(replace(item.mark, box=box), selected=index == self.selected)
        self._report_places()

    def pick(self, index: int) -> None:
        """Select a box, as the reader does."""
        if index == self.selected:
            return
        self.selected = index
        for number, item in enumerate(self._items):
            item.show_mark(item.mark, selected=number == index)
        self.picked.emit(index)

    def set_drawing(self, drawing: bool) -> None:
        """Let the next drag draw a box, or no longer."""
        if drawing != self._drawing:
            self._drawing = drawing
            self.drawing_changed.emit(drawing)

    def finish_drawing(self, box: Box) -> None:
        """Leave drawing mode and report the box."""
        self.set_drawing(False)
        self.drawn.emit(box)

    # Mouse

    def begin(self, place: QPointF) -> Gesture | None:
        """Return the drag that a press at a point of the view begins; None beside the boxes."""
        if self._film is None:
            return None
        if self._drawing:
            start = self._view.to_image(place)
            item = BoxItem(BoxMark(Box(start.x(), start.y(), 0)), self._film)
            return BoxDrawing(self, self._view, place, item)
        found = self._under(place)
        if found is None:
            return None
        index, grip = found
        self.pick(index)
        self._dragged = index
        return BoxDrag(self, self._view, place, index, grip)

    def end_drag(self) -> None:
        """End a drag of a box."""
        self._dragged = None

    def cursor_at(self, place: QPointF) -> Qt.CursorShape | None:
        """Return the pointer shape that announces a press here; None beside the boxes."""
        found = self._under(place)
        return found[1].cursor if found else None

    def hover(self, place: QPointF | None) -> None:
        """Show the grips of the box at a point of the view only; of no box at None."""
        found = self._under(place) if place is not None else None
        for index, item in enumerate(self._items):
            item.set_hovered(found is not None and index == found[0])

    def item_at(self, place: QPointF) -> BoxItem | None:
        """Return the box at a point of the view."""
        found = self._under(place)
        return self._items[found[0]] if found else None

    def tip_at(self, place: QPointF) -> str:
        """Return the tool tip of the box at a point of the view; empty beside them all."""
        item = self.item_at(place)
        return item.mark.tip if item else ""

    # Keyboard

    def step(self, across: float, down: float) -> None:
        """Move the selected box by pixels of the radiograph."""
        if self.selected is not None:
            box = self.at(self.selected)
            self._step_to(self.selected, Box(box.left + across, box.top + down, box.size))

    def grow(self, pixels: float) -> None:
        """Make the selected box larger about its middle, by pixels of the radiograph."""
        if self.selected is not None:
            box = self.at(self.selected)
            size = max(box.size + pixels, MIN_SIZE)
            self._step_to(self.selected, Box.around(*box.centre, size))

    def end_keys(self) -> None:
        """Report the box once the key is released: a held key is one change."""
        stepped, self._stepped = self._stepped, None
        if stepped is not None:
            self.report_change(*stepped)

    def report_change(self, index: int, before: Box) -> None:
        """Report a change of a box, if there was one."""
        if self.at(index) != before:
            self.changed.emit(index, self.at(index))

    @property
    def _held(self) -> int | None:
        """The box being moved by the mouse, or else by keys."""
        if self._dragged is None and self._stepped is not None:
            return self._stepped[0]
        return self._dragged

    def _fit_items(self, marks: Sequence[BoxMark], film: FilmItem) -> None:
        """Have as many items as marks; if their number changes, a drag or held key ends."""
        if len(marks) != len(self._items) and self._held is not None:
            self.gesture_invalidated.emit()
            self._dragged = self._stepped = None
        while len(self._items) > len(marks):
            self._view.scene().removeItem(self._items.pop())
        for mark in marks[len(self._items) :]:
            self._items.append(BoxItem(mark, film, self._items, self._taken))

    def _step_to(self, index: int, box: Box) -> None:
        if self._stepped is None:
            self._stepped = (index, self.at(index))
        self.place(index, box)

    def _under(self, place: QPointF) -> tuple[int, Grip] | None:
        """Return the box and grip at a point of the view; the selected box comes first."""
        if not self._movable:
            return None
        order = sorted(range(len(self._items)), key=lambda index: index != self.selected)
        for index in order:
            grip = self._items[index].grip_at(place)
            if grip is not None:
                return index, grip
        return None

    def _report_places(self) -> None:
        self.placed.emit([item.box for item in self._items])


class BoxDrag:
    """Moves or resizes a box."""

    def __init__(
        self, boxes: Boxes, view: FilmView, start: QPointF, index: int, grip: Grip
    ) -> None:
        self._boxes = boxes
        self._view = view
        self._start = start
        self._index = index
        across, down = view.orientation.to_image(*grip.value)
        self._grip = Grip((round(across), round(down)))
        self._before = boxes.at(index)
        self._moving = False
        view.viewport().setCursor(grip.cursor)

    def move(self, point: QPointF) -> None:
        """Show the box where the pointer takes it."""
        moved = point - self._start
        self._moving = self._moving or moved.manhattanLength() > CLICK_SLIP
        if not self._moving:
            return
        scale = self._view.scale_factor()
        across, down = self._view.orientation.to_image(moved.x() / scale, moved.y() / scale)
        self._boxes.place(self._index, dragged(self._before, self._grip, across, down))

    def end(self) -> None:
        """Report the box's new position."""
        self._boxes.end_drag()
        self._boxes.report_change(self._index, self._before)

    def cancel(self) -> None:
        """Put the box back."""
        self._boxes.end_drag()
        self._boxes.place(self._index, self._before)


class BoxDrawing:
    """Draws a new box from corner to corner."""

    def __init__(self, boxes: Boxes, view: FilmView, start: QPointF, item: BoxItem) -> None:
        self._boxes = boxes
        self._view = view
        self._start = start
        self._item = item
        view.viewport().setCursor(Qt.CursorShape.CrossCursor)

    def move(self, point: QPointF) -> None:
        """Stretch the square towards the pointer."""
        start, now = self._view.to_image(self._start), self._view.to_image(point)
        self._item.show_mark(BoxMark(_square(start, now)), selected=True)

    def end(self) -> None:
        """Report the box, unless it is too small to be intended."""
        box = self._item.box
        self._remove()
        if box.size >= MIN_SIZE:
            self._boxes.finish_drawing(box)

    def cancel(self) -> None:
        """Draw nothing."""
        self._remove()

    def _remove(self) -> None:
        self._item.scene().removeItem(self._item)


def _square(start: QPointF, now: QPointF) -> Box:
    across, down = now.x() - start.x(), now.y() - start.y()
    size = max(abs(across), abs(down))
    left = start.x() if across >= 0 else start.x() - size
    top = start.y() if down >= 0 else start.y() - size
    return Box(left, top, size)
