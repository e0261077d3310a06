"""A batch for which the disk has no room is refused before its first file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.command_line import grade


def test_a_disk_without_room_is_refused_before_the_first_file(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    usage = type(shutil.disk_usage(tmp_path))
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 2**40, 1_900_000))
    assert grade(folder, "--out", out, "--format", "png") == 3
    said = capsys.readouterr().err.splitlines()
    assert said[0] == f"The results need about 2 MB, but only 1 MB are free in {out}."
    assert not list(out.glob("*.png"))
    assert grade(folder, "--out", tmp_path / "table") == 0
