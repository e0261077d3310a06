"""A grade and readings that contradict each other are flagged, each way once."""

from __future__ import annotations

import pytest

from koa_desktop.examination.contradictions import contradictions_checked
from koa_desktop.examination.findings import Finding, Flag
from koa_desktop.grading.oarsi import OARSI_NAMES, OarsiName
from koa_desktop.wording.sentences import sentence

NONE = dict.fromkeys(OARSI_NAMES, 0)


def _flags(grade: int | None, **readings: int) -> tuple[Flag, ...]:
    given = {OarsiName(name): value for name, value in readings.items()}
    return contradictions_checked(Finding(grade), grade, NONE | given).flags


@pytest.mark.parametrize(
    ("grade", "readings", "flags"),
    [
        (0, {}, ()),
        (1, {"osteophyte_tibia_medial": 1}, ()),
        (2, {"osteophyte_tibia_medial": 1}, ()),
        (3, {"osteophyte_tibia_medial": 2, "jsn_lateral": 2}, ()),
        (2, {}, (Flag.NO_OSTEOPHYTE,)),
        (3, {"osteophyte_femur_medial": 1}, (Flag.NO_NARROWING,)),
        (4, {"osteophyte_femur_medial": 3}, (Flag.NO_NARROWING,)),
        (1, {"osteophyte_femur_lateral": 2}, (Flag.OSTEOPHYTE,)),
        (0, {"jsn_medial": 2}, (Flag.NARROWING,)),
        (2, {"jsn_medial": 3, "osteophyte_femur_lateral": 1}, (Flag.NARROWING,)),
        (2, {"jsn_medial": 2}, (Flag.NO_OSTEOPHYTE, Flag.NARROWING)),
    ],
)
def test_contradictions(grade: int, readings: dict[str, int], flags: tuple[Flag, ...]) -> None:
    assert _flags(grade, **readings) == flags


def test_nothing_is_checked_without_a_grade_or_readings() -> None:
    assert _flags(None) == ()
    assert contradictions_checked(Finding(2), 2, {}).flags == ()
    some = {OarsiName.JSN_MEDIAL: 0}
    assert contradictions_checked(Finding(3), 3, some).flags == ()


def test_a_later_check_drops_its_own_flags_alone() -> None:
    doubted = Finding(2, flags=(Flag.WIDE_SET, Flag.NO_OSTEOPHYTE))
    settled = NONE | {OarsiName.OSTEOPHYTE_TIBIA_LATERAL: 1}
    assert contradictions_checked(doubted, 2, settled).flags == (Flag.WIDE_SET,)


def test_each_is_said_in_words() -> None:
    flags = (Flag.NO_OSTEOPHYTE, Flag.NO_NARROWING, Flag.OSTEOPHYTE, Flag.NARROWING)
    assert all("contradict each other" in sentence(flag) for flag in flags)
    assert len({sentence(flag) for flag in flags}) == 4
