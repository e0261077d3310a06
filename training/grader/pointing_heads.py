"""Refit a run's heads of readings, so that their maps point at the place that is read.

    python -m training.grader.pointing_heads runs/readings_1 --data DATA/knee \
        --readings DATA/oarsi.csv --out runs/pointing_1

A head that is linear in pooled features learns no place: its maps lie where the features are, and
an osteophyte's map is no more at its margin than elsewhere. Here the layers before the heads stay
as they are, and so do the grades. The heads of the readings learn again from the activations of the
run's training knees, with one more loss: the share of a reading's evidence outside its region, as
`training/evaluation/reading_maps.py` defines it. Writes a run folder like any other.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

import cv2
import keras
import numpy as np
from keras import layers, ops
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from koa_desktop.grading.oarsi import THRESHOLDS
from training.data.crops import Crops, split_crops
from training.data.readings import load_readings
from training.evaluation.reading_maps import KINDS, areas
from training.network.losses import evidence_outside, readings_loss
from training.network.model import READINGS_LAYER
from training.network.parts import has_readings, trunk_of
from training.network.readings import READING_LOGITS, thresholds
from training.runs.mirrored_prediction import JIT_COMPILE, inputs, predict
from training.runs.run_folder import (
    WEIGHTS,
    load_run,
    read_settings,
    write_held_out,
    write_settings,
)

AT_ONCE = 32
EPOCHS, BATCH, LEARNING_RATE, WEIGHT_DECAY = 30, 64, 1e-3, 1e-4
ACTIVATIONS = "activations.npy"  # removed at the end

Floats = NDArray[np.float32]


class MappedHead(layers.Layer):
    """A dense layer on pooled activations that also gives its maps, whose mean it adds up."""

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights for activations (n, h, w, k)."""
        self.kernel = self.add_weight(shape=(shape[-1], READING_LOGITS), name="kernel")
        self.bias = self.add_weight(shape=(READING_LOGITS,), name="bias")

    def call(self, activation: Any) -> dict[str, Any]:
        """Return the thresholds' logits (n, 18) and their maps (n, h, w, 18)."""
        maps = ops.matmul(activation, self.kernel)
        return {"logits": ops.mean(maps, axis=(1, 2)) + self.bias, "maps": maps}


class _Activations(keras.utils.PyDataset):
    """Batches of activations (n, h, w, k) with thresholds (n, 18), in a new order each epoch."""

    def __init__(self, activations: NDArray[np.float16], labels: Floats, seed: int) -> None:
        super().__init__()
        self._activations, self._labels = activations, labels
        self._random = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return math.ceil(len(self._labels) / BATCH)

    def __getitem__(self, index: int) -> tuple[Floats, dict[str, Floats]]:
        # Sorted, they are read from the disk in its order.
        rows = np.sort(self._order[index * BATCH : (index + 1) * BATCH])
        labels = self._labels[rows]
        return self._activations[rows].astype(np.float32), {"logits": labels, "maps": labels}

    def on_epoch_end(self) -> None:
        """Draw the next epoch's order."""
        self._order = self._random.permutation(len(self._labels))


def regions(height: int, width: int) -> Floats:
    """Return how much of each place of a map lies in each threshold's region, (h, w, 18), 0..1."""
    shares = np.empty((height, width, READING_LOGITS), np.float32)
    for kind, sides in KINDS.items():
        for reading, left in zip(sides, (True, False), strict=True):
            region = areas(kind, left=left)[0].astype(np.float32)
            of_places = cv2.resize(region, (width, height), interpolation=cv2.INTER_AREA)
            first = reading * THRESHOLDS
            shares[:, :, first : first + THRESHOLDS] = of_places[:, :, None]
    return shares


def refit(
    kernel: Floats,
    bias: Floats,
    activations: NDArray[np.float16],
    labels: Floats,
    weight: float,
    epochs: int = EPOCHS,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Return the head's kernel (k, 18) and bias (18,), learned on from those given.

    `activations` are (n, h, w, k), `labels` thresholds (n, 18), NaN where not read; `weight` is
    that of the evidence outside the regions.
    """
    keras.utils.set_random_seed(seed)
    activation = keras.Input(activations.shape[1:])
    head = MappedHead(name="head")
    model = keras.Model(activation, head(activation))
    head.set_weights([kernel, bias])
    batches = _Activations(activations, labels, seed)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, epochs * len(batches))
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY),
        loss={"logits": readings_loss, "maps": evidence_outside(regions(*activations.shape[1:3]))},
        loss_weights={"logits": 1.0, "maps": weight},
        jit_compile=JIT_COMPILE,
    )
    model.fit(batches, epochs=epochs, verbose=2)
    learned_kernel, learned_bias = head.get_weights()
    return learned_kernel, learned_bias


def point(
    run: Path,
    crops: tuple[Crops, Crops],
    table: Path,
    out: Path,
    weight: float,
    epochs: int = EPOCHS,
) -> None:
    """Write a run with refitted heads as run folder `out`.

    `crops` are what the run learned from and what it held out. Raises ValueError where the run has
    no readings, and as `load_readings` does.
    """
    shown, held_out = crops
    model = load_run(run)
    if not has_readings(model):
        raise ValueError(f"{run.name} has no readings")
    labels = thresholds(load_readings(table, shown))
    out.mkdir(parents=True, exist_ok=True)
    layer = model.get_layer(READINGS_LAYER)
    activations = _activations(trunk_of(model), shown, out / ACTIVATIONS)
    kernel, bias = layer.get_weights()
    layer.set_weights(refit(kernel, bias, activations, labels, weight, epochs))
    write_settings(out, {**read_settings(run), "heads_of": run.name, "pointing_weight": weight})
    model.save_weights(out / WEIGHTS)
    write_held_out(out, held_out, predict(model, held_out))
    del activations
    (out / ACTIVATIONS).unlink()


def _activations(trunk: keras.Model, crops: Crops, path: Path) -> NDArray[np.float16]:
    """Return the crops' last activations (n, h, w, k), kept in a file; one that exists is used."""
    shape = (len(crops), *trunk.output.shape[1:])
    if not path.exists():
        trunk.jit_compile = JIT_COMPILE
        part = path.with_suffix(".part")
        written = open_memmap(part, "w+", np.float16, shape)
        for first in range(0, len(crops), AT_ONCE):
            some = crops.take(np.arange(first, min(first + AT_ONCE, len(crops))))
            written[first : first + AT_ONCE] = trunk.predict(inputs(some), verbose=0)
        del written
        part.replace(path)
    return open_memmap(path, "r")


def main() -> None:
    """Refit the heads of a run's readings."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("run", type=Path, help="run folder with readings")
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--readings", type=Path, required=True, help="table of OARSI readings")
    parser.add_argument("--out", type=Path, required=True, help="run folder to write")
    parser.add_argument("--weight", type=float, default=1.5, help="of evidence outside the region")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    args = parser.parse_args()
    crops = split_crops(args.data, str(read_settings(args.run)["held_out"]))
    point(args.run, crops, args.readings, args.out, args.weight, args.epochs)
    print(f"written: {args.out}")


if __name__ == "__main__":
    main()
