"""Turn trained runs into a bundle: `koa.tflite` and its card `koa.json`.

    python -m training.export --run runs/first --data DATA/knee --out models
    python -m training.export --runs runs/fold0 runs/fold1 … --data DATA/knee --out models --half

One Keras graph holds all that a caller could get wrong: scaling, channels, the mirrored second
look, the members' mean, the temperature, the class maps and the whitened features. It is converted
with `TFLiteConverter.from_keras_model` and compared with Keras before it is written. Members that
froze the same first layers share these. With --half the weights are rounded first, so that Keras
and the graph hold the same numbers. What is fitted (temperature, prediction sets, distance) is
fitted on the knees that the runs left out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from koa_desktop.grading import Grader
from koa_desktop.knees import CROP_SIZE
from training.calibrate import Whitening, calibrate, levelling, softmax
from training.card import make_card, write_bundle
from training.data import Crops, load_crops
from training.ensemble import (
    BOTH_LOOKS,
    HELD_OUT,
    OutOfFold,
    growth,
    looks_of,
    out_of_fold,
    together,
)
from training.evaluate import figures
from training.half_precision import round_to_half
from training.litert import to_tflite
from training.model import band_rows, stem_of, trunk_of
from training.predictions import grade_in_batches
from training.train import (
    JIT_COMPILE,
    inputs,
    load_recipe,
    load_run,
    predict,
    predict_logits,
    write_held_out,
)

TOLERANCE = 1e-4  # probabilities, and maps in parts of their largest, LiteRT against Keras
HALF_TOLERANCE = 1e-3  # the same with rounded weights: the converter's folding rounds a few anew
ROUNDING_TOLERANCE = 0.02  # probabilities, rounded weights against whole ones
CHECKED_CROPS = 64
MEASURED_ON = (
    "the public val split, no patient of which was trained on and on which no epoch was chosen; "
    "temperature and sets were fitted on nine tenths of its patients and measured on the last"
)


def serving_model(
    members: Sequence[keras.Model],
    temperature: float,
    whitenings: Sequence[Whitening],
    frozen_to: str = "",
    looks: Sequence[Sequence[int]] = (),
    levels: NDArray[np.float32] | None = None,
) -> keras.Model:
    """Return the graph that ships: `image` (n, 224, 224, 1) to probability, maps and features.

    With global average pooling and a dense head d(logit_c)/d(A_k) is the same at every place, so
    Grad-CAM (Selvaraju 2017) before rectification is one 1x1 convolution of the activation with
    the head's weights. Maps and logits are means over members and their looks, both where `looks`
    names none. Features are whitened member by member; their length is the root mean square of the
    members' distances. Members that share their first layers up to `frozen_to` have these once.
    `levels` (5,) are added to the logits. Raises ValueError where the shared layers differ.
    """
    image = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="image")
    seen = [image, ops.flip(image, axis=2)]
    if frozen_to:
        stems = [stem_of(member, frozen_to) for member in members]
        for stem in stems[1:]:
            for ours, theirs in zip(stems[0].get_weights(), stem.get_weights(), strict=True):
                if not np.array_equal(ours, theirs):
                    raise ValueError(f"the members' layers up to {frozen_to} are not the same")
        seen = [stems[0](look) for look in seen]
    maps, logits, features = [], [], []
    looks = looks or [BOTH_LOOKS] * len(members)
    each = zip(members, whitenings, looks, strict=True)
    for index, (member, whitening, its_looks) in enumerate(each):
        trunk = trunk_of(member, frozen_to)
        kernel, bias = (np.asarray(weight) for weight in member.get_layer("logits").get_weights())
        to_maps = layers.Conv2D(
            kernel.shape[1], 1, use_bias=False, name=f"class_maps_{index}", trainable=False
        )
        own_logits, own_maps, pooled = [], [], []
        for look in its_looks:
            activation = trunk(seen[look])
            class_maps = to_maps(activation)
            to_maps.set_weights([kernel[None, None]])
            own_logits.append(ops.mean(class_maps, axis=(1, 2)) + bias)
            own_maps.append(ops.flip(class_maps, axis=2) if look else class_maps)
            pooled.append(ops.mean(activation, axis=(1, 2)))
        logits.append(_mean(own_logits))
        maps.append(_mean(own_maps))
        features.append(_whiten(_mean(pooled), whitening) / len(members) ** 0.5)
    if len({tuple(one.shape) for one in maps}) > 1:
        raise ValueError("the members' class maps differ in size: give members of one input size")
    mean_logits = _mean(logits) if levels is None else _mean(logits) + levels
    outputs = {
        "probability": ops.softmax(mean_logits / temperature, axis=-1),
        "maps": on_whole_crop(_mean(maps)),
        "features": ops.concatenate(features, axis=-1),
    }
    named = {name: layers.Identity(name=name)(value) for name, value in outputs.items()}
    return keras.Model(image, named, name="koa")


def on_whole_crop(maps: Any) -> Any:
    """Put maps (n, h, w, 5) of a band where they belong on the crop (n, w, w, 5).

    Nothing speaks for or against a class where the network doesn't look. The mean over all places
    stays what it was, so it still gives the logit.
    """
    rows, columns = maps.shape[1:3]
    if rows == columns:
        return maps
    top, bottom = band_rows(columns)
    return ops.pad(maps * (columns / rows), [[0, 0], [top, columns - bottom], [0, 0], [0, 0]])


def _mean(values: Sequence[Any]) -> Any:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total / len(values)


def _whiten(features: Any, whitening: Whitening) -> Any:
    """Project on the whitened axes; the rest's length is one feature more."""
    centred = features - whitening.mean
    along = ops.matmul(centred, whitening.axes)
    rest = ops.sum(centred**2, axis=-1, keepdims=True) - ops.sum(along**2, axis=-1, keepdims=True)
    residual = ops.sqrt(ops.maximum(rest, 0.0)) / whitening.residual_scale
    return ops.concatenate([along / whitening.scales, residual], axis=-1)


