"""Arithmetic on class maps: the map of a grade, as a heat map 0..1, and its outline."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.kellgren_lawrence import OSTEOARTHRITIS_FROM
from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.knees.crop import Pixels

# The class that a heat map explains: a grade (0..4), or KL 2 and more; or an OARSI reading.
ExplainedClass = int | Literal["osteoarthritis"]
Explained = ExplainedClass | OarsiName
OUTLINE_LEVEL = 0.5  # of the map's maximum


def map_of(maps: Pixels, explained: ExplainedClass) -> Pixels:
    """Return one map (h, w), in logits, of the class maps (h, w, 5).

    Osteoarthritis is the mean map of KL 2-4 less the mean map of KL 0-1: positive where the image
    is evidence for KL 2 or more rather than against it.
    """
    if explained == "osteoarthritis":
        with_it = maps[..., OSTEOARTHRITIS_FROM:].mean(axis=-1)
        difference: Pixels = with_it - maps[..., :OSTEOARTHRITIS_FROM].mean(axis=-1)
        return difference
    one: Pixels = maps[..., explained]
    return one


def heat(class_map: Pixels, size: int) -> Pixels:
    """Return a class map (h, w), in logits, as float32 (size, size) 0..1.

    Grad-CAM (Selvaraju 2017): negative values are cut off, the rest is scaled to its maximum. All
    zero where no value is positive.
    """
    positive = np.maximum(class_map, 0).astype(np.float32)
    top = float(positive.max())
    if top <= 0:
        return np.zeros((size, size), np.float32)
    enlarged = cv2.resize(positive / top, (size, size), interpolation=cv2.INTER_CUBIC)
    return np.clip(enlarged, 0, 1)


def outline(heat_map: Pixels) -> list[NDArray[np.float32]]:
    """Return closed curves (n, 2), x and y in the map's pixels, round the area above half."""
    inside = (heat_map >= OUTLINE_LEVEL).astype(np.uint8)
    if not inside.any():
        return []
    found, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [curve[:, 0, :].astype(np.float32) for curve in found if len(curve) > 2]
