"""The margin network: the femoral and the tibial margin in each column.

It is first trained on thousands of crops without marks, whose labels are the strongest edges above
and below the dark valley of the joint space (`rough_margins`), and then fine-tuned on a few crops
marked by hand. In training the joint space is often squeezed, down to bone on bone, because narrow
joints are rare and rough margins fail there.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from math import cos, exp, radians, sin

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from koa_desktop.joint_space.frame import local_contrast
from koa_desktop.joint_space.margins import (
    COLUMN_U,
    COLUMNS,
    CONTRAST_SIGMA,
    LEFT,
    ROWS,
    TOP,
    layers,
)
from koa_desktop.knees.crop import CROP_SIZE

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
Example = tuple[Array, Array, Array]

# Rough margins: the strip of the crop that is searched, and the two compartments' columns.
STRIP = slice(80, 176)
COMPARTMENTS = (slice(18, 86), slice(138, 206))
EXPECTED_ROW, ROW_SPREAD = 52.0, 14.0  # of the valley in the strip
WIDEST = 16  # rows from valley to margin
CLEAR_EDGE = 0.25  # an edge as steep as this counts in full

# Augmentation, as standard deviations.
SHIFT, LOG_SCALE, TURN, LOG_HEIGHT = 3.5, 0.05, radians(3), 0.06
GAMMA = 0.35
SQUEEZED = 0.35  # share of the examples
JOINT_U, JOINT_V = 56.0, 132.0  # the centre of turns and scales
MARK_REACH = 3.0  # columns around a mark that learn from it
UNSURE_WEIGHT = 0.4

BATCH = 16
ROUGH_STEPS, ROUGH_RATE = 400, 2e-3
MARKED_STEPS, MARKED_RATE = 250, 1e-3
WIDTH_STEPS, WIDTH_RATE = 3000, 2e-3

_U, _V = np.meshgrid(LEFT + np.arange(COLUMNS) + 0.5, TOP + np.arange(ROWS) + 0.5)


@dataclass(frozen=True, eq=False)
class Compartment:
    """A crop (224, 224) uint8 with the compartment at its left, and its margins.

    `u` (n,) ascends; `femur`, `tibia` (n,) are heights and `weight` (n,) their weight, in crop
    pixels, the first from 0 to 1. `points` where only the places `u` are known.
    """

    image: NDArray[np.uint8]
    u: Floats
    femur: Floats
    tibia: Floats
    weight: Floats
    points: bool


def rough_compartments(images: NDArray[np.uint8]) -> list[Compartment]:
    """Return both compartments of crops (n, 224, 224) with rough margins."""
    found = []
    smooth, steepness = _edges(images)
    for part in COMPARTMENTS:
        mirrored = part.start > CROP_SIZE / 2
        for start in range(0, len(images), 1000):
            chunk = slice(start, start + 1000)
            femur, tibia, edge = _rough(smooth[chunk, :, part], steepness[chunk, :, part])
            for image, f, t, e in zip(images[chunk], femur, tibia, edge, strict=True):
                u: Floats = np.arange(part.start + 0.5, part.stop, dtype=np.float64)
                curves = [cv2.GaussianBlur(curve[None], (0, 0), 1.5)[0] for curve in (f, t)]
                weight = np.clip(e / CLEAR_EDGE, 0.05, 1).astype(np.float64)
                if mirrored:
                    u = CROP_SIZE - u[::-1]
                    image, weight = image[:, ::-1], weight[::-1]
                    curves = [curve[::-1] for curve in curves]
                found.append(Compartment(image, u, curves[0], curves[1], weight, points=False))
    return found


def marked_compartments(
    image: NDArray[np.uint8], columns: Floats, femur: Floats, tibia: Floats, *, unsure: bool
) -> tuple[Compartment, Compartment]:
    """Return the viewer's left and right compartment of a crop marked by hand.

    Marks are pixel numbers, the middle of the first pixel being 0.
    """
    left = columns < CROP_SIZE / 2
    weight = np.full(int(left.sum()), UNSURE_WEIGHT if unsure else 1.0)
    u, f, t = columns + 0.5, femur + 0.5, tibia + 0.5
    right = (CROP_SIZE - u[~left])[::-1], f[~left][::-1], t[~left][::-1]
    return (
        Compartment(image, u[left], f[left], t[left], weight, points=True),
        Compartment(image[:, ::-1], *right, np.full(len(right[0]), weight[0]), points=True),
    )


def network() -> keras.Model:
    """Return the untrained network: patch (88, 64, 4) to margins (88, 32, 2), logits over rows."""
    patch = keras.Input((ROWS, COLUMNS, 4), name="patch")
    fine = _convolved(_convolved(patch, 12, (3, 5), (1, 2)), 12)
    half = _convolved(_convolved(fine, 20, strides=2), 20)
    quarter = _convolved(_convolved(half, 28, strides=2), 28)
    x = _convolved(_convolved(quarter, 40, strides=2), 40)
    for finer, width in ((quarter, 28), (half, 20), (fine, 14)):
        joined = keras.layers.Concatenate()([keras.layers.UpSampling2D(2)(x), finer])
        x = _convolved(joined, width)
    return keras.Model(patch, keras.layers.Conv2D(2, 1, name="margins")(x))


def train(
    model: keras.Model, compartments: list[Compartment], steps: int, rate: float, seed: int
) -> None:
    """Train a network in place on examples drawn from compartments."""
    rng = np.random.default_rng(seed)
    step_once = _stepper(model, keras.optimizers.schedules.CosineDecay(rate, steps))
    start, losses = time.monotonic(), []
    for step in range(1, steps + 1):
        picked = rng.integers(0, len(compartments), BATCH)
        drawn = [example(rng, compartments[i]) for i in picked]
        losses.append(float(step_once(*(np.stack(part) for part in zip(*drawn, strict=True)))))
        if step % 50 == 0:
            mean = np.mean(losses[-50:])
            print(f"margins {step}: loss {mean:.3f}, {time.monotonic() - start:.0f} s", flush=True)


def example(rng: np.random.Generator, compartment: Compartment) -> Example:
    """Return a patch (88, 64, 4), its margins' places (88, 32, 2) and their weights (32, 2)."""
    u0, v0 = rng.normal((JOINT_U, JOINT_V), SHIFT)
    turn, scale = rng.normal(0, TURN), exp(rng.normal(0, LOG_SCALE))
    scale_v = scale * exp(rng.normal(0, LOG_HEIGHT))
    c, s = cos(turn), sin(turn)
    across, down = (_U - JOINT_U) * scale, (_V - JOINT_V) * scale_v
    x, y = u0 + c * across - s * down, v0 + s * across + c * down
    tibia = compartment.tibia
    if rng.random() < SQUEEZED:
        y, tibia = _squeezed(compartment, x, y, rng.random() ** 0.7)
    grey = compartment.image.astype(np.float32) / 255
    place = (x - 0.5).astype(np.float32), (y - 0.5).astype(np.float32)
    values = cv2.remap(grey, *place, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = np.ones(values.shape, bool)
    if rng.random() < 0.08:
        inside[:, : rng.integers(1, 14)] = False
    target = np.zeros((ROWS, len(COLUMN_U), 2), np.float32)
    weight = np.zeros((len(COLUMN_U), 2), np.float32)
    for number, heights in enumerate((compartment.femur, tibia)):
        across, down = compartment.u - u0, heights - v0
        u = (c * across + s * down) / scale + JOINT_U
        v = (-s * across + c * down) / scale_v + JOINT_V
        target[..., number], weight[:, number] = _target(compartment, u, v)
    return layers(_another_film(rng, np.asarray(values, np.float32)), inside), target, weight


def _squeezed(
    compartment: Compartment, x: Floats, y: Floats, share: float
) -> tuple[Floats, Floats]:
    """Return source rows that lift the tibia by a share of the joint space, and its new margin."""
    femur = np.interp(x, compartment.u, compartment.femur)
    tibia = np.interp(x, compartment.u, compartment.tibia)
    gap = np.maximum(tibia - femur, 0)
    lift = share * gap
    within = femur + (y - femur) * gap / np.maximum(gap - lift, 1e-3)
    source = np.where(y <= femur, y, np.where(y >= tibia - lift, y + lift, within))
    narrowed = compartment.tibia - share * np.maximum(compartment.tibia - compartment.femur, 0)
    return source, narrowed


def _another_film(rng: np.random.Generator, values: Array) -> Array:
    if rng.random() < 0.4:
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), rng.uniform(0.3, 1.1)), np.float32)
    low, high = float(values.min()), float(values.max()) + 1e-6
    values = ((values - low) / (high - low)) ** np.float32(exp(rng.normal(0, GAMMA)))
    if rng.random() < 0.4:
        noise = rng.normal(0, rng.uniform(0, 0.03), values.shape)
        values = values + noise.astype(np.float32)
    return values


