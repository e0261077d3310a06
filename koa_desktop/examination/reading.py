"""The reader's work on one examination: grades, boxes, sides, joint margins, comment and more.

Every change returns a new reading, so that undo only needs the one before. Gradings are no part of
it: they follow from the box and the polarity.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from koa_desktop.examination.contradictions import contradictions_checked
from koa_desktop.examination.decision import Decision, is_not_gradable
from koa_desktop.examination.dictation import Dictation
from koa_desktop.examination.examiner import ExaminedKnee
from koa_desktop.examination.findings import Flag, narrowing_checked, same_side_checked
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.examination.sides import Witnesses, side_checked, sided
from koa_desktop.examination.sign_off import DRAFT, ON_FINAL, SignedKnee, SignOff
from koa_desktop.grading.oarsi import (
    OARSI_NAMES,
    GivenReading,
    OarsiName,
    readings_by_compartment,
)
from koa_desktop.imaging.masks import Mask
from koa_desktop.joint_space.correction import Correction
from koa_desktop.joint_space.editing import corrected
from koa_desktop.joint_space.measure import scaled
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.knees.proposals import shows_both_knees
from koa_desktop.message import Code
from koa_desktop.radiograph import NOTHING_TYPED, Identity, RadiographInfo, Side, SpacingOrigin


@dataclass(frozen=True, slots=True)
class MarkedKnee:
    """A knee as it stands in a reading; `proposed` boxes wait for the reader to place them.

    `decision` is what the reader did to give a grade or none; None before that, and where an
    earlier version stored the grade. `comment` is on this knee alone.
    """

    knee: Knee
    reader_grade: int | None = None
    decision: Decision | None = None
    proposed: bool = False
    on_request: bool = False
    correction: Correction | None = None  # of the joint's margins
    comment: str = ""
    # OARSI readings that the reader gave, in the order of their names.
    readings: tuple[GivenReading, ...] = ()

    @property
    def is_read(self) -> bool:
        """True where the reader has graded this knee, or decided that it has no grade."""
        return self.reader_grade is not None or is_not_gradable(self.decision)


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything about a case that is the reader's to change.

    `inverted` is the reader's word on whether low values are bone; None where it is the file's.
    `decision` is the one that a film without knees is not gradable. `dictation` is None where
    findings and impression are as the program makes them. `identity` is the patient's data that
    the file lacks. `related` says of other films, by checksum, whether they show the same patient.
    `masks` are black in all pictures that are exported.
    """

    knees: tuple[MarkedKnee, ...] = ()
    inverted: bool | None = None
    comment: str = ""
    measurements: tuple[Measurement, ...] = ()
    decision: Decision | None = None
    dictation: Dictation | None = None
    identity: Identity = NOTHING_TYPED
    related: tuple[tuple[str, bool], ...] = ()
    sign_off: SignOff = DRAFT
    masks: tuple[Mask, ...] = ()

    @property
    def is_final(self) -> bool:
        """True where the reading is signed: then nothing of it changes but by saying so."""
        return self.sign_off.is_final

    def may_change_by(self, action: Code) -> bool:
        """Tell whether an `Action` may change the reading: few lead away from a final one."""
        return not self.is_final or action in ON_FINAL

    @property
    def placed(self) -> tuple[MarkedKnee, ...]:
        """The knees that are no mere proposals."""
        return tuple(marked for marked in self.knees if not marked.proposed)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """The reader's decisions on the placed knees, or on a film that has none."""
        found = [marked.decision for marked in self.placed] or [self.decision]
        return tuple(decision for decision in found if decision is not None)

    @property
    def is_read(self) -> bool:
        """True where the reader has decided on every knee, or on a film without, or has signed."""
        if self.is_final:
            return True
        if not self.placed:
            return is_not_gradable(self.decision)
        return all(marked.is_read for marked in self.placed)


KneeChange = Callable[[Reading, int], Reading]


def first_reading(examined: Sequence[ExaminedKnee], proposed: Sequence[Knee]) -> Reading:
    """Return the reading of a file that nobody has read: the detected knees, else the proposals."""
    found = [
        MarkedKnee(one.knee, on_request=Flag.ON_REQUEST in one.finding.flags) for one in examined
    ]
    return Reading(tuple(found or [MarkedKnee(knee, proposed=True) for knee in proposed]))


