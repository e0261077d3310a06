"""The heat map to draw over a knee."""

from __future__ import annotations

from koa_desktop.examination import ExaminedKnee
from koa_desktop.knees import Pixels
from koa_desktop.overlay import Explained, heat, map_of

_SIZE = 224


def heat_of(examined: ExaminedKnee | None, explained: Explained | None) -> Pixels | None:
    """Return a knee's heat map (224, 224) 0..1 of what is `explained`, else of its own grade.

    None where the model gave no grade.
    """
    if examined is None or examined.grading is None or examined.finding.grade is None:
        return None
    own = examined.finding.grade
    return heat(map_of(examined.grading.maps, own if explained is None else explained), _SIZE)