def gradient_maps(
    model: keras.Model, images: NDArray[np.float32], looks: Sequence[int] = BOTH_LOOKS
) -> NDArray[np.float32]:
    """Return class maps (n, h, w, 5), means of looks, by gradients: slow, to compare with."""
    import tensorflow as tf

    trunk = trunk_of(model)
    head = model.get_layer("logits")
    seen = []
    for look in looks:
        activation = tf.convert_to_tensor(trunk(images[:, :, ::-1] if look else images))
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(activation)
            logits = head(tf.reduce_mean(activation, axis=(1, 2)))
            by_class = [logits[:, grade] for grade in range(logits.shape[1])]
        maps = []
        for logit in by_class:
            weight = tf.reduce_sum(tape.gradient(logit, activation), axis=(1, 2), keepdims=True)
            maps.append(tf.reduce_sum(weight * activation, axis=-1))
        whole = np.asarray(on_whole_crop(tf.stack(maps, axis=-1)))
        seen.append(whole[:, :, ::-1] if look else whole)
    return np.asarray(np.mean(seen, axis=0))


def check_equal(
    members: Sequence[keras.Model],
    serving: keras.Model,
    grader: Grader,
    images: NDArray[np.float32],
    tolerance: float = TOLERANCE,
    looks: Sequence[Sequence[int]] = (),
) -> None:
    """Raise ValueError where LiteRT leaves Keras, or its maps leave the gradients'."""
    gradings = grade_in_batches(grader, iter(images))
    serving.jit_compile = JIT_COMPILE
    expected = {
        "probability": serving.predict(images, batch_size=8, verbose=0)["probability"],
        "maps": np.mean(
            [
                gradient_maps(member, images, its_looks)
                for member, its_looks in zip(
                    members, looks or [BOTH_LOOKS] * len(members), strict=True
                )
            ],
            axis=0,
        ),
    }
    for name, wanted in expected.items():
        given = np.stack([getattr(grading, name) for grading in gradings])
        # Maps are logits, of any size: theirs is told in parts of the largest.
        difference = float(np.abs(wanted - given).max() / max(1.0, np.abs(wanted).max()))
        if difference > tolerance:
            raise ValueError(f"LiteRT's {name} differs by {difference:.1e}")
        print(f"LiteRT's {name} equals Keras' within {difference:.1e} on {len(images)} crops")


