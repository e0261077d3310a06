"""Measure OARSI readings out of fold, by compartment, against the table of central readings.

    python -m training.evaluation.readings --runs runs/fold0 runs/fold1 --readings DATA/oarsi.csv

Each reading is measured where it was read: quadratic kappa of the grade, and the area under the
curve for a grade of at least 1 and at least 2, with 95 % intervals that draw whole patients.
Osteophytes were read in all knees of KL 2 to 4 but in only some of KL 0 and 1, so their figures are
not those of a population. --out writes the figures as JSON.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.data.crops import Crops
from training.data.readings import COLUMNS, by_compartment, load_readings
from training.metrics.metrics import area_under_roc, bootstrap, quadratic_kappa
from training.network.readings import grades_of, probabilities
from training.runs.ensemble import out_of_fold_readings

NAMES = ("quadratic_kappa", "auc_of_1_or_more", "auc_of_2_or_more")

Floats = NDArray[np.float64]


def reading_figures(
    knees: Crops, true: NDArray[np.float32], logits: NDArray[np.float32]
) -> dict[str, dict[str, Any]]:
    """Return each reading's figures with intervals, ready for JSON; by the table's columns.

    `true` (n, 6) and `logits` (n, 18) are by side of the picture, NaN where not read.
    """
    sides = knees.sides
    wanted = by_compartment(true, sides)
    grades = by_compartment(grades_of(logits), sides)
    reached = 1 - np.cumsum(probabilities(logits), axis=2)[:, :, :2]  # of at least 1, and 2
    scores = np.stack([by_compartment(reached[:, :, place], sides) for place in (0, 1)], axis=2)
    return {
        name: _figures(wanted[:, place], grades[:, place], scores[:, place], knees.patients)
        for place, name in enumerate(COLUMNS)
    }


def _figures(
    true: NDArray[np.float32],
    grades: NDArray[np.int64],
    scores: Floats,
    patients: NDArray[np.str_],
) -> dict[str, Any]:
    """Return one reading's figures, of the knees where it was read."""
    read = np.flatnonzero(~np.isnan(true))
    known = true[read].astype(np.int64)

    def measured(rows: NDArray[np.int64]) -> Floats:
        one, other = (
            area_under_roc(known[rows] >= least, scores[read[rows], least - 1]) for least in (1, 2)
        )
        return np.array([quadratic_kappa(known[rows], grades[read[rows]]), one, other])

    values = measured(np.arange(len(read)))
    low, high = bootstrap(measured, patients[read])
    figures: dict[str, Any] = {"knees": len(read)}
    for name, value, *ends in zip(NAMES, values, low, high, strict=True):
        figures[name] = {"value": _rounded(value), "interval": [_rounded(end) for end in ends]}
    return figures


def _rounded(value: float) -> float | None:
    """Return a value for JSON, which has no NaN."""
    return None if np.isnan(value) else round(float(value), 4)


def main() -> None:
    """Measure the readings of runs on the knees that each left out."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--readings", type=Path, required=True, help="table of OARSI readings")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    args = parser.parse_args()
    knees, logits = out_of_fold_readings(args.runs)
    found = reading_figures(knees, load_readings(args.readings, knees), logits)
    for name, figures in found.items():
        parts = [f"{name} ({figures['knees']} knees)"]
        parts += [
            f"{figure} {figures[figure]['value']} ({low} to {high})"
            for figure in NAMES
            for low, high in (figures[figure]["interval"],)
        ]
        print("; ".join(parts))
    if args.out:
        args.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(f"written: {args.out}")


if __name__ == "__main__":
    main()
