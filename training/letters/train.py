"""Train the network that reads the R and L on films, and write its bundle.

    python -m training.letters.train --data DATA --out models/letters

DATA holds `knee/train` (see `training.data.crops`), whose knees are the ground that letters are
drawn on and the examples of what is no letter. `--measure` only measures what was
exported before.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import keras
import numpy as np
from keras import layers

from koa_desktop.grading.letters import CLASSES, MIRRORED, NETWORK, PATCH, LetterReader
from training.data.crops import load_crops
from training.letters.samples import Samples, drawn_samples, enlarged, plain_samples
from training.network.litert import to_tflite
from training.network.manifest import write_manifest

VERSION = "1"
SCENES, PLAIN_CROPS, EPOCHS, BATCH = 3500, 500, 7, 128
CROPS_A_GRADE = 300
READ_THRESHOLD = 0.9
KNEE_SCALE = 2.2  # of a crop, so that its grain is a film's
NO_LETTER_WEIGHT = 2.0  # a false letter is worse than a missed one


def network() -> keras.Model:
    """Return the untrained network: `picture` (n, 40, 40, 1) to `letter` (n, 5), probabilities."""
    picture = keras.Input((PATCH, PATCH, 1), name="picture")
    x = picture * 2 - 1
    for width, strides in ((16, 2), (24, 2), (32, 1)):
        x = layers.Conv2D(width, 3, strides=strides, padding="same", use_bias=False)(x)
        x = layers.ReLU()(layers.BatchNormalization(momentum=0.95)(x))
    x = layers.MaxPooling2D()(x)
    x = layers.Dense(64, activation="relu")(layers.Dropout(0.2)(layers.Flatten()(x)))
    letter = layers.Dense(len(CLASSES), activation="softmax")(layers.Dropout(0.3)(x))
    return keras.Model(picture, {"letter": layers.Identity(name="letter")(letter)})


def with_mirrored(samples: Samples) -> Samples:
    """Return the samples and their mirror images, whose classes are mirrored, too."""
    patches, classes = samples
    both = np.concatenate([patches, patches[:, :, ::-1]])
    return both, np.concatenate([classes, np.array(MIRRORED)[classes]])


def samples_of(crops: list[np.ndarray], scenes: int, plain: int, seed: int) -> Samples:
    """Return mixed samples: drawn scenes, and crops without letters."""
    rng = np.random.default_rng(seed)
    drawn = drawn_samples(crops, scenes, rng)
    chosen = rng.permutation(len(crops))[:plain]
    without = plain_samples(
        enlarged(crops[index], KNEE_SCALE * float(rng.uniform(0.7, 1.3))) for index in chosen
    )
    return with_mirrored(
        (np.concatenate([drawn[0], without[0]]), np.concatenate([drawn[1], without[1]]))
    )


def fit(samples: Samples, epochs: int, seed: int) -> keras.Model:
    """Train a network on samples."""
    keras.utils.set_random_seed(seed)
    patches, classes = samples
    model = network()
    steps = epochs * -(-len(classes) // BATCH)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model.compile(keras.optimizers.AdamW(rate), {"letter": "sparse_categorical_crossentropy"})
    weights = np.where(classes == 0, NO_LETTER_WEIGHT, 1.0).astype(np.float32)
    model.fit(
        patches.astype(np.float32), classes, sample_weight=weights,
        epochs=epochs, batch_size=BATCH, verbose=2,
    )  # fmt: skip
    return model


def figures(reader: LetterReader, samples: Samples) -> dict[str, float]:
    """Return shares, on drawn scenes that were not learned from, of letters read and misread."""
    patches, classes = samples
    probability = reader.probability(patches.astype(np.float32))
    called = np.where(probability.max(1) >= READ_THRESHOLD, probability.argmax(1), 0)
    letters = classes > 0
    return {
        "letters read rightly": float(np.mean(called[letters] == classes[letters])),
        "letters misread": float(
            np.mean((called[letters] > 0) & (called[letters] != classes[letters]))
        ),
        "other signs taken for letters": float(np.mean(called[~letters] > 0)),
    }


def write_bundle(model: keras.Model, out: Path) -> None:
    """Write a network and its card, without figures yet."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{NETWORK}.tflite").write_bytes(to_tflite(model, half=True))
    write_card(out, {})


def write_card(out: Path, metrics: dict[str, float]) -> None:
    """Write the card of a network that lies in `out`, and the manifest of the bundles beside it."""
    card = {
        "version": VERSION,
        "date": datetime.now(UTC).date().isoformat(),
        "sha256": hashlib.sha256((out / f"{NETWORK}.tflite").read_bytes()).hexdigest(),
        "thresholds": {"read": READ_THRESHOLD},
        "metrics on drawn scenes": {name: round(value, 4) for name, value in metrics.items()},
        "training": "letters, words and other signs drawn by the project in free fonts, on pieces "
        "of knees of Chen, Knee Osteoarthritis Severity Grading Dataset (Mendeley Data 56rmx5bjcr "
        "v1, CC BY 4.0)",
    }
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    (out / "card.json").write_text(text, encoding="utf-8", newline="\n")
    write_manifest(out.parent)


def main() -> None:
    """Draw the samples, train on nine tenths of the crops, export, and measure on the rest."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("models/letters"))
    parser.add_argument("--scenes", type=int, default=SCENES)
    parser.add_argument("--plain-crops", type=int, default=PLAIN_CROPS)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--measure", action="store_true", help="measure what was exported before")
    args = parser.parse_args()
    crops = list(load_crops(args.data / "knee" / "train", CROPS_A_GRADE).images)
    held_out, learned = crops[::10], [crop for at, crop in enumerate(crops) if at % 10]
    if not args.measure:
        model = fit(samples_of(learned, args.scenes, args.plain_crops, seed=1), args.epochs, seed=1)
        write_bundle(model, args.out)
    metrics = figures(LetterReader(args.out), samples_of(held_out, args.scenes // 20, 1, seed=2))
    print(metrics)
    write_card(args.out, metrics)


if __name__ == "__main__":
    main()
