"""Train one network on the public crops.

    python -m training.grader.train --recipe best --data DATA/knee --weights WEIGHTS.h5 \
        --run runs/fold0 --fold 0

Trains on `train` and watches `val`, or with --fold on both together less one fold of patients,
which is watched. The number of epochs is fixed; nothing is chosen on what is watched, unless the
recipe stops early. Started again with the same --run, it goes on after the last whole epoch. The
run folder holds `model.weights.h5`, `log.csv`, `run.json`, and `held_out.npz`: what the network
says of the knees it never saw, from which everything is chosen later.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from training.data.crop_views import view
from training.data.crops import Crops, check_leaks, load_crops, split_fold
from training.grader.batches import Batches, classes_of
from training.grader.feature_cache import Copies, CopyBatches
from training.grader.options import add_changes, changed
from training.metrics.metrics import accuracy, mean_absolute_error, quadratic_kappa
from training.network.losses import LOSSES
from training.network.model import (
    BACKBONE,
    after_resampling,
    build_model,
    resampling_of,
    thaw,
    top_of,
)
from training.recipes.recipe import Recipe
from training.recipes.registry import RECIPES
from training.runs.mirrored_prediction import (
    JIT_COMPILE,
    PREDICTED_AT_ONCE,
    answers,
    two_looks,
    with_features,
)
from training.runs.run_folder import WEIGHTS, check_start, write_held_out, write_settings

CLIP_NORM = 1.0
WARM_UP_EPOCHS = 0.5
PLATEAU_EPOCHS, PLATEAU_FACTOR = 2, 0.2

Floats = NDArray[np.float32]
Logs = dict[str, float]


class Watch(keras.callbacks.Callback):
    """Begin each epoch with its own batches; end it with held-out figures, one look a knee."""

    def __init__(self, batches: Batches, held_out: Crops, images: Floats, recipe: Recipe) -> None:
        super().__init__()
        self.batches, self.averaged = batches, recipe.averaging > 0
        self.true = classes_of(held_out.grades, recipe)
        self.images = images

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Reshuffle; a run that goes on meets the batches it would have met."""
        self.batches.shuffle(epoch)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:  # noqa: ARG002
        """Measure the held-out crops with the averaged weights."""
        swap = [keras.callbacks.SwapEMAWeights()] if self.averaged else []
        logits = self.model.predict(
            self.images, batch_size=PREDICTED_AT_ONCE, verbose=0, callbacks=swap
        )
        predicted = logits.argmax(1)
        log_probability = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        if logs is not None:
            logs["val_loss"] = float(-log_probability[np.arange(len(logits)), self.true].mean())
            logs["val_accuracy"] = accuracy(self.true, predicted)
            logs["val_kappa"] = quadratic_kappa(self.true, predicted)
            logs["val_mae"] = mean_absolute_error(self.true, predicted)


class Log(keras.callbacks.Callback):
    """Keep one row an epoch in a CSV file; an epoch that is trained again replaces its row."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write the rows before, and this one."""
        rows: list[dict[str, object]] = []
        if self.path.exists():
            with self.path.open(encoding="utf-8", newline="") as file:
                rows += [row for row in csv.DictReader(file) if int(row["epoch"]) < epoch]
        rows.append({"epoch": epoch, **(logs or {})})
        with self.path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[-1].keys(), extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)


def train(
    train_crops: Crops,
    held_out: Crops,
    run: Path,
    recipe: Recipe,
    *,
    weights: Path | None = None,
    seed: int = 0,
    split: str = "val",
    start: Path | None = None,
    copies: Path | None = None,
) -> keras.Model:
    """Train in folder `run`, going on where an earlier start ended; returns the model.

    `split` names what was held out, for the record. `start` is a finished run whose weights are
    gone on from; it must have left out the same. `copies` is a folder of
    `training.grader.feature_cache`.
    """
    check_leaks(train_crops, held_out)
    run.mkdir(parents=True, exist_ok=True)
    settings = {"seed": seed, "held_out": split, "knees": len(train_crops)}
    write_settings(run, {**asdict(recipe), **settings, "start": start and start.name})
    train_crops, held_out = (view(crops, recipe.view) for crops in (train_crops, held_out))

    keras.utils.set_random_seed(seed)
    model = build_model(recipe, weights)
    if start is not None:
        check_start(start, held_out)
        model.load_weights(start / WEIGHTS)
    batches: Batches
    if copies is None:
        # It learns from copies that were resampled once, as large as the network sees them.
        learning, answering = after_resampling(model), with_features(model)
        batches = Batches(train_crops, recipe, seed)
        looks = two_looks(held_out)
        watched = keras.ops.convert_to_numpy(resampling_of(model)(looks[0]))
    else:
        kept = Copies(copies, recipe)
        answering = top_of(model, recipe.frozen_to)
        learning = keras.Model(answering.input, answering.outputs[0])
        batches = CopyBatches(kept, train_crops, recipe, seed)
        looks = kept.looks(held_out)
        watched = looks[0]
    # Both share their weights with the model.
    watch = Watch(batches, held_out, watched, recipe)
    backup = run / "backup"
    if recipe.head_epochs and not backup.exists():
        train_head(model, learning, batches, watch, recipe, run)
    compile_model(learning, recipe, schedule(recipe, len(batches)))
    # At the end, `fit` leaves the averaged weights in the model.
    learning.fit(
        batches,
        epochs=recipe.epochs,
        verbose=progress(),
        callbacks=[
            watch,
            Log(run / "log.csv"),
            *choosing(recipe),
            keras.callbacks.BackupAndRestore(
                str(backup), double_checkpoint=True, delete_checkpoint=False
            ),
        ],
    )
    model.save_weights(run / WEIGHTS)
    write_held_out(run, held_out, *answers(answering, looks))
    return model


