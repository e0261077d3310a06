"""Figures of merit for grades, and their patient-level bootstrap intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Grades = NDArray[np.int64]


def accuracy(true: Grades, predicted: Grades) -> float:
    """Share of knees whose grade is met exactly."""
    return float((true == predicted).mean())


def mean_absolute_error(true: Grades, predicted: Grades) -> float:
    """Mean distance in grades."""
    return float(np.abs(true - predicted).mean())


def quadratic_kappa(true: Grades, predicted: Grades) -> float:
    """Cohen's kappa with quadratic weights (Cohen 1968); 0 where one side has a single grade."""
    count = int(max(true.max(), predicted.max())) + 1
    observed = np.zeros((count, count))
    np.add.at(observed, (true, predicted), 1)
    expected = np.outer(observed.sum(1), observed.sum(0)) / observed.sum()
    weights = (np.arange(count)[:, None] - np.arange(count)[None, :]) ** 2
    chance = (weights * expected).sum()
    return float(1 - (weights * observed).sum() / chance) if chance else 0.0


def bootstrap_interval(
    measure: Callable[[NDArray[np.int64]], float],
    patients: NDArray[np.str_],
    *,
    rounds: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the 95 % interval of `measure(rows)`, drawing whole patients with replacement."""
    rng = np.random.default_rng(seed)
    _, owner = np.unique(patients, return_inverse=True)
    order = np.argsort(owner, kind="stable")
    knees = np.split(order, np.cumsum(np.bincount(owner))[:-1])
    values = []
    for _ in range(rounds):
        drawn = rng.integers(0, len(knees), len(knees))
        values.append(measure(np.concatenate([knees[index] for index in drawn])))
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def expected_calibration_error(
    true: Grades, probability: NDArray[np.float64], bins: int = 15
) -> float:
    """Mean gap between the top probability and how often it is right (Guo 2017)."""
    top, right = probability.max(1), probability.argmax(1) == true
    bin_of = np.minimum((top * bins).astype(int), bins - 1)
    gaps = [abs(top[bin_of == index].sum() - right[bin_of == index].sum()) for index in range(bins)]
    return float(sum(gaps) / len(true))
