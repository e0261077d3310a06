"""Class maps as heat maps and outlines."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from koa_desktop.grading.class_map import heat, map_of, outline
from koa_desktop.imaging.colour_maps import colours


def spot(row: int, column: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    class_map = np.full((7, 7), -1, np.float32)
    class_map[row, column] = 4
    return class_map


@pytest.mark.parametrize(("row", "column"), [(0, 0), (3, 3), (6, 2)])
def test_the_hottest_place_is_where_the_map_is_highest(row: int, column: int) -> None:
    heated = heat(spot(row, column), 224)
    y, x = np.unravel_index(int(heated.argmax()), heated.shape)
    assert (y // 32, x // 32) == (row, column)


@given(arrays(np.float32, (7, 7), elements=st.floats(-50, 50, width=32)))
def test_heat_is_a_share(class_map: np.ndarray[tuple[int, ...], np.dtype[np.float32]]) -> None:
    heated = heat(class_map, 56)
    assert heated.shape == (56, 56)
    assert np.isfinite(heated).all()
    assert 0 <= heated.min() <= heated.max() <= 1


def test_where_nothing_speaks_for_the_grade_nothing_is_drawn() -> None:
    nothing = heat(np.full((7, 7), -2, np.float32), 64)
    assert not nothing.any()
    assert outline(nothing) == []
    assert not colours(nothing, 0.6)[..., 3].any()


@given(gain=st.floats(0.01, 100))
def test_heat_does_not_depend_on_the_maps_strength(gain: float) -> None:
    class_map = np.random.default_rng(2).normal(size=(7, 7)).astype(np.float32)
    np.testing.assert_allclose(
        heat(class_map * np.float32(gain), 64), heat(class_map, 64), atol=1e-4
    )


def test_the_outline_runs_round_the_hot_area() -> None:
    heated = heat(spot(3, 3), 224)
    (curve,) = outline(heated)
    assert curve.min() > 64
    assert curve.max() < 160
    assert heated[heated >= 0.5].size > 0


def test_two_hot_areas_have_two_outlines() -> None:
    assert len(outline(heat(np.maximum(spot(1, 1), spot(5, 5)), 224))) == 2


def test_the_map_of_osteoarthritis_is_the_mean_of_two_to_four_less_that_of_none_and_doubtful() -> (
    None
):
    maps = np.random.default_rng(0).normal(size=(7, 7, 5)).astype(np.float32)
    expected = np.array(
        [
            [(cell[2] + cell[3] + cell[4]) / 3 - (cell[0] + cell[1]) / 2 for cell in row]
            for row in maps.astype(np.float64)
        ]
    )
    np.testing.assert_allclose(map_of(maps, "osteoarthritis"), expected, atol=1e-6)
    np.testing.assert_array_equal(map_of(maps, 3), maps[..., 3])


def test_a_joint_that_speaks_alike_for_all_grades_speaks_for_no_osteoarthritis() -> None:
    alike = np.repeat(spot(3, 3)[..., None], 5, axis=-1)
    assert not heat(map_of(alike, "osteoarthritis"), 224).any()
