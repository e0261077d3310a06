"""Data of the overlays of a knee: its heat map, its joint space."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from koa_desktop.examination.examiner import ExaminedKnee
from koa_desktop.examination.reading import MarkedKnee
from koa_desktop.grading.class_map import Explained, heat, map_of
from koa_desktop.grading.oarsi import OarsiName, reading_map
from koa_desktop.gui.session.case import Case
from koa_desktop.joint_space.measure import JointSpace
from koa_desktop.knees.box import Box
from koa_desktop.knees.crop import Pixels
from koa_desktop.wording.sentences import sentence

_SIZE = 224
translate = QCoreApplication.translate


def heat_of(examined: ExaminedKnee | None, explained: Explained | None) -> Pixels | None:
    """Return a knee's heat map (224, 224) 0..1 of what is `explained`, else of its own grade.

    None where the model gave no grade, or read nothing of the reading that is explained.
    """
    if examined is None or examined.grading is None or examined.finding.grade is None:
        return None
    if isinstance(explained, OarsiName):
        return _heat_of_reading(examined, explained)
    own = examined.finding.grade
    return heat(map_of(examined.grading.maps, own if explained is None else explained), _SIZE)


def _heat_of_reading(examined: ExaminedKnee, name: OarsiName) -> Pixels | None:
    """Return the map of the grade that the program read; grade 0 points at nothing."""
    maps = examined.grading.reading_maps if examined.grading is not None else None
    grade = next((one.grade for one in examined.finding.readings if one.name is name), 0)
    side = examined.knee.side
    if maps is None or side is None or grade == 0:
        return None
    return heat(reading_map(maps, name, side, grade), _SIZE)


def heat_title(knees: Iterable[ExaminedKnee | None], explained: Explained | None) -> str:
    """Return the legend's title, which names the grade that the heat maps of `knees` explain."""
    if isinstance(explained, OarsiName):
        name = sentence(explained)
        return translate("HeatMap", "evidence for {0}").format(name[:1].lower() + name[1:])
    if explained == "osteoarthritis":
        return translate("HeatMap", "evidence for KL 2 or more")
    if explained is not None:
        return translate("HeatMap", "evidence for KL {0}").format(explained)
    grades = {one.finding.grade for one in knees if one is not None} - {None}
    if len(grades) == 1:
        return translate("HeatMap", "evidence for KL {0}").format(*grades)
    return translate("HeatMap", "evidence for each grade")


def scale_text(case: Case) -> str:
    """Return where the millimetres on a film come from: `mm at the detector`."""
    spacing = case.spacing
    if spacing is None:
        return translate("Scale", "scale unknown")
    return translate("Scale", "mm {0}").format(sentence(spacing.origin))


def joint_of(case: Case, marked: MarkedKnee) -> tuple[Box, JointSpace | None]:
    """Return a knee's box with its joint space, which is None while it is being measured."""
    examined = case.examined(marked)
    return marked.knee.box, examined.joint_space if examined else None
