"""The network: a backbone, global average pooling, and a head of logits.

Grad-CAM without gradients needs the plain head, one dense layer (see `training/grader/export.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
from keras import layers, ops

from koa_desktop.knees.crop import CROP_SIZE
from training.network.batch_norm import BatchNormalization
from training.network.reading_regions import pooling
from training.network.readings import READING_LOGITS
from training.recipes.recipe import Recipe

# Keras' 0.999 lags behind at 180 steps an epoch: validation would use outdated statistics.
BATCH_NORM_MOMENTUM = 0.95
BACKBONE, FEATURES = (
    "backbone",
    "features",
)  # features: the pooling layer, after the last activation
READINGS_LAYER = "readings"
# Rows of the crop that a band shows, in shares of its height; the joint line is at 0.58.
BAND_TOP, BAND_BOTTOM = 0.22, 0.92
CELL = 32  # pixels of the input per place of the last activation
SMALL_CNN_FILTERS = (32, 64, 128, 256, 256)


@dataclass(frozen=True)
class Backbone:
    """A backbone's constructor, and the scale and offset of its input from grey values 0..1."""

    make: Any
    scale: float
    offset: float


def build_model(recipe: Recipe, weights: Path | None = None) -> keras.Model:
    """Return the recipe's network for crops float32 (n, 224, 224, 1), 0..1, giving logits (n, 5).

    `weights` are ImageNet weights of the backbone without top; None starts from scratch. Logits
    are (n, 2) where the recipe is binary. With readings the outputs are two: the logits, and those
    of the readings' thresholds (n, 18), see `training/network/readings.py`.
    """
    kind = BACKBONES[recipe.backbone]
    image = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="image")
    grey = resampled(image, recipe)
    colour = layers.Concatenate(name="three_channels")([grey, grey, grey])
    scaled = layers.Rescaling(kind.scale, kind.offset, name="scale")(colour)
    backbone = kind.make(
        input_shape=tuple(scaled.shape[1:]),
        include_top=False,
        weights=None if weights is None else str(weights),
        name=BACKBONE,
    )
    backbone = with_fast_norms(backbone)
    activation = backbone(scaled)
    if recipe.band and activation.shape[1] * CELL != scaled.shape[1]:
        raise ValueError(f"{recipe.backbone} cannot see a band")
    pooled = layers.GlobalAveragePooling2D(name=FEATURES)(activation)
    outputs = head(pooled, recipe)
    if recipe.readings_weight:
        outputs = [outputs, reading_head(activation, pooled, recipe)]
    model = keras.Model(image, outputs, name="koa")
    thaw(model, recipe)
    return model


def with_fast_norms(backbone: keras.Model) -> keras.Model:
    """Return the same network with faster batch normalization of lower momentum."""

    def replaced(layer: keras.layers.Layer) -> keras.layers.Layer:
        config = layer.get_config()
        if isinstance(layer, layers.BatchNormalization):
            return BatchNormalization.from_config(config | {"momentum": BATCH_NORM_MOMENTUM})
        return layer.from_config(config)

    replacing = keras.models.clone_model(backbone, clone_function=replaced)
    replacing.set_weights(backbone.get_weights())
    return replacing


def resampled(image: keras.KerasTensor, recipe: Recipe) -> keras.KerasTensor:
    """Return the crop at the network's input size, cut to the band around the joint."""
    size = recipe.input_size
    if size != CROP_SIZE:
        # layers.Resizing makes the layers after it run in training mode when called directly.
        image = ops.image.resize(image, (size, size), interpolation="bilinear")
    if recipe.band:
        if size % CELL:
            raise ValueError(f"a band needs an input size in steps of {CELL}, not {size}")
        rows = input_rows(recipe)
        image = layers.Cropping2D(((rows.start, size - rows.stop), (0, 0)), name="band")(image)
    return image


