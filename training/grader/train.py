"""Train one network on the public crops.

    python -m training.grader.train --recipe best --data DATA/knee --weights WEIGHTS.h5 \
        --run runs/fold0 --fold 0

Trains on `train` and watches `val`, or with --fold on both together less one fold of patients,
which is watched. With --readings the network learns the OARSI readings beside the grade, where the
recipe gives them a weight. The number of epochs is fixed; nothing is chosen on what is watched,
unless the recipe stops early. Started again with the same --run, training resumes after the last
whole epoch. The run folder holds `model.weights.h5`, `log.csv`, `run.json`, and `held_out.npz`, the
predictions for the held-out knees, from which everything is chosen later.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from training.data.crop_views import view
from training.data.crops import Crops, check_leaks, load_crops, split_fold
from training.data.readings import load_readings
from training.grader.batches import Batches
from training.grader.callbacks import Log, Watch, choosing
from training.grader.feature_cache import CachedBatches, FeatureCache
from training.grader.options import add_changes, changed
from training.grader.run_settings import RunSettings
from training.grader.teachers import taught_by
from training.network.losses import LOSSES, readings_loss
from training.network.model import BACKBONE, build_model, thaw
from training.network.parts import after_resampling, resampling_of, top_of
from training.recipes.recipe import Recipe
from training.recipes.registry import RECIPES
from training.runs.mirrored_prediction import (
    JIT_COMPILE,
    predict_looks,
    two_looks,
    with_features,
)
from training.runs.run_folder import WEIGHTS, check_start, write_held_out, write_settings

CLIP_NORM = 1.0
WARM_UP_EPOCHS = 0.5

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Parts:
    """A network as it trains and as it predicts, with matching batches and held-out inputs.

    `learning` and `named` share the model's weights. `looks` are the held-out inputs of `named`,
    plain and mirrored; `watched` those of `learning`, plain.
    """

    learning: keras.Model
    named: keras.Model
    batches: Batches
    looks: tuple[Floats, Floats]
    watched: Floats


def train(train_crops: Crops, held_out: Crops, run: Path, settings: RunSettings) -> keras.Model:
    """Train in folder `run`, resuming where an earlier start ended; returns the model."""
    recipe = settings.recipe
    check_leaks(train_crops, held_out)
    run.mkdir(parents=True, exist_ok=True)
    write_settings(run, settings.record(len(train_crops)))
    train_crops, held_out = (view(crops, recipe.view) for crops in (train_crops, held_out))

    keras.utils.set_random_seed(settings.seed)
    model = build_model(recipe, settings.weights)
    if settings.start is not None:
        check_start(settings.start, held_out)
        model.load_weights(settings.start / WEIGHTS)
    if settings.feature_cache is None:
        parts = parts_on_pictures(model, train_crops, held_out, settings)
    else:
        cache = FeatureCache(settings.feature_cache, recipe)
        parts = parts_on_cache(model, train_crops, held_out, cache, settings)
    read = None if settings.readings is None else load_readings(settings.readings, held_out)
    watch = Watch(parts.batches, held_out, parts.watched, recipe, read)
    backup = run / "backup"
    if recipe.head_epochs and not backup.exists():
        train_head(model, parts.learning, parts.batches, watch, recipe, run)
    compile_model(parts.learning, recipe, schedule(recipe, len(parts.batches)))
    # At the end, `fit` leaves the averaged weights in the model.
    parts.learning.fit(
        parts.batches,
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
    write_held_out(run, held_out, predict_looks(parts.named, parts.looks))
    return model


def parts_on_pictures(
    model: keras.Model, train_crops: Crops, held_out: Crops, settings: RunSettings
) -> Parts:
    """Return what training on pictures takes; copies are resampled once, to the network's size."""
    path = settings.readings
    read = None if path is None else load_readings(path, train_crops)
    taught = taught_by(settings.teachers, train_crops) if settings.teachers else None
    looks = two_looks(held_out)
    return Parts(
        after_resampling(model),
        with_features(model),
        Batches(train_crops, settings.recipe, settings.seed, read, taught),
        looks,
        keras.ops.convert_to_numpy(resampling_of(model)(looks[0])),
    )


