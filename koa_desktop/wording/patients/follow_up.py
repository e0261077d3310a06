"""Sentences on how a knee changed from film to film."""

from __future__ import annotations

from koa_desktop.joint_space.measure import CompartmentName
from koa_desktop.message import Code, Message
from koa_desktop.patients.follow_up import Course, Trend
from koa_desktop.radiograph import Side
from koa_desktop.wording.language import date_text
from koa_desktop.wording.report import ReportText


class FollowUpText(Code):
    """A label or a sentence on a knee over time."""

    TITLE = "follow-up"
    GRADE_CHANGED = "grade-changed"
    GRADE_DOUBTFUL = "grade-change-doubtful"
    GRADE_SAME = "grade-same"
    NARROWS = "narrows"
    WIDENS = "widens"
    NO_CHANGE = "no-width-change"
    SHARES = "widths-as-shares"
    OUTDATED_FILM = "width-outdated"
    OUTDATED_FILMS = "widths-outdated"
    CHANGE = "width-change"
    ERROR = "width-error"
    AXIS_GRADE = "axis-grade"
    AXIS_MM = "axis-mm"
    AXIS_SHARE = "axis-share"
    MEDIAL = "series-medial"
    LATERAL = "series-lateral"
    READERS = "series-readers"
    MODELS = "series-models"


TEMPLATES: dict[Code, str] = {
    FollowUpText.TITLE: "Follow-up",
    FollowUpText.GRADE_CHANGED: "KL {before} on {first}, KL {after} on {last}.",
    FollowUpText.GRADE_DOUBTFUL: (
        "KL {before} on {first}, KL {after} on {last}: the likely ranges overlap, so this may be "
        "no change."
    ),
    FollowUpText.GRADE_SAME: "KL {before} on {first} and on {last}.",
    FollowUpText.NARROWS: (
        "{name} space: {before:.1f} {unit} on {first}, {after:.1f} {unit} on {last}. {rate:+.2f} "
        "{unit} a year (95 % {low:+.2f} to {high:+.2f}), narrower by more than the error of "
        "measurement."
    ),
    FollowUpText.WIDENS: (
        "{name} space: {before:.1f} {unit} on {first}, {after:.1f} {unit} on {last}. {rate:+.2f} "
        "{unit} a year (95 % {low:+.2f} to {high:+.2f}), wider by more than the error of "
        "measurement. Compare how the films were taken."
    ),
    FollowUpText.NO_CHANGE: (
        "{name} space: {before:.1f} {unit} on {first}, {after:.1f} {unit} on {last}. {rate:+.2f} "
        "{unit} a year (95 % {low:+.2f} to {high:+.2f}), within the error of measurement: no "
        "change is shown."
    ),
    FollowUpText.SHARES: (
        "The films have no scale of the same source, so widths are shares of the condyles' width."
    ),
    FollowUpText.OUTDATED_FILM: (
        "The joint space widths of {days} were measured by an earlier version of the model and are "
        "not comparable with newer ones; grade that film again."
    ),
    FollowUpText.OUTDATED_FILMS: (
        "The joint space widths of {days} were measured by an earlier version of the model and are "
        "not comparable with newer ones; grade those films again."
    ),
    FollowUpText.CHANGE: (
        "From the first film to the last: {change:+.1f} {unit}, with a standard error of "
        "{error:.1f} {unit}."
    ),
    FollowUpText.ERROR: (
        "Bars: the 95 % interval of each width, by its own error of measurement as found on films "
        "of the Osteoarthritis Initiative."
    ),
    FollowUpText.AXIS_GRADE: "KL grade",
    FollowUpText.AXIS_MM: "Joint space, mm",
    FollowUpText.AXIS_SHARE: "Joint space, % of the condyles' width",
    FollowUpText.MEDIAL: "medial",
    FollowUpText.LATERAL: "lateral",
    FollowUpText.READERS: "reader",
    FollowUpText.MODELS: "model",
}
KNEES = {Side.RIGHT: ReportText.RIGHT_KNEE, Side.LEFT: ReportText.LEFT_KNEE}
_NAMES = {
    CompartmentName.MEDIAL: FollowUpText.MEDIAL,
    CompartmentName.LATERAL: FollowUpText.LATERAL,
}


def grade_message(course: Course) -> Message | None:
    """Return how the grade changed; None where it is known once or never."""
    graded = course.grades
    if len(graded) < 2:
        return None
    first, last = graded[0], graded[-1]
    if first.grade == last.grade:
        code = FollowUpText.GRADE_SAME
    else:
        changed = course.is_grade_change
        code = FollowUpText.GRADE_CHANGED if changed else FollowUpText.GRADE_DOUBTFUL
    return Message.of(
        code,
        before=first.grade,
        after=last.grade,
        first=date_text(first.day),
        last=date_text(last.day),
    )


def series(compartment: CompartmentName) -> FollowUpText:
    """Return the name of a compartment's line."""
    return _NAMES[compartment]


def trend_code(trend: Trend) -> FollowUpText:
    """Return which sentence a trend has."""
    if not trend.is_change:
        return FollowUpText.NO_CHANGE
    return FollowUpText.NARROWS if trend.per_year < 0 else FollowUpText.WIDENS
