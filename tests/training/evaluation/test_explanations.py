"""Maps with a known place, and models with a known habit, get the answers they should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from koa_desktop.grading.grader import Grading
from training.data.crops import Crops
from training.evaluation.explanations import (
    band,
    blurred,
    centred_blob,
    deletion,
    greyed,
    hiding,
    marked_area,
    moved_elsewhere,
    pointing,
    reading_deletion,
)
from training.evaluation.map_energy import energy_shares
from training.network.joint_band import HALF_BAND
from training.network.reading_regions import areas

AREA = 224 * 224


def crops_of(grades: np.ndarray) -> Crops:
    names = np.arange(len(grades)).astype(str)
    return Crops(np.zeros((len(grades), 0, 0), np.uint8), grades, names, names)


def grading(grade: int, maps: np.ndarray) -> Grading:
    probability = np.full(5, 0.1, np.float32)
    probability[grade] = 0.6
    return Grading(probability, maps.astype(np.float32), np.zeros(1, np.float32))


def textured(count: int, strength: np.ndarray) -> list[np.ndarray]:
    """Return flat pictures with grain in the joint's band alone."""
    rng = np.random.default_rng(0)
    pictures = []
    for index in range(count):
        grain = rng.normal(0, strength[index], (224, 224)) * band()
        pictures.append((0.5 + grain).astype(np.float32)[..., None])
    return pictures


def by_grain(pictures: list[np.ndarray]) -> list[Grading]:
    """Grade as a model would that looks at grain: KL 2 where there is some, else KL 0."""
    gradings = []
    for picture in pictures:
        grain = picture[..., 0].reshape(7, 32, 7, 32).std(axis=(1, 3))
        maps = np.zeros((7, 7, 5))
        maps[..., 2] = grain
        gradings.append(grading(2 if grain.max() > 0.05 else 0, maps))
    return gradings


def test_a_map_on_the_joint_has_all_its_energy_there() -> None:
    on_joint, even = band().astype(float), np.ones((224, 224))
    empty = np.zeros((224, 224))
    shares = energy_shares(np.stack([on_joint, even, 1 - on_joint, empty]), band())
    assert shares[:3] == pytest.approx([1, band().mean(), 0])
    assert np.isnan(shares[3])
    assert band().mean() == pytest.approx(2 * HALF_BAND, abs=0.01)


def test_the_blob_is_as_wide_as_the_maps_and_in_the_middle() -> None:
    places = (np.arange(224) + 0.5) / 224 - 0.5
    narrow = np.exp(-(places**2) / (2 * 0.1**2))
    moved = np.roll(narrow[:, None] * narrow[None], (20, -10), (0, 1))
    blob = centred_blob(moved[None])[0]
    expected = narrow[:, None] * narrow[None]
    np.testing.assert_allclose(blob, expected, atol=0.02)


def test_marked_areas_are_the_hottest_and_move_without_changing_size() -> None:
    one = np.zeros((224, 224), np.float32)
    one[100:150, 60:160] = np.arange(1, 5001).reshape(50, 100)
    marked = marked_area(one, 0.05)
    assert marked.sum() == round(0.05 * AREA)
    assert one[marked].min() > one[~marked].max()
    for seed in range(5):
        elsewhere = moved_elsewhere(marked, np.random.default_rng(seed))
        assert elsewhere.sum() == marked.sum()
        assert (elsewhere & marked).sum() <= 0.1 * marked.sum()


@pytest.mark.parametrize("hide", [blurred, greyed])
def test_hiding_takes_the_detail_of_its_area_and_leaves_the_rest(hide: object) -> None:
    picture = textured(1, np.array([0.2]))[0]
    rng = np.random.default_rng(1)
    picture = picture + rng.normal(0, 0.2, picture.shape).astype(np.float32)
    changed = hide(picture, band())
    rows = np.arange(224)
    inside = np.abs((rows + 0.5) / 224 - 0.58) < HALF_BAND - 0.05
    outside = np.abs((rows + 0.5) / 224 - 0.58) > HALF_BAND + 0.06
    assert changed[inside].std() < 0.05
    np.testing.assert_allclose(changed[outside], picture[outside], atol=1e-3)
    np.testing.assert_array_equal(hide(picture, np.zeros_like(band())), picture)


