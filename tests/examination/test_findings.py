"""Findings of a knee: grade, prediction set, flags, refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from koa_desktop.examination.examiner import ExaminedKnee
from koa_desktop.examination.findings import (
    Finding,
    Flag,
    Refusal,
    box_class_of,
    judge,
    outside_share,
    percents,
    prediction_set_of,
    refusal_of,
)
from koa_desktop.examination.sides import side_checked
from koa_desktop.grading.card import GraderCard
from koa_desktop.grading.finder import BoxContent
from koa_desktop.grading.grader import Grading
from koa_desktop.knees.box import MIN_BOX_PIXELS, Box, BoxClass, Knee, SideSource
from koa_desktop.message import Message
from koa_desktop.radiograph import Radiograph, Side, Window
from koa_desktop.wording.sentences import sentence, sentence_or_empty
from tests.support.fake_examiner import seen

CARD = GraderCard("koa", "1.0", "", 224, (0.2,) * 5, 0.9, 5.0, {})
FILM = Radiograph.of(Path("film.png"), np.zeros((500, 400), np.float32), Window(0.5, 1.0))
KNEE = Knee(Box(100, 100, 200))

shares = st.lists(st.floats(0.01, 1), min_size=5, max_size=5).map(
    lambda values: tuple(value / sum(values) for value in values)
)


def grading(*probability: float, distance: float = 1.0) -> Grading:
    features = np.array([distance, 0], np.float32)
    return Grading(np.array(probability, np.float32), np.zeros((7, 7, 5), np.float32), features)


def judged(*probability: float, distance: float = 1.0, knee: Knee = KNEE) -> Finding:
    return judge(FILM.info, knee, 0.9, grading(*probability, distance=distance), CARD)


def test_a_clear_knee_is_graded_without_a_flag() -> None:
    finding = judged(0.02, 0.05, 0.1, 0.8, 0.03)
    assert finding.grade == ExaminedKnee(KNEE, finding).final_grade == 3
    assert finding.set_text == "3"
    assert finding.flags == ()
    assert finding.refusal is None
    assert finding.osteoarthritis_probability == pytest.approx(0.93)


def test_a_wide_set_is_flagged_and_closed_to_a_range() -> None:
    finding = judged(0.3, 0.1, 0.5, 0.05, 0.05)
    assert finding.prediction_set == (0, 2)
    assert finding.set_text == "0-2"
    assert finding.flags == (Flag.WIDE_SET,)


@pytest.mark.requirement("R4")
def test_two_close_grades_are_flagged() -> None:
    assert judged(0.02, 0.46, 0.48, 0.02, 0.02).flags == (Flag.CLOSE_GRADES,)


@pytest.mark.requirement("R4")
def test_an_unusual_look_is_flagged() -> None:
    assert judged(0.9, 0.1, 0, 0, 0, distance=5.1).flags == (Flag.OUT_OF_DISTRIBUTION,)
    assert judged(0.9, 0.1, 0, 0, 0, distance=4.9).flags == ()


def test_a_box_over_the_border_is_flagged_and_farther_out_refused() -> None:
    flagged = Knee(Box(-10, 100, 200))
    assert refusal_of(FILM.info, flagged, BoxClass.NATIVE) is None
    assert judged(0.9, 0.1, 0, 0, 0, knee=flagged).flags == (Flag.CUT_BY_BORDER,)
    assert "30%" in sentence_or_empty(
        refusal_of(FILM.info, Knee(Box(-60, 100, 200)), BoxClass.NATIVE)
    )


@pytest.mark.requirement("R4")
def test_hardly_any_contrast_is_flagged() -> None:
    assert judge(FILM.info, KNEE, 0.05, grading(0.9, 0.1, 0, 0, 0), CARD).flags == (
        Flag.LOW_CONTRAST,
    )


def test_too_few_pixels_are_refused_with_the_number() -> None:
    assert refusal_of(FILM.info, Knee(Box(0, 0, MIN_BOX_PIXELS)), BoxClass.NATIVE) is None
    assert "only 99 pixels" in sentence_or_empty(
        refusal_of(FILM.info, Knee(Box(0, 0, 99)), BoxClass.NATIVE)
    )


def test_what_a_box_shows_is_said_before_how_large_it_is() -> None:
    small, cut = Knee(Box(0, 0, 99)), Knee(Box(-60, 100, 200))
    for knee in (small, cut):
        assert "artificial joint" in sentence_or_empty(
            refusal_of(FILM.info, knee, BoxClass.IMPLANT)
        )


def test_the_readers_word_wins() -> None:
    read = ExaminedKnee(KNEE, judged(0.02, 0.05, 0.1, 0.8, 0.03), reader_grade=0)
    assert read.final_grade == 0
    assert read.finding.grade == 3


def test_a_refused_knee_has_no_numbers() -> None:
    finding = Finding(refusal=Message(Refusal.NO_KNEE))
    assert ExaminedKnee(KNEE, finding).final_grade is None
    assert finding.osteoarthritis_probability is None
    assert finding.set_text == ""


@pytest.mark.parametrize("flag", list(Flag))
def test_every_flag_has_a_sentence(flag: Flag) -> None:
    assert sentence(flag).endswith(".")


@pytest.mark.requirement("R3")
@given(probability=shares, thresholds=shares)
def test_a_set_is_a_range_that_holds_the_likeliest_grade_and_all_that_pass(
    probability: tuple[float, ...], thresholds: tuple[float, ...]
) -> None:
    low, high = prediction_set_of(probability, thresholds)
    assert 0 <= low <= int(np.argmax(probability)) <= high <= 4
    for grade in range(5):
        if probability[grade] >= thresholds[grade]:
            assert low <= grade <= high
    outside = [share for grade, share in enumerate(probability) if not low <= grade <= high]
    assert max(outside, default=0) <= min(probability[low], probability[high])


@given(left=st.floats(-500, 500), top=st.floats(-600, 600), size=st.floats(1, 900))
def test_the_share_outside_is_a_share(left: float, top: float, size: float) -> None:
    share = outside_share(FILM.info, Knee(Box(left, top, size)))
    assert -1e-9 <= share <= 1 + 1e-9
    within = left >= 0 and top >= 0 and left + size <= 400 and top + size <= 500
    assert (share < 1e-9) == within or share < 1e-6


def test_half_outside_is_half() -> None:
    assert outside_share(FILM.info, Knee(Box(-100, 0, 200))) == pytest.approx(0.5)
    assert outside_share(FILM.info, Knee(Box(1000, 0, 200))) == 1


@pytest.mark.parametrize(
    ("box", "cut_away"),
    [
        (Box(100, -70, 200), False),  # above the joint
        (Box(100, 340, 200), False),  # below it
        (Box(100, -120, 200), True),  # through it
        (Box(100, 400, 200), True),
        (Box(-60, 100, 200), True),  # one compartment
    ],
)
def test_a_knee_is_cut_by_the_border_where_the_joint_is(box: Box, cut_away: bool) -> None:
    assert (
        "cut by the border" in sentence_or_empty(refusal_of(FILM.info, Knee(box), BoxClass.NATIVE))
    ) == cut_away


@pytest.mark.requirement("R2")
@pytest.mark.parametrize("shown", list(BoxClass))
def test_only_native_knees_are_not_refused_and_each_reason_is_its_own(shown: BoxClass) -> None:
    refusal = refusal_of(FILM.info, KNEE, shown)
    assert bool(refusal) == (shown is not BoxClass.NATIVE)
    others = [refusal_of(FILM.info, KNEE, other) for other in BoxClass if other is not shown]
    assert refusal not in others


def test_a_box_shows_the_likeliest_thing_but_a_native_knee_from_the_threshold_on() -> None:
    doubtful = BoxContent((0.3, 0.1, 0.6, 0.0))
    assert box_class_of(doubtful, 0.3) is BoxClass.NATIVE
    assert box_class_of(doubtful, 0.31) is BoxClass.NOT_FRONTAL
    assert box_class_of(BoxContent((0.6, 0.1, 0.3, 0.0)), 0.9) is BoxClass.NATIVE


@pytest.mark.parametrize(
    ("knee", "content", "doubted"),
    [
        (Knee(KNEE.box, Side.RIGHT, SideSource.HEADER), seen(side=Side.LEFT), True),
        (Knee(KNEE.box, Side.RIGHT, SideSource.POSITION), seen(side=Side.LEFT), True),
        (Knee(KNEE.box, Side.RIGHT, SideSource.HEADER), seen(side=Side.RIGHT), False),
        (
            Knee(KNEE.box, Side.RIGHT, SideSource.HEADER),
            seen(side=Side.LEFT, side_probability=0.8),
            False,
        ),
        (Knee(KNEE.box, Side.RIGHT, SideSource.READER), seen(side=Side.LEFT), False),
        (Knee(KNEE.box), seen(side=Side.LEFT), False),
        (Knee(KNEE.box, Side.RIGHT, SideSource.HEADER), seen(), False),
        (Knee(KNEE.box, Side.RIGHT, SideSource.HEADER), seen(BoxClass.OTHER, Side.LEFT), False),
    ],
)
def test_a_side_is_doubted_where_the_fibula_surely_contradicts_it(
    knee: Knee, content: BoxContent, doubted: bool
) -> None:
    finding = Finding(grade=1, flags=(Flag.CLOSE_GRADES,), box_class=box_class_of(content, 0.5))
    checked = side_checked(finding, knee, content)
    assert (Flag.OTHER_SIDE in checked.flags) == doubted
    assert Flag.CLOSE_GRADES in checked.flags
    # Asked again with the reader's word, the doubt goes.
    assert (
        Flag.OTHER_SIDE
        not in side_checked(checked, replace(knee, side=content.side), content).flags
    )


@pytest.mark.parametrize(
    ("probability", "shown"),
    [
        ((0.0006, 0.0077, 0.1342, 0.8346, 0.0229), (0, 1, 13, 84, 2)),
        ((0.2, 0.2, 0.2, 0.2, 0.2), (20, 20, 20, 20, 20)),
        ((1.0, 0.0, 0.0, 0.0, 0.0), (100, 0, 0, 0, 0)),
        ((), ()),
    ],
)
def test_percents_add_up_to_a_hundred(
    probability: tuple[float, ...], shown: tuple[int, ...]
) -> None:
    assert percents(probability) == shown
    assert sum(percents(probability)) in (0, 100)


def test_a_range_never_leaves_out_a_grade_for_a_less_likely_one() -> None:
    thresholds = (0.30, 0.17, 0.12, 0.15, 0.46)
    assert prediction_set_of((0.29, 0.40, 0.27, 0.03, 0.01), thresholds) == (0, 2)


@pytest.mark.parametrize(
    ("probability", "is_osteoarthritis", "borderline"),
    [
        ((0.30, 0.24, 0.36, 0.10, 0.0), True, True),
        ((0.10, 0.20, 0.60, 0.10, 0.0), True, False),
        ((0.05, 0.42, 0.30, 0.20, 0.03), False, True),
        ((0.80, 0.10, 0.10, 0.0, 0.0), False, False),
    ],
)
def test_osteoarthritis_is_called_by_the_grade_and_flagged_where_the_probability_disagrees(
    probability: tuple[float, ...], is_osteoarthritis: bool, borderline: bool
) -> None:
    finding = judged(*probability)
    assert finding.is_osteoarthritis is is_osteoarthritis
    assert (Flag.BORDERLINE in finding.flags) is borderline
