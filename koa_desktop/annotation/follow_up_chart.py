"""The chart of one knee over time: its grades above, the widths of its joint space below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, cos, pi, sin

from koa_desktop.annotation.colours import Colour
from koa_desktop.annotation.shapes import Label, Pen, Point, Rect, Shape, Strokes
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.joint_space.measure import CompartmentName
from koa_desktop.patients.follow_up import SURE, Course, Trend
from koa_desktop.wording.language import date_text
from koa_desktop.wording.patients.follow_up import FollowUpText, series
from koa_desktop.wording.sentences import sentence

_DASH = (3.0, 2.0)  # of the lateral line, in widths of the line
_CORNERS = 16  # of a dot's circle
_MOST_LINES = 6  # across the widths
_GRADES_SHARE = 0.36  # of the height


@dataclass(frozen=True, slots=True)
class ChartStyle:
    """Colours and sizes of a chart, in pixels of the picture that it is painted on.

    `pixels` is the height of the letters; `text_width` returns a text's width at such a height.
    """

    ground: Colour
    ink: Colour
    faint: Colour
    medial: Colour
    lateral: Colour
    pixels: int
    text_width: Callable[[str, int], float]

    def of(self, compartment: CompartmentName) -> Colour:
        """Return the colour of a compartment's line."""
        return self.medial if compartment is CompartmentName.MEDIAL else self.lateral


def chart(course: Course, area: Rect, style: ChartStyle) -> list[Shape]:
    """Return a knee's chart as shapes that fill `area`.

    A grade of the reader is a full dot, one of the model a ring. The medial line is unbroken, the
    lateral one dashed. Bars through the dots are the 95 % interval of each width.
    """
    step = style.pixels
    left = area.left + 3.2 * step
    width = area.right - left - 2.5 * step
    top, bottom = area.top + 1.8 * step, area.bottom - 1.9 * step
    has_widths = bool(course.trends)
    height = (bottom - top) * (_GRADES_SHARE if has_widths else 1.0) - (
        2.2 * step if has_widths else 0
    )
    grades = _Plot(course, Rect(left, top, width, height), (0, GRADES - 1), style)
    shapes: list[Shape] = [*_grade_title(grades), *grades.lines(range(GRADES)), *_grades(grades)]
    if has_widths:
        begins = top + height + 3.2 * step
        limits, marks = _limits(course.trends)
        widths = _Plot(course, Rect(left, begins, width, bottom - begins), limits, style)
        shapes += [*widths.title(_width_title(course)), *widths.lines(marks)]
        for trend in course.trends:
            shapes += _trend(widths, trend)
    return [*shapes, *_days(grades, bottom, area)]


class _Plot:
    """A rectangle with time across and values up."""

    def __init__(
        self, course: Course, rect: Rect, limits: tuple[float, float], style: ChartStyle
    ) -> None:
        self.course, self.rect, self.style = course, rect, style
        self._limits = limits
        days = [visit.day.toordinal() for visit in course.visits]
        self._first, self._days = min(days), max(max(days) - min(days), 1)

    def x(self, day: date) -> float:
        return self.rect.left + self.rect.width * (day.toordinal() - self._first) / self._days

    def y(self, value: float) -> float:
        low, high = self._limits
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        return self.rect.bottom - self.rect.height * share

    def title(self, text: str) -> Iterable[Shape]:
        step = self.style.pixels
        place = (self.rect.left - 3 * step, self.rect.top - 1.2 * step)
        yield self.label(text, place, self.style.ink, from_left=True)

    def lines(self, marks: Iterable[float]) -> Iterable[Shape]:
        """Yield a faint line across at each mark, with its number at the left."""
        step, rect = self.style.pixels, self.rect
        rows = [(mark, self.y(mark)) for mark in marks]
        right = rect.right + 0.8 * step
        yield Strokes(
            tuple(((rect.left - 0.8 * step, y), (right, y)) for _, y in rows),
            self.style.faint,
            Pen(max(step / 14, 1)),
        )
        for mark, y in rows:
            yield self.label(f"{mark:g}", (rect.left - 1.7 * step, y), self.style.ink)

    def label(self, text: str, place: Point, ink: Colour, *, from_left: bool = False) -> Label:
        """Return a text around a place, or one that starts there."""
        pixels = self.style.pixels
        width = self.style.text_width(text, pixels)
        left = place[0] if from_left else place[0] - width / 2
        rect = Rect(left, place[1] - 0.65 * pixels, width, 1.3 * pixels)
        return Label(rect, text, pixels, ink, self.style.ground)

    def dot(self, place: Point, colour: Colour, *, is_full: bool) -> Iterable[Shape]:
        """Yield a full dot, or a ring that hides the line below it."""
        radius = 0.42 * self.style.pixels
        half = Pen(radius)
        yield Strokes((_circle(place, radius / 2),), colour, half)
        if not is_full:
            yield Strokes((_circle(place, radius / 4),), self.style.ground, Pen(radius / 2))


