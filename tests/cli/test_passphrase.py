"""A case list with a passphrase on the command line."""

import getpass
import io
import os

import pytest

from koa_desktop.cli import audit, backups
from koa_desktop.cli.main import DONE, NOT_WRITTEN, main
from koa_desktop.examination import backup
from koa_desktop.examination.encryption import change, database, keys
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, ReadingStore

SHA = "1" * 64
WORDS = "three horses and a tram"


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def own(tmp_path, monkeypatch):
    """The user's own folder, with a list that has a passphrase."""
    monkeypatch.setattr(keys, "COST", 2**4)
    for module in (audit, backups):
        monkeypatch.setattr(module, "user_data", lambda: tmp_path / "own")
    monkeypatch.delenv("KOA_PASSPHRASE", raising=False)
    path = tmp_path / "own" / "cases.sqlite"
    ReadingStore(path).save(SHA, Reading(comment="kept"), [], Circumstances("reader"))
    change.change(path, keys.derived(WORDS), lambda: None)
    keys.forget()
    return tmp_path / "own"


def test_the_trails_are_checked_with_the_passphrase_of_the_variable(own, monkeypatch, capsys):
    monkeypatch.setenv("KOA_PASSPHRASE", WORDS)
    assert main(["audit"]) == DONE
    assert "Films checked: 1" in capsys.readouterr().out
    assert "KOA_PASSPHRASE" not in os.environ


def test_the_passphrase_is_asked_for_at_a_terminal(own, monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("sys.stdin", Terminal())
    asked = []
    monkeypatch.setattr(getpass, "getpass", lambda text: asked.append(text) or WORDS)
    assert main(["backup", str(tmp_path / "b.zip")]) == DONE
    assert asked == ["Passphrase of cases.sqlite: "]
    assert backup.ZipFile(tmp_path / "b.zip").read("cases.sqlite").startswith(keys.MARK)


@pytest.mark.parametrize(
    ("words", "told"), [(None, "which was not given"), ("a wrong one", "not the passphrase")]
)
def test_without_the_right_passphrase_nothing_is_read(
    own, monkeypatch, capsys, tmp_path, words, told
):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    if words:
        monkeypatch.setenv("KOA_PASSPHRASE", words)
    assert main(["backup", str(tmp_path / "b.zip")]) == NOT_WRITTEN
    assert told in capsys.readouterr().err
    assert not (tmp_path / "b.zip").exists()


def test_a_backup_brings_its_passphrase_along(own, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("KOA_PASSPHRASE", WORDS)
    assert main(["backup", str(tmp_path / "b.zip")]) == DONE
    keys.forget()
    (own / "cases.sqlite").unlink()
    database.forget(own / "cases.sqlite")
    monkeypatch.setenv("KOA_PASSPHRASE", WORDS)
    assert main(["restore", str(tmp_path / "b.zip")]) == DONE
    keys.forget()
    assert database.is_locked(own / "cases.sqlite")
    assert backup.unlock(own / "cases.sqlite", WORDS)
    assert ReadingStore(own / "cases.sqlite").load(SHA).reading.comment == "kept"


def test_a_backup_without_a_passphrase_is_said_to_have_none(own, capsys, tmp_path):
    """So a list whose passphrase was forgotten is replaced."""
    other = tmp_path / "other" / "cases.sqlite"
    ReadingStore(other).save(SHA, Reading(comment="plain"), [], Circumstances("reader"))
    backup.back_up(other, [], tmp_path / "b.zip")
    assert main(["restore", str(tmp_path / "b.zip")]) == DONE
    assert "has no passphrase" in capsys.readouterr().out
    assert not database.salt(own / "cases.sqlite")
    assert len(list(own.glob("cases-replaced-*.sqlite"))) == 1
