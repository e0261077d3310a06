"""Random changes of a crop that a real radiograph could show: pose, box, contrast.

Geometry is one affine warp, so a picture is resampled once; grey values are stretched afterwards
by the same function that serves the app.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.knees import stretch

MAX_TURN_DEGREES = 12.0
MAX_SCALE = 0.12
MAX_SHIFT = 12 / 224  # of the crop's side
MAX_GAMMA = 0.25  # log2
MAX_CONTRAST = 0.15
MAX_BRIGHTNESS = 0.10


def augment(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a changed copy of a crop: uint8 (H, W) in, float32 (H, W, 1) 0..1 out."""
    height, width = image.shape
    angle = rng.uniform(-MAX_TURN_DEGREES, MAX_TURN_DEGREES)
    scale = 2 ** rng.uniform(-np.log2(1 + MAX_SCALE), np.log2(1 + MAX_SCALE))
    centre = (width / 2 - 0.5, height / 2 - 0.5)
    matrix: NDArray[Any] = cv2.getRotationMatrix2D(centre, angle, scale)
    matrix[:, 2] += rng.uniform(-MAX_SHIFT, MAX_SHIFT, 2) * np.array([width, height])
    if rng.random() < 0.5:
        mirror = np.array([[-1.0, 0, width - 1], [0, 1, 0], [0, 0, 1]])
        matrix = matrix @ mirror
    # Outside the picture a film is black, or the box ends inside the limb: show the net both.
    border = cv2.BORDER_CONSTANT if rng.random() < 0.5 else cv2.BORDER_REPLICATE
    warped: NDArray[Any] = cv2.warpAffine(
        image.astype(np.float32) / 255,
        matrix,
        (width, height),
        flags=cv2.INTER_LINEAR,
        borderMode=border,
    )
    picture = stretch(warped)
    picture = picture ** (2 ** rng.uniform(-MAX_GAMMA, MAX_GAMMA))
    contrast = 1 + rng.uniform(-MAX_CONTRAST, MAX_CONTRAST)
    brightness = rng.uniform(-MAX_BRIGHTNESS, MAX_BRIGHTNESS)
    return np.clip((picture - 0.5) * contrast + 0.5 + brightness, 0, 1).astype(np.float32)
