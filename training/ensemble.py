"""What several runs say together of the knees that none of those asked has seen.

Each run's `held_out.npz` holds the knees it left out. Runs that left out the same knees are asked
together, so every knee is judged by as many members as there are runs to a fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.calibrate import Whitening, fit_whitening
from training.data import Crops, patient_folds
from training.measures import accuracy, mean_absolute_error, quadratic_kappa

HELD_OUT = "held_out.npz"

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class OutOfFold:
    """Held-out knees, and what the members say that never saw them.

    `knees` have no pictures; `logits` are (n, k, 5), one for each of the k members asked;
    `distances` (n,) their root mean square distance from the usual look; `whitenings` one a run.
    """

    knees: Crops
    logits: Floats
    distances: Floats
    whitenings: tuple[Whitening, ...]


@dataclass(frozen=True)
class _Left:
    """What one run left out."""

    knees: Crops
    logits: Floats
    distances: Floats
    whitening: Whitening


def out_of_fold(runs: Sequence[Path]) -> OutOfFold:
    """Return what the runs say of the knees they left out.

    Raises ValueError where two runs left out some of the same patients but not the same knees, or
    where some knees were left out by more runs than others.
    """
    left = [_read(run) for run in runs]
    together: dict[tuple[str, ...], list[_Left]] = {}
    for one in left:
        names = [f"{p}{s}" for p, s in zip(one.knees.patients, one.knees.sides, strict=True)]
        together.setdefault(tuple(names), []).append(one)
    parts = list(together.values())
    patients = [patient for part in parts for patient in set(part[0].knees.patients.tolist())]
    if len(patients) > len(set(patients)):
        raise ValueError("some patients were left out in two ways: give runs on one split's folds")
    if len({len(part) for part in parts}) > 1:
        raise ValueError("some knees were left out by more runs than others")
    knees = parts[0][0].knees
    for part in parts[1:]:
        knees = knees.and_also(part[0].knees)
    return OutOfFold(
        knees,
        np.concatenate([np.stack([one.logits for one in part], axis=1) for part in parts]),
        np.concatenate([_root_mean_square([one.distances for one in part]) for part in parts]),
        tuple(one.whitening for one in left),
    )


def _read(run: Path) -> _Left:
    with np.load(run / HELD_OUT) as file:
        grades, patients, sides = file["grades"], file["patients"], file["sides"]
        logits, features = file["logits"], file["features"].astype(np.float32)
    knees = Crops(np.zeros((len(grades), 0, 0), np.uint8), grades, patients, sides)
    return _Left(knees, logits, cross_fitted_distances(features, knees), fit_whitening(features))


def cross_fitted_distances(features: Floats, knees: Crops) -> Floats:
    """Return each knee's distance (n,) from the usual look of the other half of the patients."""
    half = patient_folds(knees, 2)
    distances = np.zeros(len(features), np.float32)
    for part in (0, 1):
        distances[half == part] = fit_whitening(features[half != part]).distances(
            features[half == part]
        )
    return distances


def _root_mean_square(values: Sequence[Floats]) -> Floats:
    return np.asarray(np.sqrt(np.mean(np.square(values), axis=0)), np.float32)


def growth(found: OutOfFold, members: int) -> dict[str, list[float]]:
    """Return each figure with 1, 2, … k of the members asked, and last its estimate for `members`.

    The estimate is the line in 1 / k through the figures: what averaging takes away from an error
    goes with the number of members. Empty where only one member could be asked.
    """
    asked = found.logits.shape[1]
    if asked < 2:
        return {}
    true = found.knees.grades
    sizes = np.arange(1, asked + 1)
    result = {}
    for name, measure in (
        ("accuracy", accuracy),
        ("quadratic_kappa", quadratic_kappa),
        ("mean_absolute_error", mean_absolute_error),
    ):
        figures = [
            float(
                np.mean(
                    [
                        measure(true, found.logits[:, list(some)].mean(1).argmax(1))
                        for some in combinations(range(asked), int(size))
                    ]
                )
            )
            for size in sizes
        ]
        slope, limit = np.polyfit(1 / sizes, figures, 1)
        result[name] = [round(value, 4) for value in (*figures, limit + slope / members)]
    return result
