"""The joint spaces of the shown film: drawn, and corrected by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, Qt, Signal

from koa_desktop.annotation.placing import nothing_below
from koa_desktop.annotation.shapes import Rect
from koa_desktop.gui.viewer.canvas.film_item import FilmItem
from koa_desktop.gui.viewer.canvas.film_view import FilmView
from koa_desktop.gui.viewer.canvas.layer import Layer
from koa_desktop.gui.viewer.layers.joint_space_item import JointSpaceItem
from koa_desktop.joint_space.editing import Handle, corrected, dragged
from koa_desktop.joint_space.measure import JointSpace
from koa_desktop.knees.box import Box

KEY_STEP = 0.25  # of a frame's unit, which is a 224th of the box


class JointSpaces(Layer):
    """The joint space of each box. Points to move are shown for the chosen knee alone."""

    changed = Signal(int, object)  # index, Correction: when a drag, or a held key, has ended

    def __init__(
        self,
        view: FilmView,
        taken: Callable[[], list[Rect]] = list,
        covers_line: Callable[[Rect], bool] = nothing_below,
        *,
        movable: bool = True,
    ) -> None:
        """Draw in `view`; `taken` returns the places that labels must leave free, in its pixels.

        `covers_line` tells whether a label there would lie on another line.
        """
        super().__init__(view)
        self._taken = taken
        self._covers_line = covers_line
        self._movable = movable
        self._items: list[JointSpaceItem] = []
        self._visible = False
        self._chosen: int | None = None
        self._held: JointSpace | None = None  # as it was before the drag, or the keys
        self._dragging = False
        self._way = 0.0
        self.active: Handle | None = None  # the point of the chosen knee that keys move

    def set_film(self, film: FilmItem | None) -> None:
        """Draw on another film, or on none; everything drawn on the last one is gone."""
        super().set_film(film)
        self._items.clear()
        self._held = self.active = self._chosen = None

    def set_visible(self, visible: bool) -> None:
        """Draw the joint spaces, or leave them out."""
        self.end()
        self._visible = visible
        self.active = None
        for item in self._items:
            item.setVisible(visible)
        self._redraw()

    def show(self, spaces: Sequence[tuple[Box, JointSpace | None]], chosen: int | None) -> None:
        """Show the joint space of each box; one being dragged stays as dragged. Emits no change."""
        if self._film is None:
            return
        if len(spaces) != len(self._items) or chosen != self._chosen:
            self._held = self.active = None
        while len(self._items) > len(spaces):
            self._view.scene().removeItem(self._items.pop())
        while len(self._items) < len(spaces):
            item = JointSpaceItem(self._film, self._items, self._taken, self._covers_line)
            self._items.append(item)
        self._chosen = chosen
        for index, (box, space) in enumerate(spaces):
            held = index == chosen and self._held is not None
            self._draw(index, self._items[index].space if held else space, box)

    def keep_to(self, boxes: Sequence[Box]) -> None:
        """Hide the joint spaces of boxes that have been moved."""
        for index, item in enumerate(self._items):
            in_place = index < len(boxes) and boxes[index] == item.box
            item.setVisible(self._visible and in_place)

    def stops(self) -> list[Handle]:
        """Return the chosen knee's points, in the order in which Tab passes them."""
        item = self._chosen_item()
        return [handle for handle, _, _ in item.points()] if item is not None else []

    def select(self, handle: Handle | None) -> None:
        """Choose the point that keys move, or none."""
        self.end()
        self.active = handle
        self._redraw()

    # Mouse

    def begin(self, place: QPointF) -> MarginDrag | None:
        """Return the drag that a press at a point of the view begins; None beside the handles."""
        handle = self._handle_at(place)
        if handle is None:
            if self.active is not None:
                self.select(None)
            return None
        self.select(handle)
        self._dragging = True
        return MarginDrag(self, self._view, place)

    def cursor_at(self, place: QPointF) -> Qt.CursorShape | None:
        """Return the pointer shape that announces a press here; None beside the handles."""
        return None if self._handle_at(place) is None else Qt.CursorShape.PointingHandCursor

    def drag(self, moved: QPointF) -> None:
        """Have moved the active point by a way on the radiograph, in its pixels."""
        item = self._chosen_item()
        if item is None or item.space is None or item.space.frame is None:
            return
        self._move_to(self._along(item, moved) / item.space.frame.scale)

    # Keyboard

    def step(self, across: float, down: float) -> None:
        """Move the active point by steps of a key, a way on the radiograph."""
        item = self._chosen_item()
        if item is not None:
            self._move_to(self._way + KEY_STEP * self._along(item, QPointF(across, down)))

    def end_keys(self) -> None:
        """Report the margins, unless a drag is still going on."""
        if not self._dragging:
            self.end()

    def end_drag(self) -> None:
        """End a drag of a margin."""
        self._dragging = False

    def end(self) -> None:
        """Report the margins, if they were changed: a held key is one change."""
        before, self._held, self._way = self._held, None, 0.0
        item = self._chosen_item()
        if before is None or item is None or item.space is None or self._chosen is None:
            return
        if item.space.correction != before.correction:
            self.changed.emit(self._chosen, item.space.correction)

    def cancel(self) -> None:
        """Put the margins back where they were before the drag."""
        before, self._held, self._way = self._held, None, 0.0
        if before is not None and self._chosen is not None:
            self._draw(self._chosen, before)

    def _move_to(self, way: float) -> None:
        """Show the active point `way` units further down the leg than it was at first."""
        item = self._chosen_item()
        if item is None or item.space is None or self._film is None or self.active is None:
            return
        before = self._held or item.space
        correction = dragged(before, self.active, way)
        space = corrected(before, correction, self._film.radiograph.info)
        part = space.left if self.active.is_left else space.right
        if part is None or part.reason:
            # It would leave the film.
            return
        self._held, self._way = before, way
        self._draw(self._chosen_index(), space)

    def _along(self, item: JointSpaceItem, moved: QPointF) -> float:
        """Return how far a way on the radiograph leads down the leg, in its pixels."""
        shown = self._view.to_view(moved) - self._view.to_view(QPointF(0, 0))
        return QPointF.dotProduct(shown, item.down()) / self._view.scale_factor()

    def _handle_at(self, place: QPointF) -> Handle | None:
        item = self._chosen_item()
        return item.handle_at(place) if item is not None else None

    def _chosen_item(self) -> JointSpaceItem | None:
        if not self._visible or self._chosen is None or self._chosen >= len(self._items):
            return None
        item = self._items[self._chosen]
        return item if item.isVisible() else None

    def _chosen_index(self) -> int:
        return self._chosen if self._chosen is not None else 0

    def _redraw(self) -> None:
        for index, item in enumerate(self._items):
            self._draw(index, item.space)

    def _draw(self, index: int, space: JointSpace | None, box: Box | None = None) -> None:
        item = self._items[index]
        place = box or item.box
        if place is None:
            return
        chosen = self._visible and self._movable and index == self._chosen
        active = self.active if chosen else None
        item.show_space(space, place, movable=chosen, active=active)
        item.setVisible(self._visible)


class MarginDrag:
    """Moves a point of a margin along the leg."""

    def __init__(self, joint_spaces: JointSpaces, view: FilmView, start: QPointF) -> None:
        self._joint_spaces = joint_spaces
        self._view = view
        self._start = view.to_image(start)

    def move(self, point: QPointF) -> None:
        """Let the margin follow the pointer."""
        self._joint_spaces.drag(self._view.to_image(point) - self._start)

    def end(self) -> None:
        """Report the margin's new position."""
        self._joint_spaces.end_drag()
        self._joint_spaces.end()

    def cancel(self) -> None:
        """Put it back."""
        self._joint_spaces.end_drag()
        self._joint_spaces.cancel()
