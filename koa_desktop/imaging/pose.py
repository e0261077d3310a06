"""The pose of a stored picture, and its change to the usual pose with square pixels.

The usual pose of a frontal film shows the patient's right at the viewer's left, head up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.imaging.grey_values import check_size
from koa_desktop.radiograph import PixelSpacing, StoredGrid

# Pixels this near to square are left as they are.
SQUARE_TOLERANCE = 0.005
MAX_RATIO = 4.0  # beyond it, a header's pixel ratio is taken for a mistake


@dataclass(frozen=True, slots=True)
class Pose:
    """The steps from a stored to the usual pose: mirror left to right, then turn clockwise."""

    mirrored: bool = False
    quarters: int = 0  # quarter turns clockwise, 0..3


UPRIGHT = Pose()


def pose_of(row: str, column: str) -> Pose:
    """Return the pose of a frontal picture by the patient's directions (PS3.3 C.7.6.1.1.1).

    `row` is where the columns of a row run to, `column` where the rows run to: L, R, H or F, the
    first letter deciding. Any other pair, as of a lateral film, is taken for upright.
    """
    across, down = row[:1], column[:1]
    for quarters in range(4):
        for mirrored in (False, True):
            if (across, down) == _directions(Pose(mirrored, quarters)):
                return Pose(mirrored, quarters)
    return UPRIGHT


_OPPOSITE = {"L": "R", "R": "L", "H": "F", "F": "H"}


def _directions(pose: Pose) -> tuple[str, str]:
    """Return a stored picture's row and column directions that `pose` brings to (L, F)."""
    across, down = "L", "F"
    for _ in range(pose.quarters):
        # Undo a turn clockwise: what runs down now ran across before.
        across, down = down, _OPPOSITE[across]
    return (_OPPOSITE[across], down) if pose.mirrored else (across, down)


def posed(values: NDArray[Any], pose: Pose) -> NDArray[Any]:
    """Return stored grey values (H, W) mirrored and turned as `pose` says."""
    if pose.mirrored:
        values = values[:, ::-1]
    if pose.quarters:
        values = np.rot90(values, -pose.quarters)
    return np.ascontiguousarray(values)


def square_pixels(values: NDArray[Any], ratio: float) -> NDArray[Any]:
    """Return grey values (H, W) resampled to square pixels; none of their detail is lost.

    `ratio` is a pixel's height by its width. The sparser direction is the one that grows. Raises
    ReadError where the result is larger than any radiograph.
    """
    height, width = values.shape
    size = (round(width / ratio), height) if ratio < 1 else (width, round(height * ratio))
    check_size(*size)
    return np.asarray(cv2.resize(values, size, interpolation=cv2.INTER_CUBIC))


def is_square(ratio: float) -> bool:
    """Tell whether pixels of this ratio of height to width are left as they are."""
    return abs(ratio - 1) <= SQUARE_TOLERANCE or not 1 / MAX_RATIO <= ratio <= MAX_RATIO


def usual(
    values: NDArray[Any], pose: Pose, ratio: float, spacing: PixelSpacing | None
) -> tuple[NDArray[Any], PixelSpacing | None, StoredGrid | None]:
    """Bring a stored picture (H, W) into the usual pose, with square pixels.

    Returns the values, their spacing, and how they were stored: None where nothing was changed.
    """
    if pose == UPRIGHT and is_square(ratio):
        return values, spacing, None
    stored_height, stored_width = values.shape
    if not is_square(ratio):
        values = square_pixels(values, ratio)
        if spacing is not None:
            side = min(spacing.row_mm, spacing.column_mm)
            spacing = replace(spacing, row_mm=side, column_mm=side)
    stretched = values.shape[1] / stored_width, values.shape[0] / stored_height
    if pose.quarters % 2 and spacing is not None:
        spacing = replace(spacing, row_mm=spacing.column_mm, column_mm=spacing.row_mm)
    grid = StoredGrid(stored_width, stored_height, *stretched, pose.mirrored, pose.quarters)
    return posed(values, pose), spacing, grid
