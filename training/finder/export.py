"""Export the trained networks as the finder's bundle: two models and their card.

    python -m training.finder.export --run runs/finder --weights mobilenet_v2.weights.h5

Stem, mirrored second look, softmax and the classes' offset are inside the graphs. `--folds` writes
the networks of each fold into the run's folder, for `training.finder.measure`, whose
figures go into the card.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import keras
from keras import layers, ops

from koa_desktop.grading.finder import BOX_INPUT_SIZE, LOCATOR_SIZE, MODEL_FILES
from training.finder.network import box_network, locator, stem
from training.finder.sources import FOLDS
from training.finder.train import EVERYTHING, weights_name
from training.network.litert import to_tflite
from training.network.manifest import write_manifest

NAME, VERSION = "finder", "0.1.0"
FOLD_FIND_THRESHOLD = 0.05  # of the networks that are measured: thresholds are chosen afterwards
MEASURED = "measured.json"
DATA = [
    {
        "name": "Knee Osteoarthritis Severity Grading Dataset, v1 (train)",
        "source": "Chen P., Mendeley Data, doi:10.17632/56rmx5bjcr.1, "
        "from the Osteoarthritis Initiative",
        "licence": "CC BY 4.0",
    },
    {
        "name": "138 whole radiographs of knees, native and with implants",
        "source": "a public set of osteoporosis, and public pictures of implants",
        "licence": "research and education; rights of the implants' pictures unknown: "
        "not redistributed",
    },
    {
        "name": "40 chest radiographs, a chest and a hip radiograph",
        "source": "a public set in the manner of NIH ChestX-ray; NEMA WG04",
        "licence": "public",
    },
    {
        "name": "photographs of scikit-image, scikit-learn and matplotlib",
        "source": "these packages",
        "licence": "mostly public domain; named in the packages",
    },
]


def serving_locator(run: Path, fold: int, weights: Path | None) -> keras.Model:
    """Return `picture` (n, 192, 192, 1) to `heat` (n, 24, 24, 1), 0..1, and `place`."""
    top = locator()
    top.load_weights(run / weights_name("whole", fold))
    base = stem(LOCATOR_SIZE, weights)
    answer = top(base.output)
    return _named(base.input, {"heat": ops.sigmoid(answer["heat"]), "place": answer["place"]})


def serving_box_network(run: Path, fold: int, weights: Path | None, offset: float) -> keras.Model:
    """Return `picture` (n, 112, 112, 1) to `shown` (n, 4), `left` (n, 1) and `shift` (n, 3).

    All are means over the picture and its mirror image; `offset` is added to the logit of a native
    knee.
    """
    top = box_network(None)
    top.load_weights(run / weights_name("box", fold))
    base = stem(BOX_INPUT_SIZE, weights)
    plain, mirrored = (top(base(view)) for view in (base.input, ops.flip(base.input, axis=2)))
    logits = (plain["shown"] + mirrored["shown"]) / 2 + ops.array([offset, 0.0, 0.0, 0.0])
    left = ops.sigmoid((plain["left"] - mirrored["left"]) / 2)
    shift = (plain["shift"] + mirrored["shift"] * ops.array([-1.0, 1.0, 1.0])) / 2
    return _named(base.input, {"shown": ops.softmax(logits, axis=-1), "left": left, "shift": shift})


def _named(picture: Any, outputs: dict[str, Any]) -> keras.Model:
    named = {name: layers.Identity(name=name)(value) for name, value in outputs.items()}
    return keras.Model(picture, named)


def make_card(
    sha256: dict[str, str], find: float, native: float, metrics: dict[str, Any]
) -> dict[str, Any]:
    """Return the card, with all that the app needs to use the finder and a reader to trust it."""
    return {
        "name": NAME,
        "version": VERSION,
        "date": datetime.now(UTC).date().isoformat(),
        "sha256": sha256,
        "input": {
            "whole": f"the radiograph in a square of {LOCATOR_SIZE} pixels, its middle in the "
            "square's",
            "box": f"1.25 sides of a box in {BOX_INPUT_SIZE} pixels",
            "normalisation": "grey 0..1, bone bright, stretched between the 1st and 99th "
            "percentile of what lies inside the image",
        },
        "thresholds": {
            "find": find,
            "native": native,
            "method": "chosen on the films of the folds that a network had not seen",
        },
        "metrics": metrics,
        "data": DATA,
        "weights": {
            "name": "MobileNetV2 1.0 224, ImageNet (TF-Slim checkpoint), first twelve blocks",
            "licence": "Apache-2.0",
        },
        "intended_use": "Finding the knees on plain frontal radiographs and refusing what shows "
        "none, before a grade is proposed to a qualified reader. Not a medical device.",
        "limits": "Learned from 138 films of few sources. All its lateral views show implants; it "
        "knows other parts of the body from chest and hip radiographs alone.",
    }


def write_bundle(
    run: Path,
    fold: int,
    weights: Path,
    out: Path,
    thresholds: tuple[float, float, float],
    metrics: dict[str, Any],
) -> None:
    """Write both models and the card; `thresholds` are find, native, and the native offset."""
    find, native, offset = thresholds
    out.mkdir(parents=True, exist_ok=True)
    networks = (
        serving_locator(run, fold, weights),
        serving_box_network(run, fold, weights, offset),
    )
    sha256 = {}
    for name, network in zip(MODEL_FILES, networks, strict=True):
        model = to_tflite(network)
        (out / name).write_bytes(model)
        sha256[name] = hashlib.sha256(model).hexdigest()
        print(f"{out.name}/{name}: {len(model) / 2**20:.1f} MB")
    card = json.dumps(make_card(sha256, find, native, metrics), indent=1, ensure_ascii=False)
    (out / f"{NAME}.json").write_text(card + "\n", encoding="utf-8")
    write_manifest(out)


def main() -> None:
    """Export the shipped bundle, or with `--folds` the bundles that are measured."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--run", type=Path, default=Path("runs/finder"))
    parser.add_argument("--weights", type=Path, required=True, help="MobileNetV2 without top")
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--folds", action="store_true", help="export the measured networks")
    parser.add_argument("--find-threshold", type=float, default=0.1)
    parser.add_argument("--native-threshold", type=float, default=0.5)
    parser.add_argument("--native-offset", type=float, default=-1.0)
    args = parser.parse_args()
    if args.folds:
        for fold in range(FOLDS):
            if (args.run / weights_name("box", fold)).exists():
                thresholds = (FOLD_FIND_THRESHOLD, args.native_threshold, args.native_offset)
                out = args.run / f"fold{fold}"
                write_bundle(args.run, fold, args.weights, out, thresholds, {})
        return
    measured = args.run / MEASURED
    metrics = json.loads(measured.read_text(encoding="utf-8")) if measured.exists() else {}
    thresholds = (args.find_threshold, args.native_threshold, args.native_offset)
    write_bundle(args.run, EVERYTHING, args.weights, args.out, thresholds, metrics)


if __name__ == "__main__":
    main()
