"""The finder's training views show each knee where its target says, on the right side."""

from __future__ import annotations

import json
from math import exp
from pathlib import Path

import cv2
import numpy as np
import pytest

from koa_desktop.grading.finder import BOX_INPUT_SIZE, BOX_MARGIN, CELL, LOCATOR_SIZE
from koa_desktop.knees.box import BoxClass
from training.finder.limbs import drawn_limb, on_film, on_limb, set_in, with_implant
from training.finder.scenes import View, box_sample, whole_sample
from training.finder.sources import NO_FOLD, Mark, Scene, crop_scene, film_fold, load_films
from training.finder.train import heat_targets

KINDS = list(BoxClass)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def knee_scene(left: float = 1.0) -> Scene:
    """A film of one grey with a bright blob for a knee, and a brighter one at its fibula."""
    image = np.full((400, 300), 60, np.uint8)
    mark = Mark(140, 220, 120, BoxClass.NATIVE, left)
    cv2.circle(image, (140, 220), 30, 160, -1)
    cv2.circle(image, (140 + (45 if left else -45), 250), 12, 255, -1)
    return Scene(image, (mark,), fold=2)


def test_a_view_puts_its_middle_in_the_middle_and_turns_about_it() -> None:
    view = View(140, 220, 100, 50, turn=0.3, mirrored=True)
    matrix = view.matrix(80)
    np.testing.assert_allclose(matrix @ (140, 220, 1), (40, 40))
    plain = View(140, 220, 100, 50).matrix(80)
    np.testing.assert_allclose(plain @ (190, 220, 1), (80, 40))
    assert (View(140, 220, 100, 50, mirrored=True).matrix(80) @ (190, 220, 1))[0] == 0


def test_the_locator_is_told_where_the_knee_lies(rng: np.random.Generator) -> None:
    errors = []
    for _ in range(60):
        picture, knees = whole_sample(knee_scene(), rng)
        assert picture.shape == (LOCATOR_SIZE, LOCATOR_SIZE)
        x, y, size, wanted = knees[0]
        if wanted != 1 or not (10 < x < 182 and 10 < y < 182):
            continue
        r = max(int(size * 0.12), 1)
        blob = picture[int(y) - r : int(y) + r + 1, int(x) - r : int(x) + r + 1].astype(float)
        around = picture[
            max(int(y - size * 0.48), 0) : int(y + size * 0.48),
            max(int(x - size * 0.48), 0) : int(x + size * 0.48),
        ]
        errors.append(abs(blob.mean() - np.median(around)) > 15)
    assert len(errors) > 20
    assert np.mean(errors) > 0.85


def test_a_box_is_told_the_way_to_the_knee_and_its_side(rng: np.random.Generator) -> None:
    at_fibula, at_knee = [], []
    for _ in range(80):
        left = float(rng.random() < 0.5)
        sample = box_sample(knee_scene(left), rng)
        assert sample.picture.shape == (BOX_INPUT_SIZE, BOX_INPUT_SIZE)
        if np.isnan(sample.left):
            assert sample.shown in (KINDS.index(BoxClass.OTHER), KINDS.index(BoxClass.NOT_FRONTAL))
            continue
        assert sample.shown == KINDS.index(BoxClass.NATIVE)
        box = BOX_INPUT_SIZE / BOX_MARGIN
        right, down, log_size = sample.shift
        x, y = BOX_INPUT_SIZE / 2 + right * box, BOX_INPUT_SIZE / 2 + down * box
        knee = box * exp(log_size)
        dot_x = int(x + (45 / 120 if sample.left else -45 / 120) * knee)
        dot_y = int(y + 30 / 120 * knee)
        if 0 <= dot_x < BOX_INPUT_SIZE and 0 <= dot_y < BOX_INPUT_SIZE:
            at_fibula.append(int(sample.picture[dot_y, dot_x]))
            at_knee.append(int(sample.picture[int(y), int(x)]))
    assert len(at_fibula) > 30
    assert np.median(at_fibula) > np.median(at_knee) + 20