def main() -> None:
    """Export runs as one bundle: calibrate on the held-out crops, convert, compare, write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--runs", "--run", type=Path, nargs="+", required=True, help="run folders: the members"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--out", type=Path, default=Path("models"), help="folder of the bundle")
    parser.add_argument("--bundle-version", default="0.1.0")
    parser.add_argument("--half", action="store_true", help="store the weights in half precision")
    parser.add_argument(
        "--share-looks",
        action="store_true",
        help="a fold's members share the looks at a knee: one the crop, one its mirror image",
    )
    args = parser.parse_args()
    export(
        args.runs,
        args.data,
        args.out,
        args.bundle_version,
        half=args.half,
        share_looks=args.share_looks,
    )


def export(
    runs: Sequence[Path], data: Path, out: Path, version: str, *, half: bool, share_looks: bool
) -> None:
    """Export trained runs into folder `out`. Raises ValueError where LiteRT leaves Keras."""
    for run in runs:
        if not load_recipe(run).makes_maps:
            raise ValueError(f"{run.name}: only a plain head of five grades makes class maps")
    members = [load_run(run) for run in runs]
    val = load_crops(data / "val")
    for run, member in zip(runs, members, strict=True):
        if not (run / HELD_OUT).exists():  # an older run, on val
            write_held_out(run, val, *predict(member, val))
    found = out_of_fold(runs, share_looks=share_looks)
    looks_by_run = looks_of(runs, shared=share_looks)
    looks = [looks_by_run[run] for run in runs]
    levels = levelling(found.knees.grades)
    by_member = found.logits + levels
    logits = together(by_member)
    calibration = calibrate(logits, found.knees.grades, found.distances)
    metrics = {
        "measured_on": measured_on(found, len(members), share_looks=share_looks),
        **figures(logits, found.knees),
        "growth": growth(found.knees, by_member, len(members)),
    }
    training: dict[str, Any] = {
        "members": [
            {**json.loads((run / "run.json").read_text("utf-8")), "looks": looks_by_run[run]}
            for run in runs
        ]
    }
    checked = val.take(np.linspace(0, len(val) - 1, min(CHECKED_CROPS, len(val))).astype(int))
    if half:
        training["half_precision"] = halved(members, checked, calibration.temperature)
    serving = serving_model(
        members, calibration.temperature, found.whitenings, shared_by(runs), looks, levels
    )
    print("converting")
    tflite = to_tflite(serving, half=half)
    card = make_card(tflite, version, calibration, metrics, training)
    with TemporaryDirectory() as folder:
        write_bundle(tflite, card, Path(folder))
        tolerance = HALF_TOLERANCE if half else TOLERANCE
        check_equal(members, serving, Grader(Path(folder)), inputs(checked), tolerance, looks)
    write_bundle(tflite, card, out)
    print(f"written: {out}, {len(tflite) / 2**20:.1f} MB")


def shared_by(runs: Sequence[Path]) -> str:
    """Return the layer up to which all members are the same, if any."""
    frozen = {load_recipe(run).frozen_to for run in runs}
    return frozen.pop() if len(frozen) == 1 else ""


def halved(members: Sequence[keras.Model], crops: Crops, temperature: float) -> str:
    """Round the members' weights to half precision, and say what it did to the probabilities.

    Raises ValueError where that is too much.
    """

    def probability() -> NDArray[np.float64]:
        return softmax(
            np.mean([predict_logits(member, crops) for member in members], axis=0), temperature
        )

    before = probability()
    for member in members:
        round_to_half(member)
    change = float(np.abs(before - probability()).max())
    if change > ROUNDING_TOLERANCE:
        raise ValueError(f"half precision moves a probability by {change:.3f}")
    text = f"half precision moves no probability by more than {change:.4f} on {len(crops)} crops"
    print(text)
    return text


def measured_on(found: OutOfFold, members: int, *, share_looks: bool) -> str:
    """Say in one phrase what the figures of `members` members were measured on."""
    asked = (~np.isnan(found.logits).any(2)).sum(1)
    fewest, most = int(asked.min()), int(asked.max())
    if fewest == members:
        return MEASURED_ON
    number = f"{fewest}" if fewest == most else f"{fewest} or {most}"
    looking = ", which share the looks at the crop and its mirror image" if share_looks else ""
    return (
        f"the public train and val splits, each knee by the {number} of {members} members that "
        f"never saw its patient{looking}, no epoch chosen on it; all members together, as shipped, "
        "cannot be measured on these knees. Temperature and sets were fitted on nine tenths of the "
        "patients and measured on the last"
    )


if __name__ == "__main__":
    main()