def _circle(middle: Point, radius: float) -> tuple[Point, ...]:
    angles = (2 * pi * corner / _CORNERS for corner in range(_CORNERS + 2))
    return tuple((middle[0] + radius * cos(one), middle[1] + radius * sin(one)) for one in angles)


def _grade_title(plot: _Plot) -> Iterable[Shape]:
    """Yield the words above the grades, with a dot and a ring beside their meanings."""
    step = plot.style.pixels
    x, y = plot.rect.left - 3 * step, plot.rect.top - 1.2 * step
    yield plot.label(sentence(FollowUpText.AXIS_GRADE), (x, y), plot.style.ink, from_left=True)
    x += plot.style.text_width(sentence(FollowUpText.AXIS_GRADE), step) + 1.5 * step
    kinds = {visit.by_reader for visit in plot.course.grades}
    for by_reader, code in ((True, FollowUpText.READERS), (False, FollowUpText.MODELS)):
        if by_reader in kinds:
            yield from plot.dot((x, y), plot.style.ink, is_full=by_reader)
            x += 0.8 * step
            yield plot.label(sentence(code), (x, y), plot.style.ink, from_left=True)
            x += plot.style.text_width(sentence(code), step) + 1.5 * step


def _width_title(course: Course) -> str:
    title = sentence(FollowUpText.AXIS_MM if course.in_mm else FollowUpText.AXIS_SHARE)
    marks = {CompartmentName.MEDIAL: "—", CompartmentName.LATERAL: "– –"}
    named = [
        f"{marks[trend.compartment]} {sentence(series(trend.compartment))}"
        for trend in course.trends
    ]
    return "   ".join([title, *named])


def _grades(plot: _Plot) -> Iterable[Shape]:
    style, graded = plot.style, plot.course.grades
    places = [(plot.x(visit.day), plot.y(visit.grade or 0)) for visit in graded]
    thin = Pen(max(style.pixels / 8, 1))
    ranges = [
        (x, visit.possible)
        for visit, (x, _) in zip(graded, places, strict=True)
        if len(visit.possible) > 1
    ]
    if ranges:
        yield Strokes(
            tuple(((x, plot.y(min(shown))), (x, plot.y(max(shown)))) for x, shown in ranges),
            style.ink,
            thin,
        )
    if len(places) > 1:
        yield Strokes((tuple(places),), style.ink, thin)
    for visit, place in zip(graded, places, strict=True):
        yield from plot.dot(place, style.ink, is_full=visit.by_reader)


def _trend(plot: _Plot, trend: Trend) -> Iterable[Shape]:
    style, colour = plot.style, plot.style.of(trend.compartment)
    is_lateral = trend.compartment is CompartmentName.LATERAL
    # Bars of both compartments beside each other.
    aside = style.pixels * (0.16 if is_lateral else -0.16)
    places = [(plot.x(day) + aside, plot.y(value)) for day, value in trend.places]
    yield Strokes(
        tuple(
            ((x, plot.y(value - SURE * error)), (x, plot.y(value + SURE * error)))
            for (x, _), (_, value), error in zip(places, trend.places, trend.errors, strict=True)
        ),
        colour,
        Pen(max(style.pixels / 10, 1)),
    )
    pen = Pen(max(style.pixels / 6, 1.5))
    yield Strokes((tuple(places),), colour, pen, _DASH if is_lateral else ())
    for place in places:
        yield from plot.dot(place, colour, is_full=True)


def _limits(trends: Sequence[Trend]) -> tuple[tuple[float, float], list[float]]:
    """Return the lower and upper end of the widths, from 0 on, and where lines are drawn."""
    highest = max(
        value + SURE * error
        for trend in trends
        for (_, value), error in zip(trend.places, trend.errors, strict=True)
    )
    step = next(
        step for step in (1, 2, 5, 10, 20, 50) if highest / step < _MOST_LINES or step == 50
    )
    top = step * ceil(highest / step)
    return (0.0, float(top)), [float(mark) for mark in range(0, top + 1, step)]


def _days(plot: _Plot, bottom: float, area: Rect) -> list[Shape]:
    """Return the visits' days below: the first, the last, and those between that have room."""
    step = plot.style.pixels
    days = sorted({visit.day for visit in plot.course.visits})
    placed: list[Label] = []
    for day in [days[0], days[-1], *days[1:-1]]:
        label = plot.label(date_text(day), (plot.x(day), bottom + 1.3 * step), plot.style.ink)
        label = label.at(label.rect.moved_into(area))
        if all(not label.rect.grown(step / 2).intersects(other.rect) for other in placed):
            placed.append(label)
    return list(placed)
