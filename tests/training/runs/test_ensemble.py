"""Knees are predicted by the runs that left them out; the gain of averaging is extrapolated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.evaluation.ensemble_size import with_members
from training.runs.ensemble import mean_logits, out_of_fold, out_of_fold_logits


def _write(run: Path, first: int, noise_seed: int, count: int = 60) -> Path:
    """Write what a run left out: patients from `first` on, logits right but for noise."""
    run.mkdir()
    truth = np.random.default_rng(first)
    grades = truth.integers(0, 5, count)
    noise = np.random.default_rng(noise_seed)
    # Members share most of their errors, as networks trained on the same crops do.
    hard = truth.normal(0, 1.2, (count, 5))
    logits = 2.0 * np.eye(5)[grades] + hard + noise.normal(0, 0.8, (count, 5))
    between = noise.normal(0, 0.3, (count, 5))  # the crop and its mirror image
    np.savez(
        run / "held_out.npz",
        logits=np.stack([logits + between, logits - between], axis=1).astype(np.float32),
        features=noise.normal(size=(count, 2, 8)).astype(np.float16),
        grades=grades,
        patients=np.array([str(first + number) for number in range(count)]),
        sides=np.array(["L"] * count),
    )
    return run


def test_each_knee_is_predicted_by_the_runs_that_left_it_out(tmp_path: Path) -> None:
    runs = [
        _write(tmp_path / f"{fold}{member}", 1000 * fold, 10 * fold + member)
        for member in range(2)
        for fold in range(3)
    ]
    found = out_of_fold(runs)
    assert len(found.knees) == 180
    assert len(set(found.knees.patients)) == 180
    assert found.logits.shape == (180, 2, 5)
    assert len(found.whitenings) == 6
    first = np.load(runs[0] / "held_out.npz")["logits"]
    second = np.load(runs[3] / "held_out.npz")["logits"]
    np.testing.assert_array_equal(found.logits[:60, 0], first.mean(1))
    np.testing.assert_array_equal(found.logits[:60, 1], second.mean(1))
    _, once = out_of_fold_logits(runs, one_look=True)
    np.testing.assert_array_equal(once[:60, 0], first[:, 0])
    np.testing.assert_array_equal(once[:60, 1], second[:, 1])
    _, other_way = out_of_fold_logits(runs, one_look=True, turn=1)
    np.testing.assert_array_equal(other_way[:60, 0], first[:, 1])
    np.testing.assert_array_equal(other_way[:60, 1], second[:, 0])
    assert found.distances.shape == (180,)
    assert (found.distances > 0).all()


def test_runs_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    fold, overlapping = _write(tmp_path / "a", 0, 0), _write(tmp_path / "b", 30, 1)
    with pytest.raises(ValueError, match="left out in two ways"):
        out_of_fold([fold, overlapping])


def test_a_fold_with_fewer_members_is_predicted_by_these(tmp_path: Path) -> None:
    runs = [_write(tmp_path / str(run), first, run) for run, first in enumerate((0, 0, 500))]
    _, logits = out_of_fold_logits(runs, one_look=True)
    assert logits.shape == (120, 2, 5)
    assert np.isnan(logits[60:, 1]).all()
    alone = np.load(runs[2] / "held_out.npz")["logits"]
    # The second fold begins with the other look.
    np.testing.assert_allclose(mean_logits(logits)[60:], alone[:, 1], rtol=1e-6)
    np.testing.assert_allclose(mean_logits(logits)[:60], logits[:60].mean(1), rtol=1e-6)
    assert with_members(runs, 5) == with_members(runs[:2], 5)


def test_more_members_are_extrapolated_to_be_better(tmp_path: Path) -> None:
    runs = [_write(tmp_path / str(member), 0, member, 2000) for member in range(8)]
    extrapolated = with_members(runs[:3], 8)["accuracy"]
    asked = extrapolated["asked"]
    assert len(asked) == 3
    assert [*asked, extrapolated["all"]] == sorted([*asked, extrapolated["all"]])
    knees, logits = out_of_fold_logits(runs)
    real = (mean_logits(logits).argmax(1) == knees.grades).mean()
    assert extrapolated["all"] == pytest.approx(real, abs=0.01)
    low, high = extrapolated["interval"]
    assert low < extrapolated["all"] < high
    assert with_members(runs[:1], 5) == {}


def test_members_that_look_once_are_asked_in_both_ways(tmp_path: Path) -> None:
    runs = [_write(tmp_path / str(member), 0, member, 500) for member in range(2)]
    grades = np.load(runs[0] / "held_out.npz")["grades"]
    said = [np.load(run / "held_out.npz")["logits"] for run in runs]
    asked = with_members(runs, 2, one_look=True)["accuracy"]["asked"]
    alone = [(one[:, look].argmax(1) == grades).mean() for one in said for look in (0, 1)]
    pairs = [said[0][:, 0] + said[1][:, 1], said[0][:, 1] + said[1][:, 0]]
    both = [(pair.argmax(1) == grades).mean() for pair in pairs]
    assert asked == pytest.approx([np.mean(alone), np.mean(both)], abs=1e-4)


def test_osteoarthritis_is_called_likely_as_the_app_does(tmp_path: Path) -> None:
    # KL 1 is the likeliest grade of each knee, KL >= 2 is likelier still.
    probability = np.tile([0.05, 0.4, 0.3, 0.2, 0.05], (40, 1))
    for member in range(2):
        run = tmp_path / str(member)
        run.mkdir()
        np.savez(
            run / "held_out.npz",
            logits=np.log(np.stack([probability] * 2, 1)),
            grades=np.array([1, 2, 2, 3] * 10),
            patients=np.arange(40).astype(str),
            sides=np.array(["L"] * 40),
        )
    found = with_members([tmp_path / "0", tmp_path / "1"], 2)
    assert found["accuracy"]["asked"] == [0.25, 0.25]
    assert found["kl2_accuracy"]["asked"] == [0.75, 0.75]
