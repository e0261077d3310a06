"""A case list with a passphrase: nothing of it is readable, and nothing is lost by its change."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from koa_desktop.errors import StoreError, StoreNotice, StoreReason
from koa_desktop.examination import backup, store_file
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.encryption import change, database, keys
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, ReadingStore, begin_anew, open_store
from koa_desktop.examination.worklist import FilmFacts, Worklist
from koa_desktop.message import Message

NAME = "Zyxwvut, Planted"
SHA = "ab" * 32
WORDS = "three horses and a tram"
COMMENT = Step(Message(Action.COMMENT))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "COST", 2**4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A list with readings of one film, and facts of another."""
    path = tmp_path / "own" / "cases.sqlite"
    store = ReadingStore(path)
    for number in range(3):
        save(store, f"{NAME} {number}")
    Worklist(path).note(FilmFacts("cd" * 32, Path(f"/films/{NAME}.dcm"), NAME, words=NAME))
    return path


def save(store: ReadingStore, comment: str, sha256: str = SHA) -> None:
    store.save(sha256, Reading(comment=comment), [COMMENT], Circumstances(NAME))


def nothing() -> None:
    pass


def encrypt(path: Path, words: str = WORDS) -> None:
    change.change(path, keys.derived(words), nothing)


def readable(folder: Path, text: str = NAME) -> list[str]:
    """Return the files in which a text can be read, packed or not."""
    wanted = [text.encode(), text.casefold().encode(), text.encode("utf-16-le")]
    return [
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and any(one in file.read_bytes() for one in wanted)
    ]


def refused(path: Path) -> object:
    with pytest.raises(StoreError) as raised:
        ReadingStore(path)
    return raised.value.message.code


@pytest.mark.requirement("R11")
def test_nothing_planted_is_readable_in_a_list_with_a_passphrase(path: Path) -> None:
    assert readable(path.parent) == ["cases.sqlite"]
    encrypt(path)
    save(ReadingStore(path), f"{NAME} again")
    assert readable(path.parent) == []
    assert readable(path.parent, "CREATE TABLE") == []


def test_a_journal_holds_nothing_readable(path: Path) -> None:
    encrypt(path)
    with closing(database.connect(path)) as connection:
        # A cache of a few pages spills into the file before the end of the transaction.
        connection.execute("PRAGMA cache_size = 2")
        connection.execute("PRAGMA cache_spill = 2")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE audit SET detail = detail || ?", (NAME * 2000,))
        connection.execute("DELETE FROM examination")
        assert path.with_name("cases.sqlite-journal").stat().st_size
        assert readable(path.parent) == []
        connection.rollback()


