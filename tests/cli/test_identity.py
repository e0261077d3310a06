"""Names of a file in exports of `grade`: its path, or a study code without its name."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pydicom
import pytest

from koa_desktop.cli import batch, main
from koa_desktop.report.naming.study_code import StudyCodes
from koa_desktop.system.paths import SAMPLES
from tests.support.command_line import grade, save_film, save_knee, table, usage_error

pytestmark = pytest.mark.usefixtures("told")
NAME = "Planted-Jane"
CODE = re.compile(r"KOA-[0-9A-F]{8}( \(2\))?")


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(batch, "user_data", lambda: tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def films(tmp_path: Path) -> Path:
    """A knee, its copy, a film without a knee and a damaged file, all named after a patient."""
    folder = tmp_path / NAME
    save_knee(folder / f"{NAME}.png")
    save_knee(folder / f"{NAME}-copy.png")
    save_film(folder / f"{NAME}-film.png")
    (folder / f"{NAME}-damaged.png").write_bytes(b"\x89PNG\r\n\x1a\n not a picture")
    return folder


def test_with_study_codes_no_export_tells_a_files_name(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert grade(films, "--out", out, "--identity", "pseudonymous", "--format", "json,pdf,png") == 1
    names = [row["file"] for row in table(out)]
    assert len(set(names)) == 4
    assert all(CODE.fullmatch(name) for name in names)
    files = list(out.iterdir())
    pictures = {path.stem for path in files if path.suffix in (".pdf", ".png")}
    assert pictures < {f"knee report {name}" for name in names}
    assert any(name.endswith(" (2)") for name in names)
    for path in files:
        assert NAME not in path.name
        # PDF carries its texts as UTF-16, too.
        for encoding in ("utf-8", "utf-16-be"):
            assert NAME.encode(encoding) not in path.read_bytes()
    documents = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert [document["file"] for document in documents] == names


def test_pictures_are_written_of_a_patient_whose_name_is_arabic(tmp_path: Path) -> None:
    """In a process of its own, in which nothing has started Qt yet."""
    dataset = pydicom.dcmread(SAMPLES / "bilateral.dcm")
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.PatientName = "محمد^علي"
    dataset.save_as(tmp_path / "film.dcm")
    command = [sys.executable, "-m", "koa_desktop", "grade", str(tmp_path / "film.dcm")]
    command += ["--out", str(tmp_path / "out"), "--identity", "patient", "--format", "png,heatmap"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").glob("*.png"))) == 3


@pytest.mark.parametrize("identity", ["patient", "pseudonymous", "nameless"])
def test_pictures_of_knees_are_named_as_the_other_exports(
    identity: str, films: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    knee = films / f"{NAME}.png"
    order = ("--identity", identity, "--format", "heatmap,crop")
    assert grade(knee, "--out", out, "--crop", *order) == 0
    (row,) = table(out)
    stem = NAME if identity == "patient" else f"knee report {row['file']}"
    pictures = {path.name for path in out.iterdir() if path.suffix == ".png"}
    assert pictures == {f"{stem} knee.heatmap.png", f"{stem} knee.crop.png"}


def test_the_code_is_the_one_of_the_window(films: Path, keys: Path, tmp_path: Path) -> None:
    film = films / f"{NAME}-film.png"
    assert grade(film, "--out", tmp_path / "out", "--identity", "pseudonymous") == 0
    checksum = hashlib.sha256(film.read_bytes()).hexdigest()
    assert [row["file"] for row in table(tmp_path / "out")] == [
        StudyCodes.of_user(keys).of(checksum)
    ]


def test_a_run_with_study_codes_is_resumed(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = films / f"{NAME}.png"
    assert grade(first, "--out", out, "--identity", "pseudonymous") == 0
    (row,) = table(out)
    assert grade(films, "--out", out, "--identity", "pseudonymous", "--resume") == 1
    again = table(out)
    assert len(again) == 4
    assert sum(one["file"] == row["file"] for one in again) == 1


def test_for_the_patients_file_paths_stay_as_they_were_given(films: Path, tmp_path: Path) -> None:
    film = films / f"{NAME}-film.png"
    out = ("--out", tmp_path / "out")
    assert grade(film, *out, "--format", "csv,png", "--identity", "patient") == 0
    assert [row["file"] for row in table(tmp_path / "out")] == [str(film)]
    assert (tmp_path / "out" / f"{NAME}-film.png").exists()


def test_nameless_films_are_numbered(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert grade(films, "--out", out, "--identity", "nameless", "--format", "json,pdf,png") == 1
    assert [row["file"] for row in table(out)] == ["1", "2", "3", "4"]
    for path in out.iterdir():
        assert NAME not in path.name
        assert NAME.encode() not in path.read_bytes()
        assert b"KOA-" not in path.read_bytes()
    assert len(list(out.glob("knee report [1-4].png"))) == 3


def test_study_codes_are_the_default_and_their_key_is_written_where_asked(
    films: Path, tmp_path: Path
) -> None:
    out, key = tmp_path / "out", tmp_path / "key.csv"
    assert main.main(["grade", str(films), "--out", str(out), "--key", str(key)]) == 1
    with key.open(encoding="utf-8", newline="") as file:
        stands_for = {row["study_code"]: row["file"] for row in csv.DictReader(file)}
    assert stands_for.keys() == {row["file"] for row in table(out)}
    assert set(stands_for.values()) == {str(path) for path in films.iterdir()}


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps it by the folder's access list")
def test_the_key_of_study_codes_is_for_its_owner(films: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.csv"
    main.main(["grade", str(films), "--out", str(tmp_path / "out"), "--key", str(key)])
    assert key.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "more", [("--identity", "nameless", "--resume"), ("--identity", "patient", "--key", "key.csv")]
)
def test_what_contradicts_a_profile_is_refused(
    films: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    assert usage_error(films, "--out", tmp_path / "out", *more) == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("identity", ["pseudonymous", "nameless", "patient"])
def test_the_console_names_an_unreadable_file_whatever_the_exports_call_it(
    films: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], identity: str
) -> None:
    damaged = films / f"{NAME}-damaged.png"
    out = tmp_path / "out"
    assert grade(films, "--out", out, "--identity", identity) == 1
    said = capsys.readouterr().err
    assert f"({damaged})" in said
    (row,) = (row for row in table(out) if row["error"])
    assert (str(damaged) in row.values()) is (identity == "patient")
    assert (NAME in str(row)) is (identity == "patient")
