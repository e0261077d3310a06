"""Figures of the OARSI readings, by compartment, against the table of central readings.

Each reading is measured where it was read: quadratic kappa of the grade, and the area under the
curve for a grade of at least 1 and at least 2, with 95 % intervals that draw whole patients.
Osteophytes were read in all knees of KL 2 to 4 but in only some of KL 0 and 1, so these figures are
not those of a population; the rate of a grade of at least 1 is, of the knees here: read knees are
weighted to stand for all of their KL grade.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.grading.oarsi import OARSI_NAMES, READING_GRADES, THRESHOLDS, grades_reached
from training.data.crops import Crops, patient_folds
from training.data.readings import by_compartment, load_readings
from training.metrics.calibration import PARTS
from training.metrics.metrics import area_under_roc, bootstrap, bootstrap_interval, quadratic_kappa
from training.metrics.reading_calibration import cross_fitted_readings, knee_weights
from training.runs.ensemble import out_of_fold_readings

NAMES = ("quadratic_kappa", "auc_of_1_or_more", "auc_of_2_or_more")
EXPLAINED = {
    "readers": "KL grades read, named by the readings read",
    "program": "KL grades of the network, named by its readings",
    "both": "KL grades read, named by the network's readings",
}

Floats = NDArray[np.float64]
Grades = NDArray[np.int64]


@dataclass(frozen=True)
class HeldOutReadings:
    """Knees that runs with readings left out, by side of the picture.

    Their thresholds' logits (n, 18), and their readings in the table (n, 6), NaN where not read.
    """

    knees: Crops
    logits: NDArray[np.float32]
    true: NDArray[np.float32]


def held_out_readings(
    runs: Sequence[Path], table: Path, *, one_look: bool = False
) -> HeldOutReadings:
    """Return what runs predicted of the knees they left out, and what the table says of them.

    Raises ValueError where no run has readings, and as `load_readings` does.
    """
    knees, logits = out_of_fold_readings(runs, one_look=one_look)
    return HeldOutReadings(knees, logits, load_readings(table, knees))


def figures_of_runs(
    held_out: HeldOutReadings, knees: Crops, logits: NDArray[np.float32]
) -> dict[str, Any]:
    """Return the figures of `reading_figures` out of fold, calibrated on other patients.

    `logits` (n, 5) are the grade's, of `knees`, which are more where some runs have no readings.
    """
    probability = cross_fitted_readings(held_out.logits, held_out.true, held_out.knees)
    grades = dict(zip(knees.names, logits.argmax(1), strict=True))
    predicted = np.array([grades[name] for name in held_out.knees.names])
    return reading_figures(held_out.knees, held_out.true, probability, predicted)


def reading_figures(
    knees: Crops, true: NDArray[np.float32], probability: Floats, predicted: Grades
) -> dict[str, Any]:
    """Return each reading's figures with intervals, and what they explain; ready for JSON.

    `true` (n, 6), NaN where not read, and `probability` (n, 6, 4) are by side of the picture;
    `predicted` (n,) are the network's KL grades.
    """
    wanted = by_compartment(true, knees.sides)
    reached = 1 - np.cumsum(probability, axis=2)[:, :, :THRESHOLDS]
    scores = np.stack(
        [by_compartment(reached[:, :, place], knees.sides) for place in range(THRESHOLDS)], axis=2
    )
    weights = knee_weights(~np.isnan(wanted), knees.grades)
    return {
        "knees": len(knees),
        "patients": len(set(knees.patients)),
        "by_name": {
            name.value: _figures(
                wanted[:, place], scores[:, place], weights[:, place], knees.patients
            )
            for place, name in enumerate(OARSI_NAMES)
        },
        "explained": _explained(knees, wanted, grades_reached(scores), predicted),
    }


def _figures(
    true: NDArray[np.float32], scores: Floats, weights: Floats, patients: NDArray[np.str_]
) -> dict[str, Any]:
    """Return one reading's figures, given the scores (n, 3) of reaching each grade.

    Where no knee was read there is nothing to measure, only the rate that is predicted.
    """
    read = np.flatnonzero(~np.isnan(true))
    known, score = true[read].astype(np.int64), scores[read]
    called = grades_reached(score)

    def measured(rows: Grades) -> Floats:
        one, two = (
            area_under_roc(known[rows] >= least, score[rows, least - 1]) for least in (1, 2)
        )
        return np.array([quadratic_kappa(known[rows], called[rows]), one, two])

    values, low, high = np.full((3, len(NAMES)), np.nan)
    rate = float("nan")
    if len(read):
        values = measured(np.arange(len(read)))
        low, high = bootstrap(measured, patients[read])
        rate = float((weights[read] * (known >= 1)).sum() / weights[read].sum())
    figures: dict[str, Any] = {"knees": len(read)}
    for name, value, *ends in zip(NAMES, values, low, high, strict=True):
        figures[name] = {"value": _rounded(value), "interval": [_rounded(end) for end in ends]}
    figures["rate_of_1_or_more"] = {
        "read": _rounded(rate),
        "predicted": _rounded(float(scores[:, 0].mean())),
    }
    return figures


def _explained(
    knees: Crops, wanted: NDArray[np.float32], called: Grades, predicted: Grades
) -> dict[str, dict[str, Any]]:
    """Return the share of KL grades that the readings name, as EXPLAINED lists them.

    The larger narrowing and the largest osteophyte name the grade that is most frequent in other
    patients of the same two.
    """
    read = np.flatnonzero(~np.isnan(wanted).any(1))
    cells_read = _cells(wanted[read].astype(np.int64))
    cells_called = _cells(called)
    of_readers = knees.take(read)
    every = np.arange(len(knees))
    pairs = {
        "readers": (read, knees.grades, _named(cells_read, of_readers.grades, of_readers)),
        "program": (every, predicted, _named(cells_called, predicted, knees)),
        "both": (every, knees.grades, _named(cells_called, knees.grades, knees)),
    }
    found = {}
    for name, (rows, grades, named) in pairs.items():
        hits = (grades[rows] == named).astype(np.float64)
        found[name] = {"knees": len(rows), **_share(hits, knees.patients[rows])}
    return found


def _cells(grades: Grades) -> Grades:
    """Return a number (n,) for each pair of larger narrowing and largest osteophyte in (n, 6)."""
    narrowing = [name.is_narrowing for name in OARSI_NAMES]
    largest = grades[:, narrowing].max(1), grades[:, np.logical_not(narrowing)].max(1)
    return largest[0] * READING_GRADES + largest[1]


def _named(cells: Grades, grades: Grades, knees: Crops) -> Grades:
    """Return the grade (n,) that each knee's cell has most often in the other patients."""
    part_of = patient_folds(knees, PARTS)
    named = np.zeros(len(grades), np.int64)
    for part in range(PARTS):
        fit, use = part_of != part, part_of == part
        counts = np.zeros((READING_GRADES**2, GRADES), np.int64)
        np.add.at(counts, (cells[fit], grades[fit]), 1)
        named[use] = counts.argmax(1)[cells[use]]
    return named


