"""A tiny run, killed and started again, becomes a bundle that equals Keras."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from koa_desktop.errors import BundleError
from koa_desktop.grading.grader import Grader
from tests.support.raising import raises
from training.data.crops import Crops

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
    """A run that was killed in its second epoch and started again."""
    from training.grader.batches import Batches
    from training.grader.run_settings import RunSettings
    from training.grader.train import train
    from training.recipes.recipe import Recipe

    folder = tmp_path_factory.mktemp("run")
    recipe = Recipe(
        backbone="cnn", input_size=96, band=True, frozen_to="block_0", batch=8, epochs=2
    )
    parts = _crops(0, 24), _crops(100, 10)
    with pytest.MonkeyPatch.context() as patch:
        shuffle = Batches.shuffle

        def shuffle_once(batches: Batches, epoch: int) -> None:
            if epoch == 1:
                raise InterruptedError
            shuffle(batches, epoch)

        patch.setattr(Batches, "shuffle", shuffle_once)
        with pytest.raises(InterruptedError):
            train(*parts, folder, RunSettings(recipe))
    train(*parts, folder, RunSettings(recipe))
    return folder


def test_a_run_started_again_resumes(run: Path) -> None:
    lines = (run / "log.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", "0", "1"]


def test_a_finished_run_holds_predictions_for_the_held_out_knees(run: Path) -> None:
    from training.runs.mirrored_prediction import predict_logits
    from training.runs.run_folder import load_run

    held_out = _crops(100, 10)
    written = np.load(run / "held_out.npz")
    assert written["patients"].tolist() == held_out.patients.tolist()
    assert written["sides"].tolist() == held_out.sides.tolist()
    assert written["grades"].tolist() == held_out.grades.tolist()
    assert written["features"].shape == (10, 2, 256)
    np.testing.assert_allclose(
        written["logits"].mean(1), predict_logits(load_run(run), held_out), atol=1e-5
    )


def test_the_bundle_equals_keras_and_its_gradients(run: Path, tmp_path: Path) -> None:
    from training.evaluation.evaluate import figures
    from training.grader.card import make_card, write_bundle
    from training.grader.export import halved
    from training.grader.serving import Member, check_equal, serving_model
    from training.metrics.calibration import Whitening, calibrate
    from training.network.litert import to_tflite
    from training.runs.mirrored_prediction import inputs, predict
    from training.runs.run_folder import load_run

    model, held_out = load_run(run), _crops(100, 20)
    axes = np.eye(256, 8, dtype=np.float32)
    whitening = Whitening(np.zeros(256, np.float32), axes, np.ones(8, np.float32), 1.0)
    prediction = predict(model, held_out)
    logits, features = prediction.logits.mean(1), prediction.features.mean(1)
    distances = whitening.distances(features)
    calibration = calibrate(logits, held_out.grades, distances)
    # The same member twice: means stay what they are.
    members = [Member(model, whitening)] * 2
    serving = serving_model(members, calibration.temperature)
    metrics = {"measured_on": "noise", **figures(logits, held_out)}
    tflite = to_tflite(serving)
    write_bundle(tflite, make_card(tflite, "9.9", calibration, metrics, {}), tmp_path)

    grader = Grader(tmp_path)
    images = inputs(held_out)
    check_equal(members, serving, grader, images)
    gradings = grader.grade(list(images))
    bias = np.asarray(model.get_layer("logits").get_weights()[1])
    for index, grading in enumerate(gradings):
        assert grading.probability.sum() == pytest.approx(1, abs=1e-5)
        np.testing.assert_allclose(grading.maps.mean((0, 1)) + bias, logits[index], atol=1e-4)
        # The band shows the two lower thirds of the crop; nothing is claimed of the rest.
        assert grading.maps.shape == (3, 3, 5)
        assert (grading.maps[0] == 0).all()
        assert (grading.maps[1:] != 0).all()
        assert grading.distance == pytest.approx(float(distances[index]), rel=1e-3)

    assert "moves no probability" in halved([model], held_out, calibration.temperature)
    # One looks at the crop, the other at its mirror image: together what both looks say.
    members = [Member(model, whitening, "block_0", (look,)) for look in (0, 1)]
    adjustment = np.array([0, 3, 0, 0, 0], np.float32)
    serving = serving_model(members, calibration.temperature, adjustment)
    half = to_tflite(serving, half=True)
    assert len(half) < 0.6 * len(tflite)
    write_bundle(half, make_card(half, "9.9", calibration, metrics, {}), tmp_path / "half")
    halves = Grader(tmp_path / "half")
    check_equal(members, serving, halves, images, 1e-3)
    for one, other in zip(halves.grade(list(images)), gradings, strict=True):
        adjusted = other.probability * np.exp(adjustment / calibration.temperature)
        np.testing.assert_allclose(one.probability, adjusted / adjusted.sum(), atol=0.02)

    with (tmp_path / "koa.tflite").open("ab") as file:
        file.write(b"!")
    with raises(BundleError, match="not the one its card describes"):
        Grader(tmp_path)
    assert "On 20 knees of 20 patients: noise." in (tmp_path / "README.md").read_text("utf-8")
    assert json.loads((tmp_path / "koa.json").read_text(encoding="utf-8"))["version"] == "9.9"


def test_members_of_unlike_views_make_one_bundle(tmp_path: Path) -> None:
    from training.evaluation.evaluate import figures
    from training.grader.card import make_card, write_bundle
    from training.grader.serving import Member, check_equal, serving_model
    from training.metrics.calibration import Whitening, calibrate
    from training.network.litert import to_tflite
    from training.network.model import build_model
    from training.recipes.recipe import Recipe
    from training.runs.mirrored_prediction import inputs, predict

    whole = Recipe(backbone="cnn", input_size=96)
    band = replace(whole, band=True, frozen_to="block_0")
    networks, held_out = [build_model(recipe) for recipe in (band, whole)], _crops(100, 20)
    axes = np.eye(256, 8, dtype=np.float32)
    whitening = Whitening(np.zeros(256, np.float32), axes, np.ones(8, np.float32), 1.0)
    said = np.mean([predict(member, held_out).logits.mean(1) for member in networks], axis=0)
    calibration = calibrate(said, held_out.grades, np.ones(20, np.float32))
    members = [Member(networks[0], whitening, "block_0"), Member(networks[1], whitening)]
    serving = serving_model(members, calibration.temperature)
    tflite = to_tflite(serving)
    metrics = {"measured_on": "noise", **figures(said, held_out)}
    write_bundle(tflite, make_card(tflite, "9.9", calibration, metrics, {}), tmp_path)
    grader = Grader(tmp_path)
    check_equal(members, serving, grader, inputs(held_out))
    bias = np.mean([member.get_layer("logits").get_weights()[1] for member in networks], axis=0)
    for grading, logits in zip(grader.grade(list(inputs(held_out))), said, strict=True):
        np.testing.assert_allclose(grading.maps.mean((0, 1)) + bias, logits, atol=1e-4)

    # The same layers, but of another view, are not the same.
    loose = replace(whole, frozen_to="block_0")
    other = build_model(loose)
    other.set_weights(networks[0].get_weights())
    with pytest.raises(ValueError, match="layers up to block_0 are not the same"):
        serving_model([members[0], Member(other, whitening, "block_0")], 1.0)


def test_folds_hold_out_each_knee_once_and_train_on_all_others() -> None:
    from training.data.crops import split_fold

    train_crops, val = _crops(0, 40), _crops(100, 20)
    watched = []
    for fold in range(5):
        seen, held_out = split_fold(train_crops, val, fold, 5)
        assert not set(seen.patients) & set(held_out.patients)
        assert len(seen) + len(held_out) == 60
        watched += held_out.patients.tolist()
    assert sorted(watched) == sorted([*train_crops.patients, *val.patients])


def test_frozen_layers_keep_their_weights_and_the_others_learn() -> None:
    from training.network.model import BACKBONE, build_model
    from training.recipes.recipe import Recipe

    backbone = build_model(Recipe(input_size=64, frozen_to="block_2_add")).get_layer(BACKBONE)
    names = [layer.name for layer in backbone.layers]
    last = names.index("block_2_add")
    assert not any(
        weight.trainable for layer in backbone.layers[: last + 1] for weight in layer.weights
    )
    assert backbone.get_layer("block_3_expand").trainable
    with pytest.raises(ValueError, match="no layer block_99"):
        build_model(Recipe(input_size=64, frozen_to="block_99"))


def test_a_band_is_whole_places_of_the_last_activation_round_the_joint() -> None:
    from training.network.model import band_rows, build_model
    from training.recipes.recipe import Recipe

    for rows in range(3, 17):
        top, bottom = band_rows(rows)
        assert top / rows < 0.58 - 0.15
        assert bottom / rows > 0.58 + 0.15
    model = build_model(Recipe(input_size=320, band=True))
    assert model.get_layer("features").input.shape[1:3] == (7, 10)
    with pytest.raises(ValueError, match="steps of 32"):
        build_model(Recipe(input_size=330, band=True))


@pytest.mark.parametrize(
    ("asked", "number"), [([1, 1], "one"), ([2, 2], "2"), ([1, 2], "1 or 2"), ([3, 1], "1 to 3")]
)
def test_a_card_states_how_many_members_predicted_a_knee(asked: list[int], number: str) -> None:
    from training.grader.export import measured_on
    from training.runs.ensemble import OutOfFold

    logits = np.full((len(asked), 3, 5), np.nan, np.float32)
    for knee, members in enumerate(asked):
        logits[knee, :members] = 0
    found = OutOfFold(_crops(0, len(asked)), logits, np.ones(len(asked), np.float32), ())
    alone = measured_on(found, 7, one_look=False)
    assert f"each knee by the {number} of 7 members that" in alone
    assert "other networks" not in alone
    assert "3 other networks of the same folds" in measured_on(found, 7, 3, one_look=False)


def test_one_command_exports_runs_as_a_bundle_with_their_card(run: Path, tmp_path: Path) -> None:
    from training.grader.export import export

    held_out = _crops(100, 10)
    for image, grade, name in zip(held_out.images, held_out.grades, held_out.names, strict=True):
        folder = tmp_path / "val" / str(grade)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{name}.png")
    bundle, again = tmp_path / "bundle", tmp_path / "again"
    shutil.copytree(run, again)
    export([run, again], tmp_path, bundle, "9.9", half=True, one_look=True)
    grader = Grader(bundle)
    members = grader.card.text["training"]["members"]
    # The same network twice: one predicts from the crop, the other from its mirror image.
    assert [member["looks"] for member in members] == [[0], [1]]
    assert [member["frozen_to"] for member in members] == ["block_0"] * 2
    assert grader.card.text["metrics"]["knees"] == 10
    assert (bundle / "README.md").exists()