def as_read(
    examined: ExaminedKnee,
    marked: MarkedKnee,
    radiograph: RadiographInfo,
    knees: Sequence[Knee] = (),
    *,
    same_side: bool = False,
    signed: SignedKnee | None = None,
) -> ExaminedKnee:
    """Return an examined knee with the reader's side, margins and grades; `knees` are all placed.

    `radiograph` has the reader's scale, if there is one; `signed` is the knee of a final reading.

    The side is compared with its witnesses again, because the reader may have changed it, and the
    readings are those of its compartments; `same_side` tells whether another knee of the film has
    the same one. Of a final reading only those readings are left that were signed: a later model
    may have more.
    """
    knee, finding, space = marked.knee, examined.finding, examined.joint_space
    if examined.content is not None:
        witnesses = Witnesses.of(radiograph, examined.letters, knee, knees or (knee,))
        knee = sided(knee, examined.content, witnesses.letter)
        finding = side_checked(finding, knee, examined.content, witnesses)
    finding = same_side_checked(finding, same_side)
    if space is not None:
        if radiograph.spacing is not None and radiograph.spacing.origin is SpacingOrigin.BY_OBJECT:
            space = scaled(space, radiograph.spacing)
        space = replace(corrected(space, marked.correction, radiograph), side=knee.side)
    if examined.grading is not None:
        readings = readings_by_compartment(examined.grading.readings, knee.side)
        if signed is not None:
            readings = tuple(one for one in readings if one.name in dict(signed.readings))
        finding = replace(finding, readings=readings)
    if signed is not None:
        given = tuple(one for one in marked.readings if one in signed.readings)
    else:
        # Alone, without those of the program, they are no whole set: they wait for it.
        given = marked.readings if finding.readings else ()
    read = replace(
        examined,
        knee=knee,
        finding=finding,
        joint_space=space,
        reader_grade=marked.reader_grade,
        decision=marked.decision,
        comment=marked.comment,
        reader_readings=given,
        signed=signed,
    )
    checked = narrowing_checked(finding, read.final_grade, space)
    checked = contradictions_checked(checked, read.final_grade, read.oarsi_grades)
    return replace(read, finding=checked)


def graded(
    reading: Reading, index: int, grade: int | None, decision: Decision | None = None
) -> Reading:
    """Return the reading with the reader's grade (0..4) for one knee; None takes it back."""
    marked = replace(reading.knees[index], reader_grade=grade, decision=decision)
    return _with(reading, index, marked)


def not_gradable(reading: Reading, index: int | None, decision: Decision) -> Reading:
    """Return the reading with no grade for one knee, by the reader's decision.

    A film of which no knee is placed is decided on as a whole, whatever `index` is.
    """
    if index is None or reading.knees[index].proposed:
        return replace(reading, decision=decision)
    marked = replace(reading.knees[index], reader_grade=None, decision=decision)
    return _with(reading, index, marked)


def undecided(reading: Reading, index: int | None) -> Reading:
    """Return the reading without the reader's decision on one knee, or on a film without knees."""
    if index is None or reading.knees[index].proposed:
        return replace(reading, decision=None)
    return graded(reading, index, None)


def commented(reading: Reading, index: int, comment: str) -> Reading:
    """Return the reading with a comment on one knee."""
    return _with(reading, index, replace(reading.knees[index], comment=comment))


def reread(reading: Reading, index: int, name: OarsiName, grade: int | None) -> Reading:
    """Return the reading with the reader's grade (0..3) of one OARSI reading, or without (None)."""
    marked = reading.knees[index]
    given = {**dict(marked.readings), name: grade}
    kept = tuple((one, value) for one in OARSI_NAMES if (value := given.get(one)) is not None)
    return _with(reading, index, replace(marked, readings=kept))


def moved(reading: Reading, index: int, box: Box) -> Reading:
    """Return the reading with a box moved by hand: it is placed, and the reader's grade stays.

    The finder's confidence was in the box as it lay, and margins were drawn for it: the new one is
    measured.
    """
    marked = reading.knees[index]
    knee = replace(marked.knee, box=box, placed_by_user=True, confidence=None)
    placed = replace(marked, knee=knee, proposed=False, on_request=False, correction=None)
    return _with(replace(reading, decision=None), index, placed)


def added(reading: Reading, box: Box, radiograph: RadiographInfo) -> tuple[Reading, int]:
    """Return the reading with a box drawn by hand, and that box's place.

    Proposals left over are dropped.
    """
    placed = reading.placed
    side, source = _side_of(box, radiograph, {marked.knee.side for marked in placed})
    knee = Knee(box, side, source, placed_by_user=True)
    knees = sorted([*placed, MarkedKnee(knee)], key=lambda marked: marked.knee.box.centre[0])
    index = next(i for i, marked in enumerate(knees) if marked.knee is knee)
    return replace(reading, knees=tuple(knees), decision=None), index