def parts_on_cache(
    model: keras.Model,
    train_crops: Crops,
    held_out: Crops,
    cache: FeatureCache,
    settings: RunSettings,
) -> Parts:
    """Return what training on cached activations of the frozen layers takes."""
    named = top_of(model, settings.recipe.frozen_to)
    looks = cache.looks(held_out)
    return Parts(
        keras.Model(named.input, named.output["logits"]),
        named,
        CachedBatches(cache, train_crops, settings.recipe, settings.seed),
        looks,
        looks[0],
    )


def train_head(
    model: keras.Model,
    learning: keras.Model,
    batches: Batches,
    watch: Watch,
    recipe: Recipe,
    run: Path,
) -> None:
    """Train the head alone, on the features of the unchanged backbone."""
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
    losses, weights = [LOSSES[recipe.loss]], [1.0]
    if recipe.readings_weight:
        losses, weights = [*losses, readings_loss], [1.0, recipe.readings_weight]
    model.compile(
        keras.optimizers.AdamW(
            learning_rate,
            weight_decay=recipe.weight_decay,
            clipnorm=CLIP_NORM,
            use_ema=bool(average),
            ema_overwrite_frequency=None,
            **average,
        ),
        loss=losses,
        loss_weights=weights,
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


def parser() -> argparse.ArgumentParser:
    """Return the command's options."""
    options = argparse.ArgumentParser(description=main.__doc__)
    options.add_argument("--recipe", choices=RECIPES, required=True)
    options.add_argument("--data", type=Path, required=True, help="folder with train and val")
    options.add_argument("--weights", type=Path, help="ImageNet weights without top (.weights.h5)")
    options.add_argument(
        "--run", type=Path, required=True, help="run folder; started again, it resumes"
    )
    options.add_argument("--fold", type=int, help="hold out this fold of train and val together")
    options.add_argument("--folds", type=int, default=5)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--per-grade", type=int, help="read so many crops a grade, to try it out")
    options.add_argument("--start", type=Path, help="continue from this finished run's weights")
    options.add_argument(
        "--feature-cache", type=Path, help="folder of training.grader.feature_cache to train on"
    )
    options.add_argument(
        "--readings", type=Path, help="table of OARSI readings (CSV) to learn beside the grade"
    )
    options.add_argument(
        "--teachers", type=Path, nargs="+", default=[], help="runs that predict a share of labels"
    )
    add_changes(options)
    return options


def settings_of(options: argparse.Namespace, split: str) -> RunSettings:
    """Return the run that the options describe. Without a table no readings are learned."""
    recipe = changed(RECIPES[options.recipe], options)
    if recipe.readings_weight and options.readings is None:
        print("no table of readings: only the grade is learned")
        recipe = replace(recipe, readings_weight=0.0)
    return RunSettings(
        recipe,
        weights=options.weights,
        seed=options.seed,
        split=split,
        start=options.start,
        feature_cache=options.feature_cache,
        readings=options.readings,
        teachers=tuple(options.teachers),
    )


def main() -> None:
    """Train a network on the public crops."""
    command = parser()
    options = command.parse_args()
    if options.fold is not None and not 0 <= options.fold < options.folds:
        command.error(f"--fold must be from 0 to {options.folds - 1}")
    split = "val" if options.fold is None else f"fold {options.fold} of {options.folds}"
    try:
        settings = settings_of(options, split)
    except ValueError as error:
        command.error(str(error))
    train_crops = load_crops(options.data / "train", options.per_grade)
    held_out = load_crops(options.data / "val", options.per_grade)
    if options.fold is not None:
        train_crops, held_out = split_fold(train_crops, held_out, options.fold, options.folds)
    train(train_crops, held_out, options.run, settings)


if __name__ == "__main__":
    main()
