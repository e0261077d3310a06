"""The pose network: how far a box lies from the common pose of the published crops.

It needs no marks. A published crop is assumed to lie in the common pose (its own jitter averages
out); the network learns the displacement of a random frame on it. Parts of the crop are cut away at
random, so that the network cannot rely on the crop's border.
"""

from __future__ import annotations

import time
from math import cos, exp, radians, sin

import keras
import numpy as np
from numpy.typing import NDArray

from koa_desktop.joint_space.frame import POSE_SIZE, POSE_UNITS, Frame, pose_input
from koa_desktop.knees.crop import CROP_SIZE

SHIFT, LOG_SCALE, TURN = 10.0, 0.08, radians(4)  # standard deviations of what is learned
MOST_SHIFT = 26.0
INSET, INSET_SHARE = 40, 0.7  # pixels cut away at most, and how often on each side
GAMMA = 0.3
WIDTHS, HIDDEN = (12, 20, 28, 40), 64
STEPS, BATCH, RATE = 1500, 64, 2e-3

Array = NDArray[np.float32]


def fit(images: NDArray[np.uint8], steps: int = STEPS) -> keras.Model:
    """Return a network trained on crops (n, 224, 224), bone bright."""
    rng = np.random.default_rng(0)
    keras.utils.set_random_seed(0)
    model = network()
    rate = keras.optimizers.schedules.CosineDecay(RATE, steps)
    model.compile(keras.optimizers.AdamW(rate), loss=keras.losses.Huber(delta=0.5))
    start, losses = time.monotonic(), []
    for step in range(1, steps + 1):
        drawn = [example(rng, images[i]) for i in rng.integers(0, len(images), BATCH)]
        pictures, targets = (np.stack(part) for part in zip(*drawn, strict=True))
        losses.append(float(model.train_on_batch(pictures, targets)))
        if step % 100 == 0:
            print(f"pose {step}: loss {losses[-1]:.3f}, {time.monotonic() - start:.0f} s")
    return model


def network() -> keras.Model:
    """Return the untrained network: picture (64, 64, 1) to pose (4,) in POSE_UNITS."""
    layers = keras.layers
    x = picture = keras.Input((POSE_SIZE, POSE_SIZE, 1), name="picture")
    for width in WIDTHS:
        x = layers.Conv2D(width, 3, strides=2, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=0.95)(x)
        x = layers.ReLU()(x)
    x = layers.Dense(HIDDEN, activation="relu")(layers.Flatten()(x))
    return keras.Model(picture, layers.Dense(4, name="pose")(x))


def example(rng: np.random.Generator, image: NDArray[np.uint8]) -> tuple[Array, Array]:
    """Return the picture of a displaced frame, and its displacement back (4,) in POSE_UNITS."""
    right, down = rng.normal(0, SHIFT, 2).clip(-MOST_SHIFT, MOST_SHIFT)
    log_scale, turn = rng.normal(0, LOG_SCALE), rng.normal(0, TURN)
    middle = CROP_SIZE / 2
    frame = Frame(middle, middle, 1.0).moved(right, down, log_scale, turn)
    c, s, shrink = cos(turn), sin(turn), exp(-log_scale)
    back = np.array(
        [(-c * right - s * down) * shrink, (s * right - c * down) * shrink, -log_scale, -turn]
    )
    left, top, from_right, from_below = (
        rng.integers(0, INSET, 4) * (rng.random(4) < INSET_SHARE)
    ).tolist()
    part = image[top : CROP_SIZE - from_below, left : CROP_SIZE - from_right]
    pixels = np.power(part / np.float32(255), exp(rng.normal(0, GAMMA)), dtype=np.float32)
    seen = Frame(frame.x - left, frame.y - top, frame.scale, frame.angle)
    picture = pose_input(pixels, seen)
    if rng.random() < 0.5:
        picture, back = picture[:, ::-1], back * (-1, 1, 1, -1)
    return picture, (back / POSE_UNITS).astype(np.float32)
