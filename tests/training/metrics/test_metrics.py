"""Figures of merit against independent implementations and known answers."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import (
    cohen_kappa_score,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

from training.metrics.metrics import (
    accuracy,
    area_under_roc,
    bootstrap,
    bootstrap_interval,
    confusion_matrix,
    expected_calibration_error,
    mean_absolute_error,
    mean_by_grade,
    negative_log_likelihood,
    quadratic_kappa,
    recall_precision_f1,
    reliability,
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


def test_calibration_error_by_hand_over_two_bins() -> None:
    probability = np.array([[0.91, 0.09, 0, 0, 0]] * 4 + [[0.45, 0.55, 0, 0, 0]] * 4)
    true = np.array([0, 0, 0, 1, 1, 0, 0, 0])
    knees, said, right = reliability(true, probability)
    assert knees[[13, 8]].tolist() == [4, 4]
    assert said[[13, 8]] == pytest.approx([0.91, 0.55])
    assert right[[13, 8]].tolist() == [0.75, 0.25]
    assert np.isnan(right[0])
    expected = (4 * 0.16 + 4 * 0.30) / 8
    assert expected_calibration_error(true, probability) == pytest.approx(expected)


def test_recall_precision_and_f1_equal_scikit_learns() -> None:
    true, predicted = _grades(1)
    expected = precision_recall_fscore_support(true, predicted, labels=range(5))
    recall, precision, f1 = recall_precision_f1(confusion_matrix(true, predicted))
    np.testing.assert_allclose(precision, expected[0])
    np.testing.assert_allclose(recall, expected[1])
    np.testing.assert_allclose(f1, expected[2])


def test_area_under_the_curve_equals_scikit_learns_with_ties() -> None:
    rng = np.random.default_rng(0)
    positive, score = rng.random(200) < 0.3, rng.integers(0, 9, 200).astype(float)
    assert area_under_roc(positive, score) == pytest.approx(roc_auc_score(positive, score))
    assert np.isnan(area_under_roc(np.zeros(3, bool), np.arange(3.0)))


def test_likelihood_equals_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    probability, true = rng.dirichlet(np.ones(5), 100), rng.integers(0, 5, 100)
    expected = log_loss(true, probability, labels=range(5))
    assert negative_log_likelihood(true, probability) == pytest.approx(expected)


def test_means_by_grade_leave_a_gap_where_a_grade_is_missing() -> None:
    means = mean_by_grade(np.array([1, 0, 1]), np.array([0, 0, 3]))
    assert means[[0, 3]].tolist() == [0.5, 1]
    assert np.isnan(means[[1, 2, 4]]).all()


def test_rounds_without_a_figure_do_not_count_for_it() -> None:
    values = np.array([np.nan, 1.0, 1.0, 1.0])

    def means(rows: np.ndarray) -> np.ndarray:
        return np.array([values[rows].sum() / len(rows), np.nan, len(rows)])

    low, high = bootstrap(means, np.array(["a", "b", "c", "d"]), rounds=200)
    assert (low[0], high[0]) == (1, 1)
    assert np.isnan([low[1], high[1]]).all()
    assert (low[2], high[2]) == (4, 4)


def test_drawing_whole_patients_widens_the_interval() -> None:
    rng = np.random.default_rng(0)
    hits = np.repeat(rng.random(100) < 0.7, 10)
    by_patient = bootstrap_interval(
        lambda rows: float(hits[rows].mean()), np.repeat(np.arange(100), 10).astype(str)
    )
    by_knee = bootstrap_interval(lambda rows: float(hits[rows].mean()), np.arange(1000).astype(str))
    assert by_patient[0] < hits.mean() < by_patient[1]
    assert by_patient[1] - by_patient[0] > 2 * (by_knee[1] - by_knee[0])
