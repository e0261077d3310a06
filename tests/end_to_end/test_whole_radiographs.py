"""Whole radiographs through the finder that ships: found, looked at, graded or refused."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path

import pytest

from koa_desktop.cli import main
from koa_desktop.examination.examiner import Examination, Examiner
from koa_desktop.knees.box import Box, BoxClass
from koa_desktop.loading.read import read
from koa_desktop.system.paths import SAMPLES

needs_data = pytest.mark.skipif("KOA_DATA" not in os.environ, reason="KOA_DATA is unset")
SOME = 20  # files of each kind, evenly taken


@pytest.fixture
def finder() -> None:
    """Nobody is told what to find here: the networks that ship are used."""


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    return Examiner.load()


def some(files: list[Path]) -> list[Path]:
    assert files
    return files[:: max(len(files) // SOME, 1)]


def data(*parts: str) -> Path:
    return Path(os.environ["KOA_DATA"], *parts)


def grades(examination: Examination) -> list[int]:
    found = [examined.finding.grade for examined in examination.knees]
    return [grade for grade in found if grade is not None]


def test_the_sample_film_is_found_and_graded_by_the_readmes_first_command(tmp_path: Path) -> None:
    assert (
        main.main(["grade", str(SAMPLES), "--out", str(tmp_path / "out"), "--identity", "patient"])
        == 0
    )
    with (tmp_path / "out" / "results.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["file"].endswith("bilateral.dcm")]
    assert [row["side"] for row in rows] == ["R", "L"]
    card = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    (film,) = (film for film in card["samples"] if film["file"] == "bilateral.dcm")
    for row, knee in zip(rows, film["knees"], strict=True):
        assert row["grade"] != ""
        assert abs(int(row["grade"]) - knee["grade"]) <= 1
        assert (row["implant"], row["view"], row["shown"]) == ("no", "frontal", "native")
        found = Box(*(float(row[name]) for name in ("box_x", "box_y", "box_size")))
        true = Box(knee["left"], knee["top"], knee["size"])
        apart = max(abs(a - b) for a, b in zip(found.centre, true.centre, strict=True))
        assert apart < 0.12 * true.size
        assert float(row["confidence"]) > 0.5


@pytest.mark.parametrize("file", sorted(SAMPLES.glob("grade*.png")), ids=lambda file: file.stem)
def test_a_sample_crop_is_seen_as_a_native_knee(file: Path, examiner: Examiner) -> None:
    (examined,) = examiner.examine(read(file)).knees
    assert examined.finding.box_class is BoxClass.NATIVE
    assert examined.finding.grade is not None


@needs_data
def test_published_crops_are_hardly_ever_refused(examiner: Examiner) -> None:
    files = [file for grade in "01234" for file in some(sorted(data("knee/val", grade).iterdir()))]
    refused = [file for file in files if not grades(examiner.examine(read(file), single_crop=True))]
    assert len(refused) <= 0.03 * len(files)


@needs_data
def test_chests_are_refused(examiner: Examiner) -> None:
    files = some(sorted(data("other", "chest").iterdir()))
    assert sum(bool(grades(examiner.examine(read(file)))) for file in files) <= 0.1 * len(files)


@pytest.mark.requirement("R2")
@needs_data
def test_native_frontal_knees_are_graded_and_implants_refused(
    examiner: Examiner,
) -> None:
    films = json.loads(data("radiographs", "boxes.json").read_text(encoding="utf-8"))
    for implant, least, most in ((False, 0.85, 1.0), (True, 0.0, 0.15)):
        files = [
            data("radiographs", film["file"])
            for film in films
            if (film["view"], film["implant"], film["mixed"]) == ("frontal", implant, False)
        ]
        graded = [bool(grades(examiner.examine(read(file)))) for file in some(files)]
        assert least <= sum(graded) / len(graded) <= most