def test_a_scene_without_knees_shows_something_else(rng: np.random.Generator) -> None:
    scene = Scene(rng.integers(0, 255, (200, 150), np.uint8))
    assert box_sample(scene, rng).shown == KINDS.index(BoxClass.OTHER)
    assert (whole_sample(scene, rng)[1][:, 3] == -1).all()


def test_the_heat_is_highest_where_the_knee_is_and_says_how_large() -> None:
    knees = np.array([[[100.0, 60.0, 64.0, 1], [20.0, 150.0, 40.0, 0]]], np.float32)
    heat, place = heat_targets(knees)
    row, column = np.unravel_index(heat[0, ..., 0].argmax(), heat.shape[1:3])
    assert (row, column) == (int(60 / CELL), int(100 / CELL))
    right, down, log_size, weight = place[0, row, column]
    assert (column + 0.5 + right) * CELL == pytest.approx(100)
    assert (row + 0.5 + down) * CELL == pytest.approx(60)
    assert exp(log_size) * CELL == pytest.approx(64)
    assert weight > 0.8
    assert heat[0, int(150 / CELL), int(20 / CELL), 1] == 0
    assert heat[0, 0, 0, 1] == 1


def test_a_published_crop_joins_a_limb_and_a_film_on_its_own_side(rng: np.random.Generator) -> None:
    crop = np.full((224, 224), 90, np.uint8)
    crop[60:190, 30:190] = 200
    crop[150:224, 190:215] = 255  # the fibula of a left knee
    scene = on_limb(crop, "L", drawn_limb(rng))
    mark = scene.marks[0]
    left, top = mark.x - mark.size / 2, mark.y - mark.size / 2
    inner = scene.image[int(top + 20) : int(top + 100), int(left + 20) : int(left + 110)]
    assert inner.max() > inner.min() + 40
    film = Scene(np.full((300, 300), 30, np.uint8), (Mark(150, 150, 112, left=0.0),), fold=3)
    joined = on_film([(crop, "L")], film)
    assert joined.fold == 3
    assert joined.image[120:200, 100:110].mean() > joined.image[120:200, 188:198].mean()
    untouched = joined.image.copy()
    untouched[90:210, 90:210] = 30
    assert (untouched == 30).all()


def test_a_crop_that_reaches_over_the_border_is_joined_all_the_same() -> None:
    crop = np.tile(np.arange(224, dtype=np.uint8), (224, 1))
    image = set_in(np.full((100, 100), 50, np.uint8), crop, Mark(5, 95, 80))
    assert image.shape == (100, 100)
    assert (image != 50).any()


def test_a_drawn_implant_is_bright_and_leaves_bone_around_it(rng: np.random.Generator) -> None:
    crop = rng.integers(60, 140, (224, 224)).astype(np.uint8)
    drawn = with_implant(crop, rng)
    metal = (drawn > 200).mean()
    assert 0.02 < metal < 0.6
    assert drawn[:20, :20].max() < 160


def test_films_are_read_with_their_marks_in_the_pixels_they_are_kept_at(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "r013.jpg"), np.tile(np.arange(0, 240, dtype=np.uint8), (1800, 5)))
    knee = {"cx": 600, "cy": 900, "size": 300, "joint_y": 924, "side": "R"}
    entry = {
        "file": "r013.jpg", "width": 1200, "height": 1800, "view": "frontal", "implant": True,
        "mixed": False, "knees": [knee],
    }  # fmt: skip
    copy = {**entry, "file": "full/r013.jpg"}
    (tmp_path / "boxes.json").write_text(json.dumps([entry, copy]), encoding="utf-8")
    (film,) = load_films(tmp_path)
    assert film.image.shape == (900, 600)
    assert film.marks == (Mark(300, 450, 150, BoxClass.IMPLANT, 0.0),)
    assert film.fold == film_fold("full/r013.jpg") == 3


def test_a_published_crop_is_a_knee_as_a_whole() -> None:
    scene = crop_scene(np.zeros((224, 224), np.uint8), "R")
    assert scene.marks == (Mark(112, 112, 224, BoxClass.NATIVE, 0.0),)
    assert scene.fold == NO_FOLD
