"""Colour maps and heat maps over a knee."""

from __future__ import annotations

import numpy as np
import pytest

from koa_desktop.imaging.colour_maps import ColourMap, blend, colour_table, colours


def test_colours_grow_brighter_with_heat_and_fade_where_it_is_cold() -> None:
    table = colour_table().astype(int)
    luminance = table @ np.array([299, 587, 114]) / 1000
    assert np.all(np.diff(luminance) > -1.5)
    assert luminance[0] < 10 < 200 < luminance[-1]
    shown = colours(np.array([[0, 0.5, 1]], np.float32), 0.6)
    assert list(shown[0, :, 3]) == sorted(shown[0, :, 3])
    assert shown[0, 0, 3] == 0
    assert shown[0, 2, 3] == round(255 * 0.6)


def test_without_heat_the_knee_is_shown_as_it_is() -> None:
    knee = np.linspace(0, 1, 64 * 64, dtype=np.float32).reshape(64, 64, 1)
    blended = blend(knee, np.zeros((64, 64), np.float32))
    np.testing.assert_array_equal(blended[..., 0], np.round(knee[..., 0] * 255))
    assert np.all(blended[..., 0] == blended[..., 1])


def test_full_heat_at_full_opacity_is_the_tables_colour() -> None:
    knee = np.zeros((8, 8), np.float32)
    blended = blend(knee, np.ones((8, 8), np.float32), 1.0)
    assert np.all(blended == colour_table()[255])


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