def test_the_passphrase_is_set_changed_and_removed_and_nothing_is_lost(path: Path) -> None:
    store = ReadingStore(path)
    trail, revision = store.audit_trail(SHA), store.revision(SHA)
    for words in (WORDS, "another one", None):
        change.change(path, keys.derived(words) if words else None, nothing)
        store = ReadingStore(path)
        assert store.audit_trail(SHA) == trail
        assert store.revision(SHA) == revision
        assert store.load(SHA).reading.comment == f"{NAME} 2"
        assert store.breaks() == []
        assert Worklist(path).find([NAME], 5)[1] == 1
        assert bool(database.salt(path)) is bool(words)
    assert [one.name for one in path.parent.iterdir()] == ["cases.sqlite"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_list_opens_by_its_passphrase_alone(path: Path) -> None:
    encrypt(path)
    keys.forget()
    assert refused(path) is StoreReason.LOCKED
    assert not backup.unlock(path, WORDS.upper())
    assert refused(path) is StoreReason.LOCKED
    assert backup.unlock(path, WORDS)
    assert ReadingStore(path).load(SHA) is not None
    assert keys.is_used(WORDS)
    assert not keys.is_used("")


def test_letters_that_were_typed_in_another_way_are_the_same(path: Path) -> None:
    encrypt(path, "Müller ﬁlm")
    keys.forget()
    assert backup.unlock(path, "Mu\u0308ller film")


def test_two_lists_with_one_passphrase_have_two_keys() -> None:
    first, second = keys.derived(WORDS), keys.derived(WORDS)
    assert first.secret != second.secret
    assert keys.derived(WORDS, first.salt) == first
    assert first.secret.hex() not in repr(first)


def test_a_build_without_the_library_says_so(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encrypt(path)
    monkeypatch.setattr(database, "_loaded", [])
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    monkeypatch.setitem(sys.modules, "sqlcipher3.dbapi2", None)
    assert refused(path) is StoreReason.NO_CIPHER


# What goes wrong while it changes


@pytest.mark.parametrize("begun", [None, WORDS])
def test_a_change_that_fails_leaves_the_list(path: Path, begun: str | None) -> None:
    if begun:
        encrypt(path, begun)
    content, used = path.read_bytes(), keys.used()

    def fail() -> None:
        raise PermissionError

    with pytest.raises(StoreError):
        change.change(path, keys.derived("other"), fail)
    assert path.read_bytes() == content
    assert keys.used() == used
    assert [one.name for one in path.parent.iterdir()] == ["cases.sqlite"]
    assert ReadingStore(path).load(SHA) is not None


def test_what_another_program_saves_meanwhile_is_not_lost(path: Path) -> None:
    def write() -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE examination SET comment = 'newer'")

    with pytest.raises(StoreError) as raised:
        change.change(path, keys.derived(WORDS), write)
    assert raised.value.message.code is StoreReason.IN_USE
    assert ReadingStore(path).load(SHA).reading.comment == "newer"


def change_and_die(path: Path) -> None:
    change.change(path, keys.derived(WORDS), lambda: os._exit(9))


def test_a_kill_before_the_new_file_takes_its_place_leaves_the_old_one(path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=change_and_die, args=(path,))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    assert change.unfinished(path).exists()
    assert readable(path.parent) == ["cases.sqlite"]
    assert ReadingStore(path).load(SHA) is not None
    encrypt(path)
    assert [one.name for one in path.parent.iterdir()] == ["cases.sqlite"]


# Damage


@pytest.mark.parametrize("is_cut", [True, False])
def test_a_damaged_list_is_set_aside_and_what_is_left_of_it_stays_encrypted(
    path: Path, is_cut: bool
) -> None:
    films = [f"{number:064x}" for number in range(200)]
    for film in films:
        save(ReadingStore(path), NAME * 20, film)
    encrypt(path)
    content = bytearray(path.read_bytes())
    page = database.PAGE_BYTES
    middle = len(content) // 2 // page * page
    content[middle : len(content) if is_cut else middle + page] = b"" if is_cut else b"7" * page
    path.write_bytes(content)
    with pytest.raises(StoreError) as raised:
        [ReadingStore(path).audit_trail(film) for film in films]
    assert raised.value.message.code is StoreReason.DAMAGED
    new, notice = begin_anew(path)
    assert notice.code is StoreNotice.SET_ASIDE
    entries = [film for film in films if new.audit_trail(film)]
    assert 10 < len(entries) < 200
    assert database.salt(path) == keys.used().salt
    assert readable(path.parent) == []


def test_a_list_whose_beginning_is_lost_is_told_to_have_no_passphrase_any_more(
    path: Path,
) -> None:
    encrypt(path)
    keys.forget()
    path.write_bytes(bytes(4096) + path.read_bytes()[4096:])
    database.forget(path)
    _, notice = open_store(path)
    assert notice is not None
    assert notice.code is StoreNotice.SET_ASIDE_OPEN


def test_a_damaged_beginning_is_told_from_a_wrong_passphrase_by_a_backup(path: Path) -> None:
    encrypt(path)
    backup.back_up_daily(path, [])
    keys.forget()
    content = path.read_bytes()
    path.write_bytes(content[:100] + bytes(1000) + content[1100:])
    assert not backup.unlock(path, "a wrong one")
    assert backup.unlock(path, WORDS)
    _, notice = open_store(path)
    assert notice is not None
    assert notice.code is StoreNotice.SET_ASIDE
    assert database.salt(path) == keys.used().salt


def test_nothing_is_left_of_a_film_that_was_removed(path: Path) -> None:
    encrypt(path)
    size = path.stat().st_size
    save(ReadingStore(path), NAME * 5000, "ef" * 32)
    store_file.remove_films(path, ["ef" * 32])
    assert path.stat().st_size <= size
    assert ReadingStore(path).films() == [SHA]
    assert readable(path.parent) == []


# Backups


def test_a_backup_has_the_passphrase_of_its_list(path: Path, tmp_path: Path) -> None:
    encrypt(path)
    backup.back_up_daily(path, [])
    (daily,) = backup.daily_backups(path)
    shutil.unpack_archive(daily, tmp_path / "unpacked")
    assert readable(tmp_path) == []
    save(ReadingStore(path), "later")
    # In a program that knows the passphrase already.
    replaced = backup.restore(path, [], daily)
    assert ReadingStore(path).load(SHA).reading.comment == f"{NAME} 2"
    assert ReadingStore(replaced).load(SHA).reading.comment == "later"


def test_a_backup_asks_for_its_own_passphrase(path: Path, tmp_path: Path) -> None:
    encrypt(path)
    target = tmp_path / "b.zip"
    backup.back_up(path, [], target)
    keys.forget()
    new = tmp_path / "elsewhere" / "cases.sqlite"
    assert backup.is_locked(target)
    assert not backup.unlock_backup(target, "a wrong one")
    with pytest.raises(StoreError) as raised:
        backup.restore(new, [], target)
    assert raised.value.message.code is StoreReason.LOCKED
    assert not new.exists()
    assert backup.unlock_backup(target, WORDS)
    assert not backup.is_locked(target)
    backup.restore(new, [], target)
    # The list had no passphrase: it has the backup's.
    assert keys.is_used(WORDS)
    assert ReadingStore(new).load(SHA) is not None
    assert readable(tmp_path / "elsewhere") == []


@pytest.mark.parametrize("words", [None, "of the backup"])
def test_a_list_keeps_its_passphrase_whatever_a_backup_has(
    path: Path, tmp_path: Path, words: str | None
) -> None:
    if words:
        encrypt(path, words)
    target = tmp_path / "b.zip"
    backup.back_up(path, [], target)
    encrypt(path)
    save(ReadingStore(path), "later")
    backup.restore(path, [], target)
    assert ReadingStore(path).load(SHA).reading.comment == f"{NAME} 2"
    assert keys.is_used(WORDS)
    assert database.salt(path) == keys.used().salt
    assert readable(path.parent) == []
    keys.forget()
    assert backup.unlock(path, WORDS)


def test_a_new_file_is_encrypted_where_the_list_is(path: Path, tmp_path: Path) -> None:
    encrypt(path)
    save(ReadingStore(tmp_path / "tried.sqlite"), NAME)
    assert readable(tmp_path) == []


def test_the_real_key_takes_as_much_as_is_promised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert keys.COST == 2**16
    assert len(set(np.frombuffer(keys.derived(WORDS).secret, np.uint8))) > 16


@pytest.mark.skipif(not hasattr(os, "RTLD_DEEPBIND"), reason="only there are symbols shared")
def test_a_library_that_shares_sqlite_with_the_whole_process_changes_nothing(path: Path) -> None:
    program = """
import ctypes, os, sys
from pathlib import Path
import _sqlite3
ctypes.CDLL(_sqlite3.__file__, mode=os.RTLD_NOW | os.RTLD_GLOBAL)
from koa_desktop.examination.encryption import change, keys
keys.COST = 2**4
change.change(Path(sys.argv[1]), keys.derived("three horses and a tram"), lambda: None)
"""
    assert not database.salt(path)
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    database.forget(path)
    assert database.is_locked(path)
    assert not readable(path.parent)
