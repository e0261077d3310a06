"""Measure whether the joint space improves the grade.

    python -m training.joint_space.grade_study --bundle models --data DATA/knee
    python -m training.joint_space.grade_study --runs runs/fold0 runs/fold1 --data DATA/knee

A small model adds to the network's logits a multiple of each width; it is fitted, and its penalty
chosen, on other patients than it is measured on. Compared with the same model without widths and
with the logits alone, their temperature fitted likewise. Prints differences with intervals.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from koa_desktop.grading.grader import Grader
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.joint_space.margins import MarginFinder
from koa_desktop.joint_space.measure import Compartment, measure_joint_space
from koa_desktop.knees.box import Box, Knee
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.radiograph import Radiograph, Side, Window
from training.data.crops import Crops, load_crops, patient_folds
from training.metrics.calibration import softmax
from training.metrics.metrics import (
    Floats,
    Grades,
    accuracy,
    bootstrap,
    negative_log_likelihood,
    quadratic_kappa,
)
from training.runs import bundle_predictions
from training.runs.ensemble import mean_logits, out_of_fold_logits

FOLDS, INNER_FOLDS, REPEATS = 5, 4, 3
PENALTIES = (0.001, 0.01, 0.1, 1.0)
# The effect of a width: free for each grade, or monotonic in the grade.
FREE: Floats = np.eye(GRADES)
ORDERED: Floats = np.arange(GRADES, dtype=np.float64)[None] - (GRADES - 1) / 2
MEASURES = ("accuracy", "quadratic_kappa", "negative_log_likelihood")


@dataclass(frozen=True)
class Model:
    """Logits scaled, and moved by the grade (5,) and by standardised widths (k, 5)."""

    scale: float
    offsets: Floats
    weights: Floats
    mean: Floats
    spread: Floats

    def probability(self, logits: Floats, widths: Floats) -> Floats:
        """Return probabilities (n, 5); a width that is NaN has no effect."""
        standard = np.nan_to_num((widths - self.mean) / self.spread)
        moved = self.scale * logits + self.offsets + standard @ self.weights
        return softmax(moved.astype(np.float32))


def fit(logits: Floats, widths: Floats, grades: Grades, basis: Floats, penalty: float) -> Model:
    """Fit by penalised likelihood: `basis` (m, 5) spans a width's effect on logits.

    Only what is added to the logits is penalised, so a large penalty leaves the temperature.
    """
    mean, spread = np.zeros(widths.shape[1]), np.ones(widths.shape[1])
    for column, values in enumerate(widths.T):
        seen = values[~np.isnan(values)]
        if len(seen) and seen.std() > 0:
            mean[column], spread[column] = seen.mean(), seen.std()
    standard = np.nan_to_num((widths - mean) / spread)
    count, speaking = len(grades), (widths.shape[1], len(basis))
    truth = np.eye(GRADES)[grades]

    def loss(parameters: Floats) -> tuple[float, Floats]:
        scale, offsets, own = parameters[0], parameters[1 : GRADES + 1], parameters[GRADES + 1 :]
        moved = scale * logits + offsets + standard @ own.reshape(speaking) @ basis
        top = moved.max(1, keepdims=True)
        log_sum = np.log(np.exp(moved - top).sum(1, keepdims=True)) + top
        loss = -(truth * (moved - log_sum)).sum() / count
        slope = (np.exp(moved - log_sum) - truth) / count
        gradient = np.concatenate(
            [
                [(slope * logits).sum()],
                slope.sum(0) + penalty * offsets,
                (standard.T @ slope @ basis.T).ravel() + penalty * own,
            ]
        )
        added = float((offsets**2).sum() + (own**2).sum())
        return float(loss + penalty / 2 * added), gradient

    start = np.zeros(1 + GRADES + speaking[0] * speaking[1])
    start[0] = 1.0
    best = minimize(loss, start, jac=True, method="L-BFGS-B").x
    weights = best[GRADES + 1 :].reshape(speaking) @ basis
    return Model(float(best[0]), best[1 : GRADES + 1], weights, mean, spread)


def chosen_penalty(logits: Floats, widths: Floats, crops: Crops, basis: Floats) -> float:
    """Return the penalty of least negative log-likelihood on patients left out."""
    fold_of = patient_folds(crops, INNER_FOLDS)

    def loss(penalty: float) -> float:
        found = _left_out(logits, widths, crops, basis, fold_of, penalty)
        return negative_log_likelihood(crops.grades, found)

    return min(PENALTIES, key=loss)


def cross_fitted(logits: Floats, widths: Floats, crops: Crops, basis: Floats) -> Floats:
    """Return probabilities (n, 5), the mean of several divisions into folds of patients."""
    repeats = [
        _left_out(logits, widths, crops, basis, patient_folds(crops, FOLDS, seed))
        for seed in range(REPEATS)
    ]
    return np.asarray(np.mean(repeats, axis=0))


def _left_out(
    logits: Floats,
    widths: Floats,
    crops: Crops,
    basis: Floats,
    fold_of: NDArray[np.int64],
    penalty: float | None = None,
) -> Floats:
    """Return probabilities (n, 5) of each fold by the model of the others; None: choose inside."""
    probability = np.zeros(logits.shape)
    for fold in np.unique(fold_of):
        learned, use = np.flatnonzero(fold_of != fold), fold_of == fold
        others = crops.take(learned)
        least = penalty
        if least is None:
            least = chosen_penalty(logits[learned], widths[learned], others, basis)
        model = fit(logits[learned], widths[learned], others.grades, basis, least)
        probability[use] = model.probability(logits[use], widths[use])
    return probability


def widths_of(crops: Crops) -> Floats:
    """Return (n, 8): per compartment, medial then lateral, minimal and mean width, refused, unsure.

    Widths are shares of the condyles' width, NaN where the compartment was refused.
    """
    rows, finder = [], MarginFinder()
    for image, side in zip(crops.images, crops.sides, strict=True):
        radiograph = Radiograph.of(Path("crop.png"), image, Window(127.5, 255))
        knee = Knee(Box(0, 0, CROP_SIZE), Side(str(side)))
        space = measure_joint_space(radiograph, knee, finder)
        rows.append([*_compartment(space.medial), *_compartment(space.lateral)])
    return np.array(rows)


def _compartment(part: Compartment | None) -> tuple[float, float, float, float]:
    if part is None or part.minimal is None or part.mean is None:
        return float("nan"), float("nan"), 1.0, 0.0
    return part.minimal.share, part.mean.share, 0.0, float(bool(part.flag))


def compare(with_it: Floats, without: Floats, crops: Crops) -> dict[str, Any]:
    """Return the differences in accuracy, kappa and negative log-likelihood with intervals."""

    def difference(rows: NDArray[np.int64]) -> Floats:
        grades = crops.grades[rows]
        return _measured(grades, with_it[rows]) - _measured(grades, without[rows])

    value, (low, high) = difference(np.arange(len(crops))), bootstrap(difference, crops.patients)
    return {
        name: {
            "value": round(float(value[index]), 4),
            "interval": [round(float(low[index]), 4), round(float(high[index]), 4)],
        }
        for index, name in enumerate(MEASURES)
    }


def _measured(grades: Grades, probability: Floats) -> Floats:
    predicted = probability.argmax(1)
    return np.array(
        [
            accuracy(grades, predicted),
            quadratic_kappa(grades, predicted),
            negative_log_likelihood(grades, probability),
        ]
    )


def study(logits: NDArray[np.float32], widths: Floats, crops: Crops) -> dict[str, Any]:
    """Return the figures of all models and what the widths add, ready for JSON."""
    own = logits.astype(np.float64)
    nothing = np.zeros((len(crops), 0))
    found = {
        "logits alone": _temperature_alone(own, crops),
        "without widths": cross_fitted(own, nothing, crops, FREE),
        "with widths": cross_fitted(own, widths, crops, FREE),
        "with widths, ordered": cross_fitted(own, widths, crops, ORDERED),
    }
    result: dict[str, Any] = {
        name: dict(zip(MEASURES, _measured(crops.grades, probability).round(4), strict=True))
        for name, probability in found.items()
    }
    for name in ("with widths", "with widths, ordered"):
        for base in ("without widths", "logits alone"):
            result[f"{name}, less {base}"] = compare(found[name], found[base], crops)
    return result | {"knees": len(crops), "patients": len(set(crops.patients))}


def _temperature_alone(logits: Floats, crops: Crops) -> Floats:
    """Return cross-fitted probabilities (n, 5): a penalty so large that only the scale is free."""
    nothing = np.zeros((len(crops), 0))
    fold_of = patient_folds(crops, FOLDS)
    return _left_out(logits, nothing, crops, FREE, fold_of, penalty=1e6)


def main() -> None:
    """Measure the gain by the joint space for a bundle, or folds' runs, on knees they never saw."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--runs", type=Path, nargs="+", help="run folders of the folds")
    source.add_argument("--bundle", type=Path, help="folder of an exported bundle")
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    args = parser.parse_args()
    if args.runs:
        held_out, by_member = out_of_fold_logits(args.runs)
        logits = mean_logits(by_member)
        parts = [load_crops(args.data / part) for part in ("train", "val")]
        crops = _pictures_of(held_out, parts)
    else:
        grader = Grader(args.bundle)
        crops = bundle_predictions.unseen(grader.card, args.data)
        logits, _ = bundle_predictions.of_bundle(grader, crops)
    print(json.dumps(study(logits, widths_of(crops), crops), indent=1))


def _pictures_of(wanted: Crops, parts: list[Crops]) -> Crops:
    """Return the crops of `parts` that are the wanted knees, in their order."""
    place = {
        (str(patient), str(side)): (part, index)
        for part in parts
        for index, (patient, side) in enumerate(zip(part.patients, part.sides, strict=True))
    }
    pairs = zip(wanted.patients, wanted.sides, strict=True)
    found = [place[str(patient), str(side)] for patient, side in pairs]
    images = np.stack([part.images[index] for part, index in found])
    return Crops(images, wanted.grades, wanted.patients, wanted.sides)


if __name__ == "__main__":
    main()
