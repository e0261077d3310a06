"""Test whether class maps depend on the learned weights, by randomisation (Adebayo 2018).

Weights are shuffled within each tensor, from the head downwards, and the maps of the same knees
compared with the real ones. Maps that stayed alike would depend on the picture, not the model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from training.data.crops import Crops
from training.metrics.metrics import Floats, bootstrap_interval
from training.network.parts import trunk_of
from training.runs.mirrored_prediction import inputs
from training.runs.run_folder import load_run

KNEES = 100
SEEDS = 2
# Shares of the layers that have weights, from the head downwards; at least the head itself.
STAGES = {
    "head": 0.0,
    "top tenth of the layers": 0.1,
    "top quarter": 0.25,
    "top half": 0.5,
    "all layers": 1.0,
}


def randomisation(run: Path, crops: Crops) -> dict[str, Any]:
    """Return the mean rank correlations (-1..1) of a shuffled model's maps with the real ones.

    "another knee" compares real maps of two patients' knees of the same predicted grade: what maps
    have in common for any knee.
    """
    rng = np.random.default_rng(0)
    picked = crops.take(rng.permutation(len(crops))[:KNEES])
    images = inputs(picked)
    model = load_run(run)
    trunk = trunk_of(model)
    learned = model.get_weights()
    maps = class_maps(model, trunk, images)
    bias = np.asarray(model.get_layer("logits").get_weights()[1])
    grades = (maps.mean((1, 2)) + bias).argmax(1)
    real = rectified(maps, grades)
    other = another_of_the_grade(grades, rng)
    likeness = {"another knee": rank_correlations(real, real[other])}
    layers = weighted_layers(model)
    for name, share in STAGES.items():
        shuffled = layers[-max(round(share * len(layers)), 1) :]
        found = []
        for seed in range(SEEDS):
            model.set_weights(learned)
            shuffle(shuffled, np.random.default_rng(seed))
            found.append(
                rank_correlations(real, rectified(class_maps(model, trunk, images), grades))
            )
        likeness[name] = np.mean(found, axis=0)
    return {
        "knees": len(picked),
        "likeness": {name: _summary(values, picked) for name, values in likeness.items()},
    }


def class_maps(model: keras.Model, trunk: keras.Model, images: NDArray[np.float32]) -> Floats:
    """Return the class maps (n, h, w, 5) of both looks, without the bias, as the bundle does."""
    kernel = np.asarray(model.get_layer("logits").get_weights()[0])
    looks = [
        trunk.predict(view, batch_size=32, verbose=0) @ kernel
        for view in (images, images[:, :, ::-1])
    ]
    return np.asarray((looks[0] + looks[1][:, :, ::-1]) / 2, np.float64)


def rectified(maps: Floats, grades: NDArray[np.int64]) -> Floats:
    """Return each knee's map of its grade (n, h, w), negative values set to 0."""
    return np.maximum(maps[np.arange(len(maps)), :, :, grades], 0)


def weighted_layers(model: keras.Model) -> list[keras.Layer]:
    """Return all layers that have weights, first to last, those of nested models one by one."""
    layers: list[keras.Layer] = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            layers += weighted_layers(layer)
        elif layer.weights:
            layers.append(layer)
    return layers


def shuffle(layers: list[keras.Layer], rng: np.random.Generator) -> None:
    """Shuffle the weights of layers, each tensor within itself, so that its scale stays."""
    for layer in layers:
        layer.set_weights(
            [
                rng.permutation(weight.ravel()).reshape(weight.shape)
                for weight in layer.get_weights()
            ]
        )


def rank_correlations(one: Floats, other: Floats) -> Floats:
    """Return Spearman's correlation (n,) of maps (n, h, w); 0 where a map is of one value."""
    ranks = [rankdata(maps.reshape(len(maps), -1), axis=1) for maps in (one, other)]
    centred = [rank - rank.mean(1, keepdims=True) for rank in ranks]
    lengths = np.prod([np.linalg.norm(rank, axis=1) for rank in centred], axis=0)
    products = (centred[0] * centred[1]).sum(1)
    return np.where(lengths > 0, products / np.where(lengths > 0, lengths, 1), 0.0)


def another_of_the_grade(grades: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Return for each knee (n,) the place of another of its grade, or its own if it is alone."""
    other = np.arange(len(grades))
    for grade in np.unique(grades):
        places = rng.permutation(np.flatnonzero(grades == grade))
        other[places] = np.roll(places, 1)
    return other


def _summary(values: Floats, crops: Crops) -> dict[str, Any]:
    ends = bootstrap_interval(lambda rows: float(values[rows].mean()), crops.patients)
    return {"value": round(float(values.mean()), 4), "interval": [round(end, 4) for end in ends]}
