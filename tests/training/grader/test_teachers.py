"""Labels of which earlier runs, that left the knee out, predict a share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.data.crops import Crops
from training.grader.run_settings import RunSettings
from training.recipes.recipe import Recipe

# TensorFlow's own, about protocol buffers and NumPy.
pytestmark = pytest.mark.filterwarnings("ignore")

PATIENTS = np.array(["1", "2", "3", "4"])
SIDES = np.array(["L", "R", "L", "R"])
CROPS = Crops(np.zeros((4, 224, 224), np.uint8), np.arange(4), PATIENTS, SIDES)


def left_out(run: Path, rows: list[int], *, with_readings: bool = True) -> Path:
    """Write what a run left out: of both looks on average, the grade's logit is 4 at the row."""
    run.mkdir()
    logits = np.zeros((len(rows), 2, 5), np.float32)
    logits[np.arange(len(rows)), :, rows] = [3, 5]
    arrays = {
        "logits": logits,
        "features": np.zeros((len(rows), 2, 8), np.float16),
        "grades": CROPS.grades[rows],
        "patients": PATIENTS[rows],
        "sides": SIDES[rows],
    }
    if with_readings:
        readings = np.zeros((len(rows), 2, 18), np.float32)
        readings[:, :, 0] = np.array(rows)[:, None]
        arrays["readings"] = readings
    np.savez(run / "held_out.npz", **arrays)
    return run


def test_each_crop_is_taught_by_the_run_that_left_it_out(tmp_path: Path) -> None:
    from training.grader.teachers import taught_by

    runs = [left_out(tmp_path / "a", [2, 0]), left_out(tmp_path / "b", [3, 1])]
    taught = taught_by(runs, CROPS)
    assert taught.grades.argmax(1).tolist() == [0, 1, 2, 3]
    likeliest = np.exp(4) / (np.exp(4) + 4)
    np.testing.assert_allclose(taught.grades.max(1), likeliest, rtol=1e-5)
    assert taught.thresholds is not None
    np.testing.assert_allclose(taught.thresholds[:, 0], 1 / (1 + np.exp(-np.arange(4.0))), 1e-5)
    np.testing.assert_allclose(taught.thresholds[:, 1:], 0.5)


def test_teachers_may_lack_readings_but_no_knee(tmp_path: Path) -> None:
    from training.grader.teachers import taught_by

    run = left_out(tmp_path / "a", [0, 1, 2], with_readings=False)
    assert taught_by([run], CROPS.take(np.arange(3))).thresholds is None
    with pytest.raises(ValueError, match="no teacher left out 1 of 4 knees"):
        taught_by([run], CROPS)


def test_a_share_of_the_labels_is_taught_and_unread_stays_unread() -> None:
    from training.grader.batches import Batches
    from training.grader.teachers import Taught

    readings = np.full((4, 6), np.nan, np.float32)
    readings[:, 0] = 3
    taught = Taught(np.full((4, 5), 0.2, np.float32), np.full((4, 18), 0.5, np.float32))
    recipe = Recipe(batch=4, teacher_share=0.25, neighbour_share=0, readings_weight=1.0)
    batches = Batches(CROPS, recipe, 0, readings, taught)
    np.testing.assert_allclose(batches.labels, 0.75 * np.eye(5)[:4] + 0.25 * 0.2, rtol=1e-6)
    assert batches.thresholds is not None
    np.testing.assert_allclose(batches.thresholds[:, :3], 0.75 + 0.25 * 0.5)
    assert np.isnan(batches.thresholds[:, 3:]).all()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"recipe": Recipe(teacher_share=0.5)}, "a share needs teachers"),
        ({"recipe": Recipe(), "teachers": (Path("a"),)}, "teachers need a share"),
        (
            {
                "recipe": Recipe(teacher_share=0.5),
                "teachers": (Path("a"),),
                "feature_cache": Path("cache"),
            },
            "not supported on a cache",
        ),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(settings: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RunSettings(**settings)


def test_teachers_know_five_grades() -> None:
    with pytest.raises(ValueError, match="five grades"):
        Recipe(teacher_share=0.5, binary=True)
