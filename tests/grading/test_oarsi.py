"""Readings are told by compartment, which the knee's side says; maps lie where they were read."""

from __future__ import annotations

import numpy as np
import pytest

from koa_desktop.grading.oarsi import (
    OARSI_NAMES,
    OarsiName,
    reading_map,
    reading_of,
    readings_by_compartment,
)
from koa_desktop.radiograph import Side

# Of each reading by side of the picture: the grade that it certainly has.
BY_PICTURE = np.eye(4, dtype=np.float32)[[1, 2, 0, 3, 2, 1]]


def test_a_left_knee_has_its_medial_side_at_the_picture_s_left() -> None:
    left, right = (
        {one.name: one.grade for one in readings_by_compartment(BY_PICTURE, side)}
        for side in (Side.LEFT, Side.RIGHT)
    )
    assert [left[name] for name in OARSI_NAMES] == [1, 2, 0, 3, 2, 1]
    assert [right[name] for name in OARSI_NAMES] == [2, 1, 3, 0, 1, 2]
    assert right[OarsiName.OSTEOPHYTE_FEMUR_MEDIAL] == 3


def test_without_a_side_or_a_bundle_with_readings_nothing_is_told() -> None:
    assert readings_by_compartment(BY_PICTURE, None) == ()
    assert readings_by_compartment(None, Side.LEFT) == ()


@pytest.mark.parametrize(
    ("probability", "grade"),
    [
        ((0.6, 0.4, 0, 0), 0),
        ((0.4, 0.35, 0.25, 0), 1),
        # The likeliest single grade is 0, but a grade of at least 1 is likelier than none.
        ((0.4, 0.3, 0.15, 0.15), 1),
        ((0.2, 0.2, 0.35, 0.25), 2),
        ((0.1, 0.1, 0.1, 0.7), 3),
    ],
)
def test_a_grade_is_the_highest_that_is_reached_with_even_odds(
    probability: tuple[float, ...], grade: int
) -> None:
    found = reading_of(OarsiName.JSN_MEDIAL, np.array(probability, np.float32))
    assert found.support == pytest.approx(sum(probability[grade:]) if grade else probability[0])
    assert found.support >= 0.5
    assert found.grade == grade
    assert found.probability == pytest.approx(probability)


def test_a_map_is_that_of_the_threshold_that_the_reading_reached() -> None:
    maps = np.broadcast_to(np.arange(18, dtype=np.float32), (2, 2, 18))
    femur = OarsiName.OSTEOPHYTE_FEMUR_MEDIAL
    assert [float(reading_map(maps, femur, Side.LEFT, grade)[0, 0]) for grade in (1, 2, 3)] == [
        6, 7, 8,
    ]  # fmt: skip
    assert float(reading_map(maps, femur, Side.RIGHT, 3)[0, 0]) == 11
    assert float(reading_map(maps, OarsiName.JSN_LATERAL, Side.RIGHT, 1)[0, 0]) == 0


def test_the_other_compartment_is_exchanged_and_back() -> None:
    assert OarsiName.JSN_MEDIAL.opposite is OarsiName.JSN_LATERAL
    for name in OARSI_NAMES:
        assert name.opposite.opposite is name
        assert name.opposite.is_narrowing == name.is_narrowing
        assert name.opposite is not name
