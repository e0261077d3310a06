"""The network: a backbone, global average pooling, one dense layer of logits.

Grad-CAM without gradients needs just this head (see `training/export.py`).
"""

from __future__ import annotations

from pathlib import Path

import keras
from keras import layers

from koa_desktop.knees import CROP_SIZE
from training.data import GRADES

# Keras' 0.999 lags behind at 180 steps an epoch: validation would be measured with old statistics.
BATCH_NORM_MOMENTUM = 0.95
DROPOUT = 0.3
FEATURES = "features"  # the pooling layer; what goes into it is the last activation


def build_model(weights: Path | None, input_size: int = CROP_SIZE) -> keras.Model:
    """Return MobileNetV2 for crops float32 (n, 224, 224, 1) in 0..1, giving logits (n, 5).

    `weights` are ImageNet weights without top; None starts from scratch. A larger `input_size`
    makes the graph enlarge the crop itself.
    """
    image = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="image")
    grey = image
    if input_size != CROP_SIZE:
        grey = layers.Resizing(input_size, input_size, name="enlarge")(grey)
    colour = layers.Concatenate(name="three_channels")([grey, grey, grey])
    scaled = layers.Rescaling(2.0, -1.0, name="scale")(colour)
    backbone = keras.applications.MobileNetV2(
        input_shape=(input_size, input_size, 3),
        include_top=False,
        weights=None if weights is None else str(weights),
    )
    for layer in backbone.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = BATCH_NORM_MOMENTUM
    activation = backbone(scaled)
    pooled = layers.GlobalAveragePooling2D(name=FEATURES)(activation)
    logits = layers.Dense(GRADES, name="logits")(layers.Dropout(DROPOUT)(pooled))
    return keras.Model(image, logits, name="koa")
