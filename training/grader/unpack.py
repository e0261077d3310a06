"""Recover run folders from a bundle: its members' weights, to measure or to train further.

    python -m training.grader.unpack --bundle models --data DATA/knee --weights WEIGHTS.h5 \
        --out runs/koa

Why this exists: the run folders of the shipped members were not preserved, and their weights exist
only in the shipped `koa.tflite`. Once members whose run folders are stored have replaced them, this
file and `flatbuffer.py` can go.

Member 0 becomes `runs/koa_0`, with `held_out.npz` for the fold that its card names, and so on, for
`training.grader.train --start`, `training.evaluation.evaluate` and `training.grader.export` beside
other runs. Weights are those of the graph, which may be rounded to half precision. The graph holds
BatchNorm folded into the kernels; it is restored with the statistics of real crops, so that the
network's outputs stay the same and it can be trained as before.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers

from koa_desktop.grading.card import read_grader_card
from koa_desktop.networks.bundle import model_bytes
from training.data.crops import Crops, held_out_crops, load_crops
from training.grader.batches import Floats
from training.grader.flatbuffer import Weights, members_in
from training.network.half_precision import round_to_half
from training.network.model import BACKBONE, READINGS_LAYER, build_model
from training.recipes.recipe import Recipe
from training.runs.mirrored_prediction import inputs, predict
from training.runs.run_folder import WEIGHTS, recipe_of, write_held_out, write_settings

CROPS_FOR_STATISTICS = 48  # of a whole crop at 320 pixels all answers take 55 MB
KERAS_ORDER = (1, 2, 3, 0)  # depthwise (h, w, channels, 1), any other (h, w, from, to)
HALF_STEP = 1e-3  # of a weight, at most lost by rounding


def check_frozen(recipe: Recipe, weights: Path, kernels: Sequence[Weights]) -> None:
    """Raise ValueError where the bundle's frozen layers did not come from `weights`."""
    model = build_model(recipe, weights)
    round_to_half(model)
    norms = [norm for norm in batch_norms(model) if not norm.trainable]
    for norm, (kernel, shift) in zip(norms, kernels, strict=True):
        ours = convolution_before(norm).get_weights()[0], norm.get_weights()[1]
        for one, other in zip(ours, (kernel.transpose(KERAS_ORDER), shift), strict=True):
            if not np.allclose(one, other, rtol=HALF_STEP, atol=HALF_STEP):
                raise ValueError("the bundle's first layers did not come from these weights")


def fill(model: keras.Model, kernels: Sequence[Weights]) -> None:
    """Put kernels with folded BatchNorm and a head into a network, layer by layer.

    `kernels` begin after the frozen layers and end with the head's. Raises ValueError where their
    number is not the network's.
    """
    for norm, (kernel, shift) in zip(learning_norms(model), kernels[:-1], strict=True):
        before = convolution_before(norm)
        before.set_weights([kernel.transpose(KERAS_ORDER)])
        ones, zeros = np.ones_like(shift), np.zeros_like(shift)
        norm.set_weights([ones, shift, zeros, ones - norm.epsilon])
    set_head(model, "logits", kernels[-1])


def set_head(model: keras.Model, name: str, weights: Weights) -> None:
    """Put a head's kernel (k, 1, 1, from) and bias (k,) into a network's dense layer."""
    kernel, bias = weights
    model.get_layer(name).set_weights([kernel[:, 0, 0].T, bias])


