"""How a knee changed from film to film, and whether that is more than the measurement's own noise.

A width is measured with an error, so two films of an unchanged knee differ. The change per year is
the slope of a line through the widths, each weighed by its own error; its 95 % interval follows
from those errors, never from the scatter of two or three films. Only an interval that leaves out
zero is a change.
Widths that an earlier version of the margin networks measured are left out: a difference from
newer ones would in part be the method's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import hypot, sqrt

from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.joint_space.measure import Compartment, CompartmentName, Width
from koa_desktop.radiograph import Side, SpacingOrigin

COMPARTMENTS = (CompartmentName.MEDIAL, CompartmentName.LATERAL)
# Standard deviation in mm of the minimal width from the clinic's, on 575 knees of the OAI from
# which no margin was learned (training/EXPERIMENTS.md). Both readers' errors are in it, so it is
# rather too large for one. It stands for a width without an error of its own: of margins drawn by
# the reader, or kept by an earlier version.
WIDTH_SD_MM = {CompartmentName.MEDIAL: 0.44, CompartmentName.LATERAL: 0.68}
# Median of the condyles' widths on those films, to turn that into a share.
CONDYLES_MM = 87.0
SURE = 1.96  # standard deviations of a 95 % interval
DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class KneeWidth:
    """A minimal width of one compartment; `is_unsure` where its margins are doubtful.

    `error_share` is its standard error as a share of the condyles' width, `error_mm` in mm; None
    where unknown.
    """

    compartment: CompartmentName
    share: float  # of the condyles' width
    millimetres: float | None
    is_unsure: bool = False
    error_share: float | None = None
    error_mm: float | None = None

    def error(self, *, in_mm: bool) -> float:
        """Return the standard error in mm, or in % of the condyles' width."""
        own = self.error_mm if in_mm else self.error_share
        if own is None:
            return WIDTH_SD_MM[self.compartment] * (1 if in_mm else 100 / CONDYLES_MM)
        return own if in_mm else 100 * own


@dataclass(frozen=True, slots=True)
class Visit:
    """One knee on one day.

    `grade` (0..4) is the reader's where there is one, else the model's; `possible` are the grades
    that are not ruled out: the model's likely range, or the reader's grade alone. `version` of the
    margin networks measured the widths.
    """

    day: date
    grade: int | None = None
    by_reader: bool = False
    possible: tuple[int, ...] = ()
    widths: tuple[KneeWidth, ...] = ()
    origin: SpacingOrigin | None = None
    version: int = 1

    def width(self, compartment: CompartmentName) -> KneeWidth | None:
        """Return the width of a compartment; None where it was not measured."""
        return next((one for one in self.widths if one.compartment is compartment), None)


@dataclass(frozen=True, slots=True)
class Trend:
    """The widths of one compartment over time, in mm, or in % of the condyles' width.

    `errors` are the standard errors of the widths in `places`. `per_year` is the slope, `error` its
    standard error.
    """

    compartment: CompartmentName
    in_mm: bool
    places: tuple[tuple[date, float], ...]
    errors: tuple[float, ...]
    per_year: float
    error: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the change per year."""
        return self.per_year - SURE * self.error, self.per_year + SURE * self.error

    @property
    def change(self) -> tuple[float, float]:
        """The last width less the first, and the standard error of that difference."""
        (_, before), *_, (_, after) = self.places
        return after - before, hypot(self.errors[0], self.errors[-1])

    @property
    def is_change(self) -> bool:
        """True where the widths change by more than the measurement's own uncertainty."""
        low, high = self.interval
        return low > 0 or high < 0


@dataclass(frozen=True, slots=True)
class Course:
    """One knee over time, oldest film first."""

    side: Side
    visits: tuple[Visit, ...]
    trends: tuple[Trend, ...]

    @property
    def in_mm(self) -> bool:
        """True where all widths that are compared have one kind of millimetre."""
        return _in_mm(_comparable(self.visits))

    @property
    def outdated(self) -> tuple[Visit, ...]:
        """The visits whose widths are left out, since an earlier version measured them."""
        compared = _comparable(self.visits)
        return tuple(visit for visit in self.visits if visit.widths and visit not in compared)

    @property
    def grades(self) -> tuple[Visit, ...]:
        """The visits with a grade."""
        return tuple(visit for visit in self.visits if visit.grade is not None)

    @property
    def is_grade_change(self) -> bool:
        """True where first and last grade differ, and neither may be the other."""
        graded = self.grades
        if len(graded) < 2 or graded[0].grade == graded[-1].grade:
            return False
        return not set(graded[0].possible) & set(graded[-1].possible)


