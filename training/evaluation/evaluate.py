"""Measure a model on held-out knees: figures with intervals, as JSON and as one page.

    python -m training.evaluation.evaluate --runs runs/first
    python -m training.evaluation.evaluate --runs runs/fold0 runs/fold1 --out runs/folds
    python -m training.evaluation.evaluate --bundle runs/bundle0 --data DATA/knee --out runs/bundle0
    python -m training.evaluation.evaluate --bundle models --crops DATA/knee/test \
        [--readings DATA/oarsi.csv]

Runs are measured by their predictions for the knees they were not trained on. A bundle is measured
through the app's own grader, on the knees of train and val that none of its members was trained on,
or on a folder of graded crops; patients and pictures that a member was trained on are refused.
Neither needs TensorFlow. What needs a fit (temperature, prediction sets) is fitted on nine tenths
of the patients and measured on the last; on a folder of crops a bundle is measured with its own
temperature and sets, as it ships. With a table of OARSI readings these are measured, too
(`training/evaluation/readings.py`). Writes `figures.json` and `page.html` into --out, or a single
run's folder.
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

from koa_desktop.examination.findings import prediction_set_of
from koa_desktop.grading.card import GraderCard
from koa_desktop.grading.grader import Grader
from koa_desktop.grading.kellgren_lawrence import OSTEOARTHRITIS_FROM
from training.data.crops import Crops, load_crops
from training.data.readings import load_readings
from training.evaluation import readings
from training.evaluation.ensemble_size import with_members
from training.evaluation.page import FIGURES, write_page
from training.metrics import metrics
from training.metrics.calibration import cross_fitted, logit_adjustment, softmax
from training.metrics.metrics import Floats
from training.runs import bundle_predictions
from training.runs.ensemble import mean_logits, out_of_fold_logits


@dataclass(frozen=True)
class Predicted:
    """Held-out knees with their predictions: (n,), (n, 5), and the sets' ends (n, 2)."""

    grades: NDArray[np.int64]
    predicted: NDArray[np.int64]
    probability: Floats
    ends: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> Predicted:
        """Return the knees at `rows`, in that order."""
        return Predicted(
            self.grades[rows], self.predicted[rows], self.probability[rows], self.ends[rows]
        )


def figures(
    logits: NDArray[np.float32], held_out: Crops, card: GraderCard | None = None
) -> dict[str, Any]:
    """Return every figure with its patient-level 95 % interval, ready for JSON.

    Temperature and sets are a bundle's own where its `card` is given, and else cross-fitted.
    """
    calibrated = as_shipped(card, logits) if card else cross_fitted(logits, held_out)
    predictions = Predicted(held_out.grades, logits.argmax(1), *calibrated)
    values = measured(predictions)

    def figures_of(rows: NDArray[np.int64]) -> Floats:
        return np.concatenate(list(measured(predictions.take(rows)).values()))

    low, high = metrics.bootstrap(figures_of, held_out.patients)
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
    knees, confidence, right = metrics.reliability(predictions.grades, predictions.probability)
    return result | {
        "intervals_by_grade": intervals_by_grade,
        "confusion": metrics.confusion_matrix(predictions.grades, predictions.predicted).tolist(),
        "reliability": {
            "knees": knees.tolist(),
            "confidence": _rounded(confidence),
            "right": _rounded(right),
        },
        "knees": len(held_out),
        "patients": len(set(held_out.patients)),
    }


def as_shipped(card: GraderCard, logits: NDArray[np.float32]) -> tuple[Floats, NDArray[np.int64]]:
    """Return a bundle's own probabilities (n, 5) and the sets' ends (n, 2), as the program does."""
    probability = softmax(logits, card.text["temperature"])
    ends = [prediction_set_of(tuple(row), card.set_thresholds) for row in probability]
    return probability, np.array(ends)


