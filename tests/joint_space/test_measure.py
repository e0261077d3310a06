from __future__ import annotations

import dataclasses
import json
import os
from math import radians
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from koa_desktop.joint_space import measure
from koa_desktop.joint_space.frame import CONDYLE_LEFT, CONDYLE_WIDTH, Frame, local_contrast, sample
from koa_desktop.joint_space.margins import (
    COLUMN_U,
    ROWS,
    MarginCard,
    MarginFinder,
    Margins,
    follow,
    likeliest_paths,
)
from koa_desktop.joint_space.measure import (
    JointSpaceFlag,
    JointSpaceReason,
    joint_space_of,
    measure_joint_space,
)
from koa_desktop.knees.box import Box, Knee
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.knees.proposals import whole_image
from koa_desktop.loading.read import read
from koa_desktop.radiograph import PixelSpacing, Radiograph, Side, SpacingOrigin, Window
from koa_desktop.system.paths import SAMPLES

CARD = MarginCard(2, {}, refused_below=0.5, flagged_below=0.8)
FRAME = Frame(224, 224, 2.0)
SPACING = PixelSpacing(0.2, 0.2, SpacingOrigin.AT_DETECTOR)
FINDER = MarginFinder()
BRIGHT_LINE = 2.5  # units from the tibial plateau's edge, as drawn


def margins(gap: float, *, mirrored: bool = False, confidence: float = 0.95) -> Margins:
    u = CROP_SIZE - COLUMN_U if mirrored else COLUMN_U
    femur = np.full(len(u), 126.0)
    return Margins(u, femur, femur + gap, np.full(len(u), confidence))


def drawn_knee(left_gap: float, right_gap: float, size: int = 448) -> np.ndarray:
    """Draw two condyles over a plateau, the joint space as wide as asked (units of the frame)."""
    v, u = (np.mgrid[:size, :size] + 0.5) * (CROP_SIZE / size)
    gap = np.where(u < CROP_SIZE / 2, left_gap, right_gap)
    notch = 26 * np.exp(-(((u - 112) / 22) ** 2))
    spines = 16 * np.exp(-(((u - 112) / 18) ** 2))
    round_off = (np.minimum(abs(u - 56), abs(u - 168)) / 30) ** 2
    femur, tibia = 132 - gap / 2 - notch - round_off, 132 + gap / 2 - spines
    half_width = 100 - 8 * np.clip((abs(v - 132) - 20) / 40, 0, 1)
    bone = abs(u - 112) < half_width
    image = 0.25 + 0.35 * (((v < femur) | (v > tibia)) & bone) - 0.15 * (abs(u - 112) > 106)
    image += 0.2 * np.exp(-(((v - tibia - BRIGHT_LINE) / 2) ** 2)) * (bone & (v > tibia))
    image = cv2.GaussianBlur(image, (0, 0), 0.8 * size / CROP_SIZE)
    noise = np.random.default_rng(0).normal(0, 0.01, image.shape)
    return np.clip((image + noise) * 255, 0, 255).astype(np.uint8)


def film(image: np.ndarray, spacing: PixelSpacing | None = None) -> Radiograph:
    return Radiograph.of(Path("film.png"), image, Window(127.5, 255), spacing=spacing)


def space_of(
    left: Margins, right: Margins, frame: Frame = FRAME, **more: object
) -> measure.JointSpace:
    return joint_space_of(frame, left, right, CARD, (448, 448), **more)  # type: ignore[arg-type]


def test_medial_is_towards_the_other_knee() -> None:
    space = space_of(margins(4), margins(9, mirrored=True), side=Side.RIGHT)
    assert space.medial is space.right
    assert space.lateral is space.left
    other = dataclasses.replace(space, side=Side.LEFT)
    assert other.medial is space.left
    unknown = dataclasses.replace(space, side=None)
    assert unknown.medial is None
    assert unknown.lateral is None


