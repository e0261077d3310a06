"""Turn a trained run into a bundle: `koa.tflite` and its card `koa.json`.

    python -m training.export --run runs/first --data DATA/knee --out models

One Keras graph holds all that a caller could get wrong: scaling, channels, the mirrored second
look, the temperature, the class maps and the whitened features. It is converted with
`TFLiteConverter.from_keras_model` and compared with Keras before it is written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from koa_desktop.findings import GRADE_NAMES
from koa_desktop.grading import Grader
from koa_desktop.knees import CROP_SIZE, STRETCH_PERCENTILES
from koa_desktop.model_card import card_markdown
from training.calibrate import Calibration, Whitening, calibrate, fit_whitening
from training.data import load_crops
from training.evaluate import figures
from training.model import FEATURES, band_rows
from training.train import inputs, load_run, predict

NAME = "koa"
TOLERANCE = 1e-4  # probabilities and maps, LiteRT against Keras
CHECKED_CROPS = 64
MEASURED_ON = (
    "the public val split, no patient of which was trained on and on which no epoch was chosen; "
    "temperature and sets were fitted on one half of its patients and measured on the other"
)


def activation_model(model: keras.Model) -> keras.Model:
    """Return the part of a trained model from the crop to the last activation (n, h, w, k)."""
    return keras.Model(model.input, model.get_layer(FEATURES).input)


def serving_model(
    members: Sequence[keras.Model], temperature: float, whitening: Whitening
) -> keras.Model:
    """Return the graph that ships: `image` (n, 224, 224, 1) to probability, maps and features.

    With global average pooling and a dense head d(logit_c)/d(A_k) is the same at every place, so
    Grad-CAM (Selvaraju 2017) before rectification is one 1x1 convolution of the activation with
    the head's weights. Maps, logits and features are means over members and both looks.
    """
    image = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="image")
    mirrored = ops.flip(image, axis=2)
    maps, logits, features = [], [], []
    for index, member in enumerate(members):
        activation_of = activation_model(member)
        kernel, bias = (np.asarray(weight) for weight in member.get_layer("logits").get_weights())
        to_maps = layers.Conv2D(
            kernel.shape[1], 1, use_bias=False, name=f"class_maps_{index}", trainable=False
        )
        for look, is_mirrored in ((image, False), (mirrored, True)):
            activation = activation_of(look)
            class_maps = to_maps(activation)
            to_maps.set_weights([kernel[None, None]])
            logits.append(ops.mean(class_maps, axis=(1, 2)) + bias)
            whole = on_whole_crop(class_maps)
            maps.append(ops.flip(whole, axis=2) if is_mirrored else whole)
            features.append(ops.mean(activation, axis=(1, 2)))
    mean_logits = _mean(logits)
    outputs = {
        "probability": ops.softmax(mean_logits / temperature, axis=-1),
        "maps": _mean(maps),
        "features": _whiten(
            ops.concatenate(
                [_mean(features[i : i + 2]) for i in range(0, len(features), 2)], axis=-1
            ),
            whitening,
        ),
    }
    named = {name: layers.Identity(name=name)(value) for name, value in outputs.items()}
    return keras.Model(image, named, name=NAME)


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


def to_tflite(model: keras.Model) -> bytes:
    """Convert a Keras model to a LiteRT flatbuffer with one signature and named outputs."""
    import tensorflow as tf

    # Keras lists every variable of the graph.
    with redirect_stdout(StringIO()):
        return bytes(tf.lite.TFLiteConverter.from_keras_model(model).convert())


def write_bundle(tflite: bytes, card: dict[str, Any], out: Path) -> None:
    """Write `koa.tflite`, its card `koa.json`, and the card for people, `README.md`."""
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{NAME}.tflite").write_bytes(tflite)
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    (out / f"{NAME}.json").write_text(text, encoding="utf-8")
    (out / "README.md").write_text(card_markdown(card), encoding="utf-8")


def make_card(
    tflite: bytes,
    version: str,
    calibration: Calibration,
    metrics: dict[str, Any],
    training: dict[str, Any],
) -> dict[str, Any]:
    """Return the card: what the app needs to use the bundle and a reader to trust it."""
    low, high = STRETCH_PERCENTILES
    return {
        "name": NAME,
        "version": version,
        "date": datetime.now(UTC).date().isoformat(),
        "sha256": hashlib.sha256(tflite).hexdigest(),
        "input": {
            "width": CROP_SIZE,
            "height": CROP_SIZE,
            "channels": 1,
            "normalisation": f"grey 0..1, bone bright, stretched between the {low:g}st and "
            f"{high:g}th percentile of the crop",
            "geometry": "square 1.12 times as wide as the condyles, joint line 0.08 of the side "
            "below the middle",
        },
        "classes": [f"KL {grade}: {name}" for grade, name in enumerate(GRADE_NAMES)],
        "temperature": calibration.temperature,
        "prediction_set": {
            "coverage": calibration.coverage,
            "thresholds": list(calibration.set_thresholds),
            "method": "class-conditional split conformal on the held-out knees, closed to a range",
        },
        "unusual_look": {
            "threshold": calibration.distance_threshold,
            "method": "Mahalanobis distance in the principal components of the pooled features, "
            "with the residual; 1 % of held-out knees lie beyond",
        },
        "metrics": metrics,
        "training": training,
        "data": [
            {
                "name": "Knee Osteoarthritis Severity Grading Dataset, v1 (train and val)",
                "source": "Chen P., Mendeley Data, doi:10.17632/56rmx5bjcr.1, "
                "from the Osteoarthritis Initiative",
                "licence": "CC BY 4.0",
            }
        ],
        "weights": {
            "name": "MobileNetV2 1.0 224, ImageNet (TF-Slim checkpoint)",
            "licence": "Apache-2.0",
        },
        "intended_use": "A second opinion for a qualified reader on frontal plain radiographs of "
        "native adult knees. Not a medical device; not for use without a reader.",
        "limits": "Learned from one North American study of people aged 45 to 79. Readers "
        "themselves often disagree on KL 1. Not validated on implants, children, fractures, "
        "lateral or skyline views. Accuracy falls where the box or the contrast is unlike the "
        "training crops.",
    }


def gradient_maps(model: keras.Model, images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return class maps (n, h, w, 5) of both looks by gradients: the slow way, to compare with."""
    import tensorflow as tf

    activation_of = activation_model(model)
    head = model.get_layer("logits")
    looks = []
    for view in (images, images[:, :, ::-1]):
        activation = tf.convert_to_tensor(activation_of(view))
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(activation)
            logits = head(tf.reduce_mean(activation, axis=(1, 2)))
            by_class = [logits[:, grade] for grade in range(logits.shape[1])]
        maps = []
        for logit in by_class:
            weight = tf.reduce_sum(tape.gradient(logit, activation), axis=(1, 2), keepdims=True)
            maps.append(tf.reduce_sum(weight * activation, axis=-1))
        looks.append(np.asarray(on_whole_crop(tf.stack(maps, axis=-1))))
    return np.asarray((looks[0] + looks[1][:, :, ::-1]) / 2)


