"""An examination with one knee changed."""

from __future__ import annotations

from dataclasses import replace

from koa_desktop.examination.examiner import Examination, ExaminedKnee


def with_knee(examination: Examination, index: int, examined: ExaminedKnee) -> Examination:
    knees = (*examination.knees[:index], examined, *examination.knees[index + 1 :])
    return replace(examination, knees=knees)
