"""Train one network on the public crops.

    python -m training.train --data DATA/knee --weights WEIGHTS.h5 --run runs/first

Trains on `train` for a fixed number of epochs; nothing is chosen on `val`, which is only watched.
Started again with the same --run, it goes on after the last whole epoch. The run folder holds
`model.weights.h5`, `log.csv` and `run.json`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from koa_desktop.knees import stretch
from training.augment import augment
from training.data import GRADES, Crops, check_leaks, load_crops
from training.measures import accuracy, mean_absolute_error, quadratic_kappa
from training.model import build_model

BATCH = 32
EPOCHS = 8
LEARNING_RATE = 1e-3
WEIGHT_DECAY = 0.01
CLIP_NORM = 1.0
WARM_UP_EPOCHS = 0.5
NEIGHBOUR_SHARE = 0.1  # of the label, given to the neighbouring grades


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

    def __init__(self, crops: Crops, seed: int, first_epoch: int = 0) -> None:
        super().__init__(workers=1)
        self.crops, self.seed, self.epoch = crops, seed, first_epoch
        self.labels = soft_labels(crops.grades)
        self._shuffle()

    def __len__(self) -> int:
        return len(self.crops) // BATCH

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rows = self.order[index * BATCH : (index + 1) * BATCH]
        rng = np.random.default_rng((self.seed, self.epoch, index))
        images = np.stack([augment(self.crops.images[row], rng) for row in rows])
        return images, self.labels[rows]

    def on_epoch_end(self) -> None:
        """Reshuffle for the next epoch."""
        self.epoch += 1
        self._shuffle()

    def _shuffle(self) -> None:
        self.order = np.random.default_rng((self.seed, self.epoch)).permutation(len(self.crops))


def predict_logits(model: keras.Model, crops: Crops) -> NDArray[np.float32]:
    """Return logits (n, 5), the mean of a crop's and its mirror image's."""
    images = np.stack([stretch(image.astype(np.float32) / 255) for image in crops.images])
    looks = [model.predict(view, batch_size=64, verbose=0) for view in (images, images[:, :, ::-1])]
    return np.mean(looks, axis=0)


class Watch(keras.callbacks.Callback):
    """Add held-out figures (two looks) to each epoch's log."""

    def __init__(self, held_out: Crops) -> None:
        super().__init__()
        self.held_out = held_out

    def on_epoch_end(
        self,
        epoch: int,  # noqa: ARG002
        logs: dict[str, float] | None = None,
    ) -> None:
        """Measure the held-out crops."""
        grades = self.held_out.grades
        predicted = predict_logits(self.model, self.held_out).argmax(1)
        if logs is not None:
            logs["val_accuracy"] = accuracy(grades, predicted)
            logs["val_kappa"] = quadratic_kappa(grades, predicted)
            logs["val_mae"] = mean_absolute_error(grades, predicted)


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
    *,
    weights: Path | None,
    input_size: int,
    epochs: int,
    seed: int,
) -> keras.Model:
    """Train in folder `run`, going on where an earlier start ended; returns the model."""
    check_leaks(train_crops, held_out)
    run.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(seed)
    model = build_model(weights, input_size)
    log = run / "log.csv"
    done = max(len(log.read_text(encoding="utf-8").splitlines()) - 1, 0) if log.exists() else 0
    batches = Batches(train_crops, seed, first_epoch=done)
    model.compile(
        keras.optimizers.AdamW(
            learning_rate_schedule(len(batches), epochs),
            weight_decay=WEIGHT_DECAY,
            clipnorm=CLIP_NORM,
        ),
        loss=loss,
    )
    settings = {"input_size": input_size, "epochs": epochs, "seed": seed, "knees": len(train_crops)}
    (run / "run.json").write_text(json.dumps(settings, indent=1), encoding="utf-8")
    model.fit(
        batches,
        epochs=epochs,
        callbacks=[
            Watch(held_out),
            keras.callbacks.CSVLogger(str(log), append=True),
            keras.callbacks.BackupAndRestore(str(run / "backup"), delete_checkpoint=False),
        ],
    )
    model.save_weights(run / "model.weights.h5")
    return model


def load_run(run: Path) -> keras.Model:
    """Return the trained model of a finished run folder."""
    settings = json.loads((run / "run.json").read_text(encoding="utf-8"))
    model = build_model(None, settings["input_size"])
    model.load_weights(run / "model.weights.h5")
    return model


def main() -> None:
    """Train a network on the crops below DATA/train, watching DATA/val."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--weights", type=Path, help="ImageNet weights without top (.weights.h5)")
    parser.add_argument(
        "--run", type=Path, required=True, help="run folder; started again, it resumes"
    )
    parser.add_argument("--input-size", type=int, default=224, help="pixels the network sees")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    train(
        load_crops(args.data / "train"),
        load_crops(args.data / "val"),
        args.run,
        weights=args.weights,
        input_size=args.input_size,
        epochs=args.epochs,
        seed=args.seed,
    )


if __name__ == "__main__":
    main()
