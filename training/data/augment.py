"""Augmentation: random changes that a real radiograph could show in film, file, pose and window.

Changes of a film and its file come first; then one affine warp changes pose and box and brings
the picture to the network's input size; grey values are stretched by the function that serves
the app, and windowed. About 1.5 ms a crop at 224 pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.knees.crop import CROP_SIZE, stretch

Picture = NDArray[np.float32]

# Pose and box, always.
MAX_TURN_DEGREES = 20.0
MAX_SCALE = 0.10
MAX_ASPECT = 0.05
MAX_SHIFT = 0.10  # of the crop's side
# Scanner and file, each in a share of the crops.
COARSE_SHARE, LEAST_RESOLUTION = 0.4, 0.4
SHARPNESS_SHARE, MAX_BLUR, MAX_SHARPENING, MAX_SHARPNESS_SIGMA = 0.3, 1.0, 1.5, 4.0
NOISE_SHARE, MAX_NOISE = 0.15, 0.04
# At any strength: no other change of a file changed more grades.
JPEG_SHARE, JPEG_QUALITY = 0.25, (15, 80)
COLLIMATION_SHARE, MAX_COLLIMATION, MAX_COLLIMATION_TILT = 0.2, 0.15, 0.05
# Window and polarity.
MAX_GAMMA = 0.5  # log2
BLACK, WHITE = (-0.15, 0.10), (0.95, 1.25)  # the window's ends
INVERTED_SHARE = 0.03
MAX_BRIGHTNESS = 0.15  # of the plain augmentation
LIGHT = 0.4  # strength of the light augmentation
LOOSE = 0.7  # strength of its changes of pose where the box is held more loosely


def augment(
    image: NDArray[np.uint8],
    rng: np.random.Generator,
    strength: float = 1.0,
    pose: float | None = None,
    size: int = CROP_SIZE,
    mirror: bool | None = None,
) -> Picture:
    """Return a changed copy of a crop: uint8 (H, W) in, float32 (size, size, 1) 0..1 out.

    `mirror` sets whether the copy is mirrored; None mirrors every second one. `strength` 0..1 makes
    changes of pose and window smaller, those of scanner and film rarer; `pose`, where given, is the
    strength of the changes of pose.
    """
    picture = image.astype(np.float32) / np.float32(255)
    for share, change in (
        (strength * COARSE_SHARE, _coarser),
        (strength * SHARPNESS_SHARE, _blurred_or_sharpened),
        (strength * NOISE_SHARE, _noisy),
        (JPEG_SHARE, _compressed),
        (strength * COLLIMATION_SHARE, _collimated),
    ):
        if rng.random() < share:
            picture = change(picture, rng)
    picture = _posed(picture, rng, strength if pose is None else pose, size, mirror)
    picture = _windowed(stretch(picture)[..., 0], rng, strength)
    return picture[..., None]


def augment_plainly(
    image: NDArray[np.uint8],
    rng: np.random.Generator,
    strength: float = 1.0,
    size: int = CROP_SIZE,
    mirror: bool | None = None,
) -> Picture:
    """Change pose and brightness alone, as is common; shapes are those of `augment`."""
    grey = image.astype(np.float32) / np.float32(255)
    picture = stretch(_posed(grey, rng, strength, size, mirror))
    brighter = np.float32(strength * rng.uniform(-MAX_BRIGHTNESS, MAX_BRIGHTNESS))
    return np.clip(picture + brighter, 0, 1)


AUGMENTATIONS: dict[str, Callable[..., Picture]] = {
    "radiograph": augment,
    "light radiograph": partial(augment, strength=LIGHT),
    "loose radiograph": partial(augment, strength=LIGHT, pose=LOOSE),
    "plain": augment_plainly,
}


def _posed(
    picture: Picture, rng: np.random.Generator, strength: float, size: int, mirror: bool | None
) -> Picture:
    """Turn, scale, shift and mirror a picture (H, W) onto one of (size, size)."""
    height, width = picture.shape
    angle = np.deg2rad(strength * rng.uniform(-MAX_TURN_DEGREES, MAX_TURN_DEGREES))
    scale = 2 ** (strength * rng.uniform(-np.log2(1 + MAX_SCALE), np.log2(1 + MAX_SCALE)))
    aspect = 2 ** (strength * rng.uniform(-np.log2(1 + MAX_ASPECT), np.log2(1 + MAX_ASPECT)))
    # Drawn in any case, so that the later changes are the same whether it is given or not.
    drawn = rng.choice([-1, 1])
    direction = drawn if mirror is None else -1 if mirror else 1
    cosine, sine = np.cos(angle), np.sin(angle)
    linear = scale * np.array([[cosine, -sine], [sine, cosine]])
    linear = linear @ np.diag(
        [direction * aspect**0.5 * size / width, aspect**-0.5 * size / height]
    )
    centre = np.array([width / 2 - 0.5, height / 2 - 0.5])
    middle = size / 2 - 0.5 + size * strength * rng.uniform(-MAX_SHIFT, MAX_SHIFT, 2)
    matrix = np.column_stack([linear, middle - linear @ centre])
    # Outside the picture a film is black, or the box ends inside the limb: show the network both.
    border = cv2.BORDER_CONSTANT if rng.random() < 0.5 else cv2.BORDER_REPLICATE
    posed: NDArray[Any] = cv2.warpAffine(
        picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border
    )
    return posed


def _coarser(picture: Picture, rng: np.random.Generator) -> Picture:
    height, width = picture.shape
    share = rng.uniform(LEAST_RESOLUTION, 1)
    small = (round(width * share), round(height * share))
    coarse: NDArray[Any] = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.float32)


def _blurred_or_sharpened(picture: Picture, rng: np.random.Generator) -> Picture:
    """Scanners enhance edges, each in its own way; others are soft."""
    smooth = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.7, MAX_SHARPNESS_SIGMA))
    amount = rng.uniform(-MAX_BLUR, MAX_SHARPENING)
    return cv2.addWeighted(picture, 1 + amount, smooth, -amount, 0).astype(np.float32)


def _noisy(picture: Picture, rng: np.random.Generator) -> Picture:
    noise = rng.standard_normal(picture.shape, np.float32)
    return picture + np.float32(rng.uniform(0, MAX_NOISE)) * noise


def _compressed(picture: Picture, rng: np.random.Generator) -> Picture:
    quality = int(rng.integers(*JPEG_QUALITY))
    grey = np.clip(picture * 255, 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.float32)
    return decoded / np.float32(255)


def _collimated(picture: Picture, rng: np.random.Generator) -> Picture:
    """Blacken a strip along one edge, slightly tilted, as a collimator's blade does."""
    size = picture.shape[0]
    depth = rng.uniform(0, MAX_COLLIMATION)
    tilt = rng.uniform(-MAX_COLLIMATION_TILT, MAX_COLLIMATION_TILT)
    strip = np.array([[-1, -1], [size, -1], [size, (depth + tilt) * size], [-1, depth * size]])
    edge = int(rng.integers(4))
    turned = np.ascontiguousarray(np.rot90(picture, edge))
    cv2.fillConvexPoly(turned, strip.round().astype(np.int32), 0.0)
    return np.ascontiguousarray(np.rot90(turned, -edge))


def _windowed(picture: Picture, rng: np.random.Generator, strength: float) -> Picture:
    """Change the window's ends and the gamma; rarely show bone dark."""
    black = strength * rng.uniform(*BLACK)
    white = 1 + strength * (rng.uniform(*WHITE) - 1)
    gamma = 2 ** (strength * rng.uniform(-MAX_GAMMA, MAX_GAMMA))
    windowed: NDArray[Any] = np.clip((picture - np.float32(black)) / (white - black), 0, 1)
    windowed = np.asarray(cv2.pow(windowed, gamma), np.float32)
    return 1 - windowed if rng.random() < strength * INVERTED_SHARE else windowed
