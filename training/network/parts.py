"""Parts of a network, each sharing its weights: resampling, frozen stem, trunk, top.

A network goes from the crop through resampling and the backbone to pooled features and logits. The
stem ends with the backbone's frozen layers, the trunk with its last activation.
"""

from __future__ import annotations

import keras
from keras import layers

from training.network.model import BACKBONE, FEATURES, READINGS_LAYER


def outputs_of(model: keras.Model) -> dict[str, keras.KerasTensor]:
    """Return a network's outputs by name: `logits`, and `readings` where it has them."""
    return dict(zip(("logits", READINGS_LAYER), model.outputs, strict=False))


def has_readings(model: keras.Model) -> bool:
    """Return whether a network predicts readings beside the grade."""
    return READINGS_LAYER in outputs_of(model)


def resampling_of(model: keras.Model) -> keras.Model:
    """Return the part from the crop (n, 224, 224, 1) to the network's input (n, h, w, 1)."""
    return keras.Model(model.input, _seen(model))


def after_resampling(model: keras.Model) -> keras.Model:
    """Return the part from the network's input (n, h, w, 1) to the logits."""
    return keras.Model(_seen(model), model.output)


def _seen(model: keras.Model) -> keras.KerasTensor:
    return model.get_layer("three_channels").input[0]


def cut_at(backbone: keras.Model, frozen_to: str) -> keras.KerasTensor:
    """Return the last tensor of the frozen layers that all later layers depend on alone."""
    place = {layer.name: index for index, layer in enumerate(backbone.layers)}
    # For each layer the earliest one that it takes an input from.
    reach = [
        min((place[tensor._keras_history.operation.name] for tensor in _inputs(layer)), default=0)
        for layer in backbone.layers
    ]
    cut = next(i for i in range(place[frozen_to], -1, -1) if min(reach[i + 1 :], default=i) >= i)
    return backbone.layers[cut].output


def _inputs(layer: keras.layers.Layer) -> list[keras.KerasTensor]:
    if isinstance(layer, layers.InputLayer):
        return []
    return layer.input if isinstance(layer.input, list) else [layer.input]


def stem_of(model: keras.Model, frozen_to: str) -> keras.Model:
    """Return the part of a network from the crop (n, 224, 224, 1) through its frozen layers.

    It ends where one tensor leaves it, which may be before the last frozen layer.
    """
    backbone = model.get_layer(BACKBONE)
    first = keras.Model(backbone.input, cut_at(backbone, frozen_to))
    return keras.Model(model.input, first(model.get_layer("scale").output))


def trunk_of(model: keras.Model, frozen_to: str = "") -> keras.Model:
    """Return the part from the stem's output, or the crop, to the last activation."""
    if not frozen_to:
        return keras.Model(model.input, model.get_layer(FEATURES).input)
    backbone = model.get_layer(BACKBONE)
    activation = keras.Input(stem_of(model, frozen_to).output.shape[1:], name="activation")
    rest = keras.Model(cut_at(backbone, frozen_to), backbone.output)
    return keras.Model(activation, rest(activation))


def top_of(model: keras.Model, frozen_to: str) -> keras.Model:
    """Return the part from the stem's output to `logits` (n, 5) and `features`, by name."""
    trunk = trunk_of(model, frozen_to)
    features = model.get_layer(FEATURES)
    head = keras.Model(features.input, {**outputs_of(model), FEATURES: features.output})
    return keras.Model(trunk.input, head(trunk.output))
