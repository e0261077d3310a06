"""Backup and restore on the command line."""

import pytest

from koa_desktop.cli import backups
from koa_desktop.cli.main import DONE, NOT_WRITTEN, main
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, ReadingStore

SHA = "1" * 64


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The user's own folder."""
    monkeypatch.setattr(backups, "user_data", lambda: tmp_path / "own")
    return tmp_path / "own"


def comment(own, text):
    store = ReadingStore(own / "cases.sqlite")
    store.save(SHA, Reading(comment=text), [], Circumstances("reader"))
    return store


def test_a_backup_is_written_and_restored(own, tmp_path, capsys):
    store = comment(own, "before")
    path = tmp_path / "b.zip"
    assert main(["backup", str(path)]) == DONE
    comment(own, "after")
    assert main(["restore", str(path)]) == DONE
    assert store.load(SHA).reading.comment == "before"
    said = capsys.readouterr().out
    assert str(path) in said
    assert "cases-replaced-" in said


def test_a_backup_never_replaces_a_file(own, tmp_path, capsys):
    comment(own, "mine")
    path = tmp_path / "b.zip"
    path.write_bytes(b"of another day")
    assert main(["backup", str(path)]) == NOT_WRITTEN
    assert path.read_bytes() == b"of another day"
    assert "b.zip" in capsys.readouterr().err


def test_without_readings_there_is_nothing_to_back_up(own, tmp_path, capsys):
    assert main(["backup", str(tmp_path / "b.zip")]) == NOT_WRITTEN
    assert "no readings" in capsys.readouterr().err
    assert not (tmp_path / "b.zip").exists()
    assert not own.exists()


def test_what_cannot_be_restored_is_said(own, tmp_path, capsys):
    store = comment(own, "mine")
    assert main(["restore", str(tmp_path / "missing.zip")]) == NOT_WRITTEN
    (tmp_path / "b.zip").write_bytes(b"no zip")
    assert main(["restore", str(tmp_path / "b.zip")]) == NOT_WRITTEN
    first, second = capsys.readouterr().err.splitlines()
    assert "missing.zip" in first
    assert "not a backup" in second
    assert store.load(SHA).reading.comment == "mine"
