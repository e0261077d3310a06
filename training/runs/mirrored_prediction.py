"""What a Keras network says of crops: each is looked at as it is, and mirrored."""

from __future__ import annotations

import keras
import numpy as np
from numpy.typing import NDArray

from training.data.crops import Crops
from training.network.model import FEATURES
from training.runs.bundle_predictions import model_inputs

PREDICTED_AT_ONCE = 64
# XLA took over 9 minutes and 8 GB to compile a step for two CPU cores.
JIT_COMPILE = False

Floats = NDArray[np.float32]


def inputs(crops: Crops) -> Floats:
    """Return the crops as the app gives them to the model: float32 (n, 224, 224, 1)."""
    return np.stack(list(model_inputs(crops)))


def two_looks(crops: Crops) -> tuple[Floats, Floats]:
    """Return the crops as the app gives them to the model, and mirrored."""
    images = inputs(crops)
    return images, images[:, :, ::-1]


def with_features(model: keras.Model) -> keras.Model:
    """Return the model answering with its logits (n, 5) and its pooled features (n, k)."""
    return keras.Model(model.input, [model.output, model.get_layer(FEATURES).output])


def answers(answering: keras.Model, looks: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Return logits (n, 2, 5) and pooled features (n, 2, k), one for each look."""
    answering.jit_compile = JIT_COMPILE
    said = [answering.predict(look, batch_size=PREDICTED_AT_ONCE, verbose=0) for look in looks]
    logits, features = (np.stack(pair, axis=1) for pair in zip(*said, strict=True))
    return logits, features


def predict(model: keras.Model, crops: Crops) -> tuple[Floats, Floats]:
    """Return logits (n, 2, 5) and pooled features (n, 2, k), a crop's and its mirror image's."""
    return answers(with_features(model), two_looks(crops))


def predict_logits(model: keras.Model, crops: Crops) -> Floats:
    """Return logits (n, 5), the mean of a crop's and its mirror image's."""
    return np.asarray(predict(model, crops)[0].mean(1))