def train_head(
    model: keras.Model,
    learning: keras.Model,
    batches: Batches,
    watch: Watch,
    recipe: Recipe,
    run: Path,
) -> None:
    """Train the head alone, on what the backbone makes of the crops as it came."""
    model.get_layer(BACKBONE).trainable = False
    compile_model(learning, recipe, recipe.head_learning_rate)
    learning.fit(
        batches,
        epochs=recipe.head_epochs,
        verbose=progress(),
        callbacks=[watch, Log(run / "head.csv")],
    )
    thaw(model, recipe)


def progress() -> int:
    """Return how Keras shows progress: a bar, or one line an epoch where nobody watches."""
    return 1 if sys.stdout.isatty() else 2


def compile_model(model: keras.Model, recipe: Recipe, learning_rate: object) -> None:
    """Give the model its optimizer and its loss."""
    average = {"ema_momentum": recipe.averaging} if recipe.averaging else {}
    model.compile(
        keras.optimizers.AdamW(
            learning_rate,
            weight_decay=recipe.weight_decay,
            clipnorm=CLIP_NORM,
            use_ema=bool(average),
            ema_overwrite_frequency=None,
            **average,
        ),
        loss=LOSSES[recipe.loss],
        jit_compile=JIT_COMPILE,
    )


def schedule(recipe: Recipe, steps_per_epoch: int) -> object:
    """Return a short warm-up with a cosine decay to zero, or the rate that a plateau lowers."""
    if recipe.schedule == "plateau":
        return recipe.learning_rate
    warm_up = max(int(WARM_UP_EPOCHS * steps_per_epoch), 1)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=recipe.learning_rate / warm_up,
        decay_steps=max(steps_per_epoch * recipe.epochs - warm_up, 1),
        warmup_target=recipe.learning_rate,
        warmup_steps=warm_up,
    )


def choosing(recipe: Recipe) -> list[keras.callbacks.Callback]:
    """Return what looks at the watched loss, where the recipe lets it: such figures lean high."""
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


def main() -> None:
    """Train a network on the public crops."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--recipe", choices=RECIPES, required=True)
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--weights", type=Path, help="ImageNet weights without top (.weights.h5)")
    parser.add_argument(
        "--run", type=Path, required=True, help="run folder; started again, it resumes"
    )
    parser.add_argument("--fold", type=int, help="hold out this fold of train and val together")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--per-grade", type=int, help="read so many crops a grade, to try it out")
    parser.add_argument("--start", type=Path, help="go on from this finished run's weights")
    parser.add_argument(
        "--copies", type=Path, help="folder of training.grader.feature_cache to learn from"
    )
    add_changes(parser)
    args = parser.parse_args()
    if args.fold is not None and not 0 <= args.fold < args.folds:
        parser.error(f"--fold must be from 0 to {args.folds - 1}")
    train_crops = load_crops(args.data / "train", args.per_grade)
    held_out = load_crops(args.data / "val", args.per_grade)
    split = "val"
    if args.fold is not None:
        train_crops, held_out = split_fold(train_crops, held_out, args.fold, args.folds)
        split = f"fold {args.fold} of {args.folds}"
    train(
        train_crops,
        held_out,
        args.run,
        changed(RECIPES[args.recipe], args),
        weights=args.weights,
        seed=args.seed,
        split=split,
        start=args.start,
        copies=args.copies,
    )


if __name__ == "__main__":
    main()