def measured(knees: Predicted) -> dict[str, Floats]:
    """Return all figures of some knees: (1,) each, (5,) where they go by grade."""
    grades, predicted, probability = knees.grades, knees.predicted, knees.probability
    diseased = grades >= OSTEOARTHRITIS_FROM
    called = metrics.osteoarthritis_likely(probability)
    score = probability[:, OSTEOARTHRITIS_FROM:].sum(1)
    low, high = knees.ends.T
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
    """Measure runs or a bundle on knees that none of their networks was trained on."""
    options = _parser()
    args = options.parse_args()
    runs = args.runs or []
    out = args.out or (runs[0] if len(runs) == 1 else None)
    if out is None and not args.crops:
        options.error("a bundle with --data, or several runs, need --out")
    if args.bundle and not (args.data or args.crops):
        options.error("--bundle needs --data or --crops")
    try:
        held_out, by_member, reading_figures = _predictions(args)
    except ValueError as error:
        options.error(str(error))
    card = Grader(args.bundle).card if args.crops else None
    result = figures(mean_logits(by_member), held_out, card) | {
        "of": _name(args),
        "growth": _with_members(args, held_out),
        "learning": {run.name: learning_log(run) for run in runs},
    }
    for name, value in result.items():
        if isinstance(value, dict) and "interval" in value:
            print(f"{name}: {value['value']} ({value['interval'][0]} to {value['interval'][1]})")
    if reading_figures:
        result["readings"] = reading_figures
        print("\n".join(readings.lines(reading_figures)))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / FIGURES).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
        print(f"written: {write_page(out)}")


def _parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=main.__doc__)
    source = options.add_mutually_exclusive_group(required=True)
    source.add_argument("--runs", type=Path, nargs="+", help="run folders of training.grader.train")
    source.add_argument("--bundle", type=Path, help="folder of an exported bundle")
    options.add_argument(
        "--crops", type=Path, help="folder of graded crops that no member of --bundle has seen"
    )
    options.add_argument(
        "--data",
        type=Path,
        help="folder with train and val: what --bundle is measured on without --crops, and with "
        "them what its members were trained on (by default the folder that holds --crops)",
    )
    options.add_argument("--readings", type=Path, help="table of OARSI readings (CSV)")
    options.add_argument("--one-look", action="store_true", help="of --runs, as they are exported")
    options.add_argument("--logit-adjustment", action="store_true", help="of --runs, as exported")
    options.add_argument("--out", type=Path, help="folder of figures.json and page.html")
    return options


def _predictions(args: argparse.Namespace) -> tuple[Crops, NDArray[np.float32], dict[str, Any]]:
    """Return held-out knees, their logits, and the figures of their readings.

    Logits are (n, k, 5) by k runs, or (n, 1, 5) by a bundle; without a table of readings there are
    no figures.
    """
    if args.runs:
        knees, logits = out_of_fold_logits(args.runs, one_look=args.one_look)
        if args.logit_adjustment:
            logits = logits + logit_adjustment(knees.grades)
        if not args.readings:
            return knees, logits, {}
        held_out = readings.held_out_readings(args.runs, args.readings, one_look=args.one_look)
        return knees, logits, readings.figures_of_runs(held_out, knees, mean_logits(logits))
    grader = Grader(args.bundle)
    if args.crops:
        knees = load_crops(args.crops)
        bundle_predictions.check_unseen(grader.card, knees, args.data or args.crops.parent)
    else:
        knees = bundle_predictions.unseen(grader.card, args.data)
    true = load_readings(args.readings, knees) if args.readings else None
    if true is not None and not grader.card.has_readings:
        raise ValueError(
            f"{grader.card.label} has no readings to compare with {args.readings.name}"
        )
    logits, probability = bundle_predictions.of_bundle(grader, knees)
    if true is None or probability is None:
        return knees, logits[:, None], {}
    found = readings.reading_figures(knees, true, probability, logits.argmax(1))
    return knees, logits[:, None], found


def _with_members(args: argparse.Namespace, held_out: Crops) -> dict[str, dict[str, Any]]:
    """Return the figures by ensemble size; empty for a bundle, which is measured as a whole."""
    if not args.runs:
        return {}
    adjustment = logit_adjustment(held_out.grades) if args.logit_adjustment else 0.0
    return with_members(args.runs, len(args.runs), adjustment=adjustment, one_look=args.one_look)


def _name(args: argparse.Namespace) -> str:
    if args.bundle:
        label = Grader(args.bundle).card.label
        if args.crops:
            return f"{label}, on {args.crops.name}, no patient of which it has learned from"
        return f"{label}, on knees it has not learned from"
    if len(args.runs) == 1:
        return f"run {args.runs[0].name}, on the knees it was not trained on"
    return f"{len(args.runs)} folds' runs, each on the knees it was not trained on"


if __name__ == "__main__":
    main()
