"""The network: a backbone, global average pooling, one dense layer of logits.

Grad-CAM without gradients needs just this head (see `training/export.py`).
"""

from __future__ import annotations

from pathlib import Path

import keras
from keras import layers

from koa_desktop.knees import CROP_SIZE
from training.data import GRADES
from training.recipes import Recipe

# Keras' 0.999 lags behind at 180 steps an epoch: validation would be measured with old statistics.
BATCH_NORM_MOMENTUM = 0.95
DROPOUT = 0.3
FEATURES = "features"  # the pooling layer; what goes into it is the last activation
# Share of the crop's height that a band lets through, above and below; the joint line is at 0.58.
BAND_TOP, BAND_BOTTOM = 0.22, 0.92
CELL = 32  # pixels of the input to one place of the last activation


def build_model(recipe: Recipe, weights: Path | None = None) -> keras.Model:
    """Return MobileNetV2 for crops float32 (n, 224, 224, 1) in 0..1, giving logits (n, 5).

    `weights` are ImageNet weights without top; None starts from scratch.
    """
    image = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="image")
    grey = resampled(image, recipe)
    colour = layers.Concatenate(name="three_channels")([grey, grey, grey])
    scaled = layers.Rescaling(2.0, -1.0, name="scale")(colour)
    backbone = keras.applications.MobileNetV2(
        input_shape=tuple(scaled.shape[1:]),
        include_top=False,
        weights=None if weights is None else str(weights),
    )
    for layer in backbone.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = BATCH_NORM_MOMENTUM
    if recipe.frozen_to:
        freeze(backbone, recipe.frozen_to)
    activation = backbone(scaled)
    pooled = layers.GlobalAveragePooling2D(name=FEATURES)(activation)
    logits = layers.Dense(GRADES, name="logits")(layers.Dropout(DROPOUT)(pooled))
    return keras.Model(image, logits, name="koa")


def resampled(image: keras.KerasTensor, recipe: Recipe) -> keras.KerasTensor:
    """Return the crop as large as the network sees it, cut to the band around the joint."""
    size = recipe.input_size
    if size != CROP_SIZE:
        image = layers.Resizing(size, size, name="enlarge")(image)
    if recipe.band:
        if size % CELL:
            raise ValueError(f"a band needs an input size in steps of {CELL}, not {size}")
        top, bottom = (CELL * row for row in band_rows(size // CELL))
        image = layers.Cropping2D(((top, size - bottom), (0, 0)), name="band")(image)
    return image


def band_rows(rows: int) -> tuple[int, int]:
    """Return the first row and the one after the last that a band keeps of so many.

    Whole places of the last activation, so that class maps can be put back where they belong.
    """
    return round(BAND_TOP * rows), round(BAND_BOTTOM * rows)


def freeze(backbone: keras.Model, last: str) -> None:
    """Keep the weights of all layers up to and including `last`; their BatchNorm only infers."""
    names = [layer.name for layer in backbone.layers]
    if last not in names:
        raise ValueError(f"the backbone has no layer {last}")
    for layer in backbone.layers[: names.index(last) + 1]:
        layer.trainable = False
