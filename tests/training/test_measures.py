"""Figures of merit against independent implementations and known answers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from training.measures import (
    accuracy,
    bootstrap_interval,
    expected_calibration_error,
    mean_absolute_error,
    quadratic_kappa,
)


def _grades(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    true = rng.integers(0, 5, 300)
    return true, np.clip(true + rng.integers(-1, 2, 300), 0, 4)


@pytest.mark.parametrize("seed", range(5))
def test_kappa_equals_scikit_learns(seed: int) -> None:
    true, predicted = _grades(seed)
    expected = cohen_kappa_score(true, predicted, weights="quadratic")
    assert quadratic_kappa(true, predicted) == pytest.approx(expected)


def test_kappa_of_always_the_same_grade_is_zero() -> None:
    true, _ = _grades(0)
    assert quadratic_kappa(true, np.zeros_like(true)) == pytest.approx(0)


def test_accuracy_and_mean_absolute_error() -> None:
    true, predicted = np.array([0, 1, 2, 3]), np.array([0, 2, 2, 1])
    assert accuracy(true, predicted) == 0.5
    assert mean_absolute_error(true, predicted) == 0.75


def test_calibration_error_is_the_gap_of_confidence_and_hits() -> None:
    probability = np.tile([0.8, 0.2, 0, 0, 0], (100, 1))
    true = np.array([0] * 60 + [1] * 40)
    assert expected_calibration_error(true, probability) == pytest.approx(0.2)


def test_drawing_whole_patients_widens_the_interval() -> None:
    rng = np.random.default_rng(0)
    hits = np.repeat(rng.random(100) < 0.7, 10)
    by_patient = bootstrap_interval(
        lambda rows: float(hits[rows].mean()), np.repeat(np.arange(100), 10).astype(str)
    )
    by_knee = bootstrap_interval(lambda rows: float(hits[rows].mean()), np.arange(1000).astype(str))
    assert by_patient[0] < hits.mean() < by_patient[1]
    assert by_patient[1] - by_patient[0] > 2 * (by_knee[1] - by_knee[0])
