"""Accuracy by the number of members: measured for a few, extrapolated to the whole ensemble.

A knee can be predicted only by members that never saw its patient, so an ensemble of folds cannot
be measured whole. The error that averaging removes is proportional to 1 / members: a line through
the figures of 1, 2, … k members, over 1 / members, extrapolates to all.
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
from training.runs.ensemble import out_of_fold_logits

NAMES = ("accuracy", "quadratic_kappa", "mean_absolute_error", "kl2_accuracy")

Predicted = tuple[NDArray[np.int64], NDArray[np.bool_]]  # grades, and whether KL >= 2 is likely


def with_members(
    runs: Sequence[Path],
    members: int,
    *,
    adjustment: NDArray[np.float32] | float = 0.0,
    one_look: bool = False,
) -> dict[str, dict[str, Any]]:
    """Return each figure with 1, 2, … k of the runs, and its extrapolation to `members`.

    `asked` holds the means over all choices of so many runs and, where these look once, over both
    ways to take turns; `all` is the extrapolation, `interval` its 95 % interval, drawing whole
    patients. Measured on the knees that most runs left out; empty where that is one run.
    `adjustment` (5,) is added to the logits. Raises ValueError as `out_of_fold_logits` does.
    """
    turns = (0, 1) if one_look else (0,)
    ways = [out_of_fold_logits(runs, one_look=one_look, turn=turn) for turn in turns]
    knees, logits = ways[0]
    most = logits.shape[1]
    if most < 2:
        return {}
    whole = ~np.isnan(logits).any((1, 2))
    true = knees.grades[whole]
    by_choice = [
        [
            _predicted(logits[whole][:, list(some)].mean(1) + adjustment, true)
            for _, logits in ways
            for some in combinations(range(most), size)
        ]
        for size in range(1, most + 1)
    ]
    return _extrapolated(by_choice, true, knees.patients[whole], members)


def _extrapolated(
    by_choice: Sequence[Sequence[Predicted]],
    true: NDArray[np.int64],
    patients: NDArray[np.str_],
    members: int,
) -> dict[str, dict[str, Any]]:
    """Return the figures by size of the ensemble; `by_choice` holds each size's predictions."""
    inverse = 1 / np.arange(1, len(by_choice) + 1)

    def by_size(rows: NDArray[np.int64]) -> Floats:
        return np.array(
            [
                np.mean([_figures(true, one, rows) for one in choices], axis=0)
                for choices in by_choice
            ]
        )

    def of_all(rows: NDArray[np.int64]) -> Floats:
        slope, limit = np.polyfit(inverse, by_size(rows), 1)
        return np.asarray(limit + slope / members)

    rows = np.arange(len(true))
    measured, estimates = by_size(rows).T, of_all(rows)
    low, high = bootstrap(of_all, patients)
    return {
        name: {
            "asked": np.round(measured[place], 4).tolist(),
            "all": round(float(estimates[place]), 4),
            "interval": [round(float(low[place]), 4), round(float(high[place]), 4)],
        }
        for place, name in enumerate(NAMES)
    }


def _predicted(logits: NDArray[np.float32], true: NDArray[np.int64]) -> Predicted:
    temperature = fit_temperature(logits, true)
    return logits.argmax(1), osteoarthritis_likely(softmax(logits, temperature))


def _figures(true: NDArray[np.int64], predicted: Predicted, rows: NDArray[np.int64]) -> list[float]:
    """Return the figures that NAMES lists, of the knees at `rows`."""
    true, grades, likely = true[rows], predicted[0][rows], predicted[1][rows]
    return [
        accuracy(true, grades),
        quadratic_kappa(true, grades),
        mean_absolute_error(true, grades),
        accuracy(true >= OSTEOARTHRITIS_FROM, likely),
    ]