def courses(examinations: Iterable[Examination]) -> tuple[Course, ...]:
    """Return the knees that were seen on two days or more, the right one first.

    `examinations` are films of one patient, with the reader's work on them. Films without a date
    and knees without a side are left out.
    """
    found: dict[Side, list[Visit]] = {Side.RIGHT: [], Side.LEFT: []}
    for examination in examinations:
        day = examination.radiograph.header.study_date
        for knee in examination.knees:
            if day is not None and knee.knee.side is not None:
                found[knee.knee.side].append(visit(day, knee))
    return tuple(
        course(side, visits)
        for side, visits in found.items()
        if len({one.day for one in visits if _says_something(one)}) > 1
    )


def visit(day: date, examined: ExaminedKnee) -> Visit:
    """Return what is known of one knee on one day."""
    grade, finding, space = examined.final_grade, examined.finding, examined.joint_space
    by_reader = examined.reader_grade is not None
    possible: tuple[int, ...] = () if grade is None else (grade,)
    if not by_reader and finding.prediction_set:
        low, high = finding.prediction_set[0], finding.prediction_set[-1]
        possible = tuple(range(low, high + 1))
    named = [] if space is None or space.reason else space.named_compartments
    widths = tuple(
        _knee_width(name, part, part.minimal)
        for name, part in named
        if name in COMPARTMENTS and part.minimal is not None
    )
    if space is None:
        return Visit(day, grade, by_reader, possible)
    return Visit(day, grade, by_reader, possible, widths, space.spacing_origin, space.version)


def _knee_width(name: CompartmentName, part: Compartment, width: Width) -> KneeWidth:
    error = part.error
    return KneeWidth(
        name,
        width.share,
        width.millimetres,
        part.flag is not None,
        None if error is None else error.share,
        None if error is None else error.millimetres,
    )


def course(side: Side, visits: Sequence[Visit]) -> Course:
    """Return a knee's course, with the trend of each compartment that was measured twice."""
    ordered = tuple(sorted((one for one in visits if _says_something(one)), key=_day))
    found = (_trend(name, _comparable(ordered)) for name in COMPARTMENTS)
    return Course(side, ordered, tuple(trend for trend in found if trend is not None))


def _says_something(one: Visit) -> bool:
    return one.grade is not None or bool(one.widths)


def _day(one: Visit) -> date:
    return one.day


def _comparable(visits: Sequence[Visit]) -> tuple[Visit, ...]:
    """Return the visits whose widths were measured by the newest version among them."""
    measured = [one for one in visits if one.widths]
    newest = max((one.version for one in measured), default=None)
    return tuple(one for one in measured if one.version == newest)


def _in_mm(measured: Sequence[Visit]) -> bool:
    """Tell whether the millimetres of all widths were measured in one plane."""
    known = all(width.millimetres is not None for one in measured for width in one.widths)
    return known and len({one.origin for one in measured}) == 1


def _trend(compartment: CompartmentName, measured: Sequence[Visit]) -> Trend | None:
    """Return the line of weighted least squares through a compartment's widths.

    None for the widths of one day.
    """
    in_mm = _in_mm(measured)
    places, errors = [], []
    for one in measured:
        width = one.width(compartment)
        if width is not None:
            errors.append(width.error(in_mm=in_mm))
            places.append((one.day, (width.millimetres or 0.0) if in_mm else 100 * width.share))
    years = [(day - date.min).days / DAYS_A_YEAR for day, _ in places]
    if len(set(years)) < 2:
        return None
    weights = [1 / error**2 for error in errors]
    middle = sum(w * year for w, year in zip(weights, years, strict=True)) / sum(weights)
    spread = sum(w * (year - middle) ** 2 for w, year in zip(weights, years, strict=True))
    values = [value for _, value in places]
    lean = sum(w * (x - middle) * y for w, x, y in zip(weights, years, values, strict=True))
    slope, error = lean / spread, 1 / sqrt(spread)
    return Trend(compartment, in_mm, tuple(places), tuple(errors), slope, error)
