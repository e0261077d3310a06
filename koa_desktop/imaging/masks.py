"""Areas of a film that the reader has masked: black in the pixels of all that leaves the program.

The networks see the film as it is, so that a mask changes no grade and no width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.radiograph import Radiograph

# So far below a sigmoid window, in its widths, its curve has come to black.
_SIGMOID_BLACK = 20


@dataclass(frozen=True, slots=True)
class Mask:
    """A rectangle in pixels of the radiograph, wherever between the pixels its edges lie."""

    left: float
    top: float
    width: float
    height: float

    def __post_init__(self) -> None:
        """Raise ValueError where it is no rectangle."""
        edges = self.left, self.top, self.width, self.height
        if not all(map(math.isfinite, edges)) or self.width <= 0 or self.height <= 0:
            raise ValueError("a mask is no rectangle")

    def overlaps(self, left: float, top: float, width: float, height: float) -> bool:
        """Tell whether it covers a part of another rectangle."""
        return (
            self.left < left + width
            and left < self.left + self.width
            and self.top < top + height
            and top < self.top + self.height
        )

    def part_of(
        self, shape: Sequence[int], scale: float = 1.0, corner: tuple[float, float] = (0.0, 0.0)
    ) -> tuple[slice, slice]:
        """Return the rows and columns that it covers, at least in part, of a picture (H, W, …).

        The picture has `scale` pixels for each of the radiograph, the first of them at `corner`.
        """
        ends = (self.top, self.height, corner[1]), (self.left, self.width, corner[0])
        rows, columns = (
            slice(
                min(max(math.floor((start - first) * scale), 0), most),
                min(max(math.ceil((start + length - first) * scale), 0), most),
            )
            for (start, length, first), most in zip(ends, shape[:2], strict=True)
        )
        return rows, columns


def masked(radiograph: Radiograph, masks: Sequence[Mask]) -> Radiograph:
    """Return a radiograph that is black where it is masked, through its window and polarity.

    Its values are float32 then; without masks it is the same one.
    """
    if not masks:
        return radiograph
    values = radiograph.values.astype(np.float32)
    window = radiograph.window
    below = _SIGMOID_BLACK * window.width if window.sigmoid else window.width / 2
    black = window.centre + (below if radiograph.inverted else -below)
    for mask in masks:
        values[mask.part_of(values.shape)] = black
    return replace(radiograph, values=values)


def blacken(
    picture: NDArray[np.uint8],
    masks: Sequence[Mask],
    scale: float,
    corner: tuple[float, float] = (0.0, 0.0),
) -> None:
    """Make a picture (H, W, …) black where it is masked, in place; see `Mask.part_of`."""
    for mask in masks:
        picture[mask.part_of(picture.shape, scale, corner)] = 0


def to_json(masks: Sequence[Mask]) -> list[dict[str, float]]:
    """Return masks ready for JSON."""
    return [
        {"left": one.left, "top": one.top, "width": one.width, "height": one.height}
        for one in masks
    ]


def from_json(kept: list[dict[str, Any]] | None) -> tuple[Mask, ...]:
    """Return masks read from JSON. Raises ValueError, KeyError or TypeError."""
    names = ("left", "top", "width", "height")
    return tuple(Mask(*(float(one[name]) for name in names)) for one in kept or ())
