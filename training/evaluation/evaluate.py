"""Measure a model on held-out knees: figures with intervals, as JSON and as one page.

    python -m training.evaluation.evaluate --runs runs/first
    python -m training.evaluation.evaluate --runs runs/fold0 runs/fold1 --out runs/folds
    python -m training.evaluation.evaluate --bundle runs/bundle0 --data DATA/knee --out runs/bundle0

Runs are measured by what they said of the knees they were not trained on, a bundle on the knees
that none of its members was trained on, through the app's own grader; neither needs TensorFlow.
What needs a fit (temperature, prediction sets) is fitted on nine tenths of the patients and
measured on the last. Writes `figures.json` and `page.html` into --out, or a single run's folder.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.grader import Grader
from koa_desktop.grading.kellgren_lawrence import OSTEOARTHRITIS_FROM
from training.data.crops import Crops
from training.evaluation.ensemble_size import growth
from training.evaluation.page import FIGURES, write_page
from training.metrics import metrics
from training.metrics.calibration import cross_fitted, levelling
from training.metrics.metrics import Floats
from training.runs import bundle_predictions
from training.runs.ensemble import judged, together


@dataclass(frozen=True)
class Judged:
    """Held-out knees with all that is said of them: (n,), (n, 5), and the sets' ends (n, 2)."""

    grades: NDArray[np.int64]
    predicted: NDArray[np.int64]
    probability: Floats
    ends: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> Judged:
        """Return the knees at `rows`, in that order."""
        return Judged(
            self.grades[rows], self.predicted[rows], self.probability[rows], self.ends[rows]
        )


def figures(logits: NDArray[np.float32], held_out: Crops) -> dict[str, Any]:
    """Return every figure with its patient-level 95 % interval, ready for JSON."""
    judged = Judged(held_out.grades, logits.argmax(1), *cross_fitted(logits, held_out))
    values = measured(judged)
    low, high = metrics.bootstrap(
        lambda rows: np.concatenate(list(measured(judged.take(rows)).values())), held_out.patients
    )
    result: dict[str, Any] = {}
    intervals_by_grade: dict[str, Any] = {}
    place = 0
    for name, value in values.items():
        here = slice(place, place + len(value))
        ends = [_rounded(pair) for pair in zip(low[here], high[here], strict=True)]
        if len(value) == 1:
            result[name] = {"value": _rounded(value)[0], "interval": ends[0]}
        else:
            result[name], intervals_by_grade[name] = _rounded(value), ends
        place += len(value)
    knees, confidence, right = metrics.reliability(judged.grades, judged.probability)
    return result | {
        "intervals_by_grade": intervals_by_grade,
        "confusion": metrics.confusion_matrix(judged.grades, judged.predicted).tolist(),
        "reliability": {
            "knees": knees.tolist(),
            "confidence": _rounded(confidence),
            "right": _rounded(right),
        },
        "knees": len(held_out),
        "patients": len(set(held_out.patients)),
    }


def measured(judged: Judged) -> dict[str, Floats]:
    """Return all figures of some knees: (1,) each, (5,) where they go by grade."""
    grades, predicted, probability = judged.grades, judged.predicted, judged.probability
    diseased = grades >= OSTEOARTHRITIS_FROM
    called = metrics.osteoarthritis_likely(probability)
    score = probability[:, OSTEOARTHRITIS_FROM:].sum(1)
    low, high = judged.ends.T
    covered, size = (low <= grades) & (grades <= high), high - low + 1
    recall, precision, f1 = metrics.recall_precision_f1(metrics.confusion_matrix(grades, predicted))
    scalars = {
        "accuracy": metrics.accuracy(grades, predicted),
        "quadratic_kappa": metrics.quadratic_kappa(grades, predicted),
        "mean_absolute_error": metrics.mean_absolute_error(grades, predicted),
        "mean_recall": _mean(recall),
        "mean_f1": _mean(f1),
        "kl2_accuracy": metrics.accuracy(diseased, called),
        "kl2_accuracy_of_grade": metrics.accuracy(diseased, predicted >= OSTEOARTHRITIS_FROM),
        "kl2_sensitivity": _mean(called[diseased]),
        "kl2_specificity": _mean(~called[~diseased]),
        "kl2_auc": metrics.area_under_roc(diseased, score),
        "negative_log_likelihood": metrics.negative_log_likelihood(grades, probability),
        "expected_calibration_error": metrics.expected_calibration_error(grades, probability),
        "set_coverage": float(covered.mean()),
        "set_size": float(size.mean()),
    }
    return {name: np.array([value]) for name, value in scalars.items()} | {
        "recall": recall,
        "precision": precision,
        "f1": f1,
        "set_coverage_by_grade": metrics.mean_by_grade(covered, grades),
        "set_size_by_grade": metrics.mean_by_grade(size, grades),
    }


