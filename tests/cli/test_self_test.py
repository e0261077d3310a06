"""The self-test tells a sound installation from a broken one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from koa_desktop.cli import main, self_test
from koa_desktop.errors import BundleError, BundleReason
from koa_desktop.examination.examiner import Examiner
from koa_desktop.knees.box import Box, BoxClass, Knee
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Side
from koa_desktop.system import release_files
from koa_desktop.system.paths import RESOURCES
from tests.support.fake_examiner import FakeExaminer, seen


@pytest.fixture
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examiner: FakeExaminer) -> Path:
    """A folder with one sample, said to be made for the grade that the model gives it."""
    monkeypatch.setattr(Examiner, "load", lambda: examiner)
    small = cv2.imdecode(np.fromfile(RESOURCES / "mean_knee.png", np.uint8), 0)
    picture = cv2.resize(small, (224, 224), interpolation=cv2.INTER_CUBIC)
    cv2.imencode(".png", picture)[1].tofile(tmp_path / "knee.png")
    monkeypatch.setattr(self_test, "SAMPLES", tmp_path)
    (knee,) = examiner.examine(read(tmp_path / "knee.png")).knees
    assert knee.finding.grade is not None
    describe(tmp_path, knee.finding.grade)
    return tmp_path


def describe(folder: Path, grade: int, file: str = "knee.png", left: int = 0) -> None:
    knee = {"grade": grade, "side": "R", "left": left, "top": 0, "size": 224}
    card = {"samples": [{"file": file, "knees": [knee]}]}
    (folder / "samples.json").write_text(json.dumps(card), encoding="utf-8")


def test_a_sound_installation_passes_every_check(
    samples: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["self-test"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    assert all(line.startswith("ok") for line in lines[:-1])
    assert lines[-1] == "All checks passed."


def test_a_sample_graded_far_off_fails(
    samples: Path, capsys: pytest.CaptureFixture[str], examiner: FakeExaminer
) -> None:
    (knee,) = examiner.examine(read(samples / "knee.png")).knees
    describe(samples, 4 if (knee.finding.grade or 0) < 2 else 0)
    assert main.main(["self-test"]) == 1
    (failed,) = (line for line in capsys.readouterr().out.splitlines() if "FAILED" in line)
    assert "knee.png, right knee" in failed


def test_missing_samples_fail(samples: Path) -> None:
    (samples / "knee.png").unlink()
    assert [check.passed for check in self_test.run()] == [True, True, False]


@pytest.mark.parametrize("name", ["koa.tflite", "finder.tflite"])
def test_a_broken_model_ends_the_test_with_its_sentence(
    samples: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def broken() -> Examiner:
        raise BundleError(BundleReason.NOT_LOADABLE, name=name)

    monkeypatch.setattr(Examiner, "load", broken)
    (check,) = self_test.run()
    assert not check.passed
    assert check.sentence == f"The model {name} cannot be loaded."


def test_a_decoder_that_returns_another_picture_fails(
    samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = self_test._save_jpeg_dicom
    monkeypatch.setattr(
        self_test, "_save_jpeg_dicom", lambda file, grey: save(file, np.ascontiguousarray(grey.T))
    )
    failed = [check.sentence for check in self_test.run() if not check.passed]
    assert failed == ["A compressed DICOM file is decoded to another image."]


@pytest.mark.parametrize(
    ("found", "passed"),
    [
        ((Knee(Box(230, 10, 220), Side.RIGHT),), True),
        ((), False),
        ((Knee(Box(300, 0, 224), Side.RIGHT),), False),
        ((Knee(Box(224, 0, 160), Side.RIGHT),), False),
        ((Knee(Box(224, 0, 224), Side.LEFT),), False),
        ((Knee(Box(0, 0, 224), Side.RIGHT), Knee(Box(224, 0, 224), Side.LEFT)), False),
    ],
)
def test_a_films_knees_are_to_be_found_where_they_are(
    samples: Path, examiner: FakeExaminer, found: tuple[Knee, ...], passed: bool
) -> None:
    knee = cv2.imdecode(np.fromfile(samples / "knee.png", np.uint8), 0)
    film = np.hstack([np.zeros_like(knee), knee, np.zeros_like(knee)])
    cv2.imencode(".png", film)[1].tofile(samples / "film.png")
    describe(samples, next(self_test._samples()).grade, "film.png", left=224)
    examiner.finder.knees = found
    (check,) = (check for check in self_test.run() if "The knees of" in check.sentence)
    assert check.passed == passed


def test_a_sample_that_is_seen_as_something_else_fails(
    samples: Path, examiner: FakeExaminer
) -> None:
    examiner.finder.otherwise = seen(BoxClass.IMPLANT)
    failed = [check.sentence for check in self_test.run() if not check.passed]
    assert any("was refused" in sentence for sentence in failed)


def test_without_a_folder_for_temporary_files_this_is_told(
    samples: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object, **__: object) -> object:
        raise FileNotFoundError

    monkeypatch.setattr(self_test.tempfile, "TemporaryDirectory", none)
    failed = [check.sentence for check in self_test.run() if not check.passed]
    assert any("temporary files" in sentence for sentence in failed)


@pytest.mark.requirement("R8")
@pytest.mark.parametrize("damage", [Path.unlink, lambda file: file.write_bytes(b"cut short")])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("fonts/NotoSans-Bold.ttf", "The font NotoSans-Bold.ttf is missing or damaged"),
        ("fonts/SHA256SUMS", "The list of checksums fonts/SHA256SUMS is missing or damaged"),
        ("translations/hi/LC_MESSAGES/koa.mo", "The translation hi/LC_MESSAGES/koa.mo is missing"),
        ("translations/SHA256SUMS", "The list of checksums translations/SHA256SUMS is missing"),
    ],
)
def test_a_missing_or_damaged_font_translation_or_list_is_named(
    samples: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[Path], object],
    name: str,
    said: str,
) -> None:
    for folder in ("fonts", "translations"):
        shutil.copytree(RESOURCES / folder, samples / folder)
    monkeypatch.setattr(release_files, "RESOURCES", samples)
    damage(samples / name)
    assert main.main(["self-test"]) == 1
    (failed,) = (line for line in capsys.readouterr().out.splitlines() if "FAILED" in line)
    assert said in failed
