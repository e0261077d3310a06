"""Ruler, angle and masks on the film: made, selected, moved and deleted by mouse and keyboard."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, Qt, Signal

from koa_desktop.annotation.shapes import Label, Rect
from koa_desktop.examination.measurements import POINTS, Kind, Measurement, Point
from koa_desktop.gui.viewer.canvas.film_item import FilmItem
from koa_desktop.gui.viewer.canvas.film_view import FilmView
from koa_desktop.gui.viewer.canvas.gestures import CLICK_SLIP, Gesture
from koa_desktop.gui.viewer.canvas.layer import Layer
from koa_desktop.gui.viewer.canvas.shape_painter import view_canvas
from koa_desktop.gui.viewer.layers.measurement_item import MeasurementItem
from koa_desktop.radiograph import PixelSpacing
from koa_desktop.wording.measurement_lines import value_text

# Points of a new measurement made by keyboard: shares of the view, from its middle.
_PLACES = {
    Kind.LENGTH: ((-0.12, 0.0), (0.12, 0.0)),
    Kind.ANGLE: ((-0.12, -0.12), (0.0, 0.06), (0.12, -0.12)),
    Kind.OBJECT: ((-0.06, 0.0), (0.06, 0.0)),
    Kind.MASK: ((-0.12, -0.05), (0.12, 0.05)),
}


class Measurements(Layer):
    """The measurements of the shown film. Points are kept inside the film."""

    made = Signal(object)  # Measurement
    changed = Signal(int, object)  # index, Measurement: when a drag, or a held key, has ended
    delete_requested = Signal(int)
    tool_changed = Signal(object)  # Kind, or None
    point_placed = Signal()  # of a measurement that is half made

    def __init__(self, view: FilmView, taken: Callable[[], list[Rect]] = list) -> None:
        """Draw in `view`; `taken` returns the places that labels must leave free, in its pixels."""
        super().__init__(view)
        self._taken = taken
        self._items: list[MeasurementItem] = []
        self._tool: Kind | None = None
        self._diameter_mm: float | None = None
        self._placed: list[QPointF] = []
        self._rubber: MeasurementItem | None = None
        self._held = False
        self._stepped: Measurement | None = None
        self.selected: int | None = None
        self.active = 0  # the point of the selected measurement that keys move

    @property
    def tool(self) -> Kind | None:
        """The kind of measurement that a drag makes; None where it does something else."""
        return self._tool

    @property
    def placed_count(self) -> int:
        """The number of points that a measurement has which is half made."""
        return len(self._placed)

    def set_film(self, film: FilmItem | None) -> None:
        """Measure on another film, or on none; everything drawn on the last one is gone."""
        super().set_film(film)
        self._items.clear()
        self._rubber = None
        self._placed = []
        self._held = False
        self._stepped = None
        self.selected = None
        self.set_tool(None)

    def show(self, measurements: Sequence[Measurement]) -> None:
        """Show these measurements; one being dragged stays as dragged. Emits no change."""
        if self._film is None:
            return
        if len(measurements) != len(self._items):
            self._held, self._stepped = False, None
        while len(self._items) > len(measurements):
            self._view.scene().removeItem(self._items.pop())
        while len(self._items) < len(measurements):
            self._items.append(MeasurementItem(self._film, self._items, self._taken))
        if self.selected is not None and self.selected >= len(measurements):
            self.selected = None
        for index, measurement in enumerate(measurements):
            held = index == self.selected and (self._held or self._stepped is not None)
            self._draw(index, self.at(index) if held else measurement)

    def at(self, index: int) -> Measurement:
        """Return measurement `index` at its current position."""
        measurement = self._items[index].measurement
        if measurement is None:
            raise IndexError(index)
        return measurement

    def place(self, index: int, measurement: Measurement) -> None:
        """Show measurement `index` elsewhere, without reporting a change."""
        self._draw(index, measurement)

    def select(self, index: int | None, point: int = 0) -> None:
        """Select a measurement and the point that keys move, or none."""
        self.end_keys()
        self.selected, self.active = index, point
        for number in range(len(self._items)):
            self._draw(number, self.at(number))

    def labels(self) -> list[Rect]:
        """Return the places of the values, in view pixels."""
        if not self._items:
            return []
        shapes = self._items[0].labels(view_canvas(self._items[0]))
        return [shape.rect for shape in shapes if isinstance(shape, Label)]

    def crosses(self, rect: Rect) -> bool:
        """Tell whether a measurement's line passes through `rect`, in view pixels."""
        return any(item.crosses(rect) for item in self._items)

    def tip_at(self, place: QPointF) -> str:
        """Return the value of the measurement at a point of the view; empty beside them all."""
        hit = (index for index in self._order() if self._items[index].is_hit(place))
        index = next(hit, None)
        return "" if index is None else self._items[index].label

    def stops(self) -> list[tuple[int, int]]:
        """Return every (measurement, point), in the order in which Tab passes them."""
        return [
            (number, point)
            for number in range(len(self._items))
            for point in range(len(self.at(number).points))
        ]

    def set_tool(self, kind: Kind | None, diameter_mm: float | None = None) -> None:
        """Let the next drag measure, or no longer; drops a measurement that is half made.

        `diameter_mm` is that of an object of known size.
        """
        self._diameter_mm = diameter_mm
        self._placed = []
        if self._rubber is not None:
            self._view.scene().removeItem(self._rubber)
            self._rubber = None
        if kind is not self._tool:
            self._tool = kind
            self.tool_changed.emit(kind)

    # Mouse

    def begin(self, place: QPointF) -> Gesture | None:
        """Return the drag that a press at a point of the view begins; None beside them all.

        Such a press deselects the selected one.
        """
        if self._film is None:
            return None
        if self._tool is not None:
            return PointPlacing(self, place)
        for index in self._order():
            point = self._items[index].point_at(place)
            if point is not None or self._items[index].is_hit(place):
                self.select(index, point or 0)
                self._held = True
                return MeasurementDrag(self, self._view, place, index, point)
        if self.selected is not None:
            self.select(None)
        return None

    def hover(self, place: QPointF) -> None:
        """Let the measurement that is half made follow the pointer."""
        if self._placed:
            self._show_rubber(self._kept(place))

    def cursor_at(self, place: QPointF) -> Qt.CursorShape | None:
        """Return the pointer shape that announces a press here; None beside them all."""
        if self._tool is not None:
            return Qt.CursorShape.CrossCursor
        for index in self._order():
            if self._items[index].point_at(place) is not None:
                return Qt.CursorShape.PointingHandCursor
            if self._items[index].is_hit(place):
                return Qt.CursorShape.SizeAllCursor
        return None

    def end_drag(self) -> None:
        """End a drag of a measurement."""
        self._held = False

    def press(self, place: QPointF) -> bool:
        """Place the first point of a measurement; return False if it is already placed."""
        if self._placed:
            return False
        self._placed = [self._kept(place)]
        self._show_rubber(self._placed[0])
        self.point_placed.emit()
        return True

    def put(self, place: QPointF) -> None:
        """Put the next point of a measurement; the last one makes it."""
        self._placed.append(self._kept(place))
        kind = self._tool
        if kind is None or len(self._placed) < POINTS[kind]:
            self._show_rubber(self._placed[-1])
            self.point_placed.emit()
            return
        self._make(self._measurement(kind, self._placed))

    # Keyboard

    def make_in_the_middle(self) -> None:
        """Put a measurement into the middle of the view, for the keys to move."""
        if self._tool is None:
            return
        size = self._view.viewport().size()
        middle, length = QPointF(size.width() / 2, size.height() / 2), min(size.toTuple())
        points = [
            self._kept(middle + QPointF(across, down) * length)
            for across, down in _PLACES[self._tool]
        ]
        self._make(self._measurement(self._tool, points))

    def step(self, across: float, down: float) -> None:
        """Move the selected measurement's active point by pixels of the radiograph."""
        if self.selected is None:
            return
        before = self.at(self.selected)
        if self._stepped is None:
            self._stepped = before
        x, y = before.points[self.active]
        self._draw(self.selected, before.moved(self.active, self.inside(x + across, y + down)))

    def end_keys(self) -> None:
        """Report the measurement once the key is released: a held key is one change."""
        stepped, self._stepped = self._stepped, None
        if stepped is not None and self.selected is not None:
            self.report_change(self.selected, stepped)

    def report_change(self, index: int, before: Measurement) -> None:
        """Report a change of a measurement, if there was one."""
        if self.at(index) != before:
            self.changed.emit(index, self.at(index))

    def inside(self, x: float, y: float) -> Point:
        """Return the nearest point of the film, in its pixels."""
        if self._film is None:
            return x, y
        film = self._film.radiograph
        return min(max(x, 0.0), float(film.width)), min(max(y, 0.0), float(film.height))

    def _make(self, measurement: Measurement) -> None:
        self.set_tool(None)
        self.made.emit(measurement)
        # Where it was kept, it is the last one of its kind.
        for index in reversed(range(len(self._items))):
            if self._items[index].measurement == measurement:
                self.select(index)
                break

    @property
    def _spacing(self) -> PixelSpacing | None:
        return self._film.radiograph.info.spacing if self._film is not None else None

    def _measurement(self, kind: Kind, points: Sequence[QPointF]) -> Measurement:
        return Measurement(kind, tuple((at.x(), at.y()) for at in points), self._diameter_mm)

    def _kept(self, place: QPointF) -> QPointF:
        point = self._view.to_image(place)
        return QPointF(*self.inside(point.x(), point.y()))

    def _order(self) -> list[int]:
        return sorted(range(len(self._items)), key=lambda index: index != self.selected)

    def _draw(self, index: int, measurement: Measurement) -> None:
        chosen = index == self.selected
        self._items[index].show_measurement(
            measurement,
            value_text(measurement, self._spacing),
            selected=chosen,
            active=self.active if chosen else None,
        )

    def _show_rubber(self, end: QPointF) -> None:
        if self._film is None or self._tool is None:
            return
        if self._rubber is None:
            self._rubber = MeasurementItem(self._film)
        points = [*self._placed, end]
        if len(points) == POINTS[self._tool]:
            measurement = self._measurement(self._tool, points)
            text = value_text(measurement, self._spacing)
            self._rubber.show_measurement(measurement, text, selected=True)
        else:
            self._rubber.show_points(points)


