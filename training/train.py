"""Train one network on the public crops.

    python -m training.train --data DATA/knee --weights WEIGHTS.h5 --run runs/first
    python -m training.train --data DATA/knee --weights WEIGHTS.h5 --run runs/fold0 --fold 0

Trains on `train` and watches `val`, or with --fold on both together less one fold of patients,
which is watched. The number of epochs is fixed; nothing is chosen on what is watched. Started again
with the same --run, it goes on after the last whole epoch. The run folder holds
`model.weights.h5`, `log.csv`, `run.json`, and `held_out.npz`: what the network says of the knees it
never saw, from which everything is chosen later.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from koa_desktop.knees import stretch
from training.augment import augment
from training.data import GRADES, Crops, check_leaks, load_crops, patient_folds
from training.measures import accuracy, mean_absolute_error, quadratic_kappa
from training.model import FEATURES, build_model
from training.recipes import Recipe

BATCH = 32
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.01
CLIP_NORM = 1.0
WARM_UP_EPOCHS = 0.5
NEIGHBOUR_SHARE = 0.1  # of the label, given to the neighbouring grades
# The weights are averaged over about this many steps: 1 / (1 - momentum).
AVERAGE_MOMENTUM = 0.99
# XLA on a CPU: minutes and 8 GB to compile.
JIT_COMPILE = False


def soft_labels(grades: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return labels (n, 5): most on the grade itself, the rest shared by its neighbours."""
    labels = np.zeros((len(grades), GRADES), np.float32)
    for row, grade in zip(labels, grades, strict=True):
        neighbours = [other for other in (grade - 1, grade + 1) if 0 <= other < GRADES]
        row[grade] = 1 - NEIGHBOUR_SHARE
        row[neighbours] = NEIGHBOUR_SHARE / len(neighbours)
    return labels


class Batches(keras.utils.PyDataset):
    """Augmented batches in a new order each epoch, the same again for the same seed and epoch."""

    def __init__(self, crops: Crops, seed: int) -> None:
        super().__init__(workers=1)
        self.crops, self.seed = crops, seed
        self.labels = soft_labels(crops.grades)
        self.shuffle(0)

    def shuffle(self, epoch: int) -> None:
        """Take the order and the changes of `epoch`."""
        self.epoch = epoch
        self.order = np.random.default_rng((self.seed, epoch)).permutation(len(self.crops))

    def __len__(self) -> int:
        return len(self.crops) // BATCH

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rows = self.order[index * BATCH : (index + 1) * BATCH]
        rng = np.random.default_rng((self.seed, self.epoch, index))
        images = np.stack([augment(self.crops.images[row], rng) for row in rows])
        return images, self.labels[rows]


class Watch(keras.callbacks.Callback):
    """Begin each epoch with its own batches and end it with held-out figures (one look)."""

    def __init__(self, batches: Batches, held_out: Crops) -> None:
        super().__init__()
        self.batches, self.grades = batches, held_out.grades
        self.images = inputs(held_out)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        """Reshuffle; a run that goes on meets the batches it would have met."""
        self.batches.shuffle(epoch)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        """Measure the averaged weights on the held-out crops."""
        averaged = [keras.callbacks.SwapEMAWeights()]
        logits = self.model.predict(self.images, batch_size=64, verbose=0, callbacks=averaged)
        predicted = logits.argmax(1)
        if logs is not None:
            logs["val_accuracy"] = accuracy(self.grades, predicted)
            logs["val_kappa"] = quadratic_kappa(self.grades, predicted)
            logs["val_mae"] = mean_absolute_error(self.grades, predicted)


