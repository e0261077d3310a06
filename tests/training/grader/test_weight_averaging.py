"""The mean of two ends of one training is a run like any other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.data.crops import Crops
from training.recipes.recipe import Recipe

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's own, about protocol buffers and NumPy.
    pytest.mark.filterwarnings("ignore"),
]
RECIPE = Recipe(backbone="cnn", input_size=64, batch=5, epochs=1)


def _crops(first_patient: int, count: int) -> Crops:
    rng = np.random.default_rng(first_patient)
    images = rng.integers(0, 255, (count, 224, 224), np.uint8)
    names = np.array([str(first_patient + number) for number in range(count)])
    return Crops(images, np.arange(count) % 5, names, np.array(["L"] * count))


def test_the_mean_of_runs_with_the_same_norms_is_a_run(tmp_path: Path) -> None:
    from training.grader.run_settings import RunSettings
    from training.grader.train import train
    from training.grader.weight_averaging import held_out_by, write
    from training.runs.ensemble import out_of_fold_logits
    from training.runs.run_folder import load_run

    shown, held_out = _crops(0, 10), _crops(100, 5)
    start, on, mean = (tmp_path / name for name in ("start", "on", "mean"))
    train(shown, held_out, start, RunSettings(RECIPE))
    train(shown, held_out, on, RunSettings(replace(RECIPE, frozen_norms=True), start=start))
    write([start, on], held_out, mean)
    assert held_out_by([start, on, mean]) == "val"
    first, second, between = (load_run(run).get_weights() for run in (start, on, mean))
    assert any(not np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    for a, b, c in zip(first, second, between, strict=True):
        np.testing.assert_allclose(c, (a + b) / 2, atol=1e-6)
    knees, logits = out_of_fold_logits([mean])
    assert len(knees) == len(logits) == 5

    other = tmp_path / "other"
    train(shown, held_out, other, RunSettings(RECIPE, start=start))
    with pytest.raises(ValueError, match="other has another BatchNorm than start"):
        write([start, other], held_out, mean)