def test_widths_are_in_pixels_shares_and_millimetres() -> None:
    space = space_of(margins(10), margins(10, mirrored=True), spacing=SPACING)
    assert space.left
    assert space.left.minimal
    assert space.left.minimal.pixels == pytest.approx(20)
    assert space.left.minimal.share == pytest.approx(10 / CONDYLE_WIDTH)
    assert space.left.minimal.millimetres == pytest.approx(4)
    assert space.spacing_origin is SpacingOrigin.AT_DETECTOR
    assert [width.pixels for width in space.left.at_places] == pytest.approx(
        [20] * len(measure.PLACES)
    )


def test_without_spacing_there_are_no_millimetres() -> None:
    space = space_of(margins(10), margins(10, mirrored=True))
    assert space.left
    assert space.left.minimal
    assert space.left.minimal.millimetres is None


def test_pixels_that_are_not_square_are_measured_along_the_leg() -> None:
    spacing = PixelSpacing(0.1, 0.4, SpacingOrigin.CALIBRATED)
    upright = space_of(margins(10), margins(10, mirrored=True), spacing=spacing)
    lying = space_of(
        margins(10),
        margins(10, mirrored=True),
        Frame(224, 224, 1.0, radians(90)),
        spacing=spacing,
    )
    assert upright.left
    assert upright.left.minimal
    assert upright.left.minimal.millimetres == pytest.approx(2)
    assert lying.left
    assert lying.left.minimal
    assert lying.left.minimal.millimetres == pytest.approx(4)


def test_bone_on_bone_is_zero() -> None:
    space = space_of(margins(0.3), margins(9, mirrored=True))
    assert space.left
    assert space.left.minimal
    assert space.left.minimal.pixels == 0


def test_the_minimum_is_found_where_it_is() -> None:
    left = margins(12)
    left.tibia[12] -= 5
    space = space_of(left, margins(9, mirrored=True))
    assert space.left
    assert space.left.minimal
    assert space.left.narrowest is not None
    assert space.left.minimal.pixels == pytest.approx(14)
    assert space.left.narrowest[0, 0] == pytest.approx(2 * COLUMN_U[12])
    assert space.left.narrowest[1, 1] - space.left.narrowest[0, 1] == pytest.approx(14)


def test_a_line_that_drops_off_the_condyle_is_no_narrow_space() -> None:
    left, shallow = margins(12), margins(12)
    outside = measure.depth(COLUMN_U) < 0.15
    assert outside.any()
    left.femur[outside] += 9
    shallow.femur[outside] += np.linspace(0.9, 0, outside.sum())  # a condyle's roundness
    spaces = [space_of(one, margins(9, mirrored=True)) for one in (left, shallow)]
    widths = [space.left.minimal.pixels for space in spaces if space.left and space.left.minimal]
    assert widths[0] == pytest.approx(24)
    assert widths[1] < 24


def test_nothing_is_outlined_in_front_of_the_notch() -> None:
    space = space_of(margins(10), margins(10, mirrored=True))
    assert space.left
    assert space.right
    for part, low, high in ((space.left, 0, 0.37), (space.right, 0.63, 1)):
        for margin in (part.femur, part.tibia):
            share = (margin[:, 0] / FRAME.scale - CONDYLE_LEFT) / CONDYLE_WIDTH
            assert ((share > low) & (share < high)).all()
            assert (np.diff(share) > 0).all()
    area = cv2.contourArea(space.left.outline)
    across = np.ptp(space.left.outline[:, 0])
    assert area == pytest.approx(20 * across, rel=1e-3)


def test_margins_that_cannot_be_told_give_a_reason_instead_of_a_width() -> None:
    space = space_of(margins(10, confidence=0.4), margins(10, mirrored=True))
    assert space.left
    assert space.left.minimal is None
    assert space.left.reason is JointSpaceReason.NOT_SEEN
    assert np.isnan(space.left.femur).all()
    assert space.right
    assert space.right.minimal
    assert not space.reason
    both = space_of(margins(10, confidence=0.4), margins(10, mirrored=True, confidence=0.4))
    assert both.reason is JointSpaceReason.NOT_SEEN


