"""Refitted heads read as before from evidence at the place that is read; the grade stays."""

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
CELLS = 10


def test_the_loss_is_the_share_of_evidence_outside_where_a_reading_is_reached() -> None:
    from training.network.losses import evidence_outside

    regions = np.zeros((2, 2, 18), np.float32)
    regions[0, 0] = 1
    maps = np.zeros((3, 2, 2, 18), np.float32)
    maps[:, 0, 0], maps[:, 1, 1], maps[:, 0, 1] = 3, 1, -5
    labels = np.zeros((3, 18), np.float32)
    labels[0, :9], labels[1, 4] = 1, np.nan
    found = np.asarray(evidence_outside(regions)(labels, maps))
    assert found == pytest.approx([0.25 / 2, 0, 0], abs=1e-3)


def _pictures(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return activations and labels: two channels show a reading, one of them in its region."""
    from training.network.reading_regions import regions

    rng = np.random.default_rng(0)
    labels = np.full((count, 18), np.nan, np.float32)
    labels[:, 6] = rng.integers(0, 2, count)
    activations = rng.uniform(0, 0.05, (count, CELLS, CELLS, 3)).astype(np.float16)
    inside = regions(CELLS)[..., 6] > 0.99
    shown = labels[:, 6] == 1
    activations[np.ix_(shown, range(CELLS), range(CELLS), [0])] += 1
    activations[shown[:, None, None] & inside, 1] += 6
    return activations, labels


@pytest.mark.slow
@pytest.mark.parametrize(
    ("outside", "weight", "low", "high"),
    [(1.0, 0.0, 0.0, 0.6), (1.0, 20.0, 0.8, 1.01), (0.01, 0.0, 0.8, 1.01)],
)
def test_evidence_moves_to_the_region_and_still_tells_the_reading(
    outside: float, weight: float, low: float, high: float
) -> None:
    from training.grader.pointing_heads import Pointing, refit
    from training.network.reading_regions import pooling, regions

    activations, labels = _pictures(128)
    head = np.full((3, 18), 0.05, np.float32), np.zeros(18, np.float32)
    kernel, bias = refit(head, activations, labels, Pointing(outside, weight, near=1.0, epochs=60))
    maps = activations.astype(np.float32) @ kernel * pooling(CELLS, outside)
    shown = labels[:, 6] == 1
    logits = maps.mean((1, 2))[:, 6] + bias[6]
    assert logits[shown].min() > logits[~shown].max()
    evidence = np.maximum(maps[shown, :, :, 6], 0)
    share = (evidence * regions(CELLS)[..., 6]).sum() / evidence.sum()
    assert low <= share <= high


def _crops(first_patient: int, count: int) -> Crops:
    rng = np.random.default_rng(first_patient)
    images = rng.integers(0, 255, (count, 224, 224), np.uint8)
    names = np.array([str(first_patient + number) for number in range(count)])
    return Crops(images, np.arange(count) % 5, names, np.array(["L", "R"] * (count // 2)))


@pytest.mark.slow
def test_a_run_with_other_heads_grades_as_before(tmp_path: Path) -> None:
    from training.grader.pointing_heads import ACTIVATIONS, Pointing, point
    from training.grader.run_settings import RunSettings
    from training.grader.train import train
    from training.runs.mirrored_prediction import predict
    from training.runs.run_folder import load_run

    shown, held_out = _crops(0, 8), _crops(100, 4)
    table = tmp_path / "readings.csv"
    rng = np.random.default_rng(0)
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["knee", *COLUMNS])
        writer.writerows([name, *rng.integers(0, 4, 6)] for name in [*shown.names, *held_out.names])
    recipe = Recipe(backbone="cnn", input_size=64, batch=4, epochs=1, readings_weight=1.0)
    run, out = tmp_path / "run", tmp_path / "pointing"
    train(shown, held_out, run, RunSettings(recipe, readings=table))
    pointing = Pointing(outside=0.2, weight=1.0, near=0.3, epochs=2)
    point(run, (shown, held_out), table, out, pointing)
    before, after = (predict(load_run(one), held_out) for one in (run, out))
    np.testing.assert_allclose(after.logits, before.logits, atol=1e-5)
    assert not np.allclose(after.readings, before.readings, atol=1e-3)
    with np.load(out / "held_out.npz") as written:
        np.testing.assert_allclose(written["readings"], after.readings, atol=1e-5)
    settings = json.loads((out / "run.json").read_text("utf-8"))
    assert (settings["heads_of"], settings["readings_outside"]) == ("run", 0.2)
    assert settings["readings_near"] == 0.3
    assert not (out / ACTIVATIONS).exists()

    train(shown, held_out, tmp_path / "plain", RunSettings(replace(recipe, readings_weight=0.0)))
    with pytest.raises(ValueError, match="plain has no readings"):
        point(tmp_path / "plain", (shown, held_out), table, out, pointing)
