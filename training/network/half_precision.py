"""Round a trained network's weights to half precision before it is exported.

The converter folds each BatchNorm into the convolution before it and then rounds. Done here first,
in the same way, the Keras network and the LiteRT graph hold the same numbers, and the shipped
weights themselves can be measured.
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from training.network.model import BACKBONE


def round_to_half(model: keras.Model) -> None:
    """Fold and round a network's weights in place.

    Afterwards each BatchNorm adds its shift and changes nothing else. Raises ValueError where one
    doesn't follow a convolution without bias.
    """
    for layer in model.get_layer(BACKBONE).layers:
        if isinstance(layer, layers.BatchNormalization):
            _fold(layer.input._keras_history.operation, layer)
    for layer in model.layers:
        if isinstance(layer, layers.Dense):
            layer.set_weights([_half(weight) for weight in layer.get_weights()])


def _fold(convolution: keras.layers.Layer, norm: layers.BatchNormalization) -> None:
    if not hasattr(convolution, "kernel") or convolution.use_bias:
        raise ValueError(f"{norm.name} follows no convolution without bias: it cannot be folded")
    gamma, beta, mean, variance = (np.asarray(weight, np.float64) for weight in norm.get_weights())
    factor = gamma / np.sqrt(variance + norm.epsilon)
    kernel = np.asarray(convolution.get_weights()[0], np.float64)
    # A depthwise kernel is (h, w, channels, 1), any other (h, w, from, to).
    depthwise = isinstance(convolution, layers.DepthwiseConv2D)
    scaled = kernel * (factor[:, None] if depthwise else factor)
    convolution.set_weights([_half(scaled)])
    ones, zeros = np.ones_like(gamma), np.zeros_like(gamma)
    norm.set_weights([ones, _half(beta - mean * factor), zeros, ones - norm.epsilon])


def _half(values: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(values).astype(np.float16).astype(np.float32)
