"""Changed pictures go through the app's own steps, and what they change is counted."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from koa_desktop.examination.examiner import Examiner
from koa_desktop.grading.finder import Finder
from koa_desktop.grading.grader import Grader
from koa_desktop.grading.letters import LetterReader
from koa_desktop.joint_space.margins import MarginFinder
from koa_desktop.system.paths import MODELS, SAMPLES
from training.data.crops import Crops
from training.evaluation import robustness
from training.evaluation.robustness import CHANGES, UNCHANGED, Change, Shown, compare, show


class Watching(Grader):
    """The shipped grader, keeping what it was given."""

    def grade(self, crops):
        self.seen = [*getattr(self, "seen", []), *crops]
        return super().grade(crops)


@pytest.fixture(scope="module")
def samples() -> Crops:
    files = [SAMPLES / f"grade{grade}.png" for grade in range(5)]
    images = [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) for file in files]
    return Crops(
        np.stack(images),
        np.arange(5),
        np.arange(5).astype(str),
        np.array(["R", "L", "R", "L", "R"]),
    )


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    return Examiner(
        Watching(MODELS, threads=1), Finder(MODELS, threads=1), MarginFinder(), LetterReader()
    )


def seen_of(change: Change, samples: Crops, examiner: Examiner) -> np.ndarray:
    examiner.grader.seen = []
    show(change, samples, examiner)
    return np.stack(examiner.grader.seen)[..., 0]


def change_named(name: str) -> Change:
    return next(change for change in CHANGES if change.name == name)


def test_a_file_stored_inverted_is_turned_round_and_graded_alike(
    samples: Crops, examiner: Examiner
) -> None:
    before = show(UNCHANGED, samples, examiner)
    after = show(change_named("stored inverted"), samples, examiner)
    assert after.grades.tolist() == before.grades.tolist()
    assert not before.inverted.any()
    assert not after.inverted.any()
    assert before.found.all()


def test_a_missed_inversion_is_counted(samples: Crops, examiner: Examiner) -> None:
    flat = Change("flat", lambda image: np.full_like(image, 100), inverts=True)
    after = show(flat, samples, examiner)
    assert after.inverted.all()
    assert not after.found.any()
    assert (after.grades == -1).all()


@pytest.mark.parametrize(
    ("name", "rows", "columns"),
    [
        ("box 8 % to the right", slice(None), slice(18, None)),
        ("box 8 % down", slice(18, None), slice(None)),
    ],
)
def test_a_moved_box_sees_the_knee_moved_and_its_border_repeated(
    samples: Crops, examiner: Examiner, name: str, rows: slice, columns: slice
) -> None:
    plain = seen_of(UNCHANGED, samples, examiner)
    moved = seen_of(change_named(name), samples, examiner)
    stayed = plain[:, rows, columns]
    shifted = moved[:, : stayed.shape[1], : stayed.shape[2]]
    for before, after in zip(stayed, shifted, strict=True):
        assert np.corrcoef(before.ravel(), after.ravel())[0, 1] > 0.995
    outside = moved[:, -17:] if "down" in name else moved[:, :, -17:].swapaxes(1, 2)
    assert np.abs(outside - outside[:, :1]).max() < 1e-6


def test_every_change_is_one(samples: Crops, examiner: Examiner) -> None:
    plain = seen_of(UNCHANGED, samples, examiner)
    for change in CHANGES:
        seen = seen_of(change, samples, examiner)
        assert seen.shape == plain.shape
        difference = float(np.abs(seen - plain).mean())
        # A change that the stretch of the grey values undoes is no change to the model.
        undone = change.name in ("stored inverted", "half the contrast")
        assert (difference < 0.005) == undone, change.name


def test_what_a_change_did_is_counted() -> None:
    crops = Crops(
        np.zeros((4, 0, 0), np.uint8),
        np.array([0, 1, 2, 3]),
        np.array(["a", "a", "b", "b"]),
        np.array(["L", "R"] * 2),
    )
    nothing = np.zeros(4, bool)
    before = Shown(np.array([0, 1, 2, 2]), nothing, ~nothing, nothing)
    after = Shown(np.array([0, 2, 4, -1]), nothing, ~nothing, nothing)
    found = compare(before, after, crops)
    assert found["accuracy"]["value"] == 0.25
    assert found["accuracy_change_points"]["value"] == -50
    assert found["grade_changed"]["value"] == 0.5
    assert found["changed_by_more_than_one"]["value"] == 0.25
    assert found["refused"] == 0.25
    low, high = found["accuracy_change_points"]["interval"]
    assert low <= -50 <= high


def test_the_command_writes_figures_and_page(
    samples: Crops, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "knee" / "val"
    for grade, image in enumerate(samples.images):
        (folder / str(grade)).mkdir(parents=True)
        cv2.imwrite(str(folder / str(grade) / f"{grade}L.png"), image)
    monkeypatch.setattr(robustness, "CHANGES", CHANGES[:2])
    out = tmp_path / "out"
    bundle = tmp_path / "bundle"
    shutil.copytree(MODELS, bundle)
    card = json.loads((bundle / "koa.json").read_text(encoding="utf-8"))
    # As if it had not learned from val.
    card["training"]["members"] = [{"held_out": "val"}]
    (bundle / "koa.json").write_text(json.dumps(card), encoding="utf-8")
    command = ["x", "--bundle", str(bundle), "--data", str(tmp_path / "knee"), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", command)
    robustness.main()
    written = json.loads((out / "robustness.json").read_text(encoding="utf-8"))
    assert list(written["changes"]) == ["unchanged", "stored inverted", "gamma 0.6"]
    assert written["changes"]["stored inverted"]["grade_changed"]["value"] == 0
    page = (out / "page.html").read_text(encoding="utf-8")
    assert "stored inverted" in page
    assert "border is repeated" in page