def learning_rate_schedule(
    steps_per_epoch: int, epochs: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Return a short warm-up followed by a cosine decay to zero."""
    warm_up = max(int(WARM_UP_EPOCHS * steps_per_epoch), 1)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=LEARNING_RATE / warm_up,
        decay_steps=max(steps_per_epoch * epochs - warm_up, 1),
        warmup_target=LEARNING_RATE,
        warmup_steps=warm_up,
    )


def loss(labels: object, logits: object) -> object:
    """Cross-entropy of soft labels with logits."""
    return ops.mean(ops.categorical_crossentropy(labels, logits, from_logits=True))


def train(
    train_crops: Crops,
    held_out: Crops,
    run: Path,
    recipe: Recipe,
    *,
    weights: Path | None = None,
    seed: int = 0,
    split: str = "val",
) -> keras.Model:
    """Train in folder `run`, going on where an earlier start ended; returns the model.

    `split` names what was held out, for the record.
    """
    check_leaks(train_crops, held_out)
    run.mkdir(parents=True, exist_ok=True)
    settings = {"seed": seed, "held_out": split, "knees": len(train_crops)}
    text = json.dumps({**asdict(recipe), **settings}, indent=1)
    (run / "run.json").write_text(text, encoding="utf-8")

    keras.utils.set_random_seed(seed)
    model = build_model(recipe, weights)
    batches = Batches(train_crops, seed)
    model.compile(
        keras.optimizers.AdamW(
            learning_rate_schedule(len(batches), recipe.epochs),
            weight_decay=WEIGHT_DECAY,
            clipnorm=CLIP_NORM,
            use_ema=True,
            ema_momentum=AVERAGE_MOMENTUM,
            ema_overwrite_frequency=None,
        ),
        loss=loss,
        jit_compile=JIT_COMPILE,
    )
    # At the end, `fit` leaves the averaged weights in the model.
    model.fit(
        batches,
        epochs=recipe.epochs,
        callbacks=[
            Watch(batches, held_out),
            keras.callbacks.CSVLogger(str(run / "log.csv"), append=True),
            keras.callbacks.BackupAndRestore(
                str(run / "backup"), double_checkpoint=True, delete_checkpoint=False
            ),
        ],
    )
    model.save_weights(run / "model.weights.h5")
    write_held_out(run, model, held_out)
    return model


def inputs(crops: Crops) -> NDArray[np.float32]:
    """Return the crops as the app gives them to the model: float32 (n, 224, 224, 1)."""
    return np.stack([stretch(image.astype(np.float32) / 255) for image in crops.images])


def predict(model: keras.Model, crops: Crops) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return logits (n, 5) and pooled features (n, k), means of a crop's and its mirror image's."""
    both = keras.Model(model.input, [model.output, model.get_layer(FEATURES).output])
    images = inputs(crops)
    looks = [both.predict(view, batch_size=64, verbose=0) for view in (images, images[:, :, ::-1])]
    logits, features = (np.mean(pair, axis=0) for pair in zip(*looks, strict=True))
    return logits, features


def predict_logits(model: keras.Model, crops: Crops) -> NDArray[np.float32]:
    """Return logits (n, 5), the mean of a crop's and its mirror image's."""
    return predict(model, crops)[0]


def write_held_out(run: Path, model: keras.Model, held_out: Crops) -> None:
    """Write `held_out.npz`: logits, float16 features, grades, patients and sides."""
    logits, features = predict(model, held_out)
    np.savez_compressed(
        run / "held_out.npz",
        logits=logits,
        features=features.astype(np.float16),
        grades=held_out.grades,
        patients=held_out.patients,
        sides=held_out.sides,
    )


def load_run(run: Path) -> keras.Model:
    """Return the trained model of a finished run folder."""
    settings: dict[str, Any] = json.loads((run / "run.json").read_text(encoding="utf-8"))
    known = {field.name for field in fields(Recipe)}
    model = build_model(Recipe(**{name: settings[name] for name in known & settings.keys()}))
    model.load_weights(run / "model.weights.h5")
    return model


def split_fold(train_crops: Crops, val: Crops, fold: int, folds: int) -> tuple[Crops, Crops]:
    """Return both parts together less one fold of patients, and that fold."""
    everyone = train_crops.and_also(val)
    held_out = patient_folds(everyone, folds) == fold
    return everyone.take(np.flatnonzero(~held_out)), everyone.take(np.flatnonzero(held_out))


def main() -> None:
    """Train a network on the public crops; see the top of this file."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--weights", type=Path, help="ImageNet weights without top (.weights.h5)")
    parser.add_argument(
        "--run", type=Path, required=True, help="run folder; started again, it resumes"
    )
    parser.add_argument("--fold", type=int, help="hold out this fold of train and val together")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--input-size", type=int, default=Recipe.input_size)
    parser.add_argument("--band", action="store_true", help="see only the rows around the joint")
    parser.add_argument(
        "--frozen-to", default="", metavar="LAYER", help="keep ImageNet's weights up to this layer"
    )
    parser.add_argument("--epochs", type=int, default=Recipe.epochs)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    if args.fold is not None and not 0 <= args.fold < args.folds:
        parser.error(f"--fold must be from 0 to {args.folds - 1}")
    recipe = Recipe(args.input_size, args.band, args.frozen_to, args.epochs)
    parts = load_crops(args.data / "train"), load_crops(args.data / "val")
    split = "val"
    if args.fold is not None:
        parts = split_fold(*parts, args.fold, args.folds)
        split = f"fold {args.fold} of {args.folds}"
    train(*parts, args.run, recipe, weights=args.weights, seed=args.seed, split=split)


if __name__ == "__main__":
    main()
