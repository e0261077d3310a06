"""Differences between runs are those of the figures, and their intervals hold them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.evaluation.compare import differences, report
from training.runs.ensemble import out_of_fold_logits


def _write(run: Path, strength: float, seed: int, first_patient: int = 0) -> Path:
    run.mkdir()
    rng = np.random.default_rng(first_patient)
    grades = rng.integers(0, 5, 400)
    hard = rng.normal(0, 1, (400, 5))
    noise = np.random.default_rng(seed).normal(0, 0.3, (400, 5))
    np.savez(
        run / "held_out.npz",
        logits=np.stack([strength * np.eye(5)[grades] + hard + noise] * 2, axis=1),
        grades=grades,
        patients=np.array([str(first_patient + number // 2) for number in range(400)]),
        sides=np.array(["L", "R"] * 200),
    )
    return run


def test_a_better_run_is_better_beyond_chance(tmp_path: Path) -> None:
    runs = [_write(tmp_path / "base", 1.5, 0), _write(tmp_path / "better", 3.0, 1)]
    knees, logits = out_of_fold_logits(runs)
    value, (low, high) = differences(knees, logits, 1)
    right = [(logits[:, run].argmax(1) == knees.grades).mean() for run in (0, 1)]
    assert value[0] == pytest.approx(right[1] - right[0])
    assert (low < value).all()
    assert (value < high).all()
    better = value * [1, 1, -1, 1]
    assert (better > 0).all()
    assert low[0] > 0
    first, second = report(runs)
    assert first.startswith("base: accuracy")
    assert second.startswith("better: accuracy +")


def test_the_same_run_is_no_better(tmp_path: Path) -> None:
    runs = [_write(tmp_path / "one", 2.0, 0), _write(tmp_path / "same", 2.0, 0)]
    value, ends = differences(*out_of_fold_logits(runs), 1)
    np.testing.assert_allclose(value, 0, atol=1e-12)
    np.testing.assert_allclose(ends, 0, atol=1e-12)


def test_runs_of_two_folds_are_not_compared(tmp_path: Path) -> None:
    runs = [_write(tmp_path / "one", 2.0, 0), _write(tmp_path / "far", 2.0, 0, 1000)]
    with pytest.raises(ValueError, match="different knees"):
        report(runs)