def learning_log(run: Path) -> list[dict[str, float]]:
    """Return one dictionary an epoch from a run's `log.csv`; empty where there is none."""
    log = run / "log.csv"
    if not log.exists():
        return []
    with log.open(encoding="utf-8", newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def _mean(values: NDArray[Any]) -> float:
    """Return the mean of what is defined; NaN where nothing is."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else float("nan")


def _rounded(values: Any) -> list[float | None]:
    """Return values for JSON, which has no NaN."""
    return [None if np.isnan(value) else round(float(value), 4) for value in values]


def main() -> None:
    """Measure runs or a bundle on the knees they were not trained on."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--runs", type=Path, nargs="+", help="run folders of training.grader.train")
    source.add_argument("--bundle", type=Path, help="folder of an exported bundle")
    parser.add_argument("--data", type=Path, help="folder with train and val, for --bundle")
    parser.add_argument("--one-look", action="store_true", help="of --runs, as they are exported")
    parser.add_argument("--levelled", action="store_true", help="of --runs, as exported")
    parser.add_argument("--out", type=Path, help="folder of figures.json and page.html")
    args = parser.parse_args()
    runs = args.runs or []
    out = args.out or (runs[0] if len(runs) == 1 else None)
    if out is None:
        parser.error("a bundle, or several runs, need --out")
    if args.bundle and args.data is None:
        parser.error("--bundle needs --data")
    held_out, by_member = _predictions(args)
    result = figures(together(by_member), held_out) | {
        "of": _name(args),
        "growth": _growth(args, held_out),
        "learning": {run.name: learning_log(run) for run in runs},
    }
    text = json.dumps(result, indent=1)
    out.mkdir(parents=True, exist_ok=True)
    (out / FIGURES).write_text(text + "\n", encoding="utf-8")
    for name, value in result.items():
        if isinstance(value, dict) and "interval" in value:
            print(f"{name}: {value['value']} ({value['interval'][0]} to {value['interval'][1]})")
    print(f"written: {write_page(out)}")


def _predictions(args: argparse.Namespace) -> tuple[Crops, NDArray[np.float32]]:
    """Return held-out knees and their logits (n, k, 5) by each member asked."""
    if args.runs:
        knees, logits = judged(args.runs, one_look=args.one_look)
        return knees, logits + levelling(knees.grades) if args.levelled else logits
    grader = Grader(args.bundle)
    held_out = bundle_predictions.unseen(grader.card, args.data)
    return held_out, bundle_predictions.of_bundle(grader, held_out)[:, None]


def _growth(args: argparse.Namespace, held_out: Crops) -> dict[str, dict[str, Any]]:
    """Return what more members bring; empty for a bundle, which is asked as a whole."""
    if not args.runs:
        return {}
    levels = levelling(held_out.grades) if args.levelled else 0.0
    return growth(args.runs, len(args.runs), levels=levels, one_look=args.one_look)


def _name(args: argparse.Namespace) -> str:
    if args.bundle:
        return f"{Grader(args.bundle).card.label}, on knees it has not learned from"
    if len(args.runs) == 1:
        return f"run {args.runs[0].name}, on the knees it was not trained on"
    return f"{len(args.runs)} folds' runs, each on the knees it was not trained on"


if __name__ == "__main__":
    main()
