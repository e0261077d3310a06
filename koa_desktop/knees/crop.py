"""The crop of a knee: resampled, stretched and padded as the networks expect it.

`crop` is the one way from a radiograph to the grader's input. Training starts from published crops,
which need no resampling, and shares `stretch`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.imaging.grey_values import percentiles
from koa_desktop.knees.box import Box
from koa_desktop.radiograph import Radiograph, shown

Pixels = NDArray[np.float32]

# The published training crops are 224 pixels wide; a crop never carries more detail than they do.
CROP_SIZE = 224
# Grey values are stretched between these percentiles of the crop (100 % inside the image).
STRETCH_PERCENTILES = (1.0, 99.0)
CONTRAST_PERCENTILES = (5.0, 95.0)


@dataclass(frozen=True, eq=False, slots=True)
class Crop:
    """A knee as the grader sees it.

    `pixels` float32 (size, size, 1) are 0..1, bone bright, stretched between the 1st and 99th
    percentile of what lies inside the image; what lies outside is filled by reflection. `contrast`
    0..1 is the range of the middle 90 % of the grey values before they are stretched.
    """

    pixels: Pixels
    contrast: float


def crop(radiograph: Radiograph, box: Box, size: int = CROP_SIZE) -> Crop:
    """Resample a box of a radiograph to the grader's input, `size` pixels wide."""
    picture, inside = cut_out(radiograph, box, size)
    values = picture[inside]
    low, high = percentiles(values, CONTRAST_PERCENTILES) if values.size else (0.0, 0.0)
    return Crop(reflected(stretch(picture, inside), inside), high - low)


def cut_out(radiograph: Radiograph, box: Box, size: int) -> tuple[Pixels, NDArray[np.bool_]]:
    """Return `cut` of a radiograph's pixels; computes grey values only where the box needs them."""
    x0, y0, x1, y1 = _reach(radiograph.values.shape, box)
    if x1 <= x0 or y1 <= y0:
        return cut(np.zeros((1, 1), np.float32), box, size)
    part = shown(radiograph.values[y0:y1, x0:x1], radiograph.window, inverted=radiograph.inverted)
    return cut(part, Box(box.left - x0, box.top - y0, box.size), size)


def _reach(shape: tuple[int, ...], box: Box) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of the pixels that a resampled box needs."""
    height, width = shape
    return (
        max(int(np.floor(box.left)) - 2, 0),
        max(int(np.floor(box.top)) - 2, 0),
        min(int(np.ceil(box.left + box.size)) + 2, width),
        min(int(np.ceil(box.top + box.size)) + 2, height),
    )


def cut(pixels: Pixels, box: Box, size: int) -> tuple[Pixels, NDArray[np.bool_]]:
    """Resample the square `box` of `pixels` (H, W) to (size, size), zero outside the image.

    Returns the picture and a mask that is true inside the image. A larger box is averaged over
    areas before it is resampled, so that fine detail does not alias.
    """
    scale = size / box.size
    height, width = pixels.shape
    x0, y0, x1, y1 = _reach(pixels.shape, box)
    if x1 <= x0 or y1 <= y0:
        return np.zeros((size, size), np.float32), np.zeros((size, size), bool)
    region: NDArray[Any] = np.ascontiguousarray(pixels[y0:y1, x0:x1], dtype=np.float32)
    shrink = min(1.0, scale)
    if shrink < 1:
        region_size = (max(round((x1 - x0) * shrink), 1), max(round((y1 - y0) * shrink), 1))
        region = cv2.resize(region, region_size, interpolation=cv2.INTER_AREA)
    ratio_x, ratio_y = region.shape[1] / (x1 - x0), region.shape[0] / (y1 - y0)
    # Pixel centres lie at half-integers: map output centres to region coordinates.
    step_x, step_y = ratio_x / scale, ratio_y / scale
    matrix = np.array(
        [
            [step_x, 0, (box.left - x0) * ratio_x + step_x / 2 - 0.5],
            [0, step_y, (box.top - y0) * ratio_y + step_y / 2 - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    picture: NDArray[Any] = cv2.warpAffine(
        region, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    centres = (np.arange(size) + 0.5) / scale
    inside_x = (box.left + centres >= 0) & (box.left + centres <= width)
    inside_y = (box.top + centres >= 0) & (box.top + centres <= height)
    inside = inside_y[:, None] & inside_x[None, :]
    picture[~inside] = 0
    return picture, inside


def stretch(picture: Pixels, inside: NDArray[np.bool_] | None = None) -> Pixels:
    """Stretch grey values (size, size) to 0..1 between the percentiles; returns (size, size, 1)."""
    values = picture if inside is None else picture[inside]
    if values.size == 0:
        return np.zeros((*picture.shape, 1), np.float32)
    low, high = percentiles(values, STRETCH_PERCENTILES)
    stretched = np.clip((picture - low) / max(high - low, 1e-6), 0, 1)
    if inside is not None:
        stretched[~inside] = 0
    result: Pixels = stretched.astype(np.float32)[..., None]
    return result


def reflected(picture: Pixels, inside: NDArray[np.bool_]) -> Pixels:
    """Fill what lies beyond the image, where `inside` (H, W) is false, by reflection at its border.

    A strip that cuts a knee above and below is graded as accurately as the whole knee; black
    padding would change the grade. Returns float32 (H, W, 1).
    """
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if not len(rows) or inside.all():
        return picture
    height, width = inside.shape
    top, left, bottom, right = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    filled: NDArray[Any] = cv2.copyMakeBorder(
        picture[top:bottom, left:right, 0],
        int(top),
        int(height - bottom),
        int(left),
        int(width - right),
        cv2.BORDER_REFLECT,
    )
    return filled[..., None].astype(np.float32)
