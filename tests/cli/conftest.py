"""Fixtures of the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from koa_desktop.examination.examiner import Examiner
from tests.support.command_line import KNEES, save_knee
from tests.support.fake_examiner import FakeExaminer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of knees, one of them in a folder of its own."""
    for number in range(KNEES - 1):
        save_knee(tmp_path / "films" / f"knee{number}.png")
    save_knee(tmp_path / "films" / "Überweisung" / "膝 knee.png")
    return tmp_path / "films"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch, examiner: FakeExaminer) -> FakeExaminer:
    """The finder that the command uses; it finds no knee unless a test says so."""
    monkeypatch.setattr(Examiner, "load", lambda **_: examiner)
    return examiner
