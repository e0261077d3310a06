"""Readings are exported beside the grade, by picture side, calibrated, with a map each."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from koa_desktop.grading.grader import Grader
from training.data.crops import Crops
from training.data.readings import COLUMNS
from training.metrics.calibration import Whitening, calibrate
from training.metrics.reading_calibration import ReadingCalibration
from training.recipes.recipe import Recipe

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's own, about protocol buffers and NumPy.
    pytest.mark.filterwarnings("ignore"),
]
PLAIN = Recipe(backbone="cnn", input_size=64, batch=8, epochs=1)
RECIPE = replace(PLAIN, readings_weight=1.0)
WHITENING = Whitening(
    np.zeros(256, np.float32), np.eye(256, 8, dtype=np.float32), np.ones(8, np.float32), 1.0
)


def _crops(first_patient: int, count: int) -> Crops:
    rng = np.random.default_rng(first_patient)
    images = rng.integers(0, 255, (count, 224, 224), np.uint8)
    names = np.array([str(first_patient + number) for number in range(count)])
    return Crops(images, np.arange(count) % 5, names, np.array(["L", "R"] * (count // 2)))


def _readings(crops: Crops) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4, (len(crops), 6)).astype(np.float32)


def _network(recipe: Recipe, seed: int) -> object:
    """A network whose heads tell the sides of a picture apart."""
    import keras

    from training.network.model import build_model

    keras.utils.set_random_seed(seed)
    model = build_model(recipe)
    rng = np.random.default_rng(seed)
    if recipe.readings_weight:
        kernel, bias = model.get_layer("readings").get_weights()
        model.get_layer("readings").set_weights(
            [rng.normal(0, 0.5, kernel.shape), rng.normal(size=bias.shape)]
        )
    return model


def _expected(logits: np.ndarray, calibration: ReadingCalibration) -> np.ndarray:
    """Probabilities (n, 6, 4), written out once more."""
    reached = 1 / (1 + np.exp(-(logits @ calibration.weights + calibration.shift)))
    by_reading = np.minimum.accumulate(reached.reshape(len(logits), 6, 3), axis=2)
    one, two, three = np.moveaxis(by_reading, 2, 0)
    return np.stack([1 - one, one - two, two - three, three], axis=2)


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize(
    "reading", [{"band": True}, {"readings_outside": 0.1, "readings_near": 0.2}]
)
def test_readings_and_their_maps_equal_keras(
    tmp_path: Path, half: bool, reading: dict[str, Any]
) -> None:
    from training.evaluation.evaluate import figures
    from training.evaluation.readings import reading_figures
    from training.grader.card import make_card, write_bundle
    from training.grader.export import halved
    from training.grader.serving import Member, check_equal, serving_model
    from training.network.litert import to_tflite
    from training.runs.mirrored_prediction import inputs, predict

    crops = _crops(100, 20)
    recipes = (replace(RECIPE, input_size=96, **reading), replace(PLAIN, input_size=96))
    networks = [_network(recipe, seed) for seed, recipe in enumerate((*recipes, recipes[0]))]
    looks = ((0, 1), (0,), (1,))
    outside, near = recipes[0].readings_outside, recipes[0].readings_near
    members = [
        Member(network, WHITENING, looks=own, readings_outside=outside, readings_near=near)
        for network, own in zip(networks, looks, strict=True)
    ]
    rng = np.random.default_rng(0)
    calibration = ReadingCalibration(
        rng.normal(0, 0.5, (18, 18)).astype(np.float32), rng.normal(size=18).astype(np.float32)
    )
    if half:
        halved(networks, crops, 1.0)
    serving = serving_model(members, 1.0, None, calibration)
    tflite = to_tflite(serving, half=half)
    logits = np.mean([predict(network, crops).logits.mean(1) for network in networks], axis=0)
    fitted = calibrate(logits, crops.grades, np.ones(20, np.float32))
    first, _, last = (predict(network, crops).readings for network in networks)
    assert first is not None
    assert last is not None
    # The member without readings has no say in them.
    said = (first.mean(1) + last[:, 1]) / 2
    probability = _expected(said, calibration)
    metrics = {
        "measured_on": "noise",
        **figures(logits, crops),
        "readings": reading_figures(crops, _readings(crops), probability, logits.argmax(1)),
    }
    card = make_card(tflite, "9.9", fitted, metrics, {}, calibration)
    write_bundle(tflite, card, tmp_path)
    grader, images = Grader(tmp_path), inputs(crops)
    assert grader.card.has_readings
    check_equal(members, serving, grader, images, 1e-3 if half else 1e-4)

    biases = [networks[place].get_layer("readings").get_weights()[1] for place in (0, 2)]
    swap = [3, 4, 5, 0, 1, 2, 9, 10, 11, 6, 7, 8, 15, 16, 17, 12, 13, 14]
    bias = ((biases[0] + biases[0][swap]) / 2 + biases[1][swap]) / 2
    for place, grading in enumerate(grader.grade(list(images))):
        assert grading.readings is not None
        assert grading.reading_maps is not None
        assert grading.readings.shape == (6, 4)
        assert grading.reading_maps.shape == (3, 3, 18)
        np.testing.assert_allclose(grading.readings.sum(1), 1, atol=1e-5)
        np.testing.assert_allclose(
            grading.readings, probability[place], atol=5e-3 if half else 1e-4
        )
        np.testing.assert_allclose(
            grading.reading_maps.mean((0, 1)) + bias, said[place], atol=5e-3 if half else 1e-4
        )


def test_a_mirrored_crop_has_its_readings_and_maps_on_the_other_side(tmp_path: Path) -> None:
    from training.grader.serving import Member, serving_model
    from training.runs.mirrored_prediction import inputs

    identity = ReadingCalibration(np.eye(18, dtype=np.float32), np.zeros(18, np.float32))
    model = serving_model([Member(_network(RECIPE, 0), WHITENING)], 1.0, None, identity)
    images = inputs(_crops(0, 4))
    plain = model.predict(images, verbose=0)
    turned = model.predict(images[:, :, ::-1].copy(), verbose=0)
    swap = [1, 0, 3, 2, 5, 4]
    np.testing.assert_allclose(turned["readings"], plain["readings"][:, swap], atol=1e-5)
    by_reading = plain["reading_maps"][:, :, ::-1].reshape(4, 2, 2, 6, 3)[:, :, :, swap]
    np.testing.assert_allclose(turned["reading_maps"], by_reading.reshape(4, 2, 2, 18), atol=1e-4)


def test_readings_need_a_member_that_has_them() -> None:
    from training.grader.serving import Member, serving_model

    identity = ReadingCalibration(np.eye(18, dtype=np.float32), np.zeros(18, np.float32))
    with pytest.raises(ValueError, match="none of the members has readings"):
        serving_model([Member(_network(PLAIN, 0), WHITENING)], 1.0, None, identity)


def _write(data: Path, held_out: Crops, shown: Crops) -> Path:
    """Write crops below `data` as the public ones are, and a table of readings of all."""
    for image, grade, name in zip(held_out.images, held_out.grades, held_out.names, strict=True):
        folder = data / "val" / str(grade)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{name}.png")
    table, rng = data / "readings.csv", np.random.default_rng(0)
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["knee", *COLUMNS])
        for name in (*held_out.names, *shown.names):
            writer.writerow([name, *rng.integers(0, 4, 6)])
    return table


def test_one_command_exports_readings_and_another_measures_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from training.evaluation import evaluate
    from training.grader.export import export
    from training.grader.run_settings import RunSettings
    from training.grader.train import train

    held_out, shown = _crops(100, 20), _crops(0, 16)
    table = _write(tmp_path, held_out, shown)
    run, bundle, alone = (tmp_path / name for name in ("run", "bundle", "alone"))
    train(shown, held_out, run, RunSettings(RECIPE, readings=table))
    export([run], tmp_path, bundle, "9.9", half=True, one_look=False, table=table)
    export([run], tmp_path, alone, "9.9", half=True, one_look=False)
    card = Grader(bundle).card
    assert card.has_readings
    assert card.text["metrics"]["readings"]["by_name"]["jsn_medial"]["knees"] == 20
    assert "| Narrowing, medial | 20 |" in (bundle / "README.md").read_text("utf-8")
    without = Grader(alone)
    assert not without.card.has_readings
    assert without.grade([held_out.images[0, :, :, None] / np.float32(255)])[0].readings is None
    capsys.readouterr()
    for source in (["--bundle", str(bundle), "--data", str(tmp_path)], ["--runs", str(run)]):
        out = ["--out", str(tmp_path / "out")]
        monkeypatch.setattr("sys.argv", ["evaluate", *source, "--readings", str(table), *out])
        evaluate.main()
        printed = capsys.readouterr().out
        assert "jsn_medial (20 knees); quadratic_kappa" in printed
        assert "KL grades read, named by the readings read (20 knees)" in printed
    given = ["--bundle", str(alone), "--data", str(tmp_path), "--readings", str(table)]
    monkeypatch.setattr("sys.argv", ["evaluate", *given, "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit):
        evaluate.main()
    assert "koa 9.9 has no readings" in capsys.readouterr().err
