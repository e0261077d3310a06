"""Refit a run's heads of readings, so that their maps point at the place that is read.

    python -m training.grader.pointing_heads runs/readings_1 --data DATA/knee \
        --readings DATA/oarsi.csv --out runs/pointing_1

A head that is linear in pooled features learns no place: its maps lie where the features are, and
an osteophyte's map is no more at its margin than elsewhere. Here the layers before the heads stay
as they are, and so do the grades. The heads of the readings learn again from the activations of the
run's training knees. Two things move them to a reading's region (`training/network/
reading_regions.py`): places outside it count less in the logits, and a loss is the share of the
evidence that is still outside. Writes a run folder like any other.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from koa_desktop.grading.oarsi import THRESHOLDS
from training.data.crops import Crops, split_crops
from training.data.readings import load_readings
from training.network.losses import evidence_outside, readings_loss
from training.network.model import BACKBONE, READINGS_LAYER, build_model
from training.network.parts import has_readings, trunk_of
from training.network.reading_regions import KINDS, pooling, regions
from training.network.readings import READING_LOGITS, thresholds
from training.runs.mirrored_prediction import JIT_COMPILE, inputs, predict
from training.runs.run_folder import (
    WEIGHTS,
    load_recipe,
    load_run,
    read_settings,
    write_held_out,
    write_settings,
)

AT_ONCE = 32
BATCH, LEARNING_RATE, WEIGHT_DECAY = 64, 1e-3, 1e-4
NARROWING_SHARE = 0.4  # weight of narrowing in the loss, beside that of an osteophyte
ACTIVATIONS = "activations.npy"  # removed at the end

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Pointing:
    """The settings of a refit.

    In a reading's logits a place outside its region has `outside` times the weight of one inside;
    regions of osteophytes reach `near` of a crop's height from the joint line. `weight` is that of
    the loss on evidence outside.
    """

    outside: float = 0.03
    weight: float = 0.5
    near: float = 0.2
    epochs: int = 15


class MappedHead(layers.Layer):
    """A dense layer on pooled activations that also gives its maps, whose mean it adds up.

    `weights_of_places` (h, w, 18) are those of the pooling.
    """

    def __init__(self, weights_of_places: Floats, **settings: Any) -> None:
        super().__init__(**settings)
        self.weights_of_places = weights_of_places

    def build(self, shape: tuple[int | None, ...]) -> None:
        """Make the weights for activations (n, h, w, k)."""
        self.kernel = self.add_weight(shape=(shape[-1], READING_LOGITS), name="kernel")
        self.bias = self.add_weight(shape=(READING_LOGITS,), name="bias")

    def call(self, activation: Any) -> dict[str, Any]:
        """Return the thresholds' logits (n, 18) and their maps (n, h, w, 18)."""
        maps = ops.matmul(activation, self.kernel) * self.weights_of_places
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


def refit(
    head: tuple[Floats, Floats],
    activations: NDArray[np.float16],
    labels: Floats,
    pointing: Pointing,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Return a head's kernel (k, 18) and bias (18,), learned on from those given.

    `activations` are (n, h, h, k), `labels` thresholds (n, 18), NaN where not read.
    """
    keras.utils.set_random_seed(seed)
    size = activations.shape[1]
    activation = keras.Input(activations.shape[1:])
    mapped = MappedHead(pooling(size, pointing.outside, pointing.near), name="head")
    model = keras.Model(activation, mapped(activation))
    mapped.set_weights(head)
    batches = _Activations(activations, labels, seed)
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, pointing.epochs * len(batches))
    model.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=WEIGHT_DECAY),
        loss={"logits": readings_loss, "maps": evidence_outside(_margins(size, pointing.near))},
        loss_weights={"logits": 1.0, "maps": pointing.weight},
        jit_compile=JIT_COMPILE,
    )
    model.fit(batches, epochs=pointing.epochs, verbose=2)
    kernel, bias = mapped.get_weights()
    return kernel, bias


def _margins(size: int, near: float) -> Floats:
    """Return how far evidence counts as inside each threshold's region, (size, size, 18), 0..1.

    Narrowing is read less accurately the more the loss holds it to its region.
    """
    inside = regions(size, near)
    for reading in KINDS["narrowing"]:
        own = inside[..., THRESHOLDS * reading : THRESHOLDS * (reading + 1)]
        own[:] = 1 - NARROWING_SHARE * (1 - own)
    return inside


def point(
    run: Path, crops: tuple[Crops, Crops], table: Path, out: Path, pointing: Pointing
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
    activations = _activations(trunk_of(model), shown, out / ACTIVATIONS)
    head = model.get_layer(READINGS_LAYER).get_weights()
    recipe = replace(
        load_recipe(run), readings_outside=pointing.outside, readings_near=pointing.near
    )
    refitted = build_model(recipe)
    for name in (BACKBONE, "logits"):
        refitted.get_layer(name).set_weights(model.get_layer(name).get_weights())
    refitted.get_layer(READINGS_LAYER).set_weights(refit(head, activations, labels, pointing))
    changed = {
        "readings_outside": recipe.readings_outside,
        "readings_near": recipe.readings_near,
        "evidence_weight": pointing.weight,
    }
    write_settings(out, {**read_settings(run), **changed, "heads_of": run.name})
    refitted.save_weights(out / WEIGHTS)
    write_held_out(out, held_out, predict(refitted, held_out))
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
    usual = Pointing()
    parser.add_argument(
        "--outside", type=float, default=usual.outside, help="weight of places outside a region"
    )
    parser.add_argument(
        "--weight", type=float, default=usual.weight, help="of the loss on evidence outside"
    )
    parser.add_argument(
        "--near",
        type=float,
        default=usual.near,
        help="how far from the joint line an osteophyte's region reaches, of a crop's height",
    )
    parser.add_argument("--epochs", type=int, default=usual.epochs)
    args = parser.parse_args()
    crops = split_crops(args.data, str(read_settings(args.run)["held_out"]))
    pointing = Pointing(args.outside, args.weight, args.near, args.epochs)
    point(args.run, crops, args.readings, args.out, pointing)
    print(f"written: {args.out}")


if __name__ == "__main__":
    main()
