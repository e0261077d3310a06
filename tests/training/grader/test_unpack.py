"""A bundle's members are recovered as run folders with the same predictions."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from training.data.crops import Crops
from training.metrics.calibration import Whitening
from training.recipes.recipe import Recipe

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's own, about protocol buffers and NumPy.
    pytest.mark.filterwarnings("ignore"),
]
RECIPE = Recipe(input_size=64, frozen_to="block_12_add", averaging=0)
WHOLE = Recipe(input_size=64, averaging=0)
READING = Recipe(input_size=64, averaging=0, readings_weight=1.0)
PLAIN = Whitening(
    np.zeros(1280, np.float32), np.eye(1280, 8, dtype=np.float32), np.ones(8, np.float32), 1.0
)
HELD_OUT = {"held_out": "fold 0 of 5", "seed": 3}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import keras

    keras.utils.set_random_seed(1)
    path = tmp_path_factory.mktemp("weights") / "backbone.weights.h5"
    keras.applications.MobileNetV2(include_top=False, weights=None).save_weights(path)
    return path


def _network(weights: Path, seed: int, recipe: Recipe = RECIPE) -> object:
    """A network whose layers after the frozen ones have learned something of their own."""
    import keras

    from training.grader.unpack import learning_norms
    from training.network.model import build_model

    model = build_model(recipe, weights)
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    for norm in learning_norms(model):
        gamma, beta, mean, variance = norm.get_weights()
        noise = rng.uniform(0.5, 2, gamma.shape)
        norm.set_weights([noise * rng.choice([-1, 1]), beta + 0.1, mean + 0.2 * noise, variance])
    for head in ("logits", "readings") if recipe.readings_weight else ("logits",):
        kernel, bias = model.get_layer(head).get_weights()
        model.get_layer(head).set_weights([kernel, rng.normal(size=bias.shape)])
    return model


def _crops(count: int) -> Crops:
    images = np.random.default_rng(0).integers(0, 255, (count, 224, 224), np.uint8)
    names = np.array([str(number) for number in range(count)])
    return Crops(images, np.arange(count) % 5, names, np.array(["R"] * count))


def test_members_come_back_from_a_bundle_in_half_precision(weights: Path) -> None:
    from training.grader.serving import Member, serving_model
    from training.grader.unpack import learning_norms, unpack
    from training.network.half_precision import round_to_half
    from training.network.litert import to_tflite
    from training.runs.mirrored_prediction import predict_logits

    crops, recipes = _crops(8), [RECIPE, READING]
    networks = [_network(weights, seed, recipe) for seed, recipe in enumerate(recipes)]
    for network in networks:
        round_to_half(network)
    predicted = [predict_logits(network, crops) for network in networks]
    parts = [
        Member(network, PLAIN, recipe.frozen_to)
        for network, recipe in zip(networks, recipes, strict=True)
    ]
    serving = serving_model(parts, 0.9, np.arange(5, dtype=np.float32))
    tflite = to_tflite(serving, half=True)

    # The graph is the same whether its norms learned at the end or not.
    cards = [{**asdict(recipe), **HELD_OUT} for recipe in recipes]
    cards[0]["frozen_norms"] = True
    found = list(unpack(tflite, cards, crops, weights))
    # The graph was made without readings.
    assert [recipe for recipe, _ in found] == [RECIPE, WHOLE]
    for (_, model), expected in zip(found, predicted, strict=True):
        np.testing.assert_allclose(predict_logits(model, crops), expected, atol=0.01)
        # BatchNorm takes part again: what it divides by is what comes out of its convolution.
        for norm in learning_norms(model):
            variance = norm.get_weights()[3]
            assert (variance != 1 - norm.epsilon).any()


@pytest.mark.parametrize("outside", [1.0, 0.1])
def test_heads_of_readings_come_back_with_their_members(weights: Path, outside: float) -> None:
    from training.grader.serving import Member, serving_model
    from training.grader.unpack import unpack
    from training.metrics.reading_calibration import ReadingCalibration
    from training.network.half_precision import round_to_half
    from training.network.litert import to_tflite
    from training.runs.mirrored_prediction import predict

    crops, recipes = _crops(4), [WHOLE, replace(READING, readings_outside=outside)]
    networks = [_network(weights, seed, recipe) for seed, recipe in enumerate(recipes)]
    for network in networks:
        round_to_half(network)
    predicted = [predict(network, crops) for network in networks]
    looks = ((0, 1), (1,))
    parts = [
        Member(network, PLAIN, looks=own, readings_outside=outside)
        for network, own in zip(networks, looks, strict=True)
    ]
    calibration = ReadingCalibration(2 * np.eye(18, dtype=np.float32), np.zeros(18, np.float32))
    tflite = to_tflite(serving_model(parts, 0.9, None, calibration), half=True)
    found = list(unpack(tflite, [{**asdict(one), **HELD_OUT} for one in recipes], crops, weights))
    assert [recipe.readings_weight for recipe, _ in found] == [0, 1]
    for (_, model), expected in zip(found, predicted, strict=True):
        again = predict(model, crops)
        np.testing.assert_allclose(again.logits, expected.logits, atol=0.01)
        if expected.readings is not None:
            assert again.readings is not None
            np.testing.assert_allclose(again.readings, expected.readings, atol=0.01)


def test_other_weights_than_the_bundles_are_refused(weights: Path, tmp_path: Path) -> None:
    import keras

    from training.grader.serving import Member, serving_model
    from training.grader.unpack import unpack
    from training.network.litert import to_tflite

    tflite = to_tflite(serving_model([Member(_network(weights, 0), PLAIN, RECIPE.frozen_to)], 1.0))
    other = tmp_path / "other.weights.h5"
    keras.applications.MobileNetV2(include_top=False, weights=None).save_weights(other)
    with pytest.raises(ValueError, match="did not come from these weights"):
        next(unpack(tflite, [asdict(RECIPE)], _crops(2), other))