def _target(compartment: Compartment, u: Floats, v: Floats) -> tuple[Array, Array]:
    """Return a Gaussian of one unit around a margin (88, 32), and each column's weight (32,)."""
    order = np.argsort(u)
    u, v, trust = u[order], v[order], compartment.weight[order]
    height = np.interp(COLUMN_U, u, v)
    weight = np.interp(COLUMN_U, u, trust, left=0, right=0)
    if compartment.points:
        distance = np.abs(COLUMN_U[:, None] - u).min(1)
        weight = trust[0] * np.exp(-((distance / MARK_REACH) ** 2))
        weight[(u[0] - MARK_REACH >= COLUMN_U) | (u[-1] + MARK_REACH <= COLUMN_U)] = 0
    weight = weight * ((height > TOP + 1) & (height < TOP + ROWS - 1))
    middles = TOP + np.arange(ROWS)[:, None] + 0.5
    bell = np.exp(-((middles - height) ** 2) / 2)
    bell /= bell.sum(0) + 1e-9
    return bell.astype(np.float32), weight.astype(np.float32)


def _convolved(
    x: keras.KerasTensor,
    width: int,
    kernel: int | tuple[int, int] = 3,
    strides: int | tuple[int, int] = 1,
) -> keras.KerasTensor:
    x = keras.layers.Conv2D(width, kernel, strides=strides, padding="same", use_bias=False)(x)
    return keras.layers.ReLU()(keras.layers.BatchNormalization(momentum=0.95)(x))


