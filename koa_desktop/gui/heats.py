"""What to draw over a knee: its heat map, its joint space."""

from __future__ import annotations

from koa_desktop.examination import ExaminedKnee
from koa_desktop.gui.case import Case
from koa_desktop.gui.reading import MarkedKnee
from koa_desktop.joint_space import JointSpace
from koa_desktop.knees import Box, Pixels
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


def joint_of(case: Case, marked: MarkedKnee) -> tuple[Box, JointSpace | None]:
    """Return a knee's box with its joint space, which is None while it is being measured."""
    examined = case.examined(marked)
    return marked.knee.box, examined.joint_space if examined else None
