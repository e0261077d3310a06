"""Train the finder's two networks: one for each fold that is left out, and one on everything.

    python -m training.finder.train --data DATA --run runs/finder --weights mobilenet_v2.weights.h5

Needs the samples of `training.finder.training_samples` in the run's folder. A network is first
trained on what belongs to no fold, then once for every fold on all other folds' samples as well.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from koa_desktop.grading.finder import BOX_INPUT_SIZE, CELL, LOCATOR_SIZE
from training.finder.network import box_network, locator, stem
from training.finder.sources import FOLDS, NO_FOLD

BATCH = 64
RATE, FINE_RATE = 2e-3, 1e-3
PLACE_WEIGHT, SHIFT_WEIGHT, SIDE_WEIGHT = 0.5, 1.0, 1.0
SMOOTHING = 0.02  # of the classes
STEM_CHUNK = 256
EVERYTHING = -2  # the fold left out by the network that ships: none

Array = NDArray[np.float32]


def stem_answers(
    pictures: NDArray[np.uint8], size: int, weights: Path | None
) -> NDArray[np.float16]:
    """Return the frozen stem's activations of pictures (n, size, size), in half precision."""
    from training.network.litert import runner

    run = runner(stem(size, weights))
    answers = []
    for start in range(0, len(pictures), STEM_CHUNK):
        part = pictures[start : start + STEM_CHUNK, ..., None].astype(np.float32) / 255
        answers.append(run(part).astype(np.float16))
    return np.concatenate(answers)


def heat_targets(knees: Array) -> tuple[Array, Array]:
    """Return the locator's targets on its grid for knees (n, 2, 4) of `whole_sample`.

    The first (n, 24, 24, 2) holds the heat, a bell around each middle, and a weight, 0 where a knee
    is hardly visible; the second (n, 24, 24, 4) the place and its weight.
    """
    grid, cell = LOCATOR_SIZE // CELL, float(CELL)
    middles = np.arange(grid, dtype=np.float32) + 0.5
    heat = np.zeros((len(knees), grid, grid, 2), np.float32)
    heat[..., 1] = 1
    place = np.zeros((len(knees), grid, grid, 4), np.float32)
    for index, marked in enumerate(knees):
        for x, y, size, wanted in marked / (cell, cell, cell, 1):
            if wanted < 0:
                continue
            right, down = x - middles[None, :], y - middles[:, None]
            bell = np.exp(-(right**2 + down**2) / (2 * max(0.11 * size, 0.55) ** 2))
            if wanted == 0:
                heat[index, ..., 1] = np.minimum(heat[index, ..., 1], bell < 0.05)
                continue
            heat[index, ..., 0] = np.maximum(heat[index, ..., 0], bell)
            stronger = bell > np.maximum(place[index, ..., 3], 0.15)
            right, down = np.broadcast_arrays(right, down)
            answer = np.stack([right, down, np.full_like(right, np.log(size)), bell], -1)
            place[index][stronger] = answer[stronger]
    return heat, place


def heat_loss(wanted: Any, logits: Any) -> Any:
    """Focal loss of the heat, weaker the nearer a cell lies to a middle (Law 2018)."""
    bell, weight = wanted[..., :1], wanted[..., 1:]
    heat = ops.sigmoid(logits)
    near = ops.cast(bell > 0.85, "float32")
    gain = -near * (1 - heat) ** 2 * ops.log_sigmoid(logits)
    cost = -(1 - near) * (1 - bell) ** 4 * heat**2 * ops.log_sigmoid(-logits)
    return ops.sum(weight * (gain + cost)) / ops.cast(ops.shape(logits)[0], "float32")


def place_loss(wanted: Any, given: Any) -> Any:
    """Mean absolute error of place and size where a knee is."""
    weight = wanted[..., 3:]
    error = ops.sum(ops.abs(given - wanted[..., :3]) * weight)
    return PLACE_WEIGHT * error / (ops.sum(weight) + 1.0)


def shown_loss(wanted: Any, logits: Any) -> Any:
    """Cross-entropy with label smoothing where the class (n, 1) is known."""
    known = ops.cast(wanted[:, 0] >= 0, "float32")
    classes = ops.one_hot(ops.cast(ops.maximum(wanted[:, 0], 0), "int32"), logits.shape[-1])
    classes = classes * (1 - SMOOTHING) + SMOOTHING / logits.shape[-1]
    entropy = -ops.sum(classes * ops.log_softmax(logits, axis=-1), axis=-1)
    return ops.sum(entropy * known) / (ops.sum(known) + 1e-3)


def left_loss(wanted: Any, logits: Any) -> Any:
    """Cross-entropy of the side where it is known (not negative)."""
    known = ops.cast(wanted >= 0, "float32")
    entropy = -wanted * ops.log_sigmoid(logits) - (1 - wanted) * ops.log_sigmoid(-logits)
    return SIDE_WEIGHT * ops.sum(entropy * known) / (ops.sum(known) + 1e-3)


