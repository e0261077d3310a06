"""Out-of-fold knees are judged by those alone that never saw them; averaging's gain is foreseen."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from training.ensemble import growth, judged, kinds_of, out_of_fold, together


def _write(run: Path, first: int, noise_seed: int, count: int = 60, size: int = 224) -> Path:
    """Write what a run left out: patients from `first` on, logits right but for noise."""
    run.mkdir()
    (run / "run.json").write_text(json.dumps({"input_size": size}), encoding="utf-8")
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


def test_each_knee_is_judged_by_the_runs_that_left_it_out(tmp_path: Path) -> None:
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
    _, once = judged(runs, share_looks=True)
    np.testing.assert_array_equal(once[:60, 0], first[:, 0])
    np.testing.assert_array_equal(once[:60, 1], second[:, 1])
    # In the next fold the other way round.
    third = np.load(runs[1] / "held_out.npz")["logits"]
    np.testing.assert_array_equal(once[60:120, 0], third[:, 1])
    assert found.distances.shape == (180,)
    assert (found.distances > 0).all()


def test_runs_that_do_not_fit_together_are_refused(tmp_path: Path) -> None:
    fold, overlapping = _write(tmp_path / "a", 0, 0), _write(tmp_path / "b", 30, 1)
    with pytest.raises(ValueError, match="left out in two ways"):
        out_of_fold([fold, overlapping])


def test_a_fold_with_fewer_members_is_judged_by_these(tmp_path: Path) -> None:
    runs = [_write(tmp_path / str(run), first, run) for run, first in enumerate((0, 0, 500))]
    knees, logits = judged(runs, share_looks=True)
    assert logits.shape == (120, 2, 5)
    assert np.isnan(logits[60:, 1]).all()
    alone = np.load(runs[2] / "held_out.npz")["logits"]
    # Alone in its fold it looks twice.
    np.testing.assert_allclose(together(logits)[60:], alone.mean(1), rtol=1e-6)
    np.testing.assert_allclose(together(logits)[:60], logits[:60].mean(1), rtol=1e-6)
    first = knees.take(np.arange(60))
    kinds = kinds_of(runs)
    assert growth(knees, logits, kinds, 5) == growth(first, logits[:60], kinds[:60], 5)


def test_more_members_are_foreseen_to_be_better(tmp_path: Path) -> None:
    runs = [_write(tmp_path / str(member), 0, member, 2000) for member in range(8)]
    three = growth(*judged(runs[:3]), kinds_of(runs[:3]), 8)["accuracy"]
    assert len(three) == 4
    assert three == sorted(three)
    real = growth(*judged(runs), kinds_of(runs), 8)["accuracy"][7]
    assert three[-1] == pytest.approx(real, abs=0.01)
    assert growth(*judged(runs[:1]), kinds_of(runs[:1]), 5) == {}


def test_members_of_two_kinds_grow_together(tmp_path: Path) -> None:
    sizes = (224, 320, 320, 224, 224)
    runs = [
        _write(tmp_path / str(member), 0, member, 2000, size) for member, size in enumerate(sizes)
    ]
    knees, logits = judged(runs)
    kinds = kinds_of(runs)
    assert kinds[0].tolist() == [0, 1, 1, 0, 0]
    by_pairs = growth(knees, logits, kinds, 10)["accuracy"]
    # One of each kind, two of each kind, and five of each: the odd one out is left out.
    assert len(by_pairs) == 3
    four = together(logits[:, :4]).argmax(1)
    assert by_pairs[1] == pytest.approx((four == knees.grades).mean(), abs=1e-4)
    assert by_pairs == sorted(by_pairs)
    # A fold with one of each kind tells of no growth.
    alone = [_write(tmp_path / f"b{size}", 5000, size, 60, size) for size in (224, 320)]
    every = [*runs, *alone]
    assert kinds_of(every)[-1].tolist() == [0, 1, -1, -1, -1]
    assert growth(*judged(every), kinds_of(every), 10)["accuracy"] == by_pairs
    assert growth(*judged(alone), kinds_of(alone), 10) == {}
