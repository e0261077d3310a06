"""A tiny run, interrupted and resumed, becomes a bundle that equals Keras."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from koa_desktop.grading import BundleError, Grader
from training.data import Crops

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's own, about protocol buffers and NumPy.
    pytest.mark.filterwarnings("ignore"),
]


def _crops(first_patient: int, count: int) -> Crops:
    rng = np.random.default_rng(first_patient)
    images = rng.integers(0, 255, (count, 224, 224), np.uint8)
    return Crops(
        images,
        np.arange(count) % 5,
        np.array([str(first_patient + index) for index in range(count)]),
        np.array(["L"] * count),
    )


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from training.train import train

    folder = tmp_path_factory.mktemp("run")
    settings = {"weights": None, "input_size": 224, "seed": 0}
    train(_crops(0, 32), _crops(100, 10), folder, epochs=1, **settings)
    train(_crops(0, 32), _crops(100, 10), folder, epochs=2, **settings)
    return folder


def test_a_run_started_again_goes_on(run: Path) -> None:
    lines = (run / "log.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", "0", "1"]


def test_the_bundle_equals_keras_and_its_gradients(run: Path, tmp_path: Path) -> None:
    from training.calibrate import Whitening, calibrate
    from training.evaluate import figures
    from training.export import (
        check_equal,
        inputs,
        make_card,
        pooled_features,
        serving_model,
        to_tflite,
        write_bundle,
    )
    from training.train import load_run, predict_logits

    model, held_out = load_run(run), _crops(100, 20)
    axes = np.eye(1280, 8, dtype=np.float32)
    whitening = Whitening(np.zeros(1280, np.float32), axes, np.ones(8, np.float32), 1.0)
    logits = predict_logits(model, held_out)
    distances = whitening.distances(pooled_features(model, held_out))
    calibration = calibrate(logits, held_out.grades, distances)
    serving = serving_model([model], calibration.temperature, whitening)
    tflite = to_tflite(serving)
    card = make_card(
        tflite, "9.9", calibration, {"measured_on": "noise", **figures(logits, held_out)}, {}
    )
    write_bundle(tflite, card, tmp_path)

    grader = Grader(tmp_path)
    images = inputs(held_out)
    check_equal([model], serving, grader, images)
    gradings = grader.grade(list(images))
    bias = np.asarray(model.get_layer("logits").get_weights()[1])
    for index, grading in enumerate(gradings):
        assert grading.probability.sum() == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(grading.maps.mean((0, 1)) + bias, logits[index], atol=1e-4)
        assert grading.distance == pytest.approx(float(distances[index]), rel=1e-3)

    with (tmp_path / "koa.tflite").open("ab") as file:
        file.write(b"!")
    with pytest.raises(BundleError, match="not the one its card describes"):
        Grader(tmp_path)
    assert "On 20 knees of 20 patients: noise." in (tmp_path / "README.md").read_text("utf-8")
    assert json.loads((tmp_path / "koa.json").read_text(encoding="utf-8"))["version"] == "9.9"
