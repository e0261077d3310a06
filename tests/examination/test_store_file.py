"""A store that is damaged, newer or locked: named, set aside, and what can be read of it kept."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from koa_desktop.errors import StoreError, StoreNotice
from koa_desktop.examination import store_file
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.encryption import database
from koa_desktop.examination.reading import MarkedKnee, Reading
from koa_desktop.examination.store import Circumstances, ReadingStore, begin_anew, open_store
from koa_desktop.knees.box import Box, Knee
from koa_desktop.message import Message
from koa_desktop.wording.sentences import sentence
from tests.support.raising import raises

SHA256 = "ab" * 32
READ = Reading((MarkedKnee(Knee(Box(300, 100, 180)), reader_grade=2),), comment="Öd.")
GRADE = Step(Message.of(Action.GRADE, grade=2))


def save(store: ReadingStore, reading: Reading) -> None:
    store.save(SHA256, reading, (GRADE,), Circumstances())


def loaded(store: ReadingStore) -> Reading:
    stored = store.load(SHA256)
    assert stored is not None
    return stored.reading


def change_file(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)
    os.utime(path, (0, 0))


def overwrite(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)


def other_tables(path: Path) -> None:
    change_file(path, "ALTER TABLE examination RENAME TO elsewhere")


def no_version(path: Path) -> None:
    change_file(path, "PRAGMA user_version = -187867649")


def schema_of_odd_bytes(path: Path) -> None:
    """SQLite names the damaged table in a message that is no UTF-8."""
    path.write_bytes(
        path.read_bytes().replace(b"CREATE TABLE examination", b"CREATE \xf5\xf5BLE x")
    )


DAMAGES = [cut, empty, overwrite, other_tables, no_version, schema_of_odd_bytes]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_set_aside_and_named(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    path = tmp_path / "cases.sqlite"
    save(ReadingStore(path), READ)
    damage(path)
    content = path.read_bytes()
    store, notice = open_store(path)
    (aside,) = tmp_path.glob("cases-damaged-*.sqlite")
    assert aside.read_bytes() == content
    assert notice is not None
    assert notice.code in (StoreNotice.SET_ASIDE, StoreNotice.SET_ASIDE_OPEN)
    assert str(path) in sentence(notice)
    assert aside.name in sentence(notice)
    save(store, READ)
    assert loaded(store) == READ
    assert open_store(path)[1] is None


def test_a_file_that_was_set_aside_stays(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    for content in (b"first", b"second", b"third"):
        path.write_bytes(content)
        store_file.set_aside(path)
    asides = [file.read_bytes() for file in tmp_path.glob("cases-damaged-*.sqlite")]
    assert sorted(asides) == [b"first", b"second", b"third"]


def overwrite_middle(path: Path, page_size: int) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2 // page_size * page_size)
        file.write(b"\xff" * 3 * page_size)


def cut_the_last_pages(path: Path, page_size: int) -> None:
    os.truncate(path, path.stat().st_size - 10 * page_size - 7)


@pytest.mark.parametrize("damage", [overwrite_middle, cut_the_last_pages])
def test_what_can_be_read_of_a_damaged_file_is_taken_over(
    tmp_path: Path, damage: Callable[[Path, int], None]
) -> None:
    path = tmp_path / "cases.sqlite"
    store = ReadingStore(path)
    keys = [f"{number:064x}" for number in range(60)]
    for key in keys:
        store.save(key, replace(READ, comment=key * 20), (GRADE,), Circumstances())
    revisions = {key: store.revision(key) for key in keys}
    with closing(sqlite3.connect(path)) as connection:
        (page_size,) = connection.execute("PRAGMA page_size").fetchone()
    damage(path, page_size)
    with raises(StoreError, match="damaged"):
        for key in keys:
            ReadingStore(path).load(key)
    new, notice = begin_anew(path)
    kept = dict(notice.arguments)["kept"]
    readings = {key: stored for key in keys if (stored := new.load(key)) is not None}
    assert len(keys) // 2 < len(readings) == kept < len(keys)
    assert all(stored.reading.placed == READ.placed for stored in readings.values())
    assert {stored.revision for stored in readings.values()} <= {0, *revisions.values()}
    assert {file.name for file in tmp_path.iterdir() if file.is_dir()} == set()


def test_beside_a_file_of_a_newer_program_this_one_keeps_its_own(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    ReadingStore(path)
    change_file(path, "PRAGMA user_version = 999")
    before = path.read_bytes()
    store, notice = open_store(path)
    save(store, READ)
    assert notice is not None
    assert notice.code is StoreNotice.NEWER_LEFT
    again, _ = open_store(path)
    assert loaded(again) == READ
    assert path.read_bytes() == before


def test_a_locked_file_is_told_from_a_damaged_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LOCKED_SECONDS", 0.1)
    path = tmp_path / "cases.sqlite"
    store = ReadingStore(path)
    save(store, READ)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with raises(StoreError, match="locked"):
            save(store, Reading())
    assert loaded(store) == READ
