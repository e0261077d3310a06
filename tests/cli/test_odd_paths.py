"""Paths that no system has, and errors of the program: a sentence each, never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from koa_desktop.cli import audit, backups, main
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, ReadingStore
from koa_desktop.loading import discovery
from koa_desktop.system import paths
from tests.support.command_line import grade, save_knee, table

LONG = "a" * 5000
pytestmark = pytest.mark.usefixtures("told")


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folder, with a reading."""
    folder = tmp_path / "own"
    for module in (audit, backups):
        monkeypatch.setattr(module, "user_data", lambda: folder)
    store = ReadingStore(folder / "cases.sqlite")
    store.save("1" * 64, Reading(comment="mine"), [], Circumstances("reader"))
    return folder


def said_once(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line on stderr, which is a short sentence."""
    (line,) = capsys.readouterr().err.splitlines()
    assert len(line) < 400
    return line


@pytest.mark.parametrize("name", [LONG, f"{LONG}.dcm", f"folder/{LONG}/DICOMDIR"])
def test_a_name_too_long_for_any_file_is_that_of_a_missing_file(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert grade(name, "--out", tmp_path / "out") == main.WRONG_USAGE
    line = said_once(capsys)
    assert line.startswith("There is no such file or folder: ")
    assert "…" in line


def test_a_name_too_long_costs_the_other_files_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    knee = save_knee(tmp_path / "knee.png")
    assert grade(LONG, knee, "--out", tmp_path / "out") == main.SOME_NOT
    first, second = table(tmp_path / "out")
    assert first["error"].startswith("There is no such file or folder: aaa")
    assert second["grade"]
    assert LONG[:300] not in capsys.readouterr().err


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    "arguments", [("restore", f"{LONG}.zip"), ("backup", f"{LONG}.zip"), ("audit", "--out", LONG)]
)
def test_a_name_too_long_is_neither_read_nor_written(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.main(arguments) == main.NOT_WRITTEN
    assert said_once(capsys).endswith((".", ".zip"))


@pytest.mark.parametrize("option", ["--out", "--key"])
def test_results_with_a_name_too_long_are_not_written(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    knee = save_knee(tmp_path / "knee.png")
    out = () if option == "--out" else ("--out", tmp_path / "out")
    options = (*out, option, LONG, "--identity", "pseudonymous")
    assert grade(knee, *options) == main.NOT_WRITTEN
    said = capsys.readouterr().err
    assert "cannot be created" in said or "too long" in said
    assert LONG[:300] not in said


def test_an_error_of_the_program_is_a_sentence_and_a_line_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("/home/Poe Jane/knee.dcm")

    monkeypatch.setattr(paths, "user_logs", lambda: tmp_path / "logs")
    monkeypatch.setattr(discovery, "discover", fail)
    knee = save_knee(tmp_path / "knee.png")
    assert grade(knee, "--out", tmp_path / "out") == main.BROKE_OFF
    assert said_once(capsys) == (
        "KOA Desktop stopped because of an error in the program; the log in "
        f"{tmp_path / 'logs'} states where. Please report it."
    )
    log = (tmp_path / "logs" / "koa-desktop.log").read_text(encoding="utf-8")
    assert "RuntimeError" in log
    assert "test_odd_paths.py" in log
    assert "Poe" not in log
