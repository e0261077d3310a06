"""The part of an examination that exports show."""

from __future__ import annotations

from dataclasses import replace

from koa_desktop.examination.decision import is_not_gradable
from koa_desktop.examination.examiner import Examination, ExaminedKnee


def exported(examination: Examination) -> Examination:
    """Return an examination without readings and widths of knees that the reader cannot grade.

    They were measured on what the reader says is no knee to measure; the findings leave them out,
    too.
    """
    return replace(examination, knees=tuple(map(_exported, examination.knees)))


def _exported(examined: ExaminedKnee) -> ExaminedKnee:
    if not is_not_gradable(examined.decision):
        return examined
    return replace(
        examined,
        joint_space=None,
        finding=replace(examined.finding, readings=()),
        reader_readings=(),
        signed=replace(examined.signed, readings=()) if examined.signed else None,
    )
