"""Training inputs have the network's size and are resampled once."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from koa_desktop.knees.crop import stretch
from training.data.augment import augment_plainly
from training.data.crops import Crops
from training.grader.batches import Batches
from training.network.model import build_model
from training.network.parts import after_resampling, resampling_of
from training.recipes.recipe import Recipe

RECIPES = [
    Recipe(backbone="cnn", input_size=96, band=True, batch=4),
    Recipe(backbone="cnn", input_size=96, batch=4),
    Recipe(backbone="cnn", batch=4),
]


def _crops() -> Crops:
    images = np.random.default_rng(0).integers(0, 255, (4, 224, 224), np.uint8)
    return Crops(images, np.arange(4), np.arange(4).astype(str), np.array(["L"] * 4))


@pytest.mark.parametrize("recipe", RECIPES)
def test_copies_are_as_the_network_sees_them(recipe: Recipe) -> None:
    images, _, _ = Batches(_crops(), recipe, seed=0)[0]
    assert images.shape[1:] == resampling_of(build_model(recipe)).output.shape[1:]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_network_is_its_resampling_and_what_comes_after(recipe: Recipe) -> None:
    model = build_model(recipe)
    crops = np.random.default_rng(0).random((2, 224, 224, 1), np.float32)
    seen = resampling_of(model).predict(crops, verbose=0)
    logits = after_resampling(model).predict(seen, verbose=0)
    np.testing.assert_allclose(logits, model.predict(crops, verbose=0), atol=1e-5)


@pytest.mark.parametrize("size", [96, 224, 448])
def test_a_copy_is_resampled_as_the_crop_itself(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cv2, "BORDER_CONSTANT", cv2.BORDER_REPLICATE)
    smooth = cv2.GaussianBlur(_crops().images[0], (0, 0), 8)
    unposed = augment_plainly(smooth, np.random.default_rng(0), strength=0, size=size)[..., 0]
    resized = stretch(cv2.resize(smooth.astype(np.float32) / 255, (size, size)))[..., 0]
    either = [np.abs(unposed - shown).max() for shown in (resized, resized[:, ::-1])]
    assert min(either) < 0.01 < max(either)
