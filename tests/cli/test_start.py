"""The start of the program without a display, without streams, without system libraries."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from koa_desktop.cli import main
from koa_desktop.system import libraries
from tests.support.command_line import KNEES, grade, table, usage_error

pytestmark = pytest.mark.usefixtures("told")


def test_without_a_display_named_files_are_graded_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(libraries, "has_display", lambda: False)
    assert main.main([str(folder / "knee0.png")]) == 0
    said = capsys.readouterr().out
    out = Path(re.search(r"The reports are in (.*)", said)[1])  # type: ignore[index]
    assert "no display" in said
    assert "stays, with the patients' names, until you delete it" in said
    assert sorted(file.name for file in out.iterdir()) == ["knee0.pdf", "results.csv"]


def test_without_a_display_no_empty_folder_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(libraries, "has_display", lambda: False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert main.main([str(tmp_path / "no such file")]) == 2
    assert "The reports are in" not in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_without_a_display_and_files_there_is_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(libraries, "has_display", lambda: False)
    assert main.main([]) == 2
    assert "no display" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="stands for Linux, whose locks Windows lacks")
def test_missing_system_libraries_are_named_as_packages(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(libraries, "has_display", lambda: True)
    monkeypatch.setattr(libraries, "_loads", lambda library: library != "libEGL.so.1")
    monkeypatch.setattr(sys, "platform", "linux")
    assert main.main([]) == 2
    assert capsys.readouterr().err.rstrip().endswith("apt-get install libegl1")
    assert grade(folder, "--out", tmp_path / "out", "--format", "pdf") == 2
    assert grade(folder, "--out", tmp_path / "out") == 0


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_help_and_version_answer(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main.main([flag])
    assert stop.value.code == 0
    said = capsys.readouterr().out
    assert "self-test" in said if flag == "--help" else re.search(r"koa-desktop \d+\.\d+", said)


def test_a_windowed_program_without_streams_grades(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert grade(folder, "--out", tmp_path / "out") == 0
    assert usage_error("--no-such-option") == 2
    assert len(table(tmp_path / "out")) == KNEES


def test_a_name_that_the_console_cannot_write_stops_nothing(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "膝"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "koa_desktop", "grade", str(folder), "--out", str(out)]
    for status in (0, 2):
        finished = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False
        )
        assert finished.returncode == status, finished.stderr
    assert r"\u819d" in finished.stderr
    assert "Traceback" not in finished.stderr
