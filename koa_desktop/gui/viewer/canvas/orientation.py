"""The rotation and mirroring of a film on the screen; the radiograph itself does not change."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF
from PySide6.QtGui import QTransform


@dataclass(frozen=True, slots=True)
class Orientation:
    """Mirrored left to right first, then turned clockwise by `quarters` (0..3) of a full turn."""

    quarters: int = 0
    mirrored: bool = False

    def rotated(self, quarters: int) -> Orientation:
        """Return this orientation turned further, clockwise for the viewer."""
        return Orientation((self.quarters + quarters) % 4, self.mirrored)

    def flipped(self) -> Orientation:
        """Return this orientation with left and right of the screen exchanged."""
        return Orientation(-self.quarters % 4, not self.mirrored)

    @property
    def degrees(self) -> int:
        """The clockwise turn in degrees."""
        return 90 * self.quarters

    def transform(self, scale: float = 1.0) -> QTransform:
        """Return the map of directions on the radiograph to directions on the screen, `scale`d."""
        across, down = ((1, 0), (0, 1), (-1, 0), (0, -1))[self.quarters]
        sign = -1 if self.mirrored else 1
        return QTransform(
            sign * across * scale, sign * down * scale, -down * scale, across * scale, 0, 0
        )

    def to_image(self, across: float, down: float) -> tuple[float, float]:
        """Return a direction on the screen as one on the radiograph."""
        point = self.transform().inverted()[0].map(QPointF(across, down))
        return point.x(), point.y()


def orientation_of(transform: QTransform) -> Orientation:
    """Return the orientation of a transform that scales alike, turns by quarters and mirrors."""
    across, down = transform.m11(), transform.m12()
    mirrored = transform.determinant() < 0
    if mirrored:
        across, down = -across, -down
    if abs(across) > abs(down):
        return Orientation(0 if across > 0 else 2, mirrored)
    return Orientation(1 if down > 0 else 3, mirrored)


UPRIGHT = Orientation()
