"""Backups: consistent, restored whole or not at all, and gone with what was removed."""

import errno
import sqlite3
import zipfile
from contextlib import closing

import pytest

from koa_desktop.errors import ExportError, ExportReason, StoreError, StoreReason
from koa_desktop.examination import backup, store_file
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, ReadingStore

SHA = "1" * 64


@pytest.fixture
def store(tmp_path):
    return ReadingStore(tmp_path / "own" / "cases.sqlite")


@pytest.fixture
def key(store):
    path = store.path.parent / "study-codes.key"
    path.write_bytes(b"k" * 32)
    return path


def comment(store, text, sha256=SHA):
    store.save(sha256, Reading(comment=text), [], Circumstances("reader"))


@pytest.mark.requirement("R17")
def test_a_restored_backup_has_the_readings_and_the_key_of_its_day(store, key, tmp_path):
    comment(store, "before")
    target = tmp_path / "backup.zip"
    backup.back_up(store.path, [key], target)
    comment(store, "after")
    key.write_bytes(b"x" * 32)
    replaced = backup.restore(store.path, [key], target)
    assert store.load(SHA).reading.comment == "before"
    assert key.read_bytes() == b"k" * 32
    assert ReadingStore(replaced).load(SHA).reading.comment == "after"
    (old_key,) = store.path.parent.glob("study-codes-replaced-*.key")
    assert old_key.read_bytes() == b"x" * 32
    assert {path.name for path in store.path.parent.iterdir()} == {
        "cases.sqlite",
        replaced.name,
        "study-codes.key",
        old_key.name,
    }


@pytest.mark.requirement("R17")
def test_a_backup_replaces_no_file_unasked(store, tmp_path):
    comment(store, "mine")
    target = tmp_path / "b.zip"
    target.write_bytes(b"of another day")
    with pytest.raises(ExportError) as raised:
        backup.back_up(store.path, [], target)
    assert raised.value.message.code is ExportReason.EXISTS
    assert target.read_bytes() == b"of another day"
    backup.back_up(store.path, [], target, overwrite=True)
    assert zipfile.is_zipfile(target)


def test_a_backup_is_taken_while_another_program_writes(store, tmp_path):
    comment(store, "whole")
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE examination SET comment = 'half'")
        backup.back_up(store.path, [], tmp_path / "backup.zip")
        other.rollback()
    backup.restore(store.path, [], tmp_path / "backup.zip")
    assert store.load(SHA).reading.comment == "whole"


def test_a_backup_is_restored_where_there_is_no_store(store, key, tmp_path):
    comment(store, "moved")
    backup.back_up(store.path, [key], tmp_path / "backup.zip")
    new = tmp_path / "new" / "cases.sqlite"
    assert backup.restore(new, [new.parent / key.name], tmp_path / "backup.zip") is None
    assert ReadingStore(new).load(SHA).reading.comment == "moved"
    assert (new.parent / key.name).read_bytes() == b"k" * 32


def packed(path, members):
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def newer(path):
    store_file.prepare(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {store_file.SCHEMA_VERSION + 1}")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (lambda folder: {}, StoreReason.NO_BACKUP),
        (lambda folder: {"cases.sqlite": b"no database"}, StoreReason.NO_BACKUP),
        (lambda folder: {"../cases.sqlite": b""}, StoreReason.NO_BACKUP),
        (lambda folder: {"cases.sqlite": newer(folder / "n.sqlite")}, StoreReason.NEWER_BACKUP),
    ],
    ids=["empty", "no database", "escape", "newer"],
)
def test_what_is_no_backup_changes_nothing(store, tmp_path, content, reason):
    comment(store, "mine")
    with pytest.raises(StoreError) as raised:
        backup.restore(store.path, [], packed(tmp_path / "b.zip", content(tmp_path)))
    assert raised.value.message.code is reason
    assert store.load(SHA).reading.comment == "mine"
    assert [path.name for path in store.path.parent.iterdir()] == ["cases.sqlite"]


def test_a_file_that_is_no_zip_is_no_backup(store, tmp_path):
    (tmp_path / "b.zip").write_bytes(b"PK no zip")
    with pytest.raises(StoreError) as raised:
        backup.restore(store.path, [], tmp_path / "b.zip")
    assert raised.value.message.code is StoreReason.NO_BACKUP


