"""Thresholds, mirror images and probabilities of the readings; their loss masks what is unread."""

from __future__ import annotations

import numpy as np
import pytest

from koa_desktop.grading.oarsi import EXCHANGED
from training.network.readings import (
    MIRRORED_LOGITS,
    READINGS,
    grades_of,
    mirrored,
    probabilities,
    thresholds,
)

# TensorFlow's own, about protocol buffers and NumPy.
pytestmark = pytest.mark.filterwarnings("ignore")


def test_the_mirror_image_has_left_and_right_the_other_way_round() -> None:
    swapped = [READINGS[place] for place in EXCHANGED]
    expected = [
        name.replace("left", "?").replace("right", "left").replace("?", "right")
        for name in READINGS
    ]
    assert swapped == expected
    grades = np.array([[0, 1, 2, 3, 1, 0]], np.float32)
    assert mirrored(grades).tolist() == [[1, 0, 3, 2, 0, 1]]
    np.testing.assert_array_equal(mirrored(thresholds(grades)), thresholds(mirrored(grades)))
    np.testing.assert_array_equal(mirrored(mirrored(grades)), grades)
    logits = np.arange(18)[None]
    assert mirrored(logits)[0].tolist() == logits[0, list(MIRRORED_LOGITS)].tolist()


def test_a_grade_reaches_its_own_and_all_lower_thresholds() -> None:
    grades = np.array([[0, 1, 2, 3, np.nan, 0]], np.float32)
    by_reading = thresholds(grades).reshape(6, 3)
    assert by_reading[:4].tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]]
    assert np.isnan(by_reading[4]).all()
    logits = np.where(np.isnan(thresholds(grades)), -5, 10 * thresholds(grades) - 5)
    assert grades_of(logits).tolist() == [[0, 1, 2, 3, 0, 0]]


def test_probabilities_are_never_negative_and_sum_to_one() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (50, 18)).astype(np.float32)
    probability = probabilities(logits)
    assert probability.shape == (50, 6, 4)
    assert (probability >= 0).all()
    np.testing.assert_allclose(probability.sum(2), 1)
    least = 1 / (1 + np.exp(-logits.reshape(50, 6, 3)[:, :, 0].astype(np.float64)))
    np.testing.assert_allclose(probability[:, :, 1:].sum(2), least)


def test_the_loss_is_the_mean_cross_entropy_of_what_was_read() -> None:
    from training.network.losses import readings_loss

    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (4, 18)).astype(np.float32)
    labels = rng.integers(0, 2, (4, 18)).astype(np.float32)
    labels[1, :9] = np.nan
    labels[2] = np.nan
    chance = 1 / (1 + np.exp(-logits))
    each = -np.where(labels == 1, np.log(chance), np.log(1 - chance))
    expected = np.where(np.isnan(labels), 0, each).sum(1) / 18
    np.testing.assert_allclose(readings_loss(labels, logits), expected, rtol=1e-4)
    assert float(readings_loss(labels, logits)[2]) == 0


def test_what_was_not_read_teaches_nothing() -> None:
    import tensorflow as tf

    from training.network.losses import readings_loss

    labels = np.ones((1, 18), np.float32)
    labels[0, :3] = np.nan
    logits = tf.Variable(np.zeros((1, 18), np.float32))
    with tf.GradientTape() as tape:
        loss = readings_loss(labels, logits)
    gradient = np.asarray(tape.gradient(loss, logits))[0]
    assert (gradient[:3] == 0).all()
    assert (gradient[3:] < 0).all()
