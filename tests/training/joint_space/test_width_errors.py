"""The error of a width is fitted to differences from the clinic, and judged on other patients."""

from __future__ import annotations

import numpy as np
import pytest

from koa_desktop.joint_space.margins import LEAST_DOUBT
from training.joint_space import width_errors

COUNT = 4000


@pytest.fixture
def found() -> width_errors.Differences:
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.5, 1, COUNT)
    error = 3.0 * (1 - confidence + LEAST_DOUBT) ** 0.5
    units = rng.normal(0.2, 1, COUNT) * error
    return width_errors.Differences(units, confidence, np.full(COUNT, 0.4), np.arange(COUNT))


def test_the_error_that_made_the_differences_is_found(found: width_errors.Differences) -> None:
    error = width_errors.fitted(found.units, found.confidence)
    assert error.most == pytest.approx(3.0, rel=0.05)
    assert error.power == pytest.approx(0.5, abs=0.05)


def test_a_fold_is_judged_by_the_others(found: width_errors.Differences) -> None:
    fold_of = np.arange(COUNT) % 2
    found.units[fold_of == 0] *= 10
    errors = width_errors.left_out_errors(found, fold_of)
    assert np.median(errors[fold_of == 1]) > 5 * np.median(errors[fold_of == 0])


def test_bins_tell_the_real_spread_and_the_coverage(found: width_errors.Differences) -> None:
    errors = np.array(
        [width_errors.fitted(found.units, found.confidence).units(one) for one in found.confidence]
    )
    whole, *bins = width_errors.lines(found, errors)
    covered = float(whole.split("interval has ")[1].split("%")[0])
    assert covered == pytest.approx(94.5, abs=1.5)
    for line in bins:
        predicted, real = (
            float(line.split(name)[1].split(" mm")[0]) for name in ("predicted ", "SD ")
        )
        assert real == pytest.approx(predicted, rel=0.1)
    assert len(bins) == width_errors.BINS
