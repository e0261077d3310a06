"""The frame in which a knee is measured: the common pose of the published crops.

A box placed by hand or by a detector is some per cent off and never rotated with the leg. JSW(x) at
0.15 of the condyles' width needs better, so a small network predicts from the box how far the
common pose is from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, exp, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.imaging.grey_values import percentiles
from koa_desktop.knees.box import Box
from koa_desktop.knees.crop import CROP_SIZE

Pixels = NDArray[np.float32]

CONDYLE_LEFT, CONDYLE_RIGHT = 12.0, 212.0  # the box is 1.12 x the condyle width wide
CONDYLE_WIDTH = CONDYLE_RIGHT - CONDYLE_LEFT
POSE_SIZE = 64  # pixels of the pose network's input
# Units of the pose network's four outputs: pixels, pixels, natural log, radians.
POSE_UNITS = (12.0, 12.0, 0.1, radians(5.0))


@dataclass(frozen=True, slots=True)
class Frame:
    """A square of 224 x 224 units lying on an image, turned by `angle`.

    `x`, `y` is its middle in image pixels, `scale` the image pixels of a unit, `angle` in radians,
    clockwise as seen.
    """

    x: float
    y: float
    scale: float
    angle: float = 0.0

    @classmethod
    def of(cls, box: Box) -> Frame:
        """Return the frame that is the box itself."""
        x, y = box.centre
        return cls(x, y, box.size / CROP_SIZE)

    def moved(self, right: float, down: float, log_scale: float, turn: float) -> Frame:
        """Return the frame shifted (in its own units), enlarged and turned (radians)."""
        x, y = self.to_image(np.array([CROP_SIZE / 2 + right]), np.array([CROP_SIZE / 2 + down]))
        return Frame(float(x[0]), float(y[0]), self.scale * exp(log_scale), self.angle + turn)

    def to_image(
        self, u: NDArray[np.float64], v: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return image coordinates of points (u, v) given in units from the frame's corner."""
        across, down = u - CROP_SIZE / 2, v - CROP_SIZE / 2
        c, s = self.scale * cos(self.angle), self.scale * sin(self.angle)
        return self.x + c * across - s * down, self.y + s * across + c * down

    def from_image(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return (u, v) of points given in image coordinates: the inverse of `to_image`."""
        across, down = x - self.x, y - self.y
        c, s = cos(self.angle) / self.scale, sin(self.angle) / self.scale
        return CROP_SIZE / 2 + c * across + s * down, CROP_SIZE / 2 - s * across + c * down


def sample(
    pixels: Pixels, frame: Frame, corner: tuple[float, float], shape: tuple[int, int], step: float
) -> tuple[Pixels, NDArray[np.bool_]]:
    """Resample part of a frame from an image (H, W).

    `corner` is the part's (u, v), `shape` its rows and columns, `step` the units between them.
    Returns float32 values, the border repeated beyond the image, and a mask of what lies inside.
    """
    rows, columns = shape
    u = np.array([0.0, columns, 0.0, columns]) * step + corner[0]
    v = np.array([0.0, 0.0, rows, rows]) * step + corner[1]
    x, y = frame.to_image(u, v)
    height, width = pixels.shape
    x0, x1 = int(np.clip(x.min() - 2, 0, width - 1)), int(np.clip(x.max() + 3, 1, width))
    y0, y1 = int(np.clip(y.min() - 2, 0, height - 1)), int(np.clip(y.max() + 3, 1, height))
    region = np.ascontiguousarray(pixels[y0:y1, x0:x1], dtype=np.float32)
    shrink = min(1.0, 1 / (frame.scale * step))
    if shrink < 1:
        size = (max(round((x1 - x0) * shrink), 1), max(round((y1 - y0) * shrink), 1))
        region = np.asarray(cv2.resize(region, size, interpolation=cv2.INTER_AREA), np.float32)
    ratio_x, ratio_y = region.shape[1] / (x1 - x0), region.shape[0] / (y1 - y0)
    c, s = frame.scale * step * cos(frame.angle), frame.scale * step * sin(frame.angle)
    # Pixel centres lie at half-integers, in the picture and in the region.
    start_x, start_y = x[0] + (c - s) / 2, y[0] + (s + c) / 2
    matrix = np.array(
        [
            [c * ratio_x, -s * ratio_x, (start_x - x0) * ratio_x - 0.5],
            [s * ratio_y, c * ratio_y, (start_y - y0) * ratio_y - 0.5],
        ]
    )
    picture = cv2.warpAffine(
        region,
        matrix,
        (columns, rows),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    across, down = np.arange(columns), np.arange(rows)[:, None]
    at_x, at_y = start_x + c * across - s * down, start_y + s * across + c * down
    inside = (at_x >= 0) & (at_x < width) & (at_y >= 0) & (at_y < height)
    return np.asarray(picture, np.float32), inside


def pose_input(pixels: Pixels, frame: Frame) -> Pixels:
    """Return the pose network's input: float32 (64, 64, 1), local contrast about 1."""
    step = CROP_SIZE / POSE_SIZE
    picture, inside = sample(pixels, frame, (0.0, 0.0), (POSE_SIZE, POSE_SIZE), step)
    return local_contrast(picture, inside, 5.0)[..., None]


def local_contrast(picture: Pixels, inside: NDArray[np.bool_], sigma: float) -> Pixels:
    """Return a picture less its blur, over its own local spread: alike at any window or gamma.

    `sigma` in pixels. What lies outside is 0. A spread below a fiftieth of the picture's whole
    range is not stretched further, so that noise on an even ground stays small.
    """
    if not inside.any():
        return np.zeros(picture.shape, np.float32)
    low, high = percentiles(picture[inside], (1, 99))
    even = np.clip((picture - low) / max(high - low, 1e-6), -0.2, 1.2)
    detail = even - cv2.GaussianBlur(even, (0, 0), sigma)
    spread = cv2.GaussianBlur(detail * detail, (0, 0), 1.5 * sigma)
    normal = np.asarray(detail / np.sqrt(spread + 0.0004), np.float32)
    normal[~inside] = 0
    return normal
