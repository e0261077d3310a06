"""The rows of a crop in which the joint lies."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from koa_desktop.knees.crop import CROP_SIZE

JOINT_ROW = 0.58  # of a crop's height: half, and the 0.08 that the joint lies below it
HALF_BAND = 0.12  # of a crop's height: half that of the joint's band


def joint_rows(centre: float = JOINT_ROW) -> NDArray[np.bool_]:
    """Return which rows (224,) lie in a band of the joint's height about a row, a share 0..1."""
    rows = (np.arange(CROP_SIZE) + 0.5) / CROP_SIZE
    return np.asarray(np.abs(rows - centre) <= HALF_BAND)
