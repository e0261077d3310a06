"""A hidden joint is hidden, the rest stays, and it teaches no more than how common grades are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.data.crops import Crops
from training.data.occlusion import hidden_in_copy, hide_joint
from training.network.joint_band import JOINT_ROW
from training.recipes.recipe import Recipe

# TensorFlow's own, about protocol buffers and NumPy.
pytestmark = pytest.mark.filterwarnings("ignore")
JOINT = slice(round((JOINT_ROW - 0.05) * 224), round((JOINT_ROW + 0.05) * 224))


@pytest.mark.parametrize("seed", range(8))
def test_the_joint_s_detail_is_gone_and_the_ends_are_as_they_were(seed: int) -> None:
    image = np.random.default_rng(100).integers(0, 255, (224, 224), np.uint8)
    shown = hide_joint(image, np.random.default_rng(seed))
    assert shown.dtype == np.uint8
    assert shown[JOINT].std() < 0.2 * image[JOINT].std()
    for ends in (np.s_[:40], np.s_[-10:]):
        np.testing.assert_allclose(shown[ends].astype(int), image[ends], atol=1)


def test_a_copy_hides_the_same_joints_again_and_another_others() -> None:
    first, again, other = (hidden_in_copy(number, 2000, 0.1) for number in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert 0.07 < first.mean() < 0.13
    assert not hidden_in_copy(0, 2000, 0).any()


def test_hidden_joints_are_labelled_with_the_grades_frequencies() -> None:
    from training.grader.batches import Batches

    images = np.random.default_rng(0).integers(0, 255, (10, 224, 224), np.uint8)
    names = np.array([str(number) for number in range(10)])
    crops = Crops(images, np.array([0] * 6 + [3] * 4), names, np.array(["L"] * 10))
    recipe = Recipe(batch=10, neighbour_share=0, hidden_joints=0.5)
    _, labels, _ = Batches(crops, recipe, seed=0)[0]
    taught = labels.max(1) == 1
    for label in labels[~taught]:
        np.testing.assert_allclose(label, [0.6, 0, 0, 0.4, 0], atol=1e-6)
    assert 0 < taught.sum() < 10
    _, labels, _ = Batches(crops, replace(recipe, hidden_joints=0), seed=0)[0]
    assert (labels.max(1) == 1).all()
