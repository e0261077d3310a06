"""The finder's two networks: one locates knees on a whole radiograph, one classifies a box.

Both use the frozen first blocks of MobileNetV2 with ImageNet's weights, because there are few
pictures of implants, photographs and other parts of the body. The stem's activations are computed
once and cached, so a training step costs little. The locator predicts on a grid of cells the
probability that a knee's middle lies in each, its exact place, and the size of the box (Zhou 2019,
Objects as Points).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
from keras import layers, ops

from koa_desktop.grading.finder import BOX_INPUT_SIZE, CELL, LOCATOR_SIZE
from koa_desktop.knees.box import BoxClass

STEM_END, LAST_BLOCK = "block_5_add", "block_12_add"
MOMENTUM = 0.95
WIDE, WIDER, DECODER = 64, 96, 48  # of the locator


def backbone(size: int, weights: Path | None) -> keras.Model:
    """Return MobileNetV2 without its top, with ImageNet's weights where a file is given."""
    whole = keras.applications.MobileNetV2(
        input_shape=(size, size, 3), include_top=False, weights=None
    )
    if weights is not None:
        whole.load_weights(weights)
    return whole


def stem(size: int, weights: Path | None) -> keras.Model:
    """Return the frozen stem: picture (n, size, size, 1) 0..1 to (n, .., .., 32)."""
    whole = backbone(size, weights)
    trunk = keras.Model(whole.input, whole.get_layer(STEM_END).output)
    trunk.trainable = False
    picture = keras.Input((size, size, 1), name="picture")
    return keras.Model(picture, trunk(ops.concatenate([picture * 2 - 1] * 3, axis=-1)))


def locator() -> keras.Model:
    """Return the untrained locator, from the stem's activation (n, 24, 24, 32).

    `heat` (n, 24, 24, 1) are logits; `place` (n, 24, 24, 3) is the way from the cell's middle to
    the knee's in cells (x, y), and the natural logarithm of the box's side in cells.
    """
    grid = LOCATOR_SIZE // CELL
    features = keras.Input((grid, grid, 32))
    near = _convolved(features, DECODER)
    middle = _convolved(features, WIDE, strides=2)
    middle = _convolved(layers.Add()([middle, _convolved(middle, WIDE)]), WIDE)
    far = _convolved(middle, WIDER, strides=2)
    for _ in range(2):
        far = layers.Add()([far, _convolved(_convolved(far, WIDER), WIDER)])
    middle = _joined(middle, far, WIDE)
    x = _convolved(_joined(near, middle, DECODER), DECODER)
    rare = keras.initializers.Constant(-4.0)
    heat = layers.Conv2D(1, 1, name="heat", bias_initializer=rare)(x)
    return keras.Model(features, {"heat": heat, "place": layers.Conv2D(3, 1, name="place")(x)})


def _convolved(x: Any, width: int, kernel: int = 3, strides: int = 1) -> Any:
    x = layers.Conv2D(width, kernel, strides=strides, padding="same", use_bias=False)(x)
    return layers.ReLU()(layers.BatchNormalization(momentum=MOMENTUM)(x))


def _joined(fine: Any, coarse: Any, width: int) -> Any:
    return layers.Add()([fine, layers.UpSampling2D()(_convolved(coarse, width, kernel=1))])


def box_network(weights: Path | None) -> keras.Model:
    """Return the untrained box network, from the stem's activation (n, 14, 14, 32).

    `shown` (n, 4) are logits in the order of `BoxClass`; `left` (n, 1) is the logit that the fibula
    lies at the viewer's right, a left knee's; `shift` (n, 3) is the way to the knee's middle (x, y)
    and the natural logarithm of its size, all in sides of the box.
    """
    whole = backbone(BOX_INPUT_SIZE, weights)
    middle = keras.Model(whole.get_layer(STEM_END).output, whole.get_layer(LAST_BLOCK).output)
    for layer in middle.layers:
        if isinstance(layer, layers.BatchNormalization):
            layer.momentum = MOMENTUM
    x = _convolved(middle.output, 128, kernel=1)
    seen = layers.Dropout(0.2)(layers.GlobalAveragePooling2D()(x))
    # Separate branches: the loss of the shift would dominate that of the side.
    fibula, where = (
        layers.Dense(64, activation="relu")(layers.Flatten()(_convolved(x, 24, kernel=1)))
        for _ in range(2)
    )
    outputs = {
        "shown": layers.Dense(len(BoxClass), name="shown")(seen),
        "left": layers.Dense(1, name="left")(layers.Dropout(0.2)(fibula)),
        "shift": layers.Dense(3, name="shift")(where),
    }
    return keras.Model(middle.input, outputs)
