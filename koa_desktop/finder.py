"""Where the knees are on a radiograph, and what a box shows."""

from __future__ import annotations

from dataclasses import dataclass

from koa_desktop.knees import Shown
from koa_desktop.radiograph import Side


@dataclass(frozen=True, slots=True)
class Look:
    """What a box shows.

    `probability` is 0..1 for each of Shown, in its order, and sums to 1. `side` is the patient's
    side by the fibula, None where the picture does not tell, with its probability.
    """

    probability: tuple[float, float, float, float]
    side: Side | None = None
    side_probability: float = 0.5

    @property
    def shown(self) -> Shown:
        """The likeliest of what the box may show."""
        return max(zip(self.probability, Shown, strict=True), key=lambda pair: pair[0])[1]
