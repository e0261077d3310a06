"""Labels, weights, balance and mixing: what a recipe asks for is what the network is taught."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.data.crop_views import stretched_band, view
from training.data.crops import Crops
from training.recipes.recipe import Recipe

# TensorFlow's own, about protocol buffers and NumPy.
pytestmark = pytest.mark.filterwarnings("ignore")


def _crops(grades: list[int]) -> Crops:
    images = np.random.default_rng(0).integers(0, 255, (len(grades), 224, 224), np.uint8)
    names = np.array([str(number) for number in range(len(grades))])
    return Crops(images, np.array(grades), names, np.array(["L"] * len(grades)))


def test_labels_share_with_their_neighbours_nearer_ones_more() -> None:
    from training.grader.batches import soft_labels

    grades = np.array([0, 2])
    narrow = soft_labels(grades, Recipe())
    np.testing.assert_allclose(narrow, [[0.9, 0.1, 0, 0, 0], [0, 0.05, 0.9, 0.05, 0]])
    wide = soft_labels(grades, Recipe(neighbour_share=0.3, neighbour_width=2))
    np.testing.assert_allclose(wide, [[0.7, 0.2, 0.1, 0, 0], [0.05, 0.1, 0.7, 0.1, 0.05]])
    hard = soft_labels(grades, Recipe(neighbour_share=0, label_smoothing=0.1))
    np.testing.assert_allclose(hard[1], [0.02, 0.02, 0.92, 0.02, 0.02], rtol=1e-5)


def test_osteoarthritis_begins_at_kl_2() -> None:
    from training.grader.batches import classes_of

    grades = np.arange(5)
    assert classes_of(grades, Recipe(binary=True)).tolist() == [0, 0, 1, 1, 1]
    assert classes_of(grades, Recipe()).tolist() == [0, 1, 2, 3, 4]


def test_class_weights_make_each_class_count_the_same() -> None:
    from training.grader.batches import class_weights

    true = np.array([0] * 6 + [1] * 3 + [4])
    weights = class_weights(true, Recipe(class_weights=True))
    assert [weights[true == grade].sum() for grade in (0, 1, 4)] == pytest.approx([10 / 3] * 3)
    assert (class_weights(true, Recipe()) == 1).all()


def test_an_epoch_shows_every_knee_once_or_every_grade_equally_often() -> None:
    from training.grader.batches import Batches

    crops = _crops([0] * 12 + [1] * 4 + [2] * 2 + [3] + [4])
    plain = Batches(crops, Recipe(batch=5), seed=0)
    assert sorted(plain.order) == list(range(20))
    first = plain.order.copy()
    plain.shuffle(1)
    assert not np.array_equal(plain.order, first)
    plain.shuffle(0)
    np.testing.assert_array_equal(plain.order, first)
    balanced = Batches(crops, Recipe(batch=5, balanced=True), seed=0)
    assert np.bincount(crops.grades[balanced.order]).tolist() == [4] * 5
    images, labels, weights = balanced[0]
    assert images.shape == (5, 224, 224, 1)
    assert labels.shape == (5, 5)
    assert (weights == 1).all()


@pytest.mark.parametrize("how", ["mixup", "cutmix"])
def test_mixed_labels_say_how_much_of_each_picture_is_seen(how: str) -> None:
    from training.grader.batches import mixed

    images = np.zeros((2, 20, 20, 1), np.float32)
    images[1] = 1
    labels = np.eye(2, dtype=np.float32)
    seen = 0
    for seed in range(20):
        pictures, shares = mixed(images, labels, how, np.random.default_rng(seed))
        np.testing.assert_allclose(pictures.mean((1, 2, 3)), shares[:, 1], atol=1e-5)
        seen += 0.02 < shares[0, 1] < 0.98
    assert seen > 0


def test_a_misspelt_name_is_refused() -> None:
    from training.grader.batches import mixed

    images = np.zeros((2, 8, 8, 1), np.float32)
    with pytest.raises(ValueError, match="no mixing called"):
        mixed(images, np.eye(2, dtype=np.float32), "mix", np.random.default_rng(0))
    with pytest.raises(ValueError, match="no view called"):
        view(_crops([0]), "hole")


def test_the_best_epoch_and_averaged_weights_exclude_each_other() -> None:
    with pytest.raises(ValueError, match="averaging to 0"):
        Recipe(patience=3)
    assert replace(Recipe(averaging=0.0), patience=3).patience == 3


def test_the_stretched_band_shows_the_middle_rows_alone() -> None:
    image = np.zeros((224, 224), np.uint8)
    image[60:164] = np.linspace(0, 255, 104)[:, None].astype(np.uint8)
    seen = stretched_band(image)
    assert seen.shape == image.shape
    heights = seen.mean(1)
    assert (np.diff(heights) >= 0).all()
    # Equalised: grey values are spread evenly.
    np.testing.assert_allclose(np.percentile(seen, [25, 50, 75]), [64, 128, 191], atol=6)
    images = view(_crops([0, 1]), "stretched band").images
    assert images.shape == (2, 224, 224)
