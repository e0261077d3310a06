"""Averages over squares of pixels, and percentiles."""

import numpy as np
import pytest

from koa_desktop.imaging.grey_values import block_means, percentiles


@pytest.mark.parametrize("count", [1, 2, 7, 5632])
def test_percentiles_are_those_of_numpy(count: int) -> None:
    values = np.random.default_rng(count).random((count, 1), np.float32)
    shares = (0, 1, 33.3, 95, 100)
    assert np.allclose(percentiles(values, shares), np.percentile(values, shares), atol=1e-7)


def test_block_means_leave_out_what_fills_no_square() -> None:
    values = np.arange(35, dtype=np.uint16).reshape(5, 7) * 10
    means = values[:4, :6].reshape(2, 2, 3, 2).mean((1, 3))
    assert np.array_equal(block_means(values, 2), means)
    assert block_means(values, 1) is values
