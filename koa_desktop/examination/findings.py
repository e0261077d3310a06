"""The program's finding on one knee: grade, prediction set, flags, refusal."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from koa_desktop.grading.card import GraderCard
from koa_desktop.grading.finder import BoxContent
from koa_desktop.grading.grader import Grading
from koa_desktop.grading.kellgren_lawrence import EVEN_ODDS, OSTEOARTHRITIS_FROM
from koa_desktop.grading.oarsi import OarsiReading, readings_by_compartment
from koa_desktop.joint_space.measure import JointSpace
from koa_desktop.joint_space.narrowing import narrowed
from koa_desktop.knees.box import MIN_BOX_PIXELS, BoxClass, Knee
from koa_desktop.message import Code, Message
from koa_desktop.radiograph import InvertedBy, RadiographInfo

# Of the box's height: the joint and its margins. A strip that holds them can be graded.
JOINT_BAND = (0.35, 0.80)
MAX_OUTSIDE_SHARE = 0.25  # of that band, beyond the image's border: more is refused
FLAGGED_OUTSIDE_SHARE = 0.03
WIDE_SET = 3  # grades in a set that is flagged
MIN_CONTRAST = 0.08  # of a crop


class Flag(Code):
    """A reason for a review; the value is what tables carry."""

    WIDE_SET = "wide-set"
    CLOSE_GRADES = "close-grades"
    BORDERLINE = "borderline"  # the grade and the probability of KL >= 2 contradict each other
    NARROWED = "narrowed-at-kl-0"
    NO_OSTEOPHYTE = "no-osteophyte-at-kl-2"  # these four: grade and readings contradict each other
    NO_NARROWING = "no-narrowing-at-kl-3"  # or 4
    OSTEOPHYTE = "osteophyte-below-kl-2"
    NARROWING = "narrowing-below-kl-3"
    OUT_OF_DISTRIBUTION = "unusual-look"
    CUT_BY_BORDER = "cut-by-border"
    LOW_CONTRAST = "low-contrast"
    OTHER_SIDE = "other-side"
    SAME_SIDE = "same-side"  # as another knee of the film
    HEADER_SIDE = "header-side"
    LETTER_SIDE = "letter-side"
    LETTER_MIRRORED = "letter-mirrored"
    ON_REQUEST = "on-request"
    STORED_INVERTED = "stored-inverted"


class Refusal(Code):
    """Reasons why a knee, or a whole image, is not graded."""

    NO_KNEE = "no-knee"  # nothing was detected on the image
    IMPLANT = "implant"
    NOT_FRONTAL = "not-frontal"
    OTHER = "other"
    TOO_SMALL = "too-small"
    CUT_BY_BORDER = "cut-by-border"
    UNEXPECTED = "unexpected"  # a fault of the program


_REFUSED = {
    BoxClass.IMPLANT: Refusal.IMPLANT,
    BoxClass.NOT_FRONTAL: Refusal.NOT_FRONTAL,
    BoxClass.OTHER: Refusal.OTHER,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The program's result for one knee, independent of the reader's.

    `grade` is None where the knee was refused (`refusal` says why). `prediction_set` holds the
    lowest and highest grade of the set. `box_class` is None where the box was not classified.
    `readings` are the OARSI readings by compartment, empty where the bundle has none or the side is
    unknown.
    """

    grade: int | None = None
    probability: tuple[float, ...] = ()
    prediction_set: tuple[int, int] | None = None
    flags: tuple[Flag, ...] = ()
    # A sentence is taken until every room raises codes.
    refusal: Message | None = None
    box_class: BoxClass | None = None
    readings: tuple[OarsiReading, ...] = ()

    @property
    def osteoarthritis_probability(self) -> float | None:
        """Probability (0..1) of KL >= 2; None where the knee was refused."""
        return sum(self.probability[OSTEOARTHRITIS_FROM:]) if self.probability else None

    @property
    def is_osteoarthritis(self) -> bool | None:
        """True where the grade is definite osteoarthritis, KL 2 or more; None without a grade."""
        return None if self.grade is None else self.grade >= OSTEOARTHRITIS_FROM

    @property
    def set_text(self) -> str:
        """The prediction set as text, `2-3` or `4`; empty where there is none."""
        if self.prediction_set is None:
            return ""
        low, high = self.prediction_set
        return str(low) if low == high else f"{low}-{high}"


def box_class_of(content: BoxContent, native_threshold: float) -> BoxClass:
    """Return the box's most probable class, or a native knee from the threshold on."""
    return BoxClass.NATIVE if content.probability[0] >= native_threshold else content.box_class


def refusal_of(radiograph: RadiographInfo, knee: Knee, box_class: BoxClass) -> Message | None:
    """Return why this box must not be graded; None where it may be."""
    if box_class in _REFUSED:
        return Message(_REFUSED[box_class])
    if knee.box.size < MIN_BOX_PIXELS:
        return Message.of(Refusal.TOO_SMALL, size=knee.box.size, least=MIN_BOX_PIXELS)
    if outside_share(radiograph, knee, JOINT_BAND) > MAX_OUTSIDE_SHARE:
        return Message.of(Refusal.CUT_BY_BORDER, share=outside_share(radiograph, knee))
    return None


