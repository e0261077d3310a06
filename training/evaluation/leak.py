"""Demonstrate the leak of augmenting before splitting: a warning, not a recipe.

    python -m training.evaluation.leak --data DATA/knee --weights WEIGHTS.h5

Grades are balanced with augmented copies, as in many published notebooks, and a small head learns
from the ImageNet features of each copy. The rows differ only in what is held out: a fifth of the
copies, whose siblings are trained on, or a fifth of the patients.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from koa_desktop.grading.kellgren_lawrence import GRADES
from training.data.augment import augment_plainly
from training.data.crops import Crops, load_crops, patient_folds
from training.metrics.metrics import accuracy, bootstrap_interval
from training.network.litert import runner
from training.network.model import FEATURES, build_model
from training.recipes.recipe import Recipe
from training.runs.bundle_predictions import model_inputs

COPIES_PER_GRADE = 6_000
PARTS = 5  # one of them held out
STRENGTH = 0.3  # of the changes: turns of up to 6 degrees, shifts of 3 %
HIDDEN, EPOCHS, BATCH = 2048, 60, 128
AT_ONCE = 64

Floats = NDArray[np.float32]


def balanced(crops: Crops, per_grade: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return which crop each copy is of: every grade's crops in turn until it has `per_grade`."""
    return np.concatenate(
        [
            np.resize(rng.permutation(np.flatnonzero(crops.grades == grade)), per_grade)
            for grade in range(GRADES)
            if (crops.grades == grade).any()
        ]
    )


def backbone_features(weights: Path | None) -> Callable[[list[Floats]], Floats]:
    """Return a function from pictures to pooled features (n, k) of the unchanged backbone."""
    model = build_model(Recipe(), weights)
    answer = runner(keras.Model(model.input, model.get_layer(FEATURES).output))

    def features_of(pictures: list[Floats]) -> Floats:
        parts = [pictures[start : start + AT_ONCE] for start in range(0, len(pictures), AT_ONCE)]
        return np.concatenate([answer(np.stack(part)) for part in parts])

    return features_of


def fitted_head(features: Floats, grades: NDArray[np.int64]) -> keras.Model:
    """Return a small network from features to logits, trained on these."""
    keras.utils.set_random_seed(0)
    scaling = layers.Normalization()
    scaling.adapt(features)
    head = keras.Sequential(
        [
            scaling,
            layers.Dense(HIDDEN, activation="relu"),
            layers.Dense(GRADES),
        ]
    )
    head.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    head.fit(features, grades, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return head


def demonstrate(
    crops: Crops, features_of: Callable[[list[Floats]], Floats], per_grade: int
) -> dict[str, tuple[float, float, float]]:
    """Return accuracy and its patient-level interval by what was held out.

    `features_of` takes pictures (224, 224, 1), 0..1, to features (n, k).
    """
    rng = np.random.default_rng(0)
    of = balanced(crops, per_grade, rng)
    grades, patients = crops.grades[of], crops.patients[of]
    copies = features_of([augment_plainly(crops.images[row], rng, STRENGTH) for row in of])
    plain = features_of(list(model_inputs(crops)))

    def figure(
        head: keras.Model, inputs: Floats, true: NDArray[np.int64], owners: NDArray[np.str_]
    ) -> tuple[float, float, float]:
        right = (head.predict(inputs, verbose=0).argmax(1) == true).astype(np.int64)
        ones = np.ones_like(right)
        low, high = bootstrap_interval(lambda rows: accuracy(ones[rows], right[rows]), owners)
        return float(right.mean()), low, high

    held = rng.permutation(len(of)) % PARTS == 0
    leaking = fitted_head(copies[~held], grades[~held])
    away = patient_folds(crops, PARTS) == 0
    honest = fitted_head(copies[~away[of]], grades[~away[of]])
    return {
        "copied first, then a fifth of the copies held out": figure(
            leaking, copies[held], grades[held], patients[held]
        ),
        "a fifth of the patients held out first, measured on their copies": figure(
            honest, copies[away[of]], grades[away[of]], patients[away[of]]
        ),
        "the same, measured on their knees as they are": figure(
            honest, plain[away], crops.grades[away], crops.patients[away]
        ),
    }


def main() -> None:
    """Print accuracy with copies split at random and with patients split."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluation.leak", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--weights", type=Path, help="ImageNet weights without top (.weights.h5)")
    parser.add_argument("--copies", type=int, default=COPIES_PER_GRADE, help="of each grade")
    args = parser.parse_args()
    crops, features_of = load_crops(args.data / "train"), backbone_features(args.weights)
    for what, (value, low, high) in demonstrate(crops, features_of, args.copies).items():
        print(f"{what}: {100 * value:.1f} % ({100 * low:.1f} to {100 * high:.1f})")


if __name__ == "__main__":
    main()
