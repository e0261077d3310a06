"""Copying before splitting measures memory: shown where there is nothing to be known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from training.data.crops import Crops

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's own, about protocol buffers and NumPy.
    pytest.mark.filterwarnings("ignore"),
]


def _crops(count: int) -> Crops:
    """Return pictures that differ from each other, with grades that nobody can see in them."""
    rng = np.random.default_rng(0)
    clouds = rng.integers(0, 255, (count, 14, 14), np.uint8)
    images = np.stack(
        [cv2.resize(cloud, (224, 224), interpolation=cv2.INTER_CUBIC) for cloud in clouds]
    )
    names = np.array([str(number) for number in range(count)])
    return Crops(images, np.arange(count) % 5, names, np.array(["L"] * count))


def test_every_grade_gets_as_many_copies() -> None:
    from training.evaluation.leak import balanced

    crops = _crops(23)
    of = balanced(crops, 30, np.random.default_rng(0))
    assert np.bincount(crops.grades[of]).tolist() == [30] * 5
    assert len(set(of.tolist())) == 23


def test_what_cannot_be_known_is_known_after_a_leak() -> None:
    from training.evaluation.leak import demonstrate

    def thumbnails(pictures: list[np.ndarray]) -> np.ndarray:
        small = [cv2.resize(one, (16, 16), interpolation=cv2.INTER_AREA) for one in pictures]
        return np.stack(small).reshape(len(small), -1)

    leaking, honest, plain = demonstrate(_crops(50), thumbnails, 100).values()
    assert leaking[0] > 0.4
    for value, low, high in (honest, plain):
        assert low <= value <= high
        assert value < leaking[0] - 0.15
