"""Each recipe trains on a handful of noise; losses and heads against their formulas."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.data.crops import Crops

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's own, about protocol buffers and NumPy.
    pytest.mark.filterwarnings("ignore"),
]
NAMES = (
    "best",
    "whole_crop",
    "with_readings",
    "stretched_band",
    "balanced_cnn",
    "balanced_mobilenet",
    "inception_binary",
    "efficientnet_balanced",
)
SMALLEST = {"mobilenetv2": 64, "efficientnetb3": 64, "inceptionv3": 75, "cnn": 64}


def _crops(first_patient: int, count: int) -> Crops:
    rng = np.random.default_rng(first_patient)
    images = rng.integers(0, 255, (count, 224, 224), np.uint8)
    names = np.array([str(first_patient + number) for number in range(count)])
    return Crops(images, np.arange(count) % 5, names, np.array(["L"] * count))


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_trains_and_predicts_unseen_knees(name: str, tmp_path: Path) -> None:
    """All of it but the backbone, in whose place the small network does it in seconds."""
    from training.grader.run_settings import RunSettings
    from training.grader.train import train
    from training.recipes.registry import RECIPES

    recipe = replace(RECIPES[name], backbone="cnn", frozen_to="", input_size=64, batch=5, epochs=1)
    recipe = replace(recipe, head_epochs=min(recipe.head_epochs, 1), readings_weight=0.0)
    train(_crops(0, 10), _crops(100, 5), tmp_path, RunSettings(recipe))
    with np.load(tmp_path / "held_out.npz") as held_out:
        assert held_out["logits"].shape == (5, 2, recipe.classes)
        assert np.isfinite(held_out["logits"]).all()
    with (tmp_path / "log.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert float(row["val_loss"]) > 0
    assert (tmp_path / "head.csv").exists() == (recipe.head_epochs > 0)


def test_any_setting_can_be_changed_on_the_command_line() -> None:
    import argparse

    from training.grader.options import add_changes, changed
    from training.recipes.best import RECIPE

    parser = argparse.ArgumentParser()
    add_changes(parser)
    assert changed(RECIPE, parser.parse_args([])) == RECIPE
    args = "--no-band --input-size 224 --loss distance --averaging 0 --frozen-to="
    expected = replace(
        RECIPE, band=False, input_size=224, loss="distance", averaging=0.0, frozen_to=""
    )
    assert changed(RECIPE, parser.parse_args(args.split())) == expected
    misspelt = [[option, "?"] for option in ("--loss", "--head", "--view", "--backbone")]
    for wrong in (["--epochs", "many"], ["--augmentation", "heavy"], *misspelt):
        with pytest.raises(SystemExit):
            parser.parse_args(wrong)


def test_every_recipe_is_tested() -> None:
    from training.recipes.registry import RECIPES

    assert set(RECIPES) == set(NAMES)


@pytest.mark.parametrize("backbone", SMALLEST)
def test_every_backbone_gives_logits_of_its_own_scaling(backbone: str) -> None:
    from training.network.model import BACKBONES, build_model
    from training.recipes.recipe import Recipe

    assert BACKBONES.keys() == SMALLEST.keys()
    model = build_model(Recipe(backbone=backbone, input_size=SMALLEST[backbone], binary=True))
    assert model.output.shape == (None, 2)
    scale = model.get_layer("scale")
    ends = {"efficientnetb3": (0, 255)}.get(backbone, (-1, 1))
    assert (scale.offset, scale.scale + scale.offset) == ends


def test_efficientnets_inputs_are_scaled_as_its_weights_expect(tmp_path: Path) -> None:
    import keras

    from training.network.model import efficientnet_b3

    shape, path = (64, 64, 3), str(tmp_path / "b3.weights.h5")
    usual = keras.applications.EfficientNetB3(include_top=False, weights=None, input_shape=shape)
    norm = _normalization(usual)
    deviation = np.array([0.229, 0.224, 0.225], np.float32)
    norm.set_weights([np.full(3, 0.45, np.float32), deviation**2, *norm.get_weights()[2:]])
    norm.finalize_state()
    usual.save_weights(path)
    ours = efficientnet_b3(shape, False, path, "backbone")
    picture = np.random.default_rng(0).random((1, *shape)).astype(np.float32)
    expected = norm(picture) / deviation**0.5
    np.testing.assert_allclose(_normalization(ours)(picture), expected, rtol=1e-4)


def _normalization(backbone: Any) -> Any:
    import keras

    (found,) = (one for one in backbone.layers if isinstance(one, keras.layers.Normalization))
    return found


def test_the_stretched_band_learns_from_layer_100_on() -> None:
    from training.network.model import BACKBONE, build_model
    from training.recipes.stretched_band import RECIPE

    layers = build_model(replace(RECIPE, input_size=64)).get_layer(BACKBONE).layers
    assert [layer.trainable for layer in layers].index(True) == 100


def test_frozen_norms_only_infer_while_the_convolutions_learn() -> None:
    import keras

    from training.network.model import BACKBONE, build_model
    from training.recipes.recipe import Recipe

    recipe = Recipe(backbone="cnn", input_size=64, frozen_to="block_1", frozen_norms=True)
    layers = build_model(recipe).get_layer(BACKBONE).layers
    norms = [one for one in layers if isinstance(one, keras.layers.BatchNormalization)]
    kernels = [one for one in layers if isinstance(one, keras.layers.Conv2D)]
    assert [one.trainable for one in norms] == [False] * 5
    assert [one.trainable for one in kernels] == [False] * 2 + [True] * 3


def test_the_stem_ends_before_a_layer_that_others_bypass() -> None:
    from training.network.model import build_model
    from training.network.parts import stem_of, top_of
    from training.recipes.stretched_band import RECIPE

    model = build_model(replace(RECIPE, input_size=64))
    # Layer 100 lies on one of two ways from block 10 to the sum in block 11.
    stem = stem_of(model, RECIPE.frozen_to)
    assert stem.output._keras_history.operation.output.shape[-1] == 96
    top = top_of(model, RECIPE.frozen_to)
    assert len(top.trainable_weights) == len(model.trainable_weights)
    crops = np.random.default_rng(0).random((2, 224, 224, 1)).astype(np.float32)
    logits = top.predict(stem.predict(crops, verbose=0), verbose=0)["logits"]
    np.testing.assert_allclose(logits, model.predict(crops, verbose=0), atol=1e-4)


def test_the_head_alone_learns_first_and_then_the_layers_from_one_on(tmp_path: Path) -> None:
    from training.grader import train
    from training.network.model import BACKBONE, build_model
    from training.network.parts import after_resampling, resampling_of
    from training.recipes.recipe import Recipe
    from training.runs.mirrored_prediction import inputs

    recipe = Recipe(backbone="cnn", input_size=64, batch=5, head_epochs=1, averaging=0.0)
    model = build_model(recipe)
    backbone = model.get_layer(BACKBONE)
    before = [np.array(weight) for weight in backbone.get_weights()]
    batches = train.Batches(_crops(0, 10), recipe, 0)
    held_out = _crops(100, 5)
    watched = np.asarray(resampling_of(model)(inputs(held_out)))
    watch = train.Watch(batches, held_out, watched, recipe)
    logits = model.get_layer("logits").get_weights()[0].copy()
    train.train_head(model, after_resampling(model), batches, watch, recipe, tmp_path)
    for old, new in zip(before, backbone.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert np.abs(model.get_layer("logits").get_weights()[0] - logits).max() > 0
    assert all(layer.trainable for layer in backbone.layers)


def test_the_distance_penalty_is_its_formula() -> None:
    from training.network.losses import distance_penalty

    logits = np.log(np.array([[0.5, 0.3, 0.2, 1e-9, 1e-9]], np.float32))
    label = np.array([[0, 1, 0, 0, 0]], np.float32)
    expected = (0.5 * 4) ** 2 + (0.2 * 4) ** 2
    assert np.asarray(distance_penalty(label, logits))[0] == pytest.approx(expected, rel=1e-4)
    far = np.array([[0, 0, 0, 0, 1]], np.float32)
    assert np.asarray(distance_penalty(far, logits))[0] > expected


def test_the_conditional_head_is_corns() -> None:
    """CORN by its own definition: one binary task a step, on the knees that reach it."""
    import keras

    from training.network.losses import cross_entropy
    from training.network.model import conditional_logits

    rng = np.random.default_rng(0)
    steps = rng.normal(size=(40, 4)).astype(np.float32)
    grades = rng.integers(0, 5, 40)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(conditional_logits)])
    logits = np.asarray(model(steps))
    np.testing.assert_allclose(np.exp(logits).sum(1), 1, rtol=1e-5)
    beyond = 1 / (1 + np.exp(-steps))
    np.testing.assert_allclose(np.exp(logits[:, 3:]).sum(1), beyond[:, :3].prod(1), rtol=1e-4)

    total = 0.0
    for step in range(4):
        reached = grades >= step
        passes = grades[reached] > step
        chance = np.where(passes, beyond[reached, step], 1 - beyond[reached, step])
        total -= np.log(chance).sum()
    ours = np.asarray(cross_entropy(np.eye(5, dtype=np.float32)[grades], logits)).sum()
    assert ours == pytest.approx(total, rel=1e-4)


def test_an_epoch_that_is_trained_again_replaces_its_row(tmp_path: Path) -> None:
    from training.grader.train import Log

    log = Log(tmp_path / "log.csv")
    for epoch, loss in ((0, 1.5), (1, 1.2), (1, 1.1), (2, 0.9)):
        log.on_epoch_end(epoch, {"loss": loss})
    lines = (tmp_path / "log.csv").read_text(encoding="utf-8").split()
    assert lines == ["epoch,loss", "0,1.5", "1,1.1", "2,0.9"]
