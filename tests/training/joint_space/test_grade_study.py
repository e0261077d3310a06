"""The study finds the information that widths add to a grade, and none where there is none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from koa_desktop.joint_space.measure import Compartment, JointSpaceFlag, JointSpaceReason, Width
from training.data.crops import Crops
from training.joint_space.grade_study import (
    FREE,
    ORDERED,
    _compartment,
    _pictures_of,
    compare,
    cross_fitted,
    fit,
)
from training.metrics.calibration import softmax

KNEES = 400


def drawn(effect: float) -> tuple[np.ndarray, np.ndarray, Crops]:
    """Draw logits, one width, and grades that are the higher, the narrower the joint."""
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, (KNEES, 5))
    widths = rng.normal(0.2, 0.05, (KNEES, 1))
    narrow = (0.2 - widths) / 0.05
    probability = softmax((logits + effect * narrow * ORDERED).astype(np.float32))
    grades = np.minimum((rng.random((KNEES, 1)) > probability.cumsum(1)).sum(1), 4)
    patients = (np.arange(KNEES) // 2).astype(str)
    sides = np.array(["L", "R"] * (KNEES // 2))
    return logits, widths, Crops(np.zeros((KNEES, 0, 0), np.uint8), grades, patients, sides)


@pytest.mark.parametrize("basis", [FREE, ORDERED], ids=["free", "ordered"])
def test_widths_that_tell_are_found(basis: np.ndarray) -> None:
    logits, widths, crops = drawn(effect=1.0)
    without = cross_fitted(logits, np.zeros((KNEES, 0)), crops, basis)
    found = compare(cross_fitted(logits, widths, crops, basis), without, crops)
    assert found["accuracy"]["interval"][0] > 0
    assert found["quadratic_kappa"]["interval"][0] > 0
    assert found["negative_log_likelihood"]["interval"][1] < 0


def test_widths_that_tell_nothing_add_nothing() -> None:
    logits, widths, crops = drawn(effect=0.0)
    without = cross_fitted(logits, np.zeros((KNEES, 0)), crops, FREE)
    found = compare(cross_fitted(logits, widths, crops, FREE), without, crops)
    assert found["accuracy"]["value"] < 0.02
    assert found["negative_log_likelihood"]["value"] > -0.005


def test_a_fit_recovers_scale_and_weight() -> None:
    logits, widths, crops = drawn(effect=1.0)
    model = fit(logits / 2, widths, crops.grades, ORDERED, penalty=1e-6)
    assert model.scale == pytest.approx(2, rel=0.15)
    # A wider joint speaks for the lower grades, by one logit a grade and standard deviation.
    np.testing.assert_allclose(model.weights, -ORDERED, rtol=0.25, atol=1e-9)


def test_a_large_penalty_leaves_the_temperature_and_a_missing_width_has_no_effect() -> None:
    logits, widths, crops = drawn(effect=1.0)
    stiff = fit(logits, widths, crops.grades, FREE, penalty=1e6)
    assert np.abs(stiff.weights).max() < 1e-4
    free = fit(logits, widths, crops.grades, FREE, penalty=1e-3)
    unseen = np.full((3, 1), np.nan)
    expected = softmax((free.scale * logits[:3] + free.offsets).astype(np.float32))
    np.testing.assert_allclose(free.probability(logits[:3], unseen), expected)


def test_a_refused_compartment_has_no_width() -> None:
    nothing = np.zeros((0, 2))
    refused = Compartment(
        nothing, nothing, nothing.astype(np.float32), 0.1, reason=JointSpaceReason.NOT_SEEN
    )
    measured = replace(
        refused,
        reason=None,
        minimal=Width(20, 0.1),
        mean=Width(30, 0.15),
        flag=JointSpaceFlag.UNSURE,
    )
    assert np.isnan(_compartment(refused)[0])
    assert _compartment(refused)[2:] == (1, 0)
    assert _compartment(None)[2] == 1
    assert _compartment(measured) == (0.1, 0.15, 0, 1)


def test_pictures_are_found_by_patient_and_side() -> None:
    images = np.arange(4, dtype=np.uint8)[:, None, None]
    patients, sides = np.array(["1", "1", "2", "2"]), np.array(["L", "R", "L", "R"])
    part = Crops(images, np.arange(4), patients, sides)
    wanted = part.take(np.array([3, 0]))
    empty = Crops(np.zeros((2, 0, 0), np.uint8), wanted.grades, wanted.patients, wanted.sides)
    assert _pictures_of(empty, [part]).images.ravel().tolist() == [3, 0]
