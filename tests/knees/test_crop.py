"""Boxes, and the one way from a radiograph to the model's input."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from koa_desktop.knees.box import Box
from koa_desktop.knees.crop import CROP_SIZE, crop, cut, cut_out, reflected, stretch
from koa_desktop.knees.proposals import is_single_knee_crop, propose_knees, whole_image
from koa_desktop.radiograph import Radiograph, Side, Window
from koa_desktop.system.paths import RESOURCES

Picture = np.ndarray[tuple[int, ...], np.dtype[np.float32]]


def radiograph(pixels: Picture, laterality: Side | None = None) -> Radiograph:
    return Radiograph.of(Path("knee.png"), pixels, Window(0.5, 1.0), laterality=laterality)


def noise(height: int, width: int, seed: int = 0) -> Picture:
    picture = np.random.default_rng(seed).random((height, width), np.float32)
    return cv2.GaussianBlur(picture, (0, 0), 2)


def ramp(height: int, width: int) -> Picture:
    """Grey that grows by 1/width a pixel to the right: at x it is x / width."""
    row = (np.arange(width, dtype=np.float32) + 0.5) / width
    return np.tile(row, (height, 1))


def mean_knee(size: int) -> Picture:
    small = cv2.imdecode(np.fromfile(RESOURCES / "mean_knee.png", np.uint8), 0)
    return cv2.resize(small, (size, size), interpolation=cv2.INTER_CUBIC).astype(np.float32) / 255


def test_a_crop_of_the_models_size_is_not_resampled() -> None:
    pixels = noise(CROP_SIZE, CROP_SIZE)
    picture, inside = cut(pixels, Box(0, 0, CROP_SIZE), CROP_SIZE)
    np.testing.assert_allclose(picture, pixels, atol=1e-6)
    assert inside.all()


@given(left=st.integers(0, 60), top=st.integers(0, 60))
def test_whole_pixels_are_cut_out_as_they_are(left: int, top: int) -> None:
    pixels = noise(124, 124)
    picture, _ = cut(pixels, Box(left, top, 64), 64)
    np.testing.assert_allclose(picture, pixels[top : top + 64, left : left + 64], atol=1e-6)


@given(
    across=st.integers(0, 40),
    down=st.integers(0, 40),
    left=st.floats(20, 40),
    top=st.floats(20, 40),
    size=st.floats(40, 90),
)
def test_a_moved_image_gives_the_same_cut_from_the_moved_box(
    across: int, down: int, left: float, top: float, size: float
) -> None:
    pixels = noise(180, 180)
    moved = np.pad(pixels, ((down, 0), (across, 0)))
    here, _ = cut(pixels, Box(left, top, size), 96)
    there, _ = cut(moved, Box(left + across, top + down, size), 96)
    np.testing.assert_allclose(here, there, atol=2e-3)


@given(left=st.floats(30, 200), top=st.floats(30, 200), size=st.floats(20, 350))
def test_a_linear_ramp_stays_linear_at_any_scale(left: float, top: float, size: float) -> None:
    width = 600
    picture, inside = cut(ramp(width, width), Box(left, top, size), 100)
    wanted = (left + (np.arange(100) + 0.5) * size / 100) / width
    assert inside.all()
    # Within a fifth of an image pixel.
    np.testing.assert_allclose(picture, np.tile(wanted, (100, 1)), atol=0.2 / width + 1e-5)


@given(size=st.floats(100, 400), seed=st.integers(0, 5))
def test_a_mirrored_image_gives_the_mirrored_cut(size: float, seed: int) -> None:
    pixels = noise(450, 450, seed)
    picture, _ = cut(pixels, Box.around(225, 225, size), 64)
    mirrored, _ = cut(np.ascontiguousarray(pixels[:, ::-1]), Box.around(225, 225, size), 64)
    np.testing.assert_allclose(picture[:, ::-1], mirrored, atol=0.02)


def test_fine_stripes_do_not_alias() -> None:
    stripes = np.tile(np.array([0, 1], np.float32), (900, 450))
    picture, _ = cut(stripes, Box(3.3, 2.1, 880), 200)
    assert float(np.abs(picture - 0.5).max()) < 0.15


@given(
    left=st.floats(-400, 400),
    top=st.floats(-400, 400),
    size=st.floats(1, 800),
    height=st.integers(1, 200),
    width=st.integers(1, 200),
)
def test_outside_the_image_is_black_and_marked(
    left: float, top: float, size: float, height: int, width: int
) -> None:
    picture, inside = cut(np.ones((height, width), np.float32), Box(left, top, size), 32)
    assert picture.shape == inside.shape == (32, 32)
    assert np.all(picture[~inside] == 0)
    np.testing.assert_allclose(picture[inside], 1, atol=1e-5)
    centres_x = left + (np.arange(32) + 0.5) * size / 32
    if inside.any():
        assert np.array_equal(inside.any(axis=0), (centres_x >= 0) & (centres_x <= width))


@given(
    values=st.lists(st.floats(0, 1, width=32), min_size=16, max_size=16),
    gain=st.floats(0.25, 4),
    offset=st.floats(-1, 1),
)
def test_the_crop_does_not_depend_on_brightness_and_contrast(
    values: list[float], gain: float, offset: float
) -> None:
    picture = np.array(values, np.float32).reshape(4, 4)
    if np.ptp(picture) < 0.05:
        return
    changed = (picture * np.float32(gain) + np.float32(offset)).astype(np.float32)
    np.testing.assert_allclose(stretch(changed), stretch(picture), atol=1e-3)


def test_stretching_an_even_picture_gives_no_number_out_of_range() -> None:
    stretched = stretch(np.full((8, 8), 0.7, np.float32))
    assert stretched.shape == (8, 8, 1)
    assert np.isfinite(stretched).all()
    assert 0 <= stretched.min() <= stretched.max() <= 1


def test_what_lies_beyond_does_not_change_how_the_inside_is_stretched() -> None:
    pixels = noise(200, 200)
    within = crop(radiograph(pixels), Box(0, 0, 200), 200).pixels
    over = crop(radiograph(pixels), Box(-100, 0, 200), 200).pixels
    half = stretch(pixels[:, :100])
    np.testing.assert_allclose(over[:, 100:], half, atol=1e-4)
    np.testing.assert_array_equal(over[:, :100], over[:, :99:-1])
    assert within.shape == (200, 200, 1)


@given(left=st.floats(-150, 250), top=st.floats(-150, 250), size=st.floats(20, 350))
def test_cutting_a_box_out_of_a_radiograph_is_cutting_its_pixels(
    left: float, top: float, size: float
) -> None:
    window = Window(0.5, 0.6)
    film = Radiograph.of(Path("knee.png"), noise(180, 200), window, inverted=True)
    box = Box(left, top, size)
    for made, wanted in zip(cut_out(film, box, 64), cut(film.pixels, box, 64), strict=True):
        np.testing.assert_array_equal(made, wanted)


def test_a_box_away_from_the_image_gives_a_black_crop() -> None:
    away = crop(radiograph(noise(50, 50)), Box(500, 500, 100))
    assert not away.pixels.any()
    assert away.contrast == 0


def test_contrast_is_that_of_the_grey_values_inside_the_image() -> None:
    ramp = np.tile(np.linspace(0.2, 0.6, 200, dtype=np.float32), (200, 1))
    assert crop(radiograph(ramp), Box(0, 0, 200)).contrast == pytest.approx(0.36, abs=0.01)
    assert crop(radiograph(ramp), Box(0, -100, 200)).contrast == pytest.approx(0.36, abs=0.01)


@given(x=st.floats(-1e4, 1e4), y=st.floats(-1e4, 1e4), size=st.floats(1, 1e4))
def test_a_box_around_a_point_has_it_in_its_middle(x: float, y: float, size: float) -> None:
    assert Box.around(x, y, size).centre == pytest.approx((x, y), abs=1e-6)


@pytest.mark.parametrize("size", [120, 224, 300, 1024])
def test_a_knee_crop_is_one_knee_whole(size: int) -> None:
    film = radiograph(mean_knee(size), Side.LEFT)
    assert is_single_knee_crop(film)
    knee = whole_image(film.info)
    assert knee.box == Box(0, 0, size)
    assert knee.side is Side.LEFT
    assert not knee.placed_by_user


def test_what_is_no_crop_is_not_claimed() -> None:
    assert not is_single_knee_crop(radiograph(mean_knee(1100)))
    assert not is_single_knee_crop(radiograph(1 - mean_knee(224)))
    assert not is_single_knee_crop(radiograph(noise(224, 224)))
    wide = cv2.resize(mean_knee(224), (400, 224))
    assert not is_single_knee_crop(radiograph(wide))


def test_the_whole_image_is_its_largest_middle_square() -> None:
    assert whole_image(radiograph(noise(200, 300)).info).box == Box(50, 0, 200)


def test_two_boxes_are_proposed_on_a_wide_film_with_the_patients_right_at_the_left() -> None:
    right, left = propose_knees(radiograph(noise(1000, 1400)).info)
    assert (right.side, left.side) == (Side.RIGHT, Side.LEFT)
    assert right.box.centre[0] < 700 < left.box.centre[0]
    assert right.box.left >= 0
    assert left.box.left + left.box.size <= 1400


def test_one_box_is_proposed_on_a_tall_film_with_the_headers_side() -> None:
    (knee,) = propose_knees(radiograph(noise(1400, 800), Side.RIGHT).info)
    assert knee.side is Side.RIGHT
    assert knee.box.centre == (400, 700)


@given(
    top=st.integers(0, 15),
    left=st.integers(0, 15),
    bottom=st.integers(1, 9),
    right=st.integers(1, 9),
)
def test_beyond_the_image_its_picture_goes_on_reflected(
    top: int, left: int, bottom: int, right: int
) -> None:
    picture = np.random.default_rng(top).random((24, 24, 1), np.float32)
    inside = np.zeros((24, 24), bool)
    inside[top : 24 - bottom + 1, left : 24 - right + 1] = True
    filled = reflected(picture * inside[..., None], inside)
    assert filled.shape == picture.shape
    np.testing.assert_array_equal(filled[inside], picture[inside])
    if top:
        np.testing.assert_array_equal(filled[top - 1], filled[top])


def test_a_strip_is_seen_much_as_the_whole_knee_is() -> None:
    strip = radiograph(mean_knee(224)[45:210])
    seen = crop(strip, Box(0, -45, 224)).pixels
    whole = crop(radiograph(mean_knee(224)), Box(0, 0, 224)).pixels
    assert np.abs(seen - whole).mean() < 0.05
