"""Names of a file in exports of `grade`: its path, or a study code without its name."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from koa_desktop.cli import batch
from koa_desktop.report.study_code import StudyCodes
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
    assert grade(films, "--out", out, "--identity", "code", "--format", "json,pdf,png") == 1
    names = [row["file"] for row in table(out)]
    assert len(set(names)) == 4
    assert all(CODE.fullmatch(name) for name in names)
    files = list(out.iterdir())
    pictures = {path.stem for path in files if path.suffix in (".pdf", ".png")}
    assert pictures < set(names)
    assert any(name.endswith(" (2)") for name in names)
    for path in files:
        assert NAME not in path.name
        # PDF carries its texts as UTF-16, too.
        for encoding in ("utf-8", "utf-16-be"):
            assert NAME.encode(encoding) not in path.read_bytes()
    documents = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert [document["file"] for document in documents] == names


def test_the_code_is_the_one_of_the_window(films: Path, keys: Path, tmp_path: Path) -> None:
    film = films / f"{NAME}-film.png"
    assert grade(film, "--out", tmp_path / "out", "--identity", "code") == 0
    checksum = hashlib.sha256(film.read_bytes()).hexdigest()
    assert [row["file"] for row in table(tmp_path / "out")] == [
        StudyCodes.of_user(keys).of(checksum)
    ]


def test_a_run_with_study_codes_is_resumed(films: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    first = films / f"{NAME}.png"
    assert grade(first, "--out", out, "--identity", "code") == 0
    (row,) = table(out)
    assert grade(films, "--out", out, "--identity", "code", "--resume") == 1
    again = table(out)
    assert len(again) == 4
    assert sum(one["file"] == row["file"] for one in again) == 1


def test_without_it_paths_stay_as_they_were_given(films: Path, tmp_path: Path) -> None:
    film = films / f"{NAME}-film.png"
    assert grade(film, "--out", tmp_path / "out", "--format", "csv,png") == 0
    assert [row["file"] for row in table(tmp_path / "out")] == [str(film)]
    assert (tmp_path / "out" / f"{NAME}-film.png").exists()


def test_names_and_study_codes_contradict_each_other(films: Path, tmp_path: Path) -> None:
    assert usage_error(films, "--out", tmp_path / "out", "--names", "--identity", "code") == 2
    assert not (tmp_path / "out").exists()
