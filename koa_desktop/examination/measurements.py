"""Lengths and angles that the reader measures between points in image pixels.

An object of known size on the film, such as a ball or a coin, gives all of them their scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum

from koa_desktop.radiograph import PixelSpacing, SpacingOrigin

Point = tuple[float, float]


class Kind(Enum):
    """Kinds of measurements."""

    LENGTH = "length"
    ANGLE = "angle"
    OBJECT = "object"
    MASK = "mask"  # drawn like a measurement; a reading has it among its masks


POINTS = {Kind.LENGTH: 2, Kind.ANGLE: 3, Kind.OBJECT: 2, Kind.MASK: 2}
LEAST_OBJECT = 5.0  # pixels across; a smaller circle gives no scale


@dataclass(frozen=True, slots=True)
class Measurement:
    """A length between two points, or an angle of three whose second is its vertex.

    The two points of an object are the ends of a diameter, `diameter_mm` long, those of a mask
    opposite corners. Points are (x, y) in pixels of the radiograph, wherever between the pixels'
    middles they lie.
    """

    kind: Kind
    points: tuple[Point, ...]
    diameter_mm: float | None = None

    def __post_init__(self) -> None:
        """Raise ValueError where the points are too few, too many, or no numbers."""
        numbers = [number for point in self.points for number in point]
        if len(self.points) != POINTS[self.kind] or len(numbers) != 2 * len(self.points):
            raise ValueError(f"{self.kind.value}: {len(self.points)} points")
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError(f"{self.kind.value}: a point is no number")
        known = self.diameter_mm is not None
        if known is not (self.kind is Kind.OBJECT):
            raise ValueError(f"{self.kind.value}: a diameter, or none")
        if self.diameter_mm is not None and not 0 < self.diameter_mm < math.inf:
            raise ValueError(f"{self.kind.value}: the diameter is no length")

    def moved(self, index: int, point: Point) -> Measurement:
        """Return the measurement with one point elsewhere."""
        points = (*self.points[:index], point, *self.points[index + 1 :])
        return replace(self, points=points)

    def shifted(self, dx: float, dy: float) -> Measurement:
        """Return the measurement with all its points moved, in image pixels."""
        return replace(self, points=tuple((x + dx, y + dy) for x, y in self.points))


def scale(
    spacing: PixelSpacing | None, measurements: tuple[Measurement, ...]
) -> PixelSpacing | None:
    """Return the pixel spacing by the object of known size, else `spacing`, which is the file's.

    If the file has different spacings of rows and columns, their ratio stays.
    """
    for one in measurements:
        if one.diameter_mm is not None and length_px(one) >= LEAST_OBJECT:
            if spacing is None:
                side = one.diameter_mm / length_px(one)
                return PixelSpacing(side, side, SpacingOrigin.BY_OBJECT)
            factor = one.diameter_mm / length_mm(one, spacing)
            return PixelSpacing(
                spacing.row_mm * factor, spacing.column_mm * factor, SpacingOrigin.BY_OBJECT
            )
    return spacing


def length_px(measurement: Measurement) -> float:
    """Return a length in image pixels."""
    first, second = measurement.points
    return math.dist(first, second)


def length_mm(measurement: Measurement, spacing: PixelSpacing) -> float:
    """Return a length in millimetres; rows and columns may lie at different distances."""
    first, second = measurement.points
    return math.hypot(*_step(first, second, spacing))


def angle_degrees(measurement: Measurement, spacing: PixelSpacing | None) -> float:
    """Return an angle, 0..180 degrees, as it is on the patient where the spacing is known.

    0 where an arm has no length.
    """
    first, vertex, last = measurement.points
    one, other = _step(vertex, first, spacing), _step(vertex, last, spacing)
    cross = one[0] * other[1] - one[1] * other[0]
    dot = one[0] * other[0] + one[1] * other[1]
    return math.degrees(abs(math.atan2(cross, dot)))


def to_json(measurements: tuple[Measurement, ...]) -> list[dict[str, object]]:
    """Return measurements ready for JSON."""
    return [
        {
            "kind": one.kind.value,
            "points": [list(point) for point in one.points],
            **({} if one.diameter_mm is None else {"diameter_mm": one.diameter_mm}),
        }
        for one in measurements
    ]


def from_json(kept: list[dict[str, object]]) -> tuple[Measurement, ...]:
    """Return measurements read from JSON. Raises ValueError, KeyError or TypeError."""
    return tuple(
        Measurement(_kind(one["kind"]), _points(one["points"]), _diameter(one.get("diameter_mm")))
        for one in kept
    )


def _kind(kept: object) -> Kind:
    kind = Kind(kept)
    if kind is Kind.MASK:
        raise ValueError("a mask is no measurement")
    return kind


def _diameter(kept: object) -> float | None:
    if kept is not None and not isinstance(kept, int | float):
        raise TypeError("a diameter is no number")
    return None if kept is None else float(kept)


def _points(kept: object) -> tuple[Point, ...]:
    if not isinstance(kept, list):
        raise TypeError("points are no list")
    return tuple((float(x), float(y)) for x, y in kept)


def _step(start: Point, end: Point, spacing: PixelSpacing | None) -> Point:
    """Return the vector from start to end: in millimetres, or in pixels without a spacing."""
    across, down = end[0] - start[0], end[1] - start[1]
    # Neighbouring columns are `column_mm` apart (DICOM PS3.3 10.7.1.3).
    return (across * spacing.column_mm, down * spacing.row_mm) if spacing else (across, down)