def test_pointing_counts_energy_and_hottest_points() -> None:
    on_joint, above = np.zeros((7, 7, 5)), np.zeros((7, 7, 5))
    on_joint[4, 3, 2] = above[0, 3, 2] = 1.0
    found = pointing(
        [grading(2, on_joint), grading(2, above), grading(0, above)],
        crops_of(np.array([2, 2, 0])),
    )
    assert found["empty_maps"] == 1
    assert found["energy"]["value"] == pytest.approx(0.5, abs=0.1)
    assert found["hottest_point"]["value"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["energy_by_predicted_grade"][0] is None
    assert np.array(found["mean_maps"][2])[4, 3] == 0.5
    assert found["mean_maps"][4] is None


def test_a_model_that_looks_at_the_joint_loses_by_deletion_there() -> None:
    pictures = textured(6, np.full(6, 0.2))
    found = deletion(by_grain, pictures, by_grain(pictures), crops_of(np.full(6, 2)))
    for part in found.values():
        assert part["marked_falls_more"]["value"] == 1
        assert part["fall_marked"]["value"] > 3 * abs(part["fall_elsewhere"]["value"])
        assert part["difference"]["interval"][0] > 0


def test_a_model_that_looks_nowhere_loses_nothing() -> None:
    def blind(pictures: list[np.ndarray]) -> list[Grading]:
        maps = np.zeros((7, 7, 5))
        maps[3:5, 3:5, 1] = 1.0
        return [grading(1, maps) for _ in pictures]

    pictures = textured(4, np.full(4, 0.2))
    found = deletion(blind, pictures, blind(pictures), crops_of(np.ones(4, int)))
    assert found["10%"]["fall_marked"]["value"] == 0
    assert found["10%"]["marked_falls_more"]["value"] == 0


def by_left_margin(pictures: list[np.ndarray]) -> list[Grading]:
    """Call an osteophyte of the femur's left margin from the grain there."""
    region = areas("osteophyte_femur", left=True)[0]
    gradings = []
    for picture in pictures:
        evidence = float(picture[region].std())
        readings = np.tile(np.array([1, 0, 0, 0], np.float32), (6, 1))
        readings[2] = [0, 1, 0, 0]
        maps = np.zeros((7, 7, 18), np.float32)
        maps[..., 6] = evidence
        nothing = grading(0, np.zeros((7, 7, 5)))
        gradings.append(replace(nothing, readings=readings, reading_maps=maps))
    return gradings


def test_a_reading_falls_where_its_own_margin_is_blurred() -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.uniform(0, 1, (224, 224, 1)).astype(np.float32) for _ in range(3)]
    crops = crops_of(np.zeros(3, int))
    found = reading_deletion(by_left_margin, pictures, by_left_margin(pictures), crops)
    femur = found["osteophyte_femur"]
    assert femur["called"] == 3
    assert femur["region_falls_more"]["value"] == 1
    assert femur["fall_region"]["value"] > 0.1
    assert abs(femur["fall_other_side"]["value"]) < 0.01
    assert found["narrowing"]["called"] == 0
    assert found["narrowing"]["fall_region"]["value"] is None


def test_hiding_the_joint_leaves_the_commonest_grade() -> None:
    grades = np.array([0, 0, 0, 2, 2])
    pictures = textured(5, np.where(grades == 2, 0.2, 0.0))
    found = hiding(by_grain, pictures, crops_of(grades))
    for way in ("blurred", "grey"):
        accuracies = {name: figure["value"] for name, figure in found[way].items()}
        assert accuracies == {
            "nothing hidden": 1,
            "joint hidden": 0.6,
            "top hidden": 1,
            "bottom hidden": 1,
            "all but the joint hidden": 1,
        }
    assert found["majority_share"] == 0.6
