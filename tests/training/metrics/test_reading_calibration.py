"""Readings are calibrated by threshold, alike on both sides, with read knees weighted up."""

from __future__ import annotations

import numpy as np
import pytest

from koa_desktop.grading.oarsi import EXCHANGED
from training.data.crops import Crops
from training.metrics.reading_calibration import (
    cross_fitted_readings,
    fit_readings,
    knee_weights,
)
from training.network.readings import mirrored


def _drawn(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw KL grades, readings (n, 6), and logits (n, 18) that are twice too sure, and shifted."""
    rng = np.random.default_rng(seed)
    centre = rng.normal(0, 2, (count, 6, 1))
    true_logits = centre - np.array([0.0, 1.5, 3.0])
    uniform = rng.random((count, 6, 1))
    reached = uniform < 1 / (1 + np.exp(-true_logits))
    true = reached.sum(2).astype(np.float32)
    logits = (2 * true_logits + 1).reshape(count, 18).astype(np.float32)
    return rng.integers(0, 5, count), true, logits


def test_what_was_done_to_the_logits_is_undone() -> None:
    grades, true, logits = _drawn(20_000)
    found = fit_readings(logits, true, grades)
    reached = found.probability(logits)[:, :, 1:].sum(2)
    right = 1 / (1 + np.exp(-(logits.reshape(-1, 6, 3)[:, :, 0] - 1) / 2))
    np.testing.assert_allclose(reached, right, atol=0.04)
    # A reading's own logits count, and those of others, drawn apart, do not.
    by_reading = found.weights.reshape(6, 3, 6, 3).sum((1, 3)) / 3
    np.testing.assert_allclose(by_reading, 0.5 * np.eye(6), atol=0.04)


def test_both_sides_are_calibrated_alike() -> None:
    grades, true, logits = _drawn(2000)
    found = fit_readings(logits, true, grades)
    turned = found.probability(mirrored(logits))
    np.testing.assert_allclose(turned, found.probability(logits)[:, EXCHANGED], atol=1e-6)


def test_a_reading_learns_from_the_others() -> None:
    """The left narrowing goes by the right one's logit alone, as where one makes the other wide."""
    grades, true, logits = _drawn(4000)
    true[:, 0] = np.where(logits[:, 3] > 1, 0, 3)
    true[:, 1] = np.where(logits[:, 0] > 1, 0, 3)
    found = fit_readings(logits, true, grades)
    called = found.probability(logits)[:, :2].argmax(2)
    assert (called == true[:, :2]).mean() > 0.98


def test_read_knees_stand_for_all_of_their_grade() -> None:
    grades = np.array([0, 0, 0, 0, 2, 2])
    read = np.array([[True], [False], [False], [False], [True], [True]])
    assert knee_weights(read, grades)[:, 0].tolist() == [4, 0, 0, 0, 1, 1]
    assert (knee_weights(np.zeros((6, 1), bool), grades) == 0).all()


def test_a_rate_is_that_of_all_knees_not_of_the_read_ones() -> None:
    """A network that knows nothing says the rate in all knees: half of KL 2, none of KL 0."""
    grades = np.repeat([0, 2], 1000)
    true = np.full((2000, 6), np.nan, np.float32)
    true[:100], true[1000:1500], true[1500:] = 0, 0, 1
    probability = fit_readings(np.zeros((2000, 18), np.float32), true, grades).probability(
        np.zeros((1, 18), np.float32)
    )
    np.testing.assert_allclose(probability[0, :, 1:].sum(1), 0.25, atol=0.01)


def test_thresholds_that_no_knee_reaches_stay_finite() -> None:
    grades, true, logits = _drawn(200)
    found = fit_readings(logits, np.minimum(true, 1), grades)
    assert np.isfinite(found.weights).all()
    assert np.isfinite(found.shift).all()
    assert found.probability(logits)[:, :, 2:].max() < 0.2


def test_each_patient_is_calibrated_by_the_others() -> None:
    grades, true, logits = _drawn(4000)
    patients = np.array([str(number // 2) for number in range(4000)])
    knees = Crops(np.zeros((4000, 0, 0), np.uint8), grades, patients, np.array(["L", "R"] * 2000))
    probability = cross_fitted_readings(logits, true, knees)
    assert probability.shape == (4000, 6, 4)
    np.testing.assert_allclose(probability.sum(2), 1)
    reached = probability[:, :, 1:].sum(2)
    assert reached.mean() == pytest.approx((true >= 1).mean(), abs=0.01)
    # The readings of one patient move no probability of his own.
    own = patients == "7"
    turned = true.copy()
    turned[own] = 3 - turned[own]
    np.testing.assert_array_equal(
        cross_fitted_readings(logits, turned, knees)[own], probability[own]
    )
