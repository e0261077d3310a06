"""Finds contradictions between a knee's grade and its OARSI readings.

In the training table, all four are rare in what readers said: 1 % of KL 2 had no osteophyte, 1 of
1,063 knees of KL 3 and 4 no narrowing, 7 of 1,364 of KL 0 and 1 a definite osteophyte and 2 of
3,092 below KL 3 a moderate narrowing. So one of both is likely wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from koa_desktop.examination.findings import Finding, Flag
from koa_desktop.grading.kellgren_lawrence import OSTEOARTHRITIS_FROM
from koa_desktop.grading.oarsi import OARSI_NAMES, OarsiName

DEFINITE = 2  # grade of a reading
NARROWED_FROM = 3  # KL grade

_FLAGS = (Flag.NO_OSTEOPHYTE, Flag.NO_NARROWING, Flag.OSTEOPHYTE, Flag.NARROWING)


def contradictions_checked(
    finding: Finding, grade: int | None, readings: Mapping[OarsiName, int]
) -> Finding:
    """Return the finding with a flag for each contradiction of a KL grade and readings (0..3).

    Both are the reader's where the reader gave one, else the program's. Flags of an earlier check
    are dropped; nothing is checked without a grade or while a reading is missing.
    """
    flags = tuple(flag for flag in finding.flags if flag not in _FLAGS)
    if grade is not None and all(name in readings for name in OARSI_NAMES):
        flags += tuple(_contradictions(grade, readings))
    return replace(finding, flags=flags)


def _contradictions(grade: int, readings: Mapping[OarsiName, int]) -> list[Flag]:
    narrowing = max(readings[name] for name in OARSI_NAMES if name.is_narrowing)
    osteophyte = max(readings[name] for name in OARSI_NAMES if not name.is_narrowing)
    found = {
        Flag.NO_OSTEOPHYTE: grade == OSTEOARTHRITIS_FROM and osteophyte == 0,
        Flag.NO_NARROWING: grade >= NARROWED_FROM and narrowing == 0,
        Flag.OSTEOPHYTE: grade < OSTEOARTHRITIS_FROM and osteophyte >= DEFINITE,
        Flag.NARROWING: grade < NARROWED_FROM and narrowing >= DEFINITE,
    }
    return [flag for flag, holds in found.items() if holds]