def input_rows(recipe: Recipe) -> slice:
    """Return the rows of a picture of the recipe's input size that are the network's input."""
    if not recipe.band:
        return slice(0, recipe.input_size)
    top, bottom = band_rows(recipe.input_size // CELL)
    return slice(CELL * top, CELL * bottom)


def band_rows(rows: int) -> tuple[int, int]:
    """Return the first row and the one after the last of a band, of so many rows.

    Whole places of the last activation, so that class maps can be padded to the whole crop.
    """
    return round(BAND_TOP * rows), round(BAND_BOTTOM * rows)


def head(pooled: keras.KerasTensor, recipe: Recipe) -> keras.KerasTensor:
    """Return logits (n, classes) of pooled features."""
    if recipe.hidden:
        pooled = layers.Dense(recipe.hidden, activation="relu", name="hidden")(pooled)
    pooled = layers.Dropout(recipe.dropout)(pooled)
    if recipe.head == "softmax":
        return layers.Dense(recipe.classes, name="logits")(pooled)
    if recipe.head == "corn":
        return conditional_logits(layers.Dense(recipe.classes - 1, name="steps")(pooled))
    raise ValueError(f"there is no head called {recipe.head}")


def reading_head(
    activation: keras.KerasTensor, pooled: keras.KerasTensor, recipe: Recipe
) -> keras.KerasTensor:
    """Return the logits (n, 18) of the readings' thresholds.

    Linear in the pooled features, or in activations that each threshold pools by its region.
    """
    dense = layers.Dense(READING_LOGITS, name=READINGS_LAYER)
    # Run folders name weights by the order of layers, so global pooling keeps its own.
    if recipe.readings_outside == 1:
        return dense(layers.Dropout(recipe.dropout)(pooled))
    # A pooling's mean is 1, so the bias stays as it is.
    maps = dense(layers.SpatialDropout2D(recipe.dropout)(activation))
    places = pooling(activation.shape[1], recipe.readings_outside, recipe.readings_near)
    return ops.mean(maps * places, axis=(1, 2))


def conditional_logits(steps: keras.KerasTensor) -> keras.KerasTensor:
    """Return log-probabilities (n, 5) of steps (n, 4).

    A step is the logit of a knee lying beyond a grade, given that it reaches it. Cross-entropy with
    the log-probabilities is CORN's loss (Shi 2021) but for a constant factor.
    """
    passed, stopped = ops.log_sigmoid(steps), ops.log_sigmoid(-steps)
    certain = ops.zeros_like(passed[:, :1])
    reached = ops.concatenate([certain, ops.cumsum(passed, axis=-1)], axis=-1)
    return reached + ops.concatenate([stopped, certain], axis=-1)


def thaw(model: keras.Model, recipe: Recipe) -> None:
    """Make all layers trainable but those that the recipe freezes: first layers, BatchNorm.

    Frozen BatchNorm is in inference mode.
    """
    backbone = model.get_layer(BACKBONE)
    backbone.trainable = True
    names = [layer.name for layer in backbone.layers]
    if recipe.frozen_to and recipe.frozen_to not in names:
        raise ValueError(f"the backbone has no layer {recipe.frozen_to}")
    frozen = names.index(recipe.frozen_to) + 1 if recipe.frozen_to else 0
    for place, layer in enumerate(backbone.layers):
        norm = recipe.frozen_norms and isinstance(layer, layers.BatchNormalization)
        if place < frozen or norm:
            layer.trainable = False


def small_cnn(
    input_shape: tuple[int, ...],
    include_top: bool,  # noqa: ARG001 (as keras.applications are called)
    weights: str | None,
    name: str,
) -> keras.Model:
    """Return a plain stack of convolutions."""
    if weights is not None:
        raise ValueError("the small network starts from scratch: give no weights")
    image = keras.Input(input_shape)
    activation = image
    for number, filters in enumerate(SMALL_CNN_FILTERS):
        activation = layers.Conv2D(filters, 3, padding="same", use_bias=False)(activation)
        activation = layers.ReLU()(layers.BatchNormalization()(activation))
        activation = layers.MaxPooling2D(name=f"block_{number}")(activation)
    return keras.Model(image, activation, name=name)


def efficientnet_b3(
    input_shape: tuple[int, ...], include_top: bool, weights: str | None, name: str
) -> keras.Model:
    """Return Keras' EfficientNet-B3, its inputs scaled as ImageNet's weights expect.

    Keras divides by the root of the standard deviation once more, but only where it fetches these
    weights itself; where they come from a file, the normalisation does it here.
    """
    model = keras.applications.EfficientNetB3(
        input_shape=input_shape, include_top=include_top, weights=weights, name=name
    )
    if weights is not None:
        norm = next(layer for layer in model.layers if isinstance(layer, layers.Normalization))
        mean, variance, *count = norm.get_weights()
        norm.set_weights([mean, variance**1.5, *count])
        norm.finalize_state()
    return model


BACKBONES = {
    "mobilenetv2": Backbone(keras.applications.MobileNetV2, 2.0, -1.0),
    "efficientnetb3": Backbone(efficientnet_b3, 255.0, 0.0),
    "inceptionv3": Backbone(keras.applications.InceptionV3, 2.0, -1.0),
    "cnn": Backbone(small_cnn, 2.0, -1.0),
}
