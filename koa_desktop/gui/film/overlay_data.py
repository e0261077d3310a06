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
    """Return the legend's title: what the heat maps of `knees` explain, or why there is none.

    Empty where the model graded no knee.
    """
    graded = [one for one in knees if one is not None and one.finding.grade is not None]
    if not graded:
        return ""
    if isinstance(explained, OarsiName):
        return _reading_title(graded, explained)
    if explained == "osteoarthritis":
        return translate("HeatMap", "evidence for KL 2 or more")
    if explained is not None:
        return translate("HeatMap", "evidence for KL {0}").format(explained)
    grades = {one.finding.grade for one in graded}
    if len(grades) == 1:
        return translate("HeatMap", "evidence for KL {0} (model)").format(*grades)
    named = " · ".join(f"{_side(one)} KL {one.finding.grade}".strip() for one in graded)
    return translate("HeatMap", "evidence for the model's grades: {0}").format(named)


def _reading_title(knees: Iterable[ExaminedKnee], name: OarsiName) -> str:
    said = sentence(name)
    said = said[:1].lower() + said[1:]
    read = {
        _side(one): reading.grade
        for one in knees
        for reading in one.finding.readings
        if reading.name is name
    }
    if not read:
        return translate("HeatMap", "no map: {0} was not read by the model").format(said)
    if not any(read.values()):
        return translate("HeatMap", "no map: the model reads grade 0 of {0}").format(said)
    title = translate("HeatMap", "evidence for {0}").format(said)
    empty = " · ".join(side for side, grade in read.items() if not grade)
    if not empty:
        return title
    return translate("HeatMap", "{0} ({1}: grade 0, no map)").format(title, empty)


def _side(examined: ExaminedKnee) -> str:
    return examined.knee.side.value if examined.knee.side else ""


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
