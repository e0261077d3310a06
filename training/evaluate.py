"""Measure a run on held-out knees.

    python -m training.evaluate --run runs/first --data DATA/knee

Prints the figures, and writes them to `figures.json` in the run folder. What needs a fit
(temperature, prediction sets) is fitted on one half of the patients and measured on the other.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from koa_desktop.findings import OSTEOARTHRITIS_FROM, prediction_set_of
from training.calibrate import fit_set_thresholds, fit_temperature, softmax
from training.data import GRADES, Crops, load_crops, patient_folds
from training.measures import (
    accuracy,
    bootstrap_interval,
    expected_calibration_error,
    mean_absolute_error,
    quadratic_kappa,
)
from training.train import load_run, predict_logits


def figures(logits: NDArray[np.float32], held_out: Crops) -> dict[str, Any]:
    """Return every figure with its patient-level 95 % interval, ready for JSON."""
    grades, predicted = held_out.grades, logits.argmax(1)
    diseased = grades >= OSTEOARTHRITIS_FROM
    called = predicted >= OSTEOARTHRITIS_FROM
    probability, low, high = cross_fitted(logits, held_out)
    score = probability[:, OSTEOARTHRITIS_FROM:].sum(1)
    covered = (low <= grades) & (grades <= high)

    measures: dict[str, Callable[[NDArray[np.int64]], float]] = {
        "accuracy": lambda rows: accuracy(grades[rows], predicted[rows]),
        "quadratic_kappa": lambda rows: quadratic_kappa(grades[rows], predicted[rows]),
        "mean_absolute_error": lambda rows: mean_absolute_error(grades[rows], predicted[rows]),
        "kl2_accuracy": lambda rows: float((diseased == called)[rows].mean()),
        "kl2_sensitivity": lambda rows: float(called[rows][diseased[rows]].mean()),
        "kl2_specificity": lambda rows: float((~called)[rows][~diseased[rows]].mean()),
        "kl2_auc": lambda rows: float(roc_auc_score(diseased[rows], score[rows])),
        "expected_calibration_error": lambda rows: expected_calibration_error(
            grades[rows], probability[rows]
        ),
        "set_coverage": lambda rows: float(covered[rows].mean()),
        "set_size": lambda rows: float((high - low + 1)[rows].mean()),
    }
    everyone = np.arange(len(grades))
    result: dict[str, Any] = {
        name: {
            "value": round(measure(everyone), 4),
            "interval": [round(end, 4) for end in bootstrap_interval(measure, held_out.patients)],
        }
        for name, measure in measures.items()
    }
    result["recall"] = [_share((predicted == grade)[grades == grade]) for grade in range(GRADES)]
    result["set_coverage_by_grade"] = [_share(covered[grades == grade]) for grade in range(GRADES)]
    confusion = np.zeros((GRADES, GRADES), int)
    np.add.at(confusion, (grades, predicted), 1)
    result["confusion"] = confusion.tolist()
    result["knees"], result["patients"] = len(held_out), len(set(held_out.patients))
    return result


def cross_fitted(
    logits: NDArray[np.float32], held_out: Crops
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return calibrated probabilities (n, 5) and the sets' ends, each half fitted on the other."""
    half = patient_folds(held_out, 2)
    probability = np.zeros(logits.shape)
    ends = np.zeros((len(logits), 2), int)
    for part in (0, 1):
        fit, use = half != part, half == part
        temperature = fit_temperature(logits[fit], held_out.grades[fit])
        thresholds = fit_set_thresholds(softmax(logits[fit], temperature), held_out.grades[fit])
        probability[use] = softmax(logits[use], temperature)
        ends[use] = [prediction_set_of(tuple(row), thresholds) for row in probability[use]]
    return probability, ends[:, 0], ends[:, 1]


def _share(hits: NDArray[np.bool_]) -> float | None:
    return round(float(hits.mean()), 4) if len(hits) else None


def main() -> None:
    """Measure a run on DATA/val."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--run", type=Path, required=True, help="run folder of training.train")
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    args = parser.parse_args()
    model = load_run(args.run)
    held_out = load_crops(args.data / "val")
    measured = figures(predict_logits(model, held_out), held_out)
    text = json.dumps(measured, indent=1)
    (args.run / "figures.json").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
