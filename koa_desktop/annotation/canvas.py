"""The canvas that annotations are laid out for: a view of the screen, or an exported picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from koa_desktop.annotation.shapes import Pen, Point, Rect


@dataclass(frozen=True, slots=True)
class Lettering:
    """The layout of one kind of label, in canvas pixels.

    `pixels` is the height of its bold font, `padding` the room on both sides of the text, `height`
    the plate's, `gap` the distance from what it belongs to.
    """

    pixels: int
    padding: float
    height: float
    gap: float = 0.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """Widths and lengths of what is drawn, in canvas pixels.

    `tick` is half the length of a ruler's end strokes, `arc` the radius of an angle's arc, `border`
    the distance that labels keep from the canvas's edge.
    """

    outline: Pen
    minimal: Pen
    measurement: Pen
    box: float
    tick: float
    arc: float
    border: float
    joint_label: Lettering
    measurement_label: Lettering
    tag: Lettering


@dataclass(frozen=True, eq=False, slots=True)
class Canvas:
    """A canvas of `width` x `height` pixels.

    `matrix` (2, 3) leads from pixels of the radiograph to those of the canvas. `text_width` returns
    the width of a text in the bold font of a height in pixels.
    """

    matrix: NDArray[np.float64]
    width: float
    height: float
    sizes: Sizes
    text_width: Callable[[str, int], float]

    @property
    def area(self) -> Rect:
        """All of the canvas."""
        return Rect(0, 0, self.width, self.height)

    def points(self, points: ArrayLike) -> tuple[Point, ...]:
        """Return points (n, 2) of the radiograph, x and y in its pixels, on the canvas."""
        places = np.asarray(points, np.float64).reshape(-1, 2)
        moved = places @ self.matrix[:, :2].T + self.matrix[:, 2]
        return tuple((float(x), float(y)) for x, y in moved)

    def direction(self, across: float, down: float) -> Point:
        """Return a direction on the radiograph as a unit vector of the canvas."""
        x, y = self.matrix[:, :2] @ (across, down)
        length = float(np.hypot(x, y))
        return float(x) / length, float(y) / length

    def label_rect(self, text: str, lettering: Lettering) -> Rect:
        """Return the plate of a text of one or more lines at the canvas's corner."""
        lines = text.split("\n")
        width = max(self.text_width(line, lettering.pixels) for line in lines)
        return Rect(0, 0, width + 2 * lettering.padding, lettering.height * len(lines))

    def wrapped(self, text: str, lettering: Lettering) -> str:
        """Return a text with line breaks between words, so that its plate fits into the canvas."""
        room = self.width - 2 * (self.sizes.border + lettering.padding)
        lines: list[str] = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.text_width(longer, lettering.pixels) <= room:
                lines[-1] = longer
            else:
                lines.append(word)
        return "\n".join(lines)

    def kept_in_view(self, label: Rect, places: Iterable[Point]) -> Rect:
        """Return a label moved into the canvas, where one of the places it belongs to is in it."""
        seen = any(self.area.contains(place) for place in places)
        return label.moved_into(self.area, self.sizes.border) if seen else label
