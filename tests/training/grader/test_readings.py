"""A network learns readings beside the grade, by the sides of each copy's picture."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.data.crops import Crops
from training.data.readings import COLUMNS
from training.recipes.recipe import Recipe

# TensorFlow's own, about protocol buffers and NumPy.
pytestmark = pytest.mark.filterwarnings("ignore")
RECIPE = Recipe(backbone="cnn", input_size=64, batch=8, epochs=1, readings_weight=1.0)


def _crops(first_patient: int, count: int) -> Crops:
    rng = np.random.default_rng(first_patient)
    images = rng.integers(0, 255, (count, 224, 224), np.uint8)
    names = np.array([str(first_patient + number) for number in range(count)])
    return Crops(images, np.arange(count) % 5, names, np.array(["L", "R"] * (count // 2)))


def _table(path: Path, *parts: Crops) -> Path:
    rng = np.random.default_rng(0)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["knee", *COLUMNS])
        for crops in parts:
            for name in crops.names:
                writer.writerow([name, *rng.integers(0, 4, 2), *[""] * 4])
    return path


def test_labels_are_swapped_with_every_mirrored_copy() -> None:
    """The left half of each picture is as bright as the left reading is high, the right dark."""
    from training.grader.batches import Batches

    images = np.full((16, 224, 224), 30, np.uint8)
    images[:, :, :112] = 220
    names = np.array([str(number) for number in range(16)])
    crops = Crops(images, np.zeros(16, np.int64), names, np.array(["L"] * 16))
    readings = np.tile(np.array([3, 0, 2, np.nan, 1, 0], np.float32), (16, 1))
    recipe = replace(RECIPE, batch=16, augmentation="plain")
    pictures, (_, labels), _ = Batches(crops, recipe, seed=0, readings=readings)[0]
    # Turned by up to 20 degrees and shifted, the middle rows still show which side is bright.
    middle = pictures[:, 24:40, :, 0]
    bright_left = middle[:, :, 8:24].mean((1, 2)) > middle[:, :, 40:56].mean((1, 2))
    assert 3 < bright_left.sum() < 13
    by_reading = labels.reshape(16, 6, 3)
    for bright, reached in zip(bright_left, by_reading, strict=True):
        seen = reached if bright else reached[[1, 0, 3, 2, 5, 4]]
        assert seen[[0, 1, 2, 4, 5]].sum(1).tolist() == [3, 0, 2, 1, 0]
        assert np.isnan(seen[3]).all()


def test_hidden_joints_are_labelled_with_the_readings_frequencies() -> None:
    from training.grader.batches import Batches

    readings = np.full((8, 6), np.nan, np.float32)
    readings[:2, 0], readings[2:4, 0] = 3, 0
    recipe = replace(RECIPE, hidden_joints=1.0)
    crops = _crops(0, 8)
    _, (_, labels), _ = Batches(crops, recipe, seed=0, readings=readings)[0]
    for label in labels:
        sides = label[:3], label[3:6]
        assert sorted(np.isnan(side).all() for side in sides) == [False, True]
        assert np.nanmax(label) == np.nanmin(label) == 0.5


@pytest.mark.slow
def test_a_run_with_readings_predicts_them_for_both_looks(tmp_path: Path) -> None:
    from training.grader.run_settings import RunSettings
    from training.grader.train import train
    from training.runs.mirrored_prediction import predict, with_features
    from training.runs.run_folder import load_run

    shown, held_out = _crops(0, 16), _crops(100, 8)
    table = _table(tmp_path / "readings.csv", shown, held_out)
    run = tmp_path / "run"
    train(shown, held_out, run, RunSettings(RECIPE, readings=table))
    model = load_run(run)
    with np.load(run / "held_out.npz") as written:
        assert written["readings"].shape == (8, 2, 18)
        prediction = predict(model, held_out)
        np.testing.assert_allclose(written["readings"], prediction.readings, atol=1e-5)
        np.testing.assert_allclose(written["logits"], prediction.logits, atol=1e-5)
    with (run / "log.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert -1 <= float(row["val_readings_kappa"]) <= 1
    assert "readings" not in json.loads((run / "run.json").read_text("utf-8"))

    # The second look's readings are by the sides of the crop, not of its mirror image.
    flipped = replace(held_out, images=held_out.images[:, :, ::-1].copy())
    named = with_features(model)
    (there, _), (back, _) = (
        (named.predict(_inputs(crops), verbose=0)["readings"], None)
        for crops in (held_out, flipped)
    )
    assert prediction.readings is not None
    np.testing.assert_allclose(prediction.readings[:, 0], there, atol=1e-5)
    by_reading = back.reshape(8, 6, 3)[:, [1, 0, 3, 2, 5, 4]]
    np.testing.assert_allclose(prediction.readings[:, 1], by_reading.reshape(8, 18), atol=1e-5)


def _inputs(crops: Crops) -> np.ndarray:
    from training.runs.mirrored_prediction import inputs

    return inputs(crops)


def test_a_recipe_with_readings_needs_their_table_and_no_other_takes_one(tmp_path: Path) -> None:
    from training.grader.run_settings import RunSettings

    for recipe, table in ((RECIPE, None), (replace(RECIPE, readings_weight=0.0), tmp_path)):
        with pytest.raises(ValueError, match="needs their table"):
            RunSettings(recipe, readings=table)
    with pytest.raises(ValueError, match="which copies are mirrored"):
        RunSettings(RECIPE, readings=tmp_path, feature_cache=tmp_path)
    with pytest.raises(ValueError, match="mixed crops have no readings"):
        replace(RECIPE, mixing="mixup")


def test_without_the_table_the_recipe_learns_the_grade_alone() -> None:
    from training.grader.train import parser, settings_of

    given = ["--recipe", "with_readings", "--data", "knee", "--run", "run"]
    alone = settings_of(parser().parse_args(given), "val")
    assert alone.recipe.readings_weight == 0
    assert alone.readings is None
    both = settings_of(parser().parse_args([*given, "--readings", "table.csv"]), "val")
    assert both.recipe.readings_weight == 1
    assert both.readings == Path("table.csv")