def _share(hits: Floats, patients: NDArray[np.str_]) -> dict[str, Any]:
    if not len(hits):
        return {"value": None, "interval": [None, None]}
    ends = bootstrap_interval(lambda rows: float(hits[rows].mean()), patients)
    return {"value": _rounded(float(hits.mean())), "interval": [_rounded(end) for end in ends]}


def _rounded(value: float) -> float | None:
    """Return a value for JSON, which has no NaN."""
    return None if np.isnan(value) else round(float(value), 4)


def lines(figures: dict[str, Any]) -> list[str]:
    """Return the figures as lines to print."""
    found = []
    for name, own in figures["by_name"].items():
        parts = [f"{name} ({own['knees']} knees)"]
        parts += [f"{figure} {_with_interval(own[figure])}" for figure in NAMES]
        rate = own["rate_of_1_or_more"]
        parts.append(f"1 or more: read {_told(rate['read'])}, predicted {_told(rate['predicted'])}")
        found.append("; ".join(parts))
    for name, text in EXPLAINED.items():
        share = figures["explained"][name]
        found.append(f"{text} ({share['knees']} knees): {_with_interval(share)}")
    return found


def _with_interval(figure: dict[str, Any]) -> str:
    value, low, high = (_told(one) for one in (figure["value"], *figure["interval"]))
    return f"{value} ({low} to {high})"


def _told(value: float | None) -> str:
    return "–" if value is None else str(value)
