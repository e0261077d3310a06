"""Keras callbacks of a training run: its batches, its held-out figures, its log."""

from __future__ import annotations

import csv
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from training.data.crops import Crops
from training.grader.batches import Batches, classes_of
from training.metrics.metrics import accuracy, mean_absolute_error, quadratic_kappa
from training.network.readings import READINGS, grades_of
from training.recipes.recipe import Recipe
from training.runs.mirrored_prediction import PREDICTED_AT_ONCE

PLATEAU_EPOCHS, PLATEAU_FACTOR = 2, 0.2

Floats = NDArray[np.float32]
Logs = dict[str, float]


class Watch(keras.callbacks.Callback):
    """Begin each epoch with its own batches; end it with held-out figures, without mirroring.

    `images` are the held-out crops in the network's input form; `readings` (n, 6) their readings.
    """

    def __init__(
        self,
        batches: Batches,
        held_out: Crops,
        images: Floats,
        recipe: Recipe,
        readings: Floats | None = None,
    ) -> None:
        super().__init__()
        self.batches, self.averaged = batches, recipe.averaging > 0
        self.true = classes_of(held_out.grades, recipe)
        self.images, self.readings = images, readings

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Reshuffle; a resumed run meets the batches it would have met."""
        self.batches.shuffle(epoch)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Measure the held-out crops with the averaged weights."""
        swap = [keras.callbacks.SwapEMAWeights()] if self.averaged else []
        outputs = self.model.predict(
            self.images, batch_size=PREDICTED_AT_ONCE, verbose=0, callbacks=swap
        )
        if logs is None:
            return
        if self.readings is None:
            logs.update(grade_figures(outputs, self.true))
        else:
            logits, thresholds = outputs
            logs.update(grade_figures(logits, self.true))
            logs["val_readings_kappa"] = mean_reading_kappa(self.readings, grades_of(thresholds))


def grade_figures(logits: Floats, true: NDArray[np.int64]) -> Logs:
    """Return the figures of held-out logits (n, k) as a log names them."""
    predicted = logits.argmax(1)
    log_probability = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    return {
        "val_loss": float(-log_probability[np.arange(len(logits)), true].mean()),
        "val_accuracy": accuracy(true, predicted),
        "val_kappa": quadratic_kappa(true, predicted),
        "val_mae": mean_absolute_error(true, predicted),
    }


def mean_reading_kappa(true: Floats, predicted: NDArray[np.int64]) -> float:
    """Return the readings' mean quadratic kappa, each where it was read; NaN where none was."""
    kappas = []
    for column in range(len(READINGS)):
        read = ~np.isnan(true[:, column])
        if read.any():
            known = true[read, column].astype(np.int64)
            kappas.append(quadratic_kappa(known, predicted[read, column]))
    return float(np.mean(kappas)) if kappas else float("nan")


class Log(keras.callbacks.Callback):
    """Write one row per epoch to a CSV file; an epoch that is trained again replaces its row."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the earlier rows, and this one."""
        rows: list[dict[str, object]] = []
        if self.path.exists():
            with self.path.open(encoding="utf-8", newline="") as file:
                rows += [row for row in csv.DictReader(file) if int(row["epoch"]) < epoch]
        rows.append({"epoch": epoch, **(logs or {})})
        with self.path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[-1].keys(), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)


def choosing(recipe: Recipe) -> list[keras.callbacks.Callback]:
    """Return callbacks that act on the held-out loss, if any: such figures are optimistic."""
    callbacks: list[keras.callbacks.Callback] = []
    if recipe.schedule == "plateau":
        callbacks.append(
            keras.callbacks.ReduceLROnPlateau(
                monitor="val_loss", factor=PLATEAU_FACTOR, patience=PLATEAU_EPOCHS
            )
        )
    if recipe.patience:
        callbacks.append(
            keras.callbacks.EarlyStopping(
                monitor="val_loss", patience=recipe.patience, restore_best_weights=True
            )
        )
    return callbacks
