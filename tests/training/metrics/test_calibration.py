"""Calibration recovers what was put in, and sets cover what they promise."""

from __future__ import annotations

import numpy as np
import pytest

from koa_desktop.examination.findings import prediction_set_of
from training.data.crops import Crops
from training.metrics.calibration import (
    ADJUSTMENT_SHARE,
    cross_fitted,
    fit_set_thresholds,
    fit_temperature,
    fit_whitening,
    logit_adjustment,
    softmax,
)


def _knees(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw logits, and grades as probable as these logits say."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1.5, (count, 5)).astype(np.float32)
    uniform = rng.random((count, 1))
    grades = (uniform > softmax(logits).cumsum(1)).sum(1)
    return logits, np.minimum(grades, 4)


def test_temperature_undoes_overconfidence() -> None:
    logits, grades = _knees(20_000, 0)
    assert fit_temperature(logits * 2.5, grades) == pytest.approx(2.5, rel=0.05)


def test_logit_adjustment_gives_rare_grades_something_and_the_absent_nothing() -> None:
    grades = np.repeat([0, 1, 2, 3], [80, 10, 5, 5])
    levels = logit_adjustment(grades)
    assert levels[0] < levels[1] < levels[2] == levels[3]
    assert levels[4] == 0
    # Part of the way to grades that are equally common.
    assert levels[2] - levels[0] == pytest.approx(ADJUSTMENT_SHARE * np.log(16), abs=1e-6)


def test_sets_cover_every_grade_on_knees_they_were_not_fitted_on() -> None:
    logits, grades = _knees(5000, 1)
    thresholds = fit_set_thresholds(softmax(logits), grades)
    fresh, truth = _knees(5000, 2)
    ends = np.array([prediction_set_of(tuple(row), thresholds) for row in softmax(fresh)])
    covered = (ends[:, 0] <= truth) & (truth <= ends[:, 1])
    for grade in range(5):
        assert covered[truth == grade].mean() > 0.87


def test_a_grade_with_too_few_knees_always_belongs_to_the_set() -> None:
    logits, grades = _knees(100, 3)
    grades[:] = 0
    assert fit_set_thresholds(softmax(logits), grades)[4] == 0


def test_no_part_is_calibrated_on_itself() -> None:
    logits, grades = _knees(400, 4)
    patients = np.arange(400).astype(str)
    crops = Crops(np.zeros((400, 0, 0), np.uint8), grades, patients, patients)
    probability, ends = cross_fitted(logits, crops)
    changed = logits.copy()
    changed[0] *= -3  # one knee; its own tenth is fitted on the others
    again, ends_again = cross_fitted(changed, crops)
    same = np.isclose(again, probability).all(1)
    assert not same[0]
    assert 30 < same[1:].sum() < 50
    assert (ends[same] == ends_again[same]).all()
    assert (ends[:, 0] <= logits.argmax(1)).all()


def test_whitened_distance_is_mahalanobis() -> None:
    rng = np.random.default_rng(0)
    features = (rng.normal(size=(4000, 6)) @ rng.normal(size=(6, 6))).astype(np.float32)
    whitening = fit_whitening(features, axes=6)
    centred = features - features.mean(0)
    inverse = np.linalg.inv(np.cov(centred.T, bias=True))
    expected = np.sqrt(np.einsum("ij,jk,ik->i", centred, inverse, centred))
    np.testing.assert_allclose(whitening.distances(features), expected, rtol=0.02)