def _stepper(
    model: keras.Model, rate: keras.optimizers.schedules.LearningRateSchedule
) -> Callable[[Array, Array, Array], tf.Tensor]:
    optimizer = keras.optimizers.AdamW(rate, weight_decay=1e-4, clipnorm=1.0)

    @tf.function  # type: ignore[untyped-decorator]
    def step(patches: tf.Tensor, target: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            log_shares = tf.nn.log_softmax(model(patches, training=True), axis=1)
            columns = -tf.reduce_sum(target * log_shares, 1) * weight
            loss = tf.reduce_sum(columns) / (tf.reduce_sum(weight) + 1e-6)
        variables = model.trainable_variables
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    return step


def _edges(images: NDArray[np.uint8]) -> tuple[Array, Array]:
    """Return the strips (n, 96, 224) smoothed, and how steeply they brighten downwards."""
    smooth = np.empty((len(images), STRIP.stop - STRIP.start, CROP_SIZE), np.float32)
    steepness = np.empty_like(smooth)
    inside = np.ones(smooth.shape[1:], bool)
    for image, row, steep in zip(images, smooth, steepness, strict=True):
        contrast = local_contrast(image[STRIP].astype(np.float32) / 255, inside, CONTRAST_SIGMA)
        row[:] = cv2.GaussianBlur(contrast, (0, 0), sigmaX=2.0, sigmaY=0.8)
        steep[:] = cv2.Sobel(row, cv2.CV_32F, 0, 1, ksize=3) / 8
    return smooth, steepness


def _rough(smooth: Array, steepness: Array) -> tuple[Array, Array, Array]:
    """Return femur, tibia and the weaker edge's steepness, each (n, columns), in crop pixels."""
    rows = np.arange(smooth.shape[1])[:, None]
    expected = (0.5 * ((rows - EXPECTED_ROW) / ROW_SPREAD) ** 2).astype(np.float32)
    valley = _cheapest_paths(smooth + expected, 0.25)
    below = rows[None] - valley[:, None, :]
    far = (0.02 * np.abs(below)).astype(np.float32)
    nowhere = np.float32(9)
    above_it = (below <= 1) & (below >= -WIDEST)
    below_it = (below >= -1) & (below <= WIDEST)
    femur = _cheapest_paths(np.where(above_it, 3 * steepness + far, nowhere), 0.15)
    tibia = _cheapest_paths(np.where(below_it, -3 * steepness + far, nowhere), 0.15)
    falls = -np.take_along_axis(steepness, femur[:, None], 1)[:, 0]
    rises = np.take_along_axis(steepness, tibia[:, None], 1)[:, 0]
    corner = STRIP.start + 0.5
    return (
        (femur + corner).astype(np.float32),
        (tibia + corner).astype(np.float32),
        np.minimum(falls, rises),
    )


def _cheapest_paths(cost: Array, bend: float, reach: int = 3) -> NDArray[np.int64]:
    """Return the row (n, columns) of the cheapest path across each cost (n, rows, columns)."""
    count, rows, columns = cost.shape
    total = cost[:, :, 0].copy()
    back = np.zeros((columns, count, rows), np.int8)
    for column in range(1, columns):
        padded = np.pad(total, ((0, 0), (reach, reach)), constant_values=np.inf)
        best = np.full((count, rows), np.inf, np.float32)
        for step in range(-reach, reach + 1):
            reached = padded[:, reach + step : reach + step + rows] + np.float32(bend * step**2)
            better = reached < best
            best[better] = reached[better]
            back[column][better] = step
        total = best + cost[:, :, column]
    paths = np.empty((count, columns), np.int64)
    paths[:, -1] = total.argmin(1)
    every = np.arange(count)
    for column in range(columns - 1, 0, -1):
        paths[:, column - 1] = paths[:, column] + back[column][every, paths[:, column]]
    return paths
