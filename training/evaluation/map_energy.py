"""How much of a map's energy lies in an area, and the means of such shares with intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.metrics.metrics import Floats, bootstrap

Masks = NDArray[np.bool_]


def energy_shares(heats: Floats, area: Masks) -> Floats:
    """Return the share (n,) of each map's (n, H, W) energy in an area; NaN for an empty map."""
    whole = heats.sum((1, 2))
    inside = heats[:, area].sum(1)
    return np.where(whole > 0, inside / np.where(whole > 0, whole, 1), np.nan)


def means_with_intervals(
    names: tuple[str, ...], columns: Floats, patients: NDArray[np.str_]
) -> dict[str, Any]:
    """Return the mean of each column (n, k) without NaN, with its interval, ready for JSON.

    Intervals are 95 %, whole patients drawn with replacement; all is None where nothing is known.
    """
    if not len(columns):
        return {name: {"value": None, "interval": [None, None]} for name in names}

    def means(rows: NDArray[np.int64]) -> Floats:
        known = ~np.isnan(columns[rows])
        totals, counts = np.where(known, columns[rows], 0).sum(0), known.sum(0)
        return np.where(counts > 0, totals / np.maximum(counts, 1), np.nan)

    value, (low, high) = means(np.arange(len(columns))), bootstrap(means, patients)
    return {
        name: {
            "value": _rounded(value[index]),
            "interval": [_rounded(low[index]), _rounded(high[index])],
        }
        for index, name in enumerate(names)
    }


def _rounded(value: float) -> float | None:
    """Return a value for JSON, which has no NaN."""
    return None if np.isnan(value) else round(float(value), 4)