def test_where_bone_meets_bone_its_line_may_be_anywhere_near() -> None:
    rows = np.arange(ROWS)[:, None, None]
    spread = np.broadcast_to(-(((rows - 44) / 8.0) ** 2), (ROWS, len(COLUMN_U), 2))
    (closed,) = follow(spread.astype(np.float32)[None])
    assert closed.confidence.min() > 0.9
    apart = spread.copy()
    apart[..., 1] = np.roll(apart[..., 1], 12, axis=0)
    (unclear,) = follow(apart.astype(np.float32)[None])
    assert unclear.confidence.max() < 0.3


def test_uncertain_margins_are_flagged() -> None:
    space = space_of(margins(10, confidence=0.7), margins(10, mirrored=True))
    assert space.left
    assert space.left.flag is JointSpaceFlag.UNSURE
    assert space.left.minimal
    assert space.right
    assert not space.right.flag


def test_a_compartment_outside_the_image_is_not_measured() -> None:
    space = space_of(margins(10), margins(10, mirrored=True), Frame(60, 224, 2.0))
    assert space.left
    assert space.left.reason is JointSpaceReason.OUTSIDE_IMAGE
    assert space.right
    assert space.right.minimal


def test_a_box_of_few_pixels_is_not_measured() -> None:
    space = measure_joint_space(film(drawn_knee(10, 10, 80)), Knee(Box(0, 0, 80)), FINDER)
    assert space.reason is JointSpaceReason.TOO_SMALL
    assert space.medial is None


@pytest.mark.parametrize(("left", "right"), [(12, 8), (4, 12), (16, 10)])
def test_a_drawn_knee_is_measured_as_it_was_drawn(left: float, right: float) -> None:
    knee = Knee(Box(0, 0, 448), Side.LEFT)
    space = measure_joint_space(film(drawn_knee(left, right), SPACING), knee, FINDER)
    assert space.medial
    assert space.medial.minimal
    assert space.lateral
    assert space.lateral.minimal
    # The clinic's readers, whom the network follows, take the tibia from its bright line on.
    medial, lateral = left + BRIGHT_LINE, right + BRIGHT_LINE
    assert space.medial.minimal.pixels == pytest.approx(2 * medial, abs=1)
    assert space.lateral.minimal.pixels == pytest.approx(2 * lateral, abs=1)
    assert space.medial.minimal.millimetres == pytest.approx(0.4 * medial, abs=0.2)


def test_the_box_s_place_hardly_changes_the_width() -> None:
    film_of_knee = film(
        cv2.copyMakeBorder(drawn_knee(11, 7), 100, 100, 100, 100, cv2.BORDER_REFLECT)
    )
    at_home = measure_joint_space(film_of_knee, Knee(Box(100, 100, 448)), FINDER)
    moved = measure_joint_space(film_of_knee, Knee(Box(80, 115, 470)), FINDER)
    for before, after in ((at_home.left, moved.left), (at_home.right, moved.right)):
        assert before
        assert before.minimal
        assert after
        assert after.minimal
        assert after.minimal.pixels == pytest.approx(before.minimal.pixels, abs=1.5)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_an_even_picture_is_not_measured(grey: int) -> None:
    image = np.full((300, 300), grey, np.uint8)
    space = measure_joint_space(film(image), Knee(Box(0, 0, 300)), FINDER)
    assert space.reason


def test_noise_is_not_measured() -> None:
    image = np.random.default_rng(0).integers(0, 256, (300, 300)).astype(np.uint8)
    space = measure_joint_space(film(image), Knee(Box(0, 0, 300)), FINDER)
    assert space.reason


