"""Calibration, fitted on held-out knees: temperature, prediction sets, distance threshold.

Logits are adjusted first, so that rare grades are predicted more often.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from koa_desktop.examination.findings import prediction_set_of
from koa_desktop.grading.kellgren_lawrence import GRADES
from training.data.crops import Crops, patient_folds

COVERAGE = 0.9  # of the true grade by the prediction set, in every grade
PARTS = 10  # of the patients, each measured with what was fitted on the others
# Share of a grade's log frequency that is subtracted from its logit. At 0 the recall of grade 1 is
# 0.2; this is the smallest, in steps of 0.05, that gives 0.3.
ADJUSTMENT_SHARE = 0.3
FALSE_ALARMS = 0.01  # share of ordinary knees that may be flagged as out of distribution
AXES = 64  # principal components kept in the whitened features


@dataclass(frozen=True)
class Calibration:
    """Temperature of the logits, least probability of each grade in a set, largest distance."""

    temperature: float
    set_thresholds: tuple[float, ...]
    distance_threshold: float
    coverage: float = COVERAGE


@dataclass(frozen=True)
class Whitening:
    """Mahalanobis distance as a length: principal axes (k, d), their scales (d,), and the rest."""

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]
    scales: NDArray[np.float32]
    residual_scale: float

    def distances(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the distance (n,) of features (n, k) from the mean of those it was fitted on."""
        centred = features - self.mean
        along = centred @ self.axes
        rest = np.maximum((centred**2).sum(1) - (along**2).sum(1), 0)
        squares = ((along / self.scales) ** 2).sum(1) + rest / self.residual_scale**2
        return np.asarray(np.sqrt(squares), np.float32)


def softmax(logits: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float64]:
    """Return probabilities (n, 5) of logits (n, 5) divided by the temperature."""
    scaled = logits.astype(np.float64) / temperature
    powers = np.exp(scaled - scaled.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def logit_adjustment(grades: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return what is added to logits (5,), larger for rarer grades; 0 for a grade without knees.

    Logit adjustment (Menon 2021) with a share of the full prior.
    """
    count = np.bincount(grades, minlength=GRADES)
    share = np.maximum(count, 1) / len(grades)
    return np.where(count > 0, -ADJUSTMENT_SHARE * np.log(share), 0).astype(np.float32)


def fit_temperature(logits: NDArray[np.float32], grades: NDArray[np.int64]) -> float:
    """Return the temperature of least negative log-likelihood (Guo 2017)."""
    rows = np.arange(len(grades))

    def loss(log_temperature: float) -> float:
        probability = softmax(logits, float(np.exp(log_temperature)))
        return float(-np.log(np.maximum(probability[rows, grades], 1e-12)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))


def fit_set_thresholds(
    probability: NDArray[np.float64], grades: NDArray[np.int64], coverage: float = COVERAGE
) -> tuple[float, ...]:
    """Return the least probability at which each grade joins the set.

    Class-conditional split conformal prediction (Vovk 2012): of n knees of a grade,
    floor((n + 1)(1 - coverage)) - 1 may fall short; 0 where there are too few knees.
    """
    thresholds = []
    for grade in range(GRADES):
        own = np.sort(probability[grades == grade, grade])
        rank = int(np.floor((len(own) + 1) * (1 - coverage)))
        thresholds.append(float(own[rank - 1]) if rank >= 1 else 0.0)
    return tuple(thresholds)


def cross_fitted(
    logits: NDArray[np.float32], held_out: Crops, parts: int = PARTS
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return calibrated probabilities (n, 5) and the sets' ends (n, 2) of held-out knees.

    Temperature and thresholds of each part of the patients are fitted on the other parts.
    """
    part_of = patient_folds(held_out, parts)
    probability = np.zeros(logits.shape)
    ends = np.zeros((len(logits), 2), np.int64)
    for part in range(parts):
        fit, use = part_of != part, part_of == part
        temperature = fit_temperature(logits[fit], held_out.grades[fit])
        thresholds = fit_set_thresholds(softmax(logits[fit], temperature), held_out.grades[fit])
        probability[use] = softmax(logits[use], temperature)
        ends[use] = [prediction_set_of(tuple(row), thresholds) for row in probability[use]]
    return probability, ends


def fit_whitening(features: NDArray[np.float32], axes: int = AXES) -> Whitening:
    """Fit the distance of features (n, k) on `axes` principal components and their residual."""
    mean = features.mean(0)
    _, singular, components = np.linalg.svd(features - mean, full_matrices=False)
    axes = min(axes, len(singular))
    scales = np.maximum(singular[:axes] / len(features) ** 0.5, 1e-6)
    squares = singular**2 / len(features)
    # A floor, because rounding errors alone would dominate where the axes leave no residual.
    rest = max(float(squares[axes:].sum()), 1e-4 * float(squares.sum()))
    return Whitening(mean, components[:axes].T.copy(), scales, rest**0.5)


def calibrate(
    logits: NDArray[np.float32], grades: NDArray[np.int64], distances: NDArray[np.float32]
) -> Calibration:
    """Fit all three on held-out knees."""
    temperature = fit_temperature(logits, grades)
    thresholds = fit_set_thresholds(softmax(logits, temperature), grades)
    farthest = float(np.quantile(distances, 1 - FALSE_ALARMS))
    return Calibration(temperature, thresholds, farthest)