class PointPlacing:
    """Puts points: a drag puts two, a click one."""

    def __init__(self, measurements: Measurements, start: QPointF) -> None:
        self._measurements = measurements
        self._start = start
        self._now = start
        self._first = measurements.press(start)

    def move(self, point: QPointF) -> None:
        """Show the measurement up to the pointer."""
        self._now = point
        self._measurements.hover(point)

    def end(self) -> None:
        """Put the point where the pointer is."""
        if not self._first or (self._now - self._start).manhattanLength() > CLICK_SLIP:
            self._measurements.put(self._now)

    def cancel(self) -> None:
        """Measure nothing."""
        self._measurements.set_tool(None)


class MeasurementDrag:
    """Moves one point of a measurement, or all of it."""

    def __init__(
        self,
        measurements: Measurements,
        view: FilmView,
        start: QPointF,
        index: int,
        point: int | None,
    ) -> None:
        self._measurements = measurements
        self._view = view
        self._start = view.to_image(start)
        self._index = index
        self._point = point
        self._before = measurements.at(index)
        self._pressed = start
        self._moving = False

    def move(self, point: QPointF) -> None:
        """Show the measurement where the pointer takes it."""
        self._moving = self._moving or (point - self._pressed).manhattanLength() > CLICK_SLIP
        if not self._moving:
            return
        moved = self._view.to_image(point) - self._start
        if self._point is None:
            after = self._before.shifted(moved.x(), moved.y())
            if any(self._measurements.inside(*end) != end for end in after.points):
                return
        else:
            x, y = self._before.points[self._point]
            end = self._measurements.inside(x + moved.x(), y + moved.y())
            after = self._before.moved(self._point, end)
        self._measurements.place(self._index, after)

    def end(self) -> None:
        """Report its new position."""
        self._measurements.end_drag()
        self._measurements.report_change(self._index, self._before)

    def cancel(self) -> None:
        """Put it back."""
        self._measurements.end_drag()
        self._measurements.place(self._index, self._before)
