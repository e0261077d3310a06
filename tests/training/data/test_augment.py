"""Augmented crops stay crops: shape, range, and the same again for the same seed."""

from __future__ import annotations

import numpy as np

from training.data.augment import augment


def _picture() -> np.ndarray:
    across = np.linspace(0, 255, 224)
    return np.tile(across, (224, 1)).astype(np.uint8)


def test_shape_type_and_range() -> None:
    result = augment(_picture(), np.random.default_rng(0))
    assert result.shape == (224, 224, 1)
    assert result.dtype == np.float32
    assert result.min() >= 0
    assert result.max() <= 1


def test_the_same_seed_gives_the_same_picture_and_another_another() -> None:
    once = augment(_picture(), np.random.default_rng(3))
    again = augment(_picture(), np.random.default_rng(3))
    other = augment(_picture(), np.random.default_rng(4))
    np.testing.assert_array_equal(once, again)
    assert np.abs(once - other).mean() > 0.01


def test_half_of_the_pictures_are_mirrored() -> None:
    rng = np.random.default_rng(0)
    slopes = []
    for _ in range(200):
        row = augment(_picture(), rng)[112, 40:180, 0]
        slopes.append(row[-1] > row[0])
    assert 0.35 < np.mean(slopes) < 0.65
