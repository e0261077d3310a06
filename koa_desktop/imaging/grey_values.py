"""Grey values of any file as arrays that every later step takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.radiograph import Window

MAX_PIXELS = 120_000_000
MAX_VALUE = 1e15  # no grey value is larger, and float32 can square it
# ITU-R BT.601, as JPEG's own luminance.
_LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)


def check_size(width: int, height: int) -> None:
    """Raise ReadError where a picture is empty or larger than any radiograph."""
    if width < 1 or height < 1:
        raise ReadError(ReadReason.PICTURE_EMPTY)
    if width * height > MAX_PIXELS:
        raise ReadError(ReadReason.PICTURE_TOO_LARGE)


def luminance(colour: NDArray[Any]) -> NDArray[Any]:
    """Return grey values (H, W) of RGB values (H, W, 3), of the same type, uint8 or uint16."""
    grey = colour[..., :3].astype(np.float32) @ _LUMINANCE
    return np.round(grey).astype(colour.dtype)


def narrowed(values: NDArray[Any]) -> NDArray[Any]:
    """Return values of any type as uint8, uint16, int16 or finite float32, exact where they fit."""
    values = values.astype(values.dtype.newbyteorder("="), copy=False)
    if values.dtype in (np.uint8, np.uint16, np.int16):
        return values
    if values.dtype.kind in "iub":
        low, high = int(values.min()), int(values.max())
        for fitting in (np.uint16, np.int16):
            if np.iinfo(fitting).min <= low and high <= np.iinfo(fitting).max:
                return values.astype(fitting)
    finite = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    return np.asarray(np.clip(finite, -MAX_VALUE, MAX_VALUE), np.float32)


def full_range(low: float, high: float) -> Window:
    """Return the window in which `low` is black and `high` is white."""
    return Window((low + high) / 2, max(high - low, 1.0))


def whole_window(values: NDArray[Any]) -> Window:
    """Return the window of a picture that asks for none: the type's range for 8 bits, else its own.

    Bytes use their range as a rule; deeper values seldom do.
    """
    if values.dtype == np.uint8:
        return full_range(0, 255)
    return full_range(float(values.min()), float(values.max()))


def block_means(values: NDArray[Any], factor: int) -> NDArray[Any]:
    """Return grey values (H, W) averaged over squares of `factor` pixels, of the same type.

    Rows and columns that fill no square are left out. A whole number of pixels takes a fifth of the
    time of any other ratio.
    """
    if factor < 2:
        return values
    rows, columns = values.shape[0] // factor, values.shape[1] // factor
    whole = values[: rows * factor, : columns * factor]
    return cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA)


def percentiles(values: NDArray[Any], shares: Sequence[float]) -> list[float]:
    """Return percentiles (0 to 100) of at least one value, interpolated as by `np.percentile`.

    Sorting takes half as long. Arithmetic of float32 with these Python numbers stays float32.
    """
    ordered = np.sort(values, axis=None)
    places = np.asarray(shares) / 100 * (ordered.size - 1)
    found: list[float] = np.interp(places, np.arange(ordered.size), ordered).tolist()
    return found
