"""Calibration of the OARSI readings on held-out knees: a slope and a shift for each threshold.

Platt scaling (Platt 1999), which keeps the order of the knees. Left and right share it, as they
share everything in a mirrored copy. Osteophytes were read in all knees of KL 2 to 4 but in a third
of KL 0 and 1, so the read knees of a grade are weighted to stand for all of that grade: in knees
like the unread ones, osteophytes are rarer than in the read ones together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.grading.oarsi import THRESHOLDS
from training.data.crops import Crops, patient_folds
from training.metrics.calibration import PARTS
from training.network.readings import (
    READING_LOGITS,
    READINGS,
    probabilities,
    thresholds,
)

BOUNDS = ((-2.0, 2.0), (-10.0, 10.0))  # of the slope's logarithm, and of the shift
SIDES = 2  # of a picture; READINGS has them in pairs

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ReadingCalibration:
    """What makes probabilities of the readings' logits: slopes (18,) above 0 and shifts (18,)."""

    slope: Floats
    shift: Floats

    def probability(self, logits: Floats) -> NDArray[np.float64]:
        """Return the probabilities (n, 6, 4) of logits (n, 18)."""
        return probabilities(logits * self.slope + self.shift)


def knee_weights(read: NDArray[np.bool_], grades: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return each knee's weight (n, 6) in each reading, given where it was read (n, 6).

    The read knees of a KL grade (n,) weigh as much as all knees of that grade; unread ones nothing.
    """
    weights = np.zeros(read.shape)
    for grade in range(GRADES):
        own = grades == grade
        count = read[own].sum(0)
        weights[own] = read[own] * (own.sum() / np.maximum(count, 1))
    return weights


def fit_readings(logits: Floats, true: Floats, grades: NDArray[np.int64]) -> ReadingCalibration:
    """Fit on held-out logits (n, 18) and readings (n, 6), both by side of the picture.

    `grades` (n,) are the knees' KL grades, for the weights. A threshold that no knee reaches, or
    every knee, is kept within bounds by Platt's targets, which count one more knee of each kind.
    """
    weights = np.repeat(knee_weights(~np.isnan(true), grades), THRESHOLDS, axis=1)
    labels = np.nan_to_num(thresholds(true))
    slope, shift = np.ones(READING_LOGITS, np.float32), np.zeros(READING_LOGITS, np.float32)
    for first in range(0, READING_LOGITS, SIDES * THRESHOLDS):
        for threshold in range(first, first + THRESHOLDS):
            both = [threshold, threshold + THRESHOLDS]
            fitted = _platt(
                *(
                    values[:, both].ravel().astype(np.float64)
                    for values in (logits, labels, weights)
                )
            )
            slope[both], shift[both] = fitted
    return ReadingCalibration(slope, shift)


def _platt(
    logits: NDArray[np.float64], labels: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the slope and shift of least weighted cross-entropy with Platt's targets."""
    above, below = (weights * labels).sum(), (weights * (1 - labels)).sum()
    targets = np.where(labels == 1, (above + 1) / (above + 2), 1 / (below + 2))

    def loss(ends: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        slope = np.exp(ends[0])
        scaled = slope * logits + ends[1]
        each = np.logaddexp(0, scaled) - targets * scaled
        error = weights * (1 / (1 + np.exp(-scaled)) - targets)
        gradient = np.array([(error * logits).sum() * slope, error.sum()])
        whole = max(weights.sum(), 1.0)
        return float((weights * each).sum() / whole), gradient / whole

    best = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B", bounds=BOUNDS).x
    return float(np.exp(best[0])), float(best[1])


def cross_fitted_readings(logits: Floats, true: Floats, held_out: Crops) -> NDArray[np.float64]:
    """Return calibrated probabilities (n, 6, 4) of held-out logits (n, 18).

    The calibration of each part of the patients is fitted on the other parts; readings `true`
    (n, 6) are NaN where not read.
    """
    part_of = patient_folds(held_out, PARTS)
    probability = np.zeros((len(logits), len(READINGS), THRESHOLDS + 1))
    for part in range(PARTS):
        fit, use = part_of != part, part_of == part
        calibration = fit_readings(logits[fit], true[fit], held_out.grades[fit])
        probability[use] = calibration.probability(logits[use])
    return probability
