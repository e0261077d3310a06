"""Predictions of a Keras network for crops, each as it is and mirrored."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

from training.data.crops import Crops
from training.network.model import FEATURES
from training.network.parts import outputs_of
from training.network.readings import mirrored
from training.runs.bundle_predictions import model_inputs

PREDICTED_AT_ONCE = 64
# XLA took over 9 minutes and 8 GB to compile a step for two CPU cores.
JIT_COMPILE = False

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prediction:
    """A network's outputs for n crops; axis 1 is the crop as it is (0) and its mirror image (1).

    Logits (n, 2, 5); pooled features (n, 2, k); readings' threshold logits (n, 2, 18), those of the
    mirror image by the sides of the crop as it is, None of a network without readings.
    """

    logits: Floats
    features: Floats
    readings: Floats | None = None


def inputs(crops: Crops) -> Floats:
    """Return the crops as the app gives them to the model: float32 (n, 224, 224, 1)."""
    return np.stack(list(model_inputs(crops)))


def two_looks(crops: Crops) -> tuple[Floats, Floats]:
    """Return the crops as the app gives them to the model, and mirrored."""
    images = inputs(crops)
    return images, images[:, :, ::-1]


def with_features(model: keras.Model) -> keras.Model:
    """Return the model with its outputs by name, the pooled features (n, k) among them."""
    return keras.Model(
        model.input, {**outputs_of(model), "features": model.get_layer(FEATURES).output}
    )


def predict_looks(named: keras.Model, looks: tuple[Floats, Floats]) -> Prediction:
    """Return the predictions of a model with named outputs for crops and their mirror images."""
    named.jit_compile = JIT_COMPILE
    plain, turned = (named.predict(look, batch_size=PREDICTED_AT_ONCE, verbose=0) for look in looks)
    if "readings" in turned:
        turned["readings"] = mirrored(turned["readings"])
    return Prediction(**{name: np.stack([plain[name], turned[name]], axis=1) for name in plain})


def predict(model: keras.Model, crops: Crops) -> Prediction:
    """Return a network's predictions for crops and their mirror images."""
    return predict_looks(with_features(model), two_looks(crops))


def predict_logits(model: keras.Model, crops: Crops) -> Floats:
    """Return logits (n, 5), the mean of a crop's and its mirror image's."""
    return np.asarray(predict(model, crops).logits.mean(1))
