"""Masked areas are black, whatever window and polarity a film has, and nothing else changes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from koa_desktop.imaging.masks import Mask, blacken, from_json, masked, to_json
from koa_desktop.radiograph import Window
from tests.support.gui_driver import radiograph

MASK = Mask(10.5, 20, 30, 12.25)  # columns 10 to 40, rows 20 to 32


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16, np.float32])
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("sigmoid", [False, True])
@pytest.mark.parametrize("width", [1.0, 3000.0, 1e6])
def test_what_is_masked_is_black_and_the_rest_as_before(
    dtype: type, inverted: bool, sigmoid: bool, width: float
) -> None:
    film = radiograph(120, 80, dtype, inverted=inverted)
    film = replace(film, window=Window(film.window.centre, width, sigmoid))
    shown, before = masked(film, [MASK]).pixels, film.pixels
    covered = np.zeros(shown.shape, bool)
    covered[20:33, 10:41] = True
    assert shown[covered].max() < 1e-6
    assert np.array_equal(shown[~covered], before[~covered])
    assert film.values.dtype == dtype


def test_without_masks_a_film_is_the_same() -> None:
    film = radiograph()
    assert masked(film, ()) is film


def test_a_mask_ends_at_the_films_edge() -> None:
    film = radiograph(120, 80)
    shown = masked(film, [Mask(-20, -20, 30, 30), Mask(100, 70, 500, 500), Mask(300, 0, 9, 9)])
    assert shown.pixels[:10, :10].max() == shown.pixels[70:, 100:].max() == 0
    assert np.array_equal(shown.pixels[10:70], film.pixels[10:70])


def test_a_scaled_picture_of_a_part_is_black_at_the_same_place() -> None:
    picture = np.full((40, 60, 3), 200, np.uint8)
    blacken(picture, [Mask(15, 22, 5, 4)], 2.0, (10, 20))
    assert picture[4:12, 10:20].max() == 0
    assert (picture == 200).sum() == picture.size - 8 * 10 * 3


def test_masks_are_kept_as_json() -> None:
    assert from_json(to_json([MASK, Mask(1, 2, 3, 4)])) == (MASK, Mask(1, 2, 3, 4))
    assert from_json(None) == ()


@pytest.mark.parametrize(
    "edges", [(0, 0, 0, 5), (0, 0, 5, -1), (math.nan, 0, 5, 5), (0, 0, 5, math.inf)]
)
def test_no_rectangle_is_no_mask(edges: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="no rectangle"):
        Mask(*edges)


def test_a_mask_overlaps_what_it_covers_a_part_of() -> None:
    mask = Mask(10, 10, 10, 10)
    assert mask.overlaps(19, 19, 5, 5)
    assert not mask.overlaps(20, 10, 5, 5)
    assert not mask.overlaps(0, 0, 10, 30)
