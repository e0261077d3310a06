"""Window presets: the file's own, by the contents, the full range, bone, soft tissue, or a box.

Percentiles are those of what shows something: the darkest values, of blank surroundings, do not
count for automatic, bone and soft tissue. All windows are in the file's own grey values.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.knees.box import Box
from koa_desktop.radiograph import Radiograph, Window

LEAST_WIDTH = 1e-3
BOX_PERCENTILES = (1.0, 99.0)


class Preset(Enum):
    """A window by name."""

    FILE = "file"
    AUTOMATIC = "automatic"
    FULL = "full"
    BONE = "bone"
    SOFT_TISSUE = "soft tissue"
    BOX = "box"


# Of bone-bright values: dark end, bright end. Bone lies in the brighter half of what is exposed.
_PERCENTILES = {
    Preset.AUTOMATIC: (1.0, 99.5),
    Preset.BONE: (40.0, 99.8),
    Preset.SOFT_TISSUE: (2.0, 70.0),
}


def window_of(preset: Preset, radiograph: Radiograph, box: Box | None) -> Window:
    """Return a preset's window; BONE and BOX look at the box, or at the whole film without one."""
    if preset is Preset.FILE:
        return radiograph.window
    if preset is Preset.FULL:
        low, high, _, _ = cv2.minMaxLoc(radiograph.values)
        return _between(low, high)
    if preset in (Preset.AUTOMATIC, Preset.SOFT_TISSUE):
        box = None
    values = values_in(radiograph, box) if box is not None else radiograph.values
    if values.size == 0:
        values = radiograph.values
    if preset is Preset.BOX:
        low, high = np.percentile(values, BOX_PERCENTILES)
        return _between(float(low), float(high))
    exposed = _exposed(values, inverted=radiograph.inverted)
    dark, bright = _PERCENTILES[preset]
    if radiograph.inverted:
        dark, bright = 100 - bright, 100 - dark
    low, high = np.percentile(exposed, (dark, bright))
    return _between(float(low), float(high))


def values_in(radiograph: Radiograph, box: Box) -> NDArray[Any]:
    """Return the grey values (h, w) whose pixels' middles lie in the box; empty beside the film."""
    left, top = (max(round(edge), 0) for edge in (box.left, box.top))
    right, bottom = round(box.left + box.size), round(box.top + box.size)
    return radiograph.values[top : max(bottom, 0), left : max(right, 0)]


def _exposed(values: NDArray[Any], *, inverted: bool) -> NDArray[Any]:
    """Return at most about 250,000 of the values, without the blank ones at the dark end."""
    step = max(int(np.sqrt(values.size / 250_000)), 1)
    sample = values[::step, ::step]
    dark = sample.max() if inverted else sample.min()
    exposed = sample[sample != dark]
    return exposed if exposed.size else sample


def _between(low: float, high: float) -> Window:
    width = max(high - low, LEAST_WIDTH)
    return Window((low + high) / 2, width)
