"""A radiograph at full, half, quarter… size, so that a large film shrinks smoothly and at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.radiograph import Window, shown

# The smallest level still has this many pixels on its longer side: no view shows a film smaller.
SMALLEST_SIDE = 256


@dataclass(frozen=True, eq=False)
class Pyramid:
    """Grey values (H, W) at full size and their area-averaged halves, in the file's own values.

    One pixel of level k covers 2**k × 2**k pixels of level 0; the last row and column are repeated
    where a size is odd.
    """

    levels: tuple[NDArray[Any], ...]

    def level_for(self, scale: float) -> int:
        """Return the coarsest level that has a pixel or more for each of the screen's.

        `scale` is screen pixels per pixel of the radiograph.
        """
        if scale >= 1:
            return 0
        return min(int(np.floor(np.log2(1 / scale) + 1e-6)), len(self.levels) - 1)

    @cached_property
    def value_range(self) -> float:
        """Brightest minus darkest value of the smallest level: single stray pixels do not count."""
        smallest = self.levels[-1].astype(np.float64)
        span = float(smallest.max() - smallest.min()) if smallest.size else 0.0
        return span if np.isfinite(span) and span > 0 else 1.0


def levels(values: NDArray[Any]) -> Pyramid:
    """Return the pyramid of grey values (H, W). Needs no window system: any thread may call."""
    level = values
    found = [level]
    while max(level.shape) >= 2 * SMALLEST_SIDE:
        level = _halved(level)
        found.append(level)
    return Pyramid(tuple(found))


def _halved(values: NDArray[Any]) -> NDArray[Any]:
    height, width = values.shape
    if height % 2 or width % 2:
        # A whole factor of two is twenty times as fast as a fractional one.
        values = cv2.copyMakeBorder(values, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE)
    size = (values.shape[1] // 2, values.shape[0] // 2)
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA)


def grey(values: NDArray[Any], window: Window, *, inverted: bool) -> NDArray[np.uint8]:
    """Return 8-bit grey values of `values` (H, W), a piece of a radiograph or of its pyramid.

    They are those of `shown`, times 255 and rounded. Whole-numbered values go through a
    table of every value there can be.
    """
    if values.dtype.kind not in "iu" or values.dtype.itemsize > 2:
        return _in_bytes(values, window, inverted=inverted)
    # A negative value indexes the table by its bits, as an unsigned one.
    unsigned = np.dtype(f"u{values.dtype.itemsize}")
    every = np.arange(np.iinfo(unsigned).max + 1, dtype=unsigned)
    table = _in_bytes(every.view(values.dtype), window, inverted=inverted)
    found: NDArray[np.uint8] = cv2.LUT(values.view(unsigned), table).astype(np.uint8, copy=False)
    return found


def _in_bytes(values: NDArray[Any], window: Window, *, inverted: bool) -> NDArray[np.uint8]:
    grey_values = shown(values, window, inverted=inverted)
    grey_values *= 255
    return np.rint(grey_values, out=grey_values).astype(np.uint8)
