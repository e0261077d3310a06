"""The region of a crop in which each OARSI reading is read, and the pooling that prefers it.

Of osteophytes the outer third of the bone's quadrant at that side of the picture, of narrowing the
half of the joint's band there.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.oarsi import THRESHOLDS
from koa_desktop.knees.crop import CROP_SIZE
from training.network.joint_band import JOINT_ROW, joint_rows
from training.network.readings import READING_LOGITS

OUTER = 1 / 3  # of a quadrant's width
# Each kind's readings at the picture's left and right, by their place among all.
KINDS = {"narrowing": (0, 1), "osteophyte_femur": (2, 3), "osteophyte_tibia": (4, 5)}

Floats = NDArray[np.float32]


def areas(
    kind: str, *, left: bool, near: float = 1.0
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the masks (224, 224) of a reading's region and of the quadrant that holds it.

    An osteophyte's region reaches `near` of a crop's height from the joint line.
    """
    places = (np.arange(CROP_SIZE) + 0.5) / CROP_SIZE
    from_outside = places if left else places[::-1]
    if kind == "narrowing":
        rows = joint_rows()
        outer = from_outside < 0.5
    else:
        rows = places < JOINT_ROW if kind == "osteophyte_femur" else places >= JOINT_ROW
        outer = from_outside < 0.5 * OUTER
    quadrant = rows[:, None] & (from_outside < 0.5)[None]
    if kind != "narrowing":
        rows = rows & (np.abs(places - JOINT_ROW) < near)
    return rows[:, None] & outer[None], quadrant


def regions(size: int, near: float = 1.0) -> Floats:
    """Return how much of each place lies in each threshold's region, (size, size, 18), 0..1.

    Places are those of a whole crop's map; `near` is that of `areas`.
    """
    shares = np.empty((size, size, READING_LOGITS), np.float32)
    for kind, sides in KINDS.items():
        for reading, left in zip(sides, (True, False), strict=True):
            region = areas(kind, left=left, near=near)[0].astype(np.float32)
            of_places = cv2.resize(region, (size, size), interpolation=cv2.INTER_AREA)
            first = reading * THRESHOLDS
            shares[:, :, first : first + THRESHOLDS] = of_places[:, :, None]
    return shares


def pooling(size: int, outside: float, near: float = 1.0) -> Floats:
    """Return the weight of each place in each threshold's logit, (size, size, 18), mean 1.

    A place outside the threshold's region has `outside` times the weight of one inside; 1 is
    global average pooling. `near` is that of `areas`.
    """
    weights = outside + (1 - outside) * regions(size, near)
    return np.asarray(weights / weights.mean((0, 1)), np.float32)