def check_equal(
    members: Sequence[keras.Model],
    serving: keras.Model,
    grader: Grader,
    images: NDArray[np.float32],
) -> None:
    """Raise ValueError where LiteRT leaves Keras, or its maps leave the gradients'."""
    gradings = grader.grade(list(images))
    expected = {
        "probability": np.asarray(serving.predict(images, verbose=0)["probability"]),
        "maps": np.mean([gradient_maps(member, images) for member in members], axis=0),
    }
    for name, wanted in expected.items():
        given = np.stack([getattr(grading, name) for grading in gradings])
        difference = float(np.abs(wanted - given).max())
        if difference > TOLERANCE:
            raise ValueError(f"LiteRT's {name} differs by {difference:.1e}")
        print(f"LiteRT's {name} equals Keras' within {difference:.1e} on {len(images)} crops")


def main() -> None:
    """Export a run: calibrate on the held-out crops, convert, compare, write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--run", type=Path, required=True, help="run folder of training.train")
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--out", type=Path, default=Path("models"), help="folder of the bundle")
    parser.add_argument("--bundle-version", default="0.1.0")
    args = parser.parse_args()
    export(load_run(args.run), args.run, args.data, args.out, args.bundle_version)


def export(model: keras.Model, run: Path, data: Path, out: Path, version: str) -> None:
    """Export a trained model into folder `out`. Raises ValueError where LiteRT leaves Keras."""
    train, held_out = load_crops(data / "train"), load_crops(data / "val")
    whitening = fit_whitening(predict(model, train)[1])
    logits, features = predict(model, held_out)
    distances = whitening.distances(features)
    calibration = calibrate(logits, held_out.grades, distances)
    serving = serving_model([model], calibration.temperature, whitening)
    tflite = to_tflite(serving)
    settings = json.loads((run / "run.json").read_text(encoding="utf-8"))
    metrics = {"measured_on": MEASURED_ON, **figures(logits, held_out)}
    card = make_card(tflite, version, calibration, metrics, settings)
    images = inputs(held_out.take(np.arange(min(CHECKED_CROPS, len(held_out)))))
    with TemporaryDirectory() as folder:
        write_bundle(tflite, card, Path(folder))
        check_equal([model], serving, Grader(Path(folder)), images)
    write_bundle(tflite, card, out)


if __name__ == "__main__":
    main()