def test_a_damaged_backup_is_refused(store, tmp_path):
    for number in range(300):
        comment(store, "a long comment " * 20, f"{number:064x}")
    target = tmp_path / "b.zip"
    backup.back_up(store.path, [], target)
    with zipfile.ZipFile(target) as file:
        whole = bytearray(file.read("cases.sqlite"))
    whole[8192:16384] = bytes(8192)
    with pytest.raises(StoreError):
        backup.restore(store.path, [], packed(target, {"cases.sqlite": bytes(whole)}))
    assert store.load(f"{299:064x}") is not None


def test_a_file_beside_the_store_that_is_too_large_is_left_out(store, key, tmp_path):
    comment(store, "mine")
    members = {"cases.sqlite": store.path.read_bytes(), key.name: b"y" * 2**17}
    comment(store, "later")
    backup.restore(store.path, [key], packed(tmp_path / "b.zip", members))
    assert store.load(SHA).reading.comment == "mine"
    assert key.read_bytes() == b"k" * 32


@pytest.mark.requirement("R17")
@pytest.mark.parametrize("damaged", ["cases.sqlite", "study-codes.key"])
def test_a_damaged_member_changes_nothing(store, key, tmp_path, damaged):
    comment(store, "mine")
    target = tmp_path / "b.zip"
    backup.back_up(store.path, [key], target)
    with zipfile.ZipFile(target) as file:
        member = file.getinfo(damaged)
    content = bytearray(target.read_bytes())
    start = member.header_offset + 30 + len(damaged)
    content[start : start + member.compress_size] = b"\xff" * member.compress_size
    target.write_bytes(content)
    before = {path.name: path.read_bytes() for path in store.path.parent.iterdir()}
    with pytest.raises(StoreError) as raised:
        backup.restore(store.path, [key], target)
    assert raised.value.message.code is StoreReason.NO_BACKUP
    assert {path.name: path.read_bytes() for path in store.path.parent.iterdir()} == before


def test_a_store_that_cannot_be_moved_stays_and_is_named(store, tmp_path, monkeypatch):
    comment(store, "mine")
    backup.back_up(store.path, [], tmp_path / "b.zip")

    def is_open(*_arguments):
        raise PermissionError(errno.EACCES, "The file is open in another program.")

    monkeypatch.setattr(store_file, "set_aside", is_open)
    with pytest.raises(ExportError) as raised:
        backup.restore(store.path, [], tmp_path / "b.zip")
    assert raised.value.message.code is ExportReason.NOT_WRITABLE
    assert store.load(SHA).reading.comment == "mine"


def test_a_failed_backup_leaves_nothing(store, tmp_path, monkeypatch):
    def full(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "write", full)
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(ExportError) as raised:
        backup.back_up(store.path, [], folder / "b.zip")
    assert raised.value.message.code is ExportReason.DISK_FULL
    assert list(folder.iterdir()) == []


def test_there_is_one_backup_a_day_and_the_last_days_are_kept(store, key):
    folder = store.path.parent / backup.DAILY_FOLDER
    comment(store, "first")
    backup.back_up_daily(store.path, [key])
    (today,) = folder.iterdir()
    for day in ("2020-01-01", "2020-01-02", "2020-01-03"):
        (folder / f"koa-{day}.zip").write_bytes(today.read_bytes())
    (folder / ".koa-left.part").write_bytes(b"")
    comment(store, "second")
    backup.back_up_daily(store.path, [key])
    backup.restore(store.path, [key], backup.daily_backups(store.path)[0])
    assert store.load(SHA).reading.comment == "first"
    today.unlink()
    backup.back_up_daily(store.path, [key])
    names = [path.name for path in backup.daily_backups(store.path)]
    assert names == [today.name, "koa-2020-01-03.zip", "koa-2020-01-02.zip"]
    assert len(list(folder.iterdir())) == 3


@pytest.mark.requirement("R17")
def test_daily_backups_go_with_what_is_removed(store):
    comment(store, "planted")
    backup.back_up_daily(store.path, [])
    backup.remove_daily_backups(store.path)
    assert backup.daily_backups(store.path) == []