def shift_loss(wanted: Any, given: Any) -> Any:
    """Mean absolute error of the way to the knee where there is one; (n, 4), last the weight."""
    weight = wanted[:, 3:]
    error = ops.sum(ops.abs(given - wanted[:, :3]) * weight)
    return SHIFT_WEIGHT * error / (ops.sum(weight) + 1e-3)


class Task:
    """One network's samples: the stem's activations, targets and folds."""

    def __init__(self, name: str, run: Path, weights: Path | None) -> None:
        files = sorted(run.glob(f"{name}[0-9]*.npz"))
        parts = [dict(np.load(file)) for file in files]
        samples = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}
        self.name, self.fold = name, samples["fold"]
        size = LOCATOR_SIZE if name == "whole" else BOX_INPUT_SIZE
        self.features = stem_answers(samples["picture"], size, weights)
        self.wanted: Callable[[NDArray[np.int64]], dict[str, Array]]
        if name == "whole":
            self.fresh: Callable[[], keras.Model] = locator
            self.losses = {"heat": heat_loss, "place": place_loss}
            knees = samples["knees"]
            self.wanted = lambda rows: dict(
                zip(("heat", "place"), heat_targets(knees[rows]), strict=True)
            )
        else:
            self.fresh = lambda: box_network(weights)
            self.losses = {"shown": shown_loss, "left": left_loss, "shift": shift_loss}
            there = ~np.isnan(samples["shift"][:, :1])
            answers = {
                "shown": samples["shown"][:, None].astype(np.float32),
                "left": np.nan_to_num(samples["left"], nan=-1.0)[:, None],
                "shift": np.concatenate([np.nan_to_num(samples["shift"]), there], 1),
            }
            self.wanted = lambda rows: {key: value[rows] for key, value in answers.items()}

    def rows(self, left_out: int) -> NDArray[np.int64]:
        """Return the samples that a network may learn from when a fold is left out."""
        return np.flatnonzero(self.fold != left_out)


def fit(task: Task, model: keras.Model, rows: NDArray[np.int64], steps: int, rate: float) -> None:
    """Train a network on some of the samples."""
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, steps, warmup_target=rate, warmup_steps=max(steps // 20, 1)
    )
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=0.01, clipnorm=5.0)
    model.compile(optimizer, loss=task.losses, jit_compile=False)
    start = time.monotonic()
    for step, batch in enumerate(batches(rows, steps, np.random.default_rng(steps)), 1):
        losses = model.train_on_batch(
            task.features[batch].astype(np.float32), task.wanted(batch), return_dict=True
        )
        if step % 100 == 0 or step == steps:
            shown = " ".join(f"{key} {float(value):.3f}" for key, value in losses.items())
            print(f"{task.name} {step}: {shown}, {time.monotonic() - start:.0f} s", flush=True)


def batches(
    rows: NDArray[np.int64], steps: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield batches of sample numbers, every sample once before any comes again."""
    order = np.empty(0, np.int64)
    for _ in range(steps):
        if len(order) < BATCH:
            order = np.concatenate([order, rng.permutation(rows)])
        batch, order = order[:BATCH], order[BATCH:]
        yield batch


def train(task: Task, run: Path, steps: int, fine_steps: int, folds: list[int]) -> None:
    """Train on samples of no fold, then for each fold left out; weights are written to `run`."""
    keras.utils.set_random_seed(0)
    start = run / f"{task.name}-start.weights.h5"
    model = task.fresh()
    if start.exists():
        model.load_weights(start)
    else:
        fit(task, model, np.flatnonzero(task.fold == NO_FOLD), steps, RATE)
        model.save_weights(start)
    for fold in folds:
        model.load_weights(start)
        fit(task, model, task.rows(fold), fine_steps, FINE_RATE)
        model.save_weights(run / weights_name(task.name, fold))


def weights_name(task: str, fold: int) -> str:
    """Return the file that holds a network's weights; `EVERYTHING` is the one that ships."""
    return f"{task}-{'all' if fold == EVERYTHING else fold}.weights.h5"


def main() -> None:
    """Train both networks."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/finder"), help="samples, weights")
    parser.add_argument("--weights", type=Path, required=True, help="MobileNetV2 without top")
    parser.add_argument("--task", choices=("whole", "box"), action="append")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--fine-steps", type=int, default=300)
    parser.add_argument("--folds", type=int, nargs="*", default=[*range(FOLDS), EVERYTHING])
    args = parser.parse_args()
    for name in args.task or ("box", "whole"):
        task = Task(name, args.run, args.weights)
        train(task, args.run, args.steps, args.fine_steps, args.folds)


if __name__ == "__main__":
    main()
