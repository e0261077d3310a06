"""The shapes that annotations are made of, in pixels of the canvas that they are painted on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

from koa_desktop.annotation.colours import Colour

Point = tuple[float, float]


class Rect(NamedTuple):
    """An upright rectangle."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.top + self.height

    @property
    def centre(self) -> Point:
        """The middle."""
        return self.left + self.width / 2, self.top + self.height / 2

    @classmethod
    def around(cls, points: Iterable[Point]) -> Rect:
        """Return the smallest rectangle that holds all points. Raises ValueError without any."""
        across, down = zip(*points, strict=True)
        left, top = min(across), min(down)
        return cls(left, top, max(across) - left, max(down) - top)

    def intersects(self, other: Rect) -> bool:
        """Tell whether two rectangles share an area."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def contains(self, point: Point) -> bool:
        """Tell whether a point lies within or on the border."""
        return self.left <= point[0] <= self.right and self.top <= point[1] <= self.bottom

    def is_crossed(self, start: Point, end: Point) -> bool:
        """Tell whether a straight line passes through the rectangle, or touches it."""
        entry, leaving = 0.0, 1.0  # shares of the line (Liang and Barsky, 1984)
        for low, high, at, way in (
            (self.left, self.right, start[0], end[0] - start[0]),
            (self.top, self.bottom, start[1], end[1] - start[1]),
        ):
            if way == 0:
                if not low <= at <= high:
                    return False
                continue
            first, second = sorted(((low - at) / way, (high - at) / way))
            entry, leaving = max(entry, first), min(leaving, second)
        return entry <= leaving

    def holds(self, other: Rect) -> bool:
        """Tell whether another rectangle lies within this one."""
        return self.contains((other.left, other.top)) and self.contains((other.right, other.bottom))

    def grown(self, margin: float) -> Rect:
        """Return the rectangle with a margin around it."""
        return Rect(
            self.left - margin, self.top - margin, self.width + 2 * margin, self.height + 2 * margin
        )

    def nearest(self, point: Point) -> Point:
        """Return the point of the rectangle that is nearest to `point`."""
        return (
            min(max(point[0], self.left), self.right),
            min(max(point[1], self.top), self.bottom),
        )

    def moved_into(self, outer: Rect, border: float = 0.0) -> Rect:
        """Return the rectangle moved so that it lies within `outer`, `border` away from its edge.

        One that is too large keeps to the left and upper edge.
        """
        left = max(min(self.left, outer.right - self.width - border), outer.left + border)
        top = max(min(self.top, outer.bottom - self.height - border), outer.top + border)
        return self._replace(left=left, top=top)


@dataclass(frozen=True, slots=True)
class Pen:
    """Widths of a line and of the dark rim below it; no rim where that is 0."""

    width: float
    rim: float = 0.0


@dataclass(frozen=True, slots=True)
class Strokes:
    """Lines of one colour. All rims are painted before the first line.

    `dash` is the length of a dash and of the gap after it, in widths of the line; empty for an
    unbroken line. The rim is never broken.
    """

    lines: tuple[tuple[Point, ...], ...]
    colour: Colour
    pen: Pen
    dash: tuple[float, ...] = ()
    round_ends: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """The outline of a rectangle; `dash` as in Strokes."""

    rect: Rect
    colour: Colour
    width: float
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Label:
    """A bold text on a plate. `pixels` is the height of its font.

    The text is centred or, if `padding` is given, starts that far from the left edge.
    """

    rect: Rect
    text: str
    pixels: int
    ink: Colour
    plate: Colour
    padding: float | None = None

    def at(self, rect: Rect) -> Label:
        """Return the label at another place."""
        return replace(self, rect=rect)


Shape = Strokes | Frame | Label
