"""Readings are calibrated a threshold, alike on both sides, with read knees weighted up."""

from __future__ import annotations

import numpy as np
import pytest

from training.data.crops import Crops
from training.metrics.reading_calibration import (
    ReadingCalibration,
    cross_fitted_readings,
    fit_readings,
    knee_weights,
)


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


def test_slopes_and_shifts_undo_what_was_done_to_the_logits() -> None:
    grades, true, logits = _drawn(20_000)
    found = fit_readings(logits, true, grades)
    np.testing.assert_allclose(found.slope, 0.5, rtol=0.07)
    np.testing.assert_allclose(found.shift, -0.5, atol=0.12)
    by_pair = found.slope.reshape(3, 2, 3)
    np.testing.assert_array_equal(by_pair[:, 0], by_pair[:, 1])


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
    assert np.isfinite(found.slope).all()
    assert (found.slope > 0).all()
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


def test_the_order_of_knees_stays() -> None:
    _, _, logits = _drawn(100)
    calibration = ReadingCalibration(np.full(18, 0.5, np.float32), np.ones(18, np.float32))
    reached = calibration.probability(logits)[:, :, 1:].sum(2)
    order = logits.reshape(100, 6, 3)[:, :, 0].argsort(0)
    assert (np.diff(np.take_along_axis(reached, order, axis=0), axis=0) >= 0).all()
