"""Soft labels from the out-of-fold predictions of earlier runs.

A knee's label comes from the runs that left this knee out. Those runs have learned from the knees
that the new run holds out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.data.crops import Crops
from training.metrics.calibration import softmax
from training.runs.ensemble import (
    has_readings,
    mean_logits,
    out_of_fold_logits,
    out_of_fold_readings,
)

Floats = NDArray[np.float32]


class Taught(NamedTuple):
    """Probabilities of each grade (n, 5) and each threshold of the readings (n, 18), or None."""

    grades: Floats
    thresholds: Floats | None


def taught_by(runs: Sequence[Path], crops: Crops) -> Taught:
    """Return what the runs that left each crop out predict, on average over them and both looks.

    Raises ValueError where no run left out one of the crops.
    """
    knees, logits = out_of_fold_logits(runs)
    grades = softmax(mean_logits(logits))[_rows(knees, crops)]
    if not any(has_readings(run) for run in runs):
        return Taught(grades.astype(np.float32), None)
    knees, readings = out_of_fold_readings(runs)
    reached = 1 / (1 + np.exp(-readings[_rows(knees, crops)]))
    return Taught(grades.astype(np.float32), reached.astype(np.float32))


def _rows(knees: Crops, crops: Crops) -> NDArray[np.int64]:
    """Return where each of the crops is among the knees. Raises ValueError where one is not."""
    place = {name: row for row, name in enumerate(knees.names)}
    missing = [name for name in crops.names if name not in place]
    if missing:
        raise ValueError(f"no teacher left out {len(missing)} of {len(crops)} knees")
    return np.array([place[name] for name in crops.names])
