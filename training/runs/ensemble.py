"""Out-of-fold predictions of several runs: each knee by the runs that left it out.

Each run's `held_out.npz` holds its predictions for the knees it left out. Runs that left out the
same knees form an ensemble, so every knee is predicted by as many members as its fold has runs. A
member predicts from the crop and its mirror image, or, where time is short, from one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.crops import Crops, patient_folds
from training.metrics.calibration import Whitening, fit_whitening

HELD_OUT = "held_out.npz"
READINGS = "readings"  # of the arrays in it
BOTH_LOOKS = (0, 1)  # the crop, and its mirror image

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class OutOfFold:
    """Held-out knees and their predictions by the members that never saw them.

    `knees` have no pictures; `logits` are (n, k, 5), one for each of at most k members, NaN where a
    fold has fewer; `distances` (n,) the root mean square of the members' Mahalanobis distances;
    `whitenings` one for each run.
    """

    knees: Crops
    logits: Floats
    distances: Floats
    whitenings: tuple[Whitening, ...]


def looks_of(runs: Sequence[Path], *, one_look: bool, turn: int = 0) -> dict[Path, tuple[int, ...]]:
    """Return each run's looks: both, or one, alternating among the runs of a fold.

    `turn` is the first run's look. Raises ValueError as `out_of_fold` does.
    """
    if not one_look:
        return dict.fromkeys(runs, BOTH_LOOKS)
    return {
        run: ((turn + number + place) % 2,)
        for number, part in enumerate(_parts(runs))
        for place, run in enumerate(part)
    }


def out_of_fold_logits(
    runs: Sequence[Path], *, one_look: bool = False, turn: int = 0
) -> tuple[Crops, Floats]:
    """Return the knees that the runs left out, and their logits (n, k, 5) by at most k runs.

    Knees have no pictures; logits are NaN where a fold has fewer runs than another. The looks are
    those of `looks_of`. Raises ValueError as `out_of_fold` does.
    """
    knees, logits = [], []
    looks = looks_of(runs, one_look=one_look, turn=turn)
    parts = _parts(runs)
    most = max(len(part) for part in parts)
    for part in parts:
        knees.append(_knees(part[0]))
        by_run = [_mean_over_looks(run, "logits", looks[run]) for run in part]
        missing = ((0, 0), (0, most - len(part)), (0, 0))
        logits.append(np.pad(np.stack(by_run, axis=1), missing, constant_values=np.nan))
    everyone = knees[0]
    for others in knees[1:]:
        everyone = everyone.and_also(others)
    return everyone, np.concatenate(logits)


def out_of_fold_readings(runs: Sequence[Path], *, one_look: bool = False) -> tuple[Crops, Floats]:
    """Return the knees that runs with readings left out, and their readings' mean logits (n, 18).

    Means are over the looks, those of `looks_of` all runs, and over the runs to a knee that have
    readings. Raises ValueError where none has, or as `out_of_fold` does.
    """
    looks = looks_of(runs, one_look=one_look)
    reading = [run for run in runs if has_readings(run)]
    if not reading:
        raise ValueError("none of these runs was trained with readings")
    knees, logits = [], []
    for part in _parts(reading):
        knees.append(_knees(part[0]))
        by_run = [_mean_over_looks(run, READINGS, looks[run]) for run in part]
        logits.append(np.mean(by_run, axis=0))
    everyone = knees[0]
    for others in knees[1:]:
        everyone = everyone.and_also(others)
    return everyone, np.concatenate(logits)


def has_readings(run: Path) -> bool:
    """Return whether a finished run predicted readings."""
    with np.load(run / HELD_OUT) as file:
        return READINGS in file


def mean_logits(logits: Floats) -> Floats:
    """Return the mean (n, 5) of logits (n, k, 5) over the members that are not NaN."""
    return np.asarray(np.nanmean(logits, axis=1), np.float32)


def out_of_fold(runs: Sequence[Path], *, one_look: bool = False) -> OutOfFold:
    """Return the out-of-fold predictions of runs.

    Raises ValueError where two runs left out some of the same patients but not the same knees.
    """
    knees, logits = out_of_fold_logits(runs, one_look=one_look)
    looks = looks_of(runs, one_look=one_look)
    features = {run: _mean_over_looks(run, "features", looks[run]) for run in runs}
    distances = [
        _root_mean_square([cross_fitted_distances(features[run], _knees(run)) for run in part])
        for part in _parts(runs)
    ]
    whitenings = tuple(fit_whitening(features[run]) for run in runs)
    return OutOfFold(knees, logits, np.concatenate(distances), whitenings)


def _parts(runs: Sequence[Path]) -> list[list[Path]]:
    """Return the runs grouped by the knees they left out."""
    by_knees: dict[tuple[str, ...], list[Path]] = {}
    for run in runs:
        knees = _knees(run)
        names = [f"{p}{s}" for p, s in zip(knees.patients, knees.sides, strict=True)]
        by_knees.setdefault(tuple(names), []).append(run)
    parts = list(by_knees.values())
    patients = [patient for part in parts for patient in set(_knees(part[0]).patients.tolist())]
    if len(patients) > len(set(patients)):
        raise ValueError("some patients were left out in two ways: give runs on one split's folds")
    return parts


def _knees(run: Path) -> Crops:
    grades, patients, sides = (_read(run, name) for name in ("grades", "patients", "sides"))
    return Crops(np.zeros((len(grades), 0, 0), np.uint8), grades, patients, sides)


def _read(run: Path, name: str) -> NDArray[Any]:
    with np.load(run / HELD_OUT) as file:
        return np.asarray(file[name])


def _mean_over_looks(run: Path, name: str, looks: tuple[int, ...]) -> Floats:
    """Return a run's logits or features (n, k), the mean of some looks."""
    return np.asarray(_read(run, name)[:, looks].astype(np.float32).mean(1))


def cross_fitted_distances(features: Floats, knees: Crops) -> Floats:
    """Return each knee's distance (n,), fitted on the other half of the patients."""
    half = patient_folds(knees, 2)
    distances = np.zeros(len(features), np.float32)
    for part in (0, 1):
        distances[half == part] = fit_whitening(features[half != part]).distances(
            features[half == part]
        )
    return distances


def _root_mean_square(values: Sequence[Floats]) -> Floats:
    return np.asarray(np.sqrt(np.mean(np.square(values), axis=0)), np.float32)
