"""Cached activations of frozen layers train the same network as pictures do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.data.crops import Crops
from training.recipes.recipe import Recipe

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's own, about protocol buffers and NumPy.
    pytest.mark.filterwarnings("ignore"),
]
RECIPE = Recipe(backbone="cnn", input_size=96, band=True, frozen_to="block_0", batch=8, epochs=2)


def _crops(first_patient: int, count: int) -> Crops:
    rng = np.random.default_rng(first_patient)
    images = rng.integers(0, 255, (count, 224, 224), np.uint8)
    names = np.array([str(first_patient + number) for number in range(count)])
    return Crops(images, np.arange(count) % 5, names, np.array(["L"] * count))


TRAIN, HELD_OUT = _crops(0, 24), _crops(100, 10)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose frozen layers are those that the copies went through."""
    from training.grader.run_settings import RunSettings
    from training.grader.train import train

    folder = tmp_path_factory.mktemp("start")
    train(TRAIN, HELD_OUT, folder, RunSettings(replace(RECIPE, epochs=1)))
    return folder


@pytest.fixture(scope="module")
def copies(start: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from training.grader.feature_cache import render
    from training.runs.run_folder import load_run

    folder = tmp_path_factory.mktemp("copies")
    render(TRAIN.and_also(HELD_OUT), RECIPE, load_run(start), folder, 2)
    return folder


def test_a_folder_holds_copies_and_both_plain_looks(copies: Path) -> None:
    from training.grader.feature_cache import FeatureCache

    cache = FeatureCache(copies, RECIPE)
    assert cache.count == 2
    first, second = cache.copy(0), cache.copy(3)
    assert first.shape == (34, 32, 48, 32)
    assert first.dtype == np.float16
    assert not np.array_equal(first, second)
    plain, mirrored = cache.looks(HELD_OUT)
    assert plain.shape == mirrored.shape == (10, 32, 48, 32)
    assert cache.rows(HELD_OUT).tolist() == list(range(24, 34))


def test_training_on_copies_ends_in_a_whole_network(
    start: Path, copies: Path, tmp_path: Path
) -> None:
    from training.grader.run_settings import RunSettings
    from training.grader.train import train
    from training.runs.mirrored_prediction import predict_logits
    from training.runs.run_folder import load_run

    train(TRAIN, HELD_OUT, tmp_path, RunSettings(RECIPE, start=start, feature_cache=copies))
    model, before = load_run(tmp_path), load_run(start)
    frozen, learned = (
        [
            np.array_equal(ours, theirs)
            for ours, theirs in zip(
                model.get_layer("backbone").layers[place].get_weights(),
                before.get_layer("backbone").layers[place].get_weights(),
                strict=True,
            )
        ]
        for place in (1, 5)  # the first and the second convolution
    )
    with np.load(tmp_path / "held_out.npz") as written:
        # The activations are cached in half precision.
        mean = written["logits"].mean(1)
        np.testing.assert_allclose(mean, predict_logits(model, HELD_OUT), atol=5e-2)
    assert json.loads((tmp_path / "run.json").read_text("utf-8"))["start"] == start.name
    assert all(frozen)
    assert not any(learned)


def test_a_copy_hides_the_joints_that_it_is_learned_without(start: Path, tmp_path: Path) -> None:
    from training.grader.feature_cache import CachedBatches, FeatureCache, render
    from training.runs.run_folder import load_run

    recipe = replace(RECIPE, hidden_joints=0.3, batch=len(TRAIN))
    render(TRAIN, recipe, load_run(start), tmp_path, 1)
    cache = FeatureCache(tmp_path, recipe)
    batches = CachedBatches(cache, TRAIN, recipe, seed=0)
    _, labels, _ = batches[0]
    surest = labels.max(1)[np.argsort(batches.order)]  # in the order of the crops
    hides = cache.hidden(0)
    assert 0 < hides.sum() < len(TRAIN)
    assert (surest[hides] < 0.3).all()
    assert (surest[~hides] > 0.8).all()


def test_copies_of_another_recipe_are_refused(copies: Path) -> None:
    from training.grader.feature_cache import FeatureCache

    with pytest.raises(ValueError, match="made with input_size 96"):
        FeatureCache(copies, replace(RECIPE, input_size=64))


def test_a_start_that_has_seen_the_held_out_is_refused(start: Path, tmp_path: Path) -> None:
    from training.grader.run_settings import RunSettings
    from training.grader.train import train

    with pytest.raises(ValueError, match="trained on 5 of the patients held out"):
        train(_crops(105, 5), _crops(0, 5), tmp_path, RunSettings(RECIPE, start=start))


def test_half_precision_is_rounded_before_it_is_converted(start: Path, tmp_path: Path) -> None:
    from training.network.half_precision import round_to_half
    from training.network.litert import runner, to_tflite
    from training.runs.mirrored_prediction import inputs, predict_logits
    from training.runs.run_folder import load_run

    model = load_run(start)
    before = predict_logits(model, HELD_OUT)
    round_to_half(model)
    after = predict_logits(model, HELD_OUT)
    assert 0 < np.abs(before - after).max() < 0.05
    images = inputs(HELD_OUT)
    expected = model.predict(images, verbose=0)
    np.testing.assert_allclose(runner(model)(images), expected, atol=1e-4)
    np.testing.assert_allclose(runner(model, half=True)(images), expected, atol=1e-4)
    assert len(to_tflite(model, half=True)) < 0.6 * len(to_tflite(model))
