"""One file end to end: read, find the knees, crop, grade, judge."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from koa_desktop.findings import Finding, Flag, judge, refusal_of
from koa_desktop.grading import Grader, Grading
from koa_desktop.joint_space import JointSpace, measure_joint_space, unmeasured
from koa_desktop.knees import Knee, Pixels, cut, find_knees, stretch, whole_image
from koa_desktop.measurements import Measurement
from koa_desktop.radiograph import Radiograph, read

_LOG = logging.getLogger(__name__)
NO_BOX = "No knee was located on this radiograph: place the box over the knee to have it graded."
FAILED = "Something unexpected happened while the joint space was measured."


@dataclass(frozen=True, eq=False)
class ExaminedKnee:
    """A knee with what was seen there.

    `crop` (H, W, 1), `grading` and `joint_space` are None where the knee was refused.
    """

    knee: Knee
    finding: Finding
    crop: Pixels | None = None
    grading: Grading | None = None
    joint_space: JointSpace | None = None


@dataclass(frozen=True, eq=False)
class Examination:
    """One radiograph with its examined knees; `refusal` says why there are none."""

    radiograph: Radiograph
    knees: tuple[ExaminedKnee, ...] = ()
    refusal: str = ""
    model: str = ""
    model_sha256: str = ""
    comment: str = ""
    reader: str = ""
    measurements: tuple[Measurement, ...] = ()

    def with_knee(self, index: int, examined: ExaminedKnee) -> Examination:
        """Return a copy in which knee `index` is `examined` (appended where index is the count)."""
        knees = (*self.knees[:index], examined, *self.knees[index + 1 :])
        return replace(self, knees=knees, refusal="")

    def without_knee(self, index: int) -> Examination:
        """Return a copy without knee `index`."""
        knees = (*self.knees[:index], *self.knees[index + 1 :])
        return replace(self, knees=knees, refusal="" if knees else NO_BOX)


def examine(path: Path, grader: Grader, *, single_crop: bool = False) -> Examination:
    """Examine one file. `single_crop` grades the whole image as one knee.

    Raises ReadError where the file cannot be read.
    """
    radiograph = read(path)
    knees = [whole_image(radiograph)] if single_crop else find_knees(radiograph)
    examined = tuple(examine_knee(radiograph, knee, grader) for knee in knees)
    return Examination(
        radiograph,
        examined,
        refusal="" if examined else NO_BOX,
        model=grader.card.label,
        model_sha256=grader.card.sha256,
    )


def examine_knee(
    radiograph: Radiograph, knee: Knee, grader: Grader, *, on_request: bool = False
) -> ExaminedKnee:
    """Grade one box. `on_request` grades it though it was refused, and marks it so."""
    refusal = refusal_of(radiograph, knee)
    if refusal and not on_request:
        return ExaminedKnee(knee, Finding(refusal=refusal))
    picture, inside = cut(radiograph.pixels, knee.box, grader.card.input_size)
    crop = stretch(picture, inside)
    grading = grader.grade([crop])[0]
    finding = judge(radiograph, knee, picture[inside], grading, grader.card)
    if refusal:
        finding = replace(finding, flags=(*finding.flags, Flag.ON_REQUEST), refusal=refusal)
    return ExaminedKnee(knee, finding, crop, grading, _joint_space(radiograph, knee))


def _joint_space(radiograph: Radiograph, knee: Knee) -> JointSpace:
    """Measure the joint space; whatever goes wrong there, the grade stays."""
    try:
        return measure_joint_space(radiograph, knee)
    except Exception:  # a grade must not be lost for want of a width
        _LOG.exception("the joint space could not be measured")
        return unmeasured(FAILED, knee.side)
