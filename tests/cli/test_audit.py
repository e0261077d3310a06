"""The check and the export of audit trails on the command line."""

import csv
import sqlite3
from contextlib import closing

import pytest

from koa_desktop.cli import audit
from koa_desktop.cli.main import DONE, NOT_WRITTEN, SOME_NOT, main
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, ReadingStore
from koa_desktop.message import Message

SHA = "1" * 64


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The user's own folder."""
    monkeypatch.setattr(audit, "user_data", lambda: tmp_path / "own")
    return tmp_path / "own" / "cases.sqlite"


@pytest.fixture
def kept(own):
    step = Step(Message.of(Action.REOPEN, reason="=1+1"))
    ReadingStore(own).save(SHA, Reading(comment="mine"), [step], Circumstances(reader="Dr A"))
    return own


def test_trails_that_nobody_changed_are_whole(kept, capsys):
    assert main(["audit"]) == DONE
    assert "Films checked: 1. Nothing was changed" in capsys.readouterr().out


def test_a_changed_reading_is_named(kept, capsys):
    with closing(sqlite3.connect(kept)) as connection, connection:
        connection.execute("UPDATE examination SET comment = 'other'")
    assert main(["audit"]) == SOME_NOT
    said = capsys.readouterr().out
    assert f"{SHA}: The reading is not the one that entry 1" in said
    assert "changed outside this program: 1." in said


def test_trails_are_written_to_a_new_file_without_formulas(kept, tmp_path, capsys):
    path = tmp_path / "trails.csv"
    assert main(["audit", "--out", str(path)]) == DONE
    (row,) = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    assert (row["sha256"], row["reader"], row["code"]) == (SHA, "Dr A", "reopen")
    assert row["change"] == "reopen: =1+1"
    assert len(row["digest"]) == 64
    assert main(["audit", "--out", str(path)]) == NOT_WRITTEN
    assert "trails.csv" in capsys.readouterr().err


def test_without_readings_it_says_so(own, capsys):
    assert main(["audit"]) == NOT_WRITTEN
    assert "no readings" in capsys.readouterr().err
