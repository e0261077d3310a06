"""The layout of the OARSI readings that a network predicts beside the grade.

Each reading is an ordinal grade 0..3 (none, mild, moderate, severe) of one compartment, the
picture's left or right: medial and lateral cannot be told apart in a mirrored crop. A network gives
three logits per reading: of a grade of at least 1, 2 and 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.oarsi import EXCHANGED, THRESHOLDS

READINGS = (
    "narrowing_left",
    "narrowing_right",
    "osteophyte_femur_left",
    "osteophyte_femur_right",
    "osteophyte_tibia_left",
    "osteophyte_tibia_right",
)
READING_LOGITS = len(READINGS) * THRESHOLDS
# Where each threshold's logit is found in the mirror image.
MIRRORED_LOGITS = tuple(
    reading * THRESHOLDS + threshold for reading in EXCHANGED for threshold in range(THRESHOLDS)
)


def mirrored(readings: NDArray[Any]) -> NDArray[Any]:
    """Return grades (n, 6) or thresholds (n, 18) with left and right exchanged."""
    by_reading = readings.reshape(len(readings), len(READINGS), -1)
    return by_reading[:, EXCHANGED].reshape(readings.shape)


def thresholds(grades: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return whether grades (n, 6) reach 1, 2 and 3, as 0 or 1 (n, 18); NaN where not read."""
    reached = grades[:, :, None] >= np.arange(1, THRESHOLDS + 1)
    known = np.where(np.isnan(grades)[:, :, None], np.nan, reached)
    return known.reshape(len(grades), READING_LOGITS).astype(np.float32)


def probabilities(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the probability (n, 6, 4) of each grade of each reading from logits (n, 18).

    The thresholds are predicted apart; a higher one never counts as likelier than a lower one.
    """
    by_reading = logits.astype(np.float64).reshape(len(logits), len(READINGS), THRESHOLDS)
    reached = np.minimum.accumulate(1 / (1 + np.exp(-by_reading)), axis=2)
    ends = np.ones((*reached.shape[:2], 1))
    bounds = np.concatenate([ends, reached, np.zeros_like(ends)], axis=2)
    return np.asarray(bounds[:, :, :-1] - bounds[:, :, 1:])


def grades_of(logits: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return each reading's predicted grade (n, 6) from logits (n, 18).

    A grade is reached where its threshold and all lower ones have at least even odds.
    """
    by_reading = logits.reshape(len(logits), len(READINGS), THRESHOLDS)
    return np.asarray(np.logical_and.accumulate(by_reading >= 0, axis=2).sum(2))
