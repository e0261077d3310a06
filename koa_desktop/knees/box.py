"""A knee on a radiograph: its square box, its side, and where both came from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from koa_desktop.message import Code
from koa_desktop.radiograph import Side

MIN_BOX_PIXELS = 100  # a smaller box, under half the resolution of the crops, shows no joint space


@dataclass(frozen=True, slots=True)
class Box:
    """A square on a radiograph: left, top and side in image pixels (may reach over the border)."""

    left: float
    top: float
    size: float

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the square as (x, y) in image pixels."""
        return self.left + self.size / 2, self.top + self.size / 2

    @classmethod
    def around(cls, x: float, y: float, size: float) -> Box:
        """Return the square of side `size` with its middle at (x, y), all in image pixels."""
        return cls(x - size / 2, y - size / 2, size)


class BoxClass(Enum):
    """Classes of a box's content; the value is what tables carry."""

    NATIVE = "native"
    IMPLANT = "implant"
    NOT_FRONTAL = "not-frontal"
    OTHER = "other"


class SideSource(Code):
    """Sources of a knee's side."""

    HEADER = "header"
    FIBULA = "fibula"
    LETTER = "letter"  # on the film
    POSITION = "position"  # on the image, relative to the other knee
    READER = "reader"


@dataclass(frozen=True, slots=True)
class Knee:
    """A box with the patient's side and where both came from.

    `confidence` (0..1) is the finder's that a knee is there; None if it was not detected.
    """

    box: Box
    side: Side | None = None
    side_source: SideSource | None = None
    placed_by_user: bool = False
    confidence: float | None = None
