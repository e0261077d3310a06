"""The lines on a knee over time: grade, widths with their change per year, and the error."""

from __future__ import annotations

from collections.abc import Sequence

from koa_desktop.message import Message
from koa_desktop.patients.follow_up import Course, Trend, Visit
from koa_desktop.wording.language import date_text
from koa_desktop.wording.patients.follow_up import (
    FollowUpText,
    grade_message,
    series,
    trend_code,
)
from koa_desktop.wording.sentences import capitalised, sentence, sentence_or_empty


def course_lines(course: Course) -> list[str]:
    """Return a sentence on the grade, two for each compartment, and what is left out."""
    lines = [sentence_or_empty(grade_message(course))]
    for trend in course.trends:
        lines += [_trend_line(trend), _change_line(trend)]
    if course.trends and not course.in_mm:
        lines.append(sentence(FollowUpText.SHARES))
    if course.outdated:
        lines.append(_outdated_line(course.outdated))
    return [line for line in lines if line]


def error_line() -> str:
    """Return how the bars of the chart are meant."""
    return sentence(FollowUpText.ERROR)


def _outdated_line(visits: Sequence[Visit]) -> str:
    """Return on which days widths were measured that are not compared."""
    code = FollowUpText.OUTDATED_FILM if len(visits) == 1 else FollowUpText.OUTDATED_FILMS
    days = dict.fromkeys(date_text(visit.day) for visit in visits)
    return sentence(Message.of(code, days=", ".join(days)))


def _trend_line(trend: Trend) -> str:
    low, high = trend.interval
    (first, before), *_, (last, after) = trend.places
    return sentence(
        Message.of(
            trend_code(trend),
            name=capitalised(sentence(series(trend.compartment))),
            first=date_text(first),
            before=before,
            last=date_text(last),
            after=after,
            rate=trend.per_year,
            unit=_unit(trend),
            low=low,
            high=high,
        )
    )


def _change_line(trend: Trend) -> str:
    """Return how much the last width differs from the first, with the error of that."""
    change, error = trend.change
    return sentence(Message.of(FollowUpText.CHANGE, change=change, error=error, unit=_unit(trend)))


def _unit(trend: Trend) -> str:
    return "mm" if trend.in_mm else "%"
