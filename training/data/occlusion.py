"""Occluded joints for training, labelled with the frequencies of the grades.

Trained without them, networks graded a hidden joint as KL 4, because no joint space was visible.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from training.network.joint_band import JOINT_ROW

HALF_HEIGHT, OFF_CENTRE = (0.10, 0.20), 0.03  # of the band that is hidden, in the crop's height
BLUR, FEATHER = (8.0, 24.0), (0.5, 6.0)  # pixels


def hide_joint(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Blur the band around the joint of a crop (H, W), or fill it with a uniform grey."""
    height, width = image.shape
    if rng.random() < 0.5:
        filling = cv2.GaussianBlur(image, (0, 0), rng.uniform(*BLUR)).astype(np.float32)
    else:
        grey = image.mean() if rng.random() < 0.5 else rng.uniform(0, 255)
        filling = np.full((height, width), grey, np.float32)
    centre = JOINT_ROW + rng.uniform(-OFF_CENTRE, OFF_CENTRE)
    off = np.abs((np.arange(height) + 0.5) / height - centre) * height
    half = rng.uniform(*HALF_HEIGHT) * height
    # From 1 inside to 0 outside.
    share = 1 / (1 + np.exp(np.clip((off - half) / rng.uniform(*FEATHER), -30, 30)))
    mixed = image * (1 - share[:, None]) + filling * share[:, None]
    return np.asarray(np.round(mixed), np.uint8)


def hidden_in_copy(number: int, knees: int, share: float) -> NDArray[np.bool_]:
    """Return for which knees (n,) the copy of this number hides the joint."""
    return np.random.default_rng((number, knees)).random(knees) < share
