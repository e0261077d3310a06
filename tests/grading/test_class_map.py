"""A class map drawn over a radiograph."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from koa_desktop.grading.class_map import (
    ColourMap,
    blend,
    colour_table,
    colours,
    heat,
    map_of,
    outline,
)


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


def test_colours_grow_brighter_with_heat_and_fade_where_it_is_cold() -> None:
    table = colour_table().astype(int)
    luminance = table @ np.array([299, 587, 114]) / 1000
    assert np.all(np.diff(luminance) > -1.5)
    assert luminance[0] < 10 < 200 < luminance[-1]
    shown = colours(np.array([[0, 0.5, 1]], np.float32), 0.6)
    assert list(shown[0, :, 3]) == sorted(shown[0, :, 3])
    assert shown[0, 0, 3] == 0
    assert shown[0, 2, 3] == round(255 * 0.6)


def test_the_outline_runs_round_the_hot_area() -> None:
    heated = heat(spot(3, 3), 224)
    (curve,) = outline(heated)
    assert curve.min() > 64
    assert curve.max() < 160
    assert heated[heated >= 0.5].size > 0


def test_two_hot_areas_have_two_outlines() -> None:
    assert len(outline(heat(np.maximum(spot(1, 1), spot(5, 5)), 224))) == 2


def test_without_heat_the_knee_is_shown_as_it_is() -> None:
    knee = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64, 1)
    blended = blend(knee, np.zeros((64, 64), np.float32))
    np.testing.assert_array_equal(blended[..., 0], np.round(knee[..., 0] * 255))
    assert np.all(blended[..., 0] == blended[..., 1])


def test_full_heat_at_full_opacity_is_the_tables_colour() -> None:
    knee = np.zeros((8, 8), np.float32)
    blended = blend(knee, np.ones((8, 8), np.float32), 1.0)
    assert np.all(blended == colour_table()[255])


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


@pytest.mark.parametrize("colour_map", ColourMap)
def test_every_colour_map_grows_lighter_evenly(colour_map: ColourMap) -> None:
    table = colour_table(colour_map).astype(np.float64) / 255
    linear = np.where(table <= 0.04045, table / 12.92, ((table + 0.055) / 1.055) ** 2.4)
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    lightness = np.cbrt(luminance)
    steps = np.diff(lightness[::8])
    assert steps.min() > 0
    assert lightness[-1] - lightness[0] > 0.5


def test_the_four_colour_maps_differ() -> None:
    middles = {tuple(colour_table(colour_map)[128]) for colour_map in ColourMap}
    assert len(middles) == len(ColourMap)