def unfold(model: keras.Model, usual: Sequence[Floats], images: Floats) -> None:
    """Give each BatchNorm the statistics of real crops, and each kernel its usual size.

    The network's outputs stay the same. `usual` are kernels of a size that suits the optimizer,
    one a BatchNorm that learns; `images` (n, 224, 224, 1) are crops.
    """
    norms = learning_norms(model)
    scaled = keras.Model(model.input, model.get_layer("scale").output)
    given = keras.Model(model.get_layer(BACKBONE).input, [norm.input for norm in norms])
    seen = given(scaled(images), training=False)
    for norm, kernel, before in zip(norms, usual, seen, strict=True):
        convolution = convolution_before(norm)
        folded = convolution.get_weights()[0]
        depthwise = isinstance(convolution, layers.DepthwiseConv2D)
        over = (0, 1, 3) if depthwise else (0, 1, 2)
        wanted, given = (np.sqrt((one**2).sum(over)) for one in (kernel, folded))
        size = np.where((given > 0) & (wanted > 0), wanted / np.maximum(given, 1e-12), 1)
        convolution.set_weights([folded * (size[:, None] if depthwise else size)])
        mean, variance = (np.asarray(one) for one in keras.ops.moments(before, axes=(0, 1, 2)))
        shift = norm.get_weights()[1]
        norm.set_weights(
            [
                np.sqrt(variance * size**2 + norm.epsilon) / size,
                shift + mean,
                mean * size,
                variance * size**2,
            ]
        )


def batch_norms(model: keras.Model) -> list[layers.BatchNormalization]:
    """Return the backbone's BatchNorm layers in order."""
    backbone = model.get_layer(BACKBONE)
    return [one for one in backbone.layers if isinstance(one, layers.BatchNormalization)]


def learning_norms(model: keras.Model) -> list[layers.BatchNormalization]:
    """Return those after the frozen layers."""
    return [norm for norm in batch_norms(model) if norm.trainable]


def convolution_before(norm: layers.BatchNormalization) -> keras.layers.Layer:
    """Return the convolution whose output a BatchNorm takes."""
    return norm.input._keras_history.operation


def all_logits(model: keras.Model, images: Floats) -> Floats:
    """Return a network's logits for crops, those of its readings after the grade's (n, 5 or 23)."""
    outputs = model.predict(images, verbose=0)
    return np.concatenate(outputs, axis=1) if isinstance(outputs, list) else outputs


def unpack(
    flatbuffer: bytes, members: Sequence[dict[str, Any]], crops: Crops, weights: Path
) -> Iterator[tuple[Recipe, keras.Model]]:
    """Yield each member's recipe and network; `members` are the card's."""
    images = inputs(crops)
    for number, (member, found) in enumerate(zip(members, members_in(flatbuffer), strict=True)):
        # Layers are matched by whether they are frozen; BatchNorm is folded in the graph anyway.
        recipe = replace(recipe_of(member), frozen_norms=False)
        if found.readings is None:
            recipe = replace(recipe, readings_weight=0.0)  # the graph was made without readings
        model = build_model(recipe, weights)
        usual = [convolution_before(norm).get_weights()[0] for norm in learning_norms(model)]
        own = len(usual) + 1
        check_frozen(recipe, weights, found.layers[:-own])
        fill(model, found.layers[-own:])
        if found.readings is not None:
            set_head(model, READINGS_LAYER, found.readings)
        before = all_logits(model, images)
        unfold(model, usual, images)
        change = float(np.abs(all_logits(model, images) - before).max())
        print(f"member {number}: BatchNorm restored, logits within {change:.1e}")
        yield recipe, model


def main() -> None:
    """Write the members of a bundle as run folders."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--bundle", type=Path, default=Path("models"))
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--weights", type=Path, required=True, help="ImageNet weights without top")
    parser.add_argument("--out", type=Path, required=True, help="start of the run folders' names")
    args = parser.parse_args()
    card = read_grader_card(args.bundle / "koa.json")
    flatbuffer = model_bytes(args.bundle / "koa.tflite", card.sha256)
    members = card.text["training"]["members"]
    train = load_crops(args.data / "train")
    some = train.take(np.linspace(0, len(train) - 1, CROPS_FOR_STATISTICS).astype(int))
    for number, (recipe, model) in enumerate(unpack(flatbuffer, members, some, args.weights)):
        run = args.out.with_name(f"{args.out.name}_{number}")
        run.mkdir(parents=True)
        write_settings(run, {**members[number], "readings_weight": recipe.readings_weight})
        model.save_weights(run / WEIGHTS)
        held_out = held_out_crops(args.data, members[number]["held_out"])
        write_held_out(run, held_out, predict(model, held_out))
        print(f"written: {run}")


if __name__ == "__main__":
    main()
