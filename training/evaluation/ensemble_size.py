"""What more members bring: measured with as many as a knee can be asked about, foreseen for all.

A knee can be asked only of the members that never saw its patient, so an ensemble of folds cannot
be measured whole. What averaging takes away from an error goes with 1 / members: the line through
the figures with 1, 2, … k members foresees those of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.kellgren_lawrence import OSTEOARTHRITIS_FROM
from training.metrics.calibration import fit_temperature, softmax
from training.metrics.metrics import (
    Floats,
    accuracy,
    bootstrap,
    mean_absolute_error,
    osteoarthritis_likely,
    quadratic_kappa,
)
from training.runs.ensemble import judged

NAMES = ("accuracy", "quadratic_kappa", "mean_absolute_error", "kl2_accuracy")

Said = tuple[NDArray[np.int64], NDArray[np.bool_]]  # grades, and whether KL >= 2 is likely


def growth(
    runs: Sequence[Path],
    members: int,
    *,
    levels: NDArray[np.float32] | float = 0.0,
    one_look: bool = False,
) -> dict[str, dict[str, Any]]:
    """Return each figure with 1, 2, … k of the runs asked, and its estimate for `members`.

    `asked` holds the means over all choices of so many runs and, where these look once, over both
    ways to take turns; `all` is the estimate, `interval` its 95 % interval, whole patients drawn.
    Taken on the knees that most runs can be asked about; empty where that is one. `levels` (5,)
    are added to the logits. Raises ValueError as `judged` does.
    """
    turns = (0, 1) if one_look else (0,)
    ways = [judged(runs, one_look=one_look, turn=turn) for turn in turns]
    knees = ways[0][0]
    most = ways[0][1].shape[1]
    if most < 2:
        return {}
    whole = ~np.isnan(ways[0][1]).any((1, 2))
    true = knees.grades[whole]
    said = [
        [
            _said(logits[whole][:, list(some)].mean(1) + levels, true)
            for _, logits in ways
            for some in combinations(range(most), size)
        ]
        for size in range(1, most + 1)
    ]
    inverse = 1 / np.arange(1, most + 1)

    def by_size(rows: NDArray[np.int64]) -> Floats:
        return np.array(
            [np.mean([_figures(true, one, rows) for one in choices], axis=0) for choices in said]
        )

    def foreseen(rows: NDArray[np.int64]) -> Floats:
        slope, limit = np.polyfit(inverse, by_size(rows), 1)
        return np.asarray(limit + slope / members)

    rows = np.arange(len(true))
    asked, estimates = by_size(rows).T, foreseen(rows)
    low, high = bootstrap(foreseen, knees.patients[whole])
    return {
        name: {
            "asked": np.round(asked[place], 4).tolist(),
            "all": round(float(estimates[place]), 4),
            "interval": [round(float(low[place]), 4), round(float(high[place]), 4)],
        }
        for place, name in enumerate(NAMES)
    }


def _said(logits: NDArray[np.float32], true: NDArray[np.int64]) -> Said:
    temperature = fit_temperature(logits, true)
    return logits.argmax(1), osteoarthritis_likely(softmax(logits, temperature))


def _figures(true: NDArray[np.int64], said: Said, rows: NDArray[np.int64]) -> list[float]:
    """Return the figures that NAMES lists, of the knees at `rows`."""
    true, predicted, likely = true[rows], said[0][rows], said[1][rows]
    return [
        accuracy(true, predicted),
        quadratic_kappa(true, predicted),
        mean_absolute_error(true, predicted),
        accuracy(true >= OSTEOARTHRITIS_FROM, likely),
    ]
