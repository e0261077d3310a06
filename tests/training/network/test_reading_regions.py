"""Each reading's region lies at its margin, and pooling by regions prefers it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.network.joint_band import JOINT_ROW
from training.network.reading_regions import areas, pooling, regions
from training.recipes.recipe import Recipe

CELLS = 10
NARROWING_LEFT, FEMUR_LEFT, TIBIA_RIGHT = 0, 6, 17  # thresholds


def test_regions_of_osteophytes_are_small_and_lie_at_the_outer_margins() -> None:
    for kind in ("osteophyte_femur", "osteophyte_tibia"):
        left, quadrant = areas(kind, left=True)
        right, _ = areas(kind, left=False)
        np.testing.assert_array_equal(left[:, ::-1], right)
        assert 0.05 < left.mean() < 0.15
        assert left[:, 1].any()
        assert not left[:, 112:].any()
        assert (quadrant | ~left).all()


def test_regions_of_osteophytes_end_near_the_joint_line() -> None:
    places = (np.arange(224) + 0.5) / 224
    for kind in ("osteophyte_femur", "osteophyte_tibia"):
        whole, near = (areas(kind, left=True, near=reach)[0] for reach in (1.0, 0.2))
        assert (whole | ~near).all()
        rows = places[near.any(1)]
        assert np.abs(rows - JOINT_ROW).max() == pytest.approx(0.2, abs=0.01)
    narrowing, bounded = (areas("narrowing", left=True, near=reach)[0] for reach in (1.0, 0.01))
    np.testing.assert_array_equal(narrowing, bounded)
    weights = pooling(CELLS, 0.1, 0.2)[..., FEMUR_LEFT]
    assert weights[2, 0] / weights[4, 0] == pytest.approx(0.1)


def test_places_count_by_how_much_of_them_lies_in_a_region() -> None:
    shares = regions(CELLS)
    assert shares.shape == (CELLS, CELLS, 18)
    narrowing, femur, tibia = (
        shares[..., place] for place in (NARROWING_LEFT, FEMUR_LEFT, TIBIA_RIGHT)
    )
    assert narrowing[5, 2] == pytest.approx(1)
    assert narrowing[:, 5:].max() == 0
    assert (femur[2, 0], femur[8, 0], femur[2, 9]) == pytest.approx((1, 0, 0))
    assert (tibia[8, 9], tibia[2, 9], tibia[8, 0]) == pytest.approx((1, 0, 0))
    assert 0 < femur[2, 1] < 1


def test_pooling_prefers_a_region_by_the_weight_given() -> None:
    weights = pooling(CELLS, 0.1)
    np.testing.assert_allclose(weights.mean((0, 1)), 1, rtol=1e-5)
    femur = weights[..., FEMUR_LEFT]
    assert femur[8, 0] / femur[2, 0] == pytest.approx(0.1)
    np.testing.assert_allclose(pooling(CELLS, 1.0), 1)


def test_a_band_has_no_regions() -> None:
    whole = Recipe(readings_weight=1.0, readings_outside=0.1)
    with pytest.raises(ValueError, match="set band to false"):
        replace(whole, band=True)
