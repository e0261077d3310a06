"""The weights' randomisation test: what is shuffled, and how likeness is counted."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import spearmanr

# TensorFlow's own, about protocol buffers and NumPy.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def test_likeness_is_spearmans_correlation() -> None:
    from training.evaluation.randomisation import rank_correlations

    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 9, (2, 4, 7, 7)).astype(float)
    expected = [spearmanr(a.ravel(), b.ravel())[0] for a, b in zip(one, other, strict=True)]
    np.testing.assert_allclose(rank_correlations(one, other), expected)
    np.testing.assert_allclose(rank_correlations(one, one), 1)
    assert rank_correlations(one[:1], np.zeros((1, 7, 7)))[0] == 0


def test_each_knee_is_compared_with_another_of_its_grade() -> None:
    from training.evaluation.randomisation import another_of_the_grade

    grades = np.array([0, 0, 0, 1, 1, 4])
    other = another_of_the_grade(grades, np.random.default_rng(0))
    assert grades[other].tolist() == grades.tolist()
    assert (other[:5] != np.arange(5)).all()
    assert other[5] == 5


def test_shuffled_layers_keep_their_values_and_others_their_places() -> None:
    import keras

    from training.evaluation.randomisation import shuffle, weighted_layers

    inner = keras.Sequential([keras.Input((6,)), keras.layers.Dense(8), keras.layers.ReLU()])
    image = keras.Input((6,))
    model = keras.Model(image, keras.layers.Dense(5)(inner(image)))
    layers = weighted_layers(model)
    assert [layer.units for layer in layers] == [8, 5]
    before = [layer.get_weights()[0] for layer in layers]
    shuffle(layers[-1:], np.random.default_rng(0))
    after = [layer.get_weights()[0] for layer in layers]
    np.testing.assert_array_equal(after[0], before[0])
    assert not np.array_equal(after[1], before[1])
    np.testing.assert_array_equal(np.sort(after[1].ravel()), np.sort(before[1].ravel()))
