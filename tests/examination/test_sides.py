"""Header, letters and fibula as witnesses of a knee's side."""

from __future__ import annotations

from dataclasses import replace

import pytest

from koa_desktop.examination.findings import Finding, Flag
from koa_desktop.examination.sides import Witnesses, letter_side, side_checked, sided
from koa_desktop.grading.letters import Letter
from koa_desktop.knees.box import Box, BoxClass, Knee, SideSource
from koa_desktop.radiograph import Side
from tests.support.fake_examiner import seen

R, L = Side.RIGHT, Side.LEFT
FIRST, SECOND = Knee(Box(100, 100, 200), R), Knee(Box(600, 100, 200), L)
FOUND = Finding(grade=1, box_class=BoxClass.NATIVE)


def letter(side: Side, x: float, *, mirrored: bool = False) -> Letter:
    return Letter(side, mirrored, x, 50.0, 30.0, 0.99)


@pytest.mark.parametrize(
    ("letters", "first", "second"),
    [
        ([], None, None),
        ([letter(R, 50)], R, L),
        ([letter(L, 850)], R, L),
        ([letter(R, 850)], L, R),
        ([letter(L, 50)], L, R),
        ([letter(R, 430)], None, None),  # between the knees
        ([letter(R, 50), letter(L, 850)], R, L),
        ([letter(L, 50), letter(R, 850)], L, R),
        ([letter(R, 50), letter(L, 260)], R, L),  # both beside the first knee, in order
        ([letter(R, 50), letter(R, 850)], None, None),
        ([letter(R, 50), letter(L, 300), letter(R, 850)], None, None),
        ([letter(R, 850, mirrored=True)], None, None),
    ],
)
def test_of_two_knees_the_letters_name_the_sides_by_their_order(
    letters: list[Letter], first: Side | None, second: Side | None
) -> None:
    assert letter_side(letters, FIRST, (FIRST, SECOND)) is first
    assert letter_side(letters, SECOND, (FIRST, SECOND)) is second


@pytest.mark.parametrize(
    ("letters", "side"),
    [
        ([letter(L, 5)], L),
        ([letter(L, 5), letter(L, 900)], L),
        ([letter(R, 5), letter(L, 9)], None),
    ],
)
def test_a_letter_beside_a_single_knee_names_its_side(
    letters: list[Letter], side: Side | None
) -> None:
    assert letter_side(letters, FIRST, (FIRST,)) is side


def test_a_side_is_the_fibulas_else_the_letters() -> None:
    unknown = Knee(FIRST.box)
    assert sided(unknown, seen(side=L), R).side_source is SideSource.FIBULA
    named = sided(unknown, seen(), R)
    assert (named.side, named.side_source) == (R, SideSource.LETTER)
    assert sided(FIRST, seen(side=L), L) is FIRST


@pytest.mark.parametrize(
    ("witnesses", "flags"),
    [
        (Witnesses(), ()),
        (Witnesses(header=R, letter=R), ()),
        (Witnesses(header=L), (Flag.HEADER_SIDE,)),
        (Witnesses(letter=L), (Flag.LETTER_SIDE,)),
        (Witnesses(header=L, letter=L), (Flag.HEADER_SIDE, Flag.LETTER_SIDE)),
        (Witnesses(is_mirrored=True), (Flag.LETTER_MIRRORED,)),
    ],
)
def test_each_contradicting_witness_is_a_flag(
    witnesses: Witnesses, flags: tuple[Flag, ...]
) -> None:
    knee = replace(FIRST, side_source=SideSource.POSITION)
    checked = side_checked(FOUND, knee, seen(side=R), witnesses)
    assert checked.flags == flags
    # Asked again with the reader's word, every doubt goes.
    by_reader = replace(knee, side_source=SideSource.READER)
    assert side_checked(checked, by_reader, seen(side=R), witnesses).flags == ()


def test_what_is_no_knee_has_no_side_to_doubt() -> None:
    other = replace(FOUND, box_class=BoxClass.OTHER)
    assert side_checked(other, FIRST, seen(), Witnesses(header=L, letter=L)).flags == ()
