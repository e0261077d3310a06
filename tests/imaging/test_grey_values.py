"""Percentiles are those of NumPy."""

import numpy as np
import pytest

from koa_desktop.imaging.grey_values import percentiles


@pytest.mark.parametrize("count", [1, 2, 7, 5632])
def test_percentiles_are_those_of_numpy(count: int) -> None:
    values = np.random.default_rng(count).random((count, 1), np.float32)
    shares = (0, 1, 33.3, 95, 100)
    assert np.allclose(percentiles(values, shares), np.percentile(values, shares), atol=1e-7)