def test_crossing_margins_meet_halfway() -> None:
    logits = np.full((88, 32, 2), -9, np.float32)
    logits[40, :, 0] = logits[38, :, 1] = 9
    (found,) = follow(logits[None])
    assert np.allclose(found.femur, found.tibia)
    assert np.allclose(found.femur, 86 + 39.5, atol=0.01)


def test_a_path_does_not_leap_to_a_stray_edge() -> None:
    cost = np.full((40, 32), 5.0)
    cost[20] = 0
    cost[20, 15], cost[35, 15] = 1, 0
    assert (likeliest_paths(cost[..., None]) == 20).all()


def test_paths_that_are_followed_at_once_are_those_followed_alone() -> None:
    costs = np.random.default_rng(0).random((88, 32, 3))
    alone = [likeliest_paths(costs[..., one : one + 1]) for one in range(3)]
    assert np.array_equal(likeliest_paths(costs), np.concatenate(alone, 1))
    assert not np.array_equal(alone[0], alone[1])


@given(
    st.floats(-30, 30),
    st.floats(-30, 30),
    st.floats(-0.2, 0.2),
    st.floats(-0.3, 0.3),
)
def test_a_frame_samples_what_lies_at_its_points(
    right: float, down: float, log_scale: float, turn: float
) -> None:
    frame = Frame(200, 210, 0.8).moved(right, down, log_scale, turn)
    y, x = np.mgrid[:420, :400] + 0.5
    plane = (0.3 * x + 0.7 * y).astype(np.float32)
    picture, inside = sample(plane, frame, (90.0, 100.0), (20, 30), 1.0)
    v, u = np.mgrid[:20, :30] + 0.5
    at_x, at_y = frame.to_image(u + 90, v + 100)
    assert inside.all()
    assert np.allclose(picture, 0.3 * at_x + 0.7 * at_y, atol=0.3)


def test_local_contrast_is_alike_at_any_window() -> None:
    picture = drawn_knee(10, 8, CROP_SIZE).astype(np.float32) / 255
    inside = np.ones(picture.shape, bool)
    pale = local_contrast(0.3 + 0.4 * picture, inside, 8.0)
    assert np.allclose(local_contrast(picture, inside, 8.0), pale, atol=0.02)


def test_marked_margins_are_met() -> None:
    if "KOA_DATA" not in os.environ:
        pytest.skip("KOA_DATA is not set: the crops with marked margins are not here")
    data = Path(os.environ["KOA_DATA"])
    found = MarginFinder()
    misses = []
    for entry in json.loads((data / "joint_space.json").read_text(encoding="utf-8"))[::4]:
        pixels = read(data / "knee" / "train" / entry["file"]).pixels
        frame = found.pose(pixels, Box(0, 0, CROP_SIZE))
        left, right = found.margins(pixels, frame)
        x, y = frame.to_image(
            np.concatenate([left.u, right.u[::-1]]), np.concatenate([left.femur, right.femur[::-1]])
        )
        misses.append(np.interp(np.array(entry["cols"]) + 0.5, x, y) - 0.5 - entry["femur"])
    assert np.median(np.abs(misses)) <= 0.7


def test_a_large_film_is_measured_as_a_small_one_of_the_same_knee() -> None:
    small = read(SAMPLES / "grade2.png")
    values = cv2.resize(small.values, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC)
    finder = MarginFinder()
    one, large = (
        measure_joint_space(film, whole_image(film.info), finder)
        for film in (small, small.with_values(values))
    )
    assert one.frame
    assert large.frame
    assert large.frame.scale == pytest.approx(6 * one.frame.scale, rel=0.01)
    for part, same in ((large.left, one.left), (large.right, one.right)):
        assert part
        assert part.minimal
        assert same
        assert same.minimal
        assert part.minimal.share == pytest.approx(same.minimal.share, abs=0.003)
        assert part.minimal.pixels == pytest.approx(6 * same.minimal.pixels, rel=0.06)
