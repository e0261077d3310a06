"""What a model says of held-out knees, whichever form the model is in.

All return logits (n, 5) and the knees they belong to; without pictures where none were needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading import Grader, Grading
from koa_desktop.knees import Pixels, stretch
from training.data import Crops

BATCH = 32
HELD_OUT = "held_out.npz"  # what a fold's run leaves of the knees it was not trained on

Logits = NDArray[np.float32]


def of_bundle(grader: Grader, crops: Crops) -> Logits:
    """Return logits of a bundle, each knee's up to a constant, which no probability depends on."""
    gradings = grade_in_batches(grader, model_inputs(crops))
    return logits_of(gradings, float(grader.card.text["temperature"]))


def of_folds(runs: Sequence[Path]) -> tuple[Logits, Crops]:
    """Return the out-of-fold logits of several runs and their knees, without pictures.

    Raises ValueError where a patient was held out of two runs: they are no folds of one split.
    """
    parts = []
    for run in runs:
        with np.load(run / HELD_OUT) as held_out:
            parts.append(
                {name: held_out[name] for name in ("logits", "grades", "patients", "sides")}
            )
    patients = [patient for part in parts for patient in set(part["patients"].tolist())]
    if len(set(patients)) < len(patients):
        raise ValueError("a patient is held out of two runs: give the folds of one split")
    logits, grades, owners, sides = (
        np.concatenate([part[name] for part in parts])
        for name in ("logits", "grades", "patients", "sides")
    )
    no_pictures = np.zeros((len(grades), 0, 0), np.uint8)
    return logits, Crops(no_pictures, grades, owners.astype(str), sides.astype(str))


def model_inputs(crops: Crops) -> Iterator[Pixels]:
    """Yield each crop as the app gives it to the model: float32 (224, 224, 1), 0..1."""
    for image in crops.images:
        yield stretch(image.astype(np.float32) / 255)


def grade_in_batches(grader: Grader, images: Iterator[Pixels]) -> list[Grading]:
    """Grade crops float32 (224, 224, 1), a few at a time: a pass holds all its activations."""
    gradings: list[Grading] = []
    batch: list[Pixels] = []
    for image in images:
        batch.append(image)
        if len(batch) == BATCH:
            gradings += grader.grade(batch)
            batch = []
    return gradings + grader.grade(batch)


def logits_of(gradings: Sequence[Grading], temperature: float) -> Logits:
    """Return logits (n, 5), up to a constant a knee, of calibrated probabilities."""
    probability = np.stack([grading.probability for grading in gradings])
    return np.asarray(np.log(np.maximum(probability, 1e-12)) * temperature, np.float32)