def _side_of(
    box: Box, radiograph: RadiographInfo, taken: set[Side | None]
) -> tuple[Side | None, SideSource | None]:
    """Return a drawn box's side and its source.

    On a film of one knee it is the header's. On one of both it is the side not taken yet, else
    that of the half it lies in: the patient's right is at the viewer's left.
    """
    if not shows_both_knees(radiograph):
        return radiograph.laterality, SideSource.HEADER if radiograph.laterality else None
    place = Side.RIGHT if box.centre[0] < radiograph.width / 2 else Side.LEFT
    other = Side.LEFT if place is Side.RIGHT else Side.RIGHT
    return (other if place in taken and other not in taken else place), SideSource.POSITION


def without(reading: Reading, index: int) -> Reading:
    """Return the reading without one knee."""
    return replace(reading, knees=reading.knees[:index] + reading.knees[index + 1 :])


def swapped(reading: Reading, index: int, shown: Side | None) -> Reading:
    """Return the reading with one knee on the side that is not `shown`, at the reader's word.

    What the reader read stays where it was seen: medial readings become lateral ones.
    """
    marked = reading.knees[index]
    side = Side.LEFT if shown is Side.RIGHT else Side.RIGHT
    knee = replace(marked.knee, side=side, side_source=SideSource.READER)
    opposite = {name.opposite: grade for name, grade in marked.readings}
    readings = tuple((name, opposite[name]) for name in OARSI_NAMES if name in opposite)
    return _with(reading, index, replace(marked, knee=knee, readings=readings))


def all_swapped(reading: Reading, shown: Sequence[Side | None]) -> Reading:
    """Return the reading with right and left exchanged on the whole film, at the reader's word.

    `shown` are the sides of the reading's knees. Where none of two is known, the patient's right
    is at the viewer's left.
    """
    if len(shown) == 2 and set(shown) == {None}:
        first, second = (marked.knee.box.centre[0] for marked in reading.knees)
        shown = (Side.LEFT, Side.RIGHT) if first < second else (Side.RIGHT, Side.LEFT)
    for index, side in enumerate(shown):
        reading = swapped(reading, index, side)
    return reading


def accepted(reading: Reading) -> Reading:
    """Return the reading with all proposed boxes taken as they lie."""
    knees = tuple(replace(marked, proposed=False) for marked in reading.knees)
    return replace(reading, knees=knees, decision=None)


def requested(reading: Reading, index: int) -> Reading:
    """Return the reading in which a refused knee is graded all the same."""
    return _with(reading, index, replace(reading.knees[index], on_request=True))


def redrawn(reading: Reading, index: int, correction: Correction | None) -> Reading:
    """Return the reading with the joint's margins as drawn; None is as they were measured."""
    return _with(reading, index, replace(reading.knees[index], correction=correction))


def with_polarity(reading: Reading, inverted: bool | None) -> Reading:
    """Return the reading in which low values are bone, or high ones; None is as the file says."""
    return replace(reading, inverted=inverted)


def measured(reading: Reading, measurement: Measurement) -> Reading:
    """Return the reading with one more measurement; an object takes the place of an earlier one."""
    single = measurement.kind is Kind.OBJECT
    kept = [one for one in reading.measurements if not (single and one.kind is Kind.OBJECT)]
    return replace(reading, measurements=(*kept, measurement))


def remeasured(reading: Reading, index: int, measurement: Measurement) -> Reading:
    """Return the reading with measurement `index` made anew."""
    kept = reading.measurements
    return replace(reading, measurements=(*kept[:index], measurement, *kept[index + 1 :]))


def unmeasured(reading: Reading, index: int) -> Reading:
    """Return the reading without measurement `index`."""
    kept = reading.measurements
    return replace(reading, measurements=kept[:index] + kept[index + 1 :])


def masked(reading: Reading, mask: Mask) -> Reading:
    """Return the reading with one more masked area."""
    return replace(reading, masks=(*reading.masks, mask))


def remasked(reading: Reading, index: int, mask: Mask) -> Reading:
    """Return the reading with masked area `index` elsewhere."""
    kept = reading.masks
    return replace(reading, masks=(*kept[:index], mask, *kept[index + 1 :]))


def unmasked(reading: Reading, index: int) -> Reading:
    """Return the reading without masked area `index`."""
    return replace(reading, masks=reading.masks[:index] + reading.masks[index + 1 :])


def masks_knee(reading: Reading, mask: Mask) -> bool:
    """Tell whether a masked area covers a part of a knee's box."""
    boxes = (marked.knee.box for marked in reading.knees)
    return any(mask.overlaps(box.left, box.top, box.size, box.size) for box in boxes)


def _with(reading: Reading, index: int, marked: MarkedKnee) -> Reading:
    knees = (*reading.knees[:index], marked, *reading.knees[index + 1 :])
    return replace(reading, knees=knees)
