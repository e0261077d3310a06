"""Calibration of the OARSI readings on held-out knees: a logistic regression for each threshold.

Each takes the logits of all thresholds of all readings, since a narrowed compartment makes the
other look wide, and severe readings go together. Little is taken from others where few knees reach
the threshold: the weights are drawn towards the threshold's own logit (ridge regression). Left and
right share the regression, as they share everything in a mirrored copy. Osteophytes were read in
all knees of KL 2 to 4 but in a third of KL 0 and 1, so the read knees of a grade are weighted to
stand for all of that grade: in knees like the unread ones, osteophytes are rarer than in the read
ones together.
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
    mirrored,
    probabilities,
    thresholds,
)

RIDGE = 1e-3  # of the weights' squared distance from 1 for the own logit, 0 for the others
SIDES = 2  # of a picture; READINGS has them in pairs

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class ReadingCalibration:
    """Turns the readings' logits into probabilities by weights (18, 18) and shifts (18,).

    The weights of a threshold are its column.
    """

    weights: Floats
    shift: Floats

    def probability(self, logits: Floats) -> NDArray[np.float64]:
        """Return the probabilities (n, 6, 4) of logits (n, 18)."""
        return probabilities(logits @ self.weights + self.shift)


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
    counted = np.repeat(knee_weights(~np.isnan(true), grades), THRESHOLDS, axis=1)
    labels = np.nan_to_num(thresholds(true))
    # Each knee and its mirror image, which shows the left reading at the right.
    shown = np.concatenate([logits, mirrored(logits)]).astype(np.float64)
    weights = np.zeros((READING_LOGITS, READING_LOGITS), np.float32)
    shift = np.zeros(READING_LOGITS, np.float32)
    for first in range(0, READING_LOGITS, SIDES * THRESHOLDS):
        for left in range(first, first + THRESHOLDS):
            right = left + THRESHOLDS
            fitted, constant = _regressed(
                shown,
                np.concatenate([labels[:, left], labels[:, right]]),
                np.concatenate([counted[:, left], counted[:, right]]),
                own=left,
            )
            weights[:, left] = fitted
            weights[:, right] = mirrored(fitted[None])[0]
            shift[[left, right]] = constant
    return ReadingCalibration(weights, shift)


def _regressed(
    logits: NDArray[np.float64],
    labels: NDArray[np.float32],
    counted: NDArray[np.float64],
    own: int,
) -> tuple[NDArray[np.float64], float]:
    """Return the weights (k,) of logits (n, k), and the shift, of least weighted cross-entropy.

    Labels (n,) are made Platt's targets. `own` is the logit towards which the weights are drawn.
    """
    above, below = (counted * labels).sum(), (counted * (1 - labels)).sum()
    targets = np.where(labels == 1, (above + 1) / (above + 2), 1 / (below + 2))
    whole = max(counted.sum(), 1.0)
    start = np.zeros(logits.shape[1] + 1)
    start[own] = 1

    def loss(ends: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        scaled = logits @ ends[:-1] + ends[-1]
        each = np.logaddexp(0, scaled) - targets * scaled
        error = counted * (1 / (1 + np.exp(-scaled)) - targets)
        off = ends - start
        off[-1] = 0
        gradient = np.append(error @ logits, error.sum()) / whole + 2 * RIDGE * off
        return float((counted * each).sum() / whole + RIDGE * (off @ off)), gradient

    best = minimize(loss, start, jac=True, method="L-BFGS-B").x
    return best[:-1], float(best[-1])


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
