"""Colours that the screen and exported pictures share."""

from __future__ import annotations

from typing import NamedTuple


class Colour(NamedTuple):
    """Red, green, blue and opacity, 0..255. A painter that knows no opacity leaves it out."""

    red: int
    green: int
    blue: int
    alpha: int = 255

    @property
    def rgb(self) -> tuple[int, int, int]:
        """The colour without its opacity."""
        return self.red, self.green, self.blue

    @property
    def hex(self) -> str:
        """The colour as `#rrggbb`."""
        return f"#{self.red:02x}{self.green:02x}{self.blue:02x}"


AMBER = Colour(245, 176, 92)  # what needs a second look, on dark ground
YELLOW = Colour(255, 209, 102)  # what is selected
BLUE = Colour(120, 169, 214)  # a box that is neither
PINK = Colour(255, 157, 226)  # joint spaces
WHITE = Colour(255, 255, 255)  # minimal widths
MINT = Colour(127, 224, 196)  # measurements
INK = Colour(16, 18, 22)  # text on a bright plate
RIM = Colour(10, 12, 14, 170)  # around lines, so that they show over white bone
PLATE = Colour(10, 12, 14, 185)  # behind a value