def same_side_checked(finding: Finding, same: bool) -> Finding:
    """Return the finding flagged where another knee of the film has the `same` side."""
    others = tuple(flag for flag in finding.flags if flag is not Flag.SAME_SIDE)
    return replace(finding, flags=(*others, Flag.SAME_SIDE) if same else others)


def narrowing_checked(finding: Finding, grade: int | None, space: JointSpace | None) -> Finding:
    """Return the finding flagged where a joint space is narrowed in a knee of KL 0.

    `grade` is the reader's where the reader gave one, else the program's; None where neither is.
    """
    named = space.named_compartments if space is not None and not space.reason else []
    doubted = grade == 0 and any(narrowed(name, part) for name, part in named)
    others = tuple(flag for flag in finding.flags if flag is not Flag.NARROWED)
    return replace(finding, flags=(*others, Flag.NARROWED) if doubted else others)


def reader_polarity_flags(radiograph: RadiographInfo) -> tuple[Flag, ...]:
    """Return the flag of a film whose polarity is the reader's word, else none."""
    return (Flag.STORED_INVERTED,) if radiograph.inverted_by is InvertedBy.USER else ()


def judge(
    radiograph: RadiographInfo, knee: Knee, contrast: float, grading: Grading, card: GraderCard
) -> Finding:
    """Turn a grading into a finding. `contrast` is the crop's, 0..1."""
    probability = tuple(float(value) for value in grading.probability)
    grade = int(np.argmax(grading.probability))
    prediction_set = prediction_set_of(probability, card.set_thresholds)
    return Finding(
        grade=grade,
        probability=probability,
        prediction_set=prediction_set,
        flags=tuple(_flags(radiograph, knee, contrast, grading, prediction_set, card)),
        readings=readings_by_compartment(grading.readings, knee.side),
    )


def prediction_set_of(
    probability: tuple[float, ...], thresholds: tuple[float, ...]
) -> tuple[int, int]:
    """Return the lowest and highest grade of the likely range.

    Class-conditional conformal sets (Vovk 2012) of the grades whose probability reaches their
    threshold, closed to a range because grades are ordered; the most probable grade always belongs.
    No grade that is left out is likelier than one at an end of the range. The range can only grow
    by that, so the coverage that was measured stays the least.
    """
    likeliest = int(np.argmax(probability))
    members = [
        grade
        for grade, (share, threshold) in enumerate(zip(probability, thresholds, strict=True))
        if share >= threshold
    ]
    low, high = min([likeliest, *members]), max([likeliest, *members])
    least = min(probability[low], probability[high])
    likely = [grade for grade, share in enumerate(probability) if share > least]
    return min([low, *likely]), max([high, *likely])


def percents(probability: tuple[float, ...]) -> tuple[int, ...]:
    """Return whole percents that add up to 100 (largest remainders)."""
    exact = [share * 100 for share in probability]
    whole = [int(share) for share in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: whole[i] - exact[i])
    for grade in by_remainder[: max(round(sum(exact)) - sum(whole), 0)]:
        whole[grade] += 1
    return tuple(whole)


def outside_share(
    radiograph: RadiographInfo, knee: Knee, band: tuple[float, float] = (0.0, 1.0)
) -> float:
    """Return the share (0..1) of the box, or a band of its height, beyond the image's border."""
    box, (top, bottom) = knee.box, band
    upper, lower = box.top + top * box.size, box.top + bottom * box.size
    across = min(box.left + box.size, radiograph.width) - max(box.left, 0)
    down = min(lower, radiograph.height) - max(upper, 0)
    return 1 - max(across, 0) * max(down, 0) / (box.size * (lower - upper))


def _flags(
    radiograph: RadiographInfo,
    knee: Knee,
    contrast: float,
    grading: Grading,
    prediction_set: tuple[int, int],
    card: GraderCard,
) -> list[Flag]:
    flags = []
    first, second = sorted(grading.probability, reverse=True)[:2]
    first_grade = int(np.argmax(grading.probability))
    likely = float(sum(grading.probability[OSTEOARTHRITIS_FROM:]))
    if prediction_set[1] - prediction_set[0] + 1 >= WIDE_SET:
        flags.append(Flag.WIDE_SET)
    elif first - second < 0.1:
        flags.append(Flag.CLOSE_GRADES)
    if (first_grade >= OSTEOARTHRITIS_FROM) is not (likely >= EVEN_ODDS):
        flags.append(Flag.BORDERLINE)
    if grading.distance > card.distance_threshold:
        flags.append(Flag.OUT_OF_DISTRIBUTION)
    if outside_share(radiograph, knee) > FLAGGED_OUTSIDE_SHARE:
        flags.append(Flag.CUT_BY_BORDER)
    if contrast < MIN_CONTRAST:
        flags.append(Flag.LOW_CONTRAST)
    return flags
