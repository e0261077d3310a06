"""A change of the audit trail, or of a reading, behind the program's back is seen and named."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from koa_desktop.examination import store_file
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.audit_chain import Damage
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, ReadingStore, begin_anew
from koa_desktop.message import Message

# Makes the table of the audit trail that of a program without chains.
UNCHAINED = """
ALTER TABLE audit RENAME TO chained;
CREATE TABLE audit (at TEXT, sha256 TEXT, action TEXT, detail TEXT);
INSERT INTO audit (rowid, at, sha256, action, detail)
    SELECT rowid, at, sha256, action, detail FROM chained;
DROP TABLE chained;
PRAGMA user_version = 6;
"""
FIRST, SECOND = "aa" * 32, "bb" * 32


@pytest.fixture
def store(tmp_path: Path) -> ReadingStore:
    """Two films with three entries each."""
    made = ReadingStore(tmp_path / "cases.sqlite")
    for number in range(3):
        for film in (FIRST, SECOND):
            step = Step(Message(Action.COMMENT))
            made.save(film, Reading(comment=str(number)), [step], Circumstances(reader="Dr A"))
    return made


def change(store: ReadingStore, statements: str) -> None:
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.executescript(statements)


def found(store: ReadingStore) -> list[tuple[str, Damage, int]]:
    return [(one.sha256, one.damage, one.number) for one in store.breaks()]


def test_what_the_program_wrote_is_whole(store: ReadingStore) -> None:
    assert store.films() == [FIRST, SECOND]
    assert found(store) == []
    digests = [entry.digest for entry in store.audit_trail(FIRST)]
    assert len({*digests, *(entry.digest for entry in store.audit_trail(SECOND))}) == 6


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            f"UPDATE audit SET detail = replace(detail, 'Dr A', 'Dr B') WHERE sha256 = '{FIRST}'"
            " AND rowid = (SELECT min(rowid) FROM audit)",
            [(FIRST, Damage.CHANGED, 1)],
        ),
        (
            "UPDATE audit SET at = '2020-01-01T00:00:00+00:00' WHERE rowid = 4",
            [(SECOND, Damage.CHANGED, 2)],
        ),
        ("DELETE FROM audit WHERE rowid = 3", [(FIRST, Damage.MISSING, 2)]),
        ("DELETE FROM audit WHERE rowid = 1", [(FIRST, Damage.MISSING, 1)]),
        # The last entry alone: the reading is none that the entry before led to.
        ("DELETE FROM audit WHERE rowid = 6", [(SECOND, Damage.READING, 2)]),
        (
            f"UPDATE examination SET comment = 'other' WHERE sha256 = '{SECOND}'",
            [(SECOND, Damage.READING, 3)],
        ),
        (
            f"UPDATE whole_film SET detail = '{{}}' WHERE sha256 = '{SECOND}'",
            [(SECOND, Damage.READING, 3)],
        ),
        (f"DELETE FROM audit WHERE sha256 = '{FIRST}'", [(FIRST, Damage.NO_ENTRY, 0)]),
        (
            "INSERT INTO audit (at, sha256, action, detail)"
            f" VALUES ('2026-01-01T00:00:00+00:00', '{FIRST}', '[]', '{{}}')",
            [(FIRST, Damage.CHANGED, 4), (FIRST, Damage.READING, 4)],
        ),
        (
            f"UPDATE audit SET sha256 = '{FIRST}' WHERE rowid = 6",
            [(FIRST, Damage.CHANGED, 4), (SECOND, Damage.READING, 2)],
        ),
    ],
)
def test_a_change_behind_the_programs_back_is_named(
    store: ReadingStore, statement: str, expected: list[tuple[str, Damage, int]]
) -> None:
    change(store, statement)
    assert found(store) == expected


def test_saving_after_a_change_does_not_hide_it(store: ReadingStore) -> None:
    change(store, "UPDATE audit SET detail = '{}' WHERE rowid = 3")
    store.save(FIRST, Reading(), [Step(Message(Action.COMMENT))], Circumstances())
    assert found(store) == [(FIRST, Damage.CHANGED, 2)]


def test_a_removal_leaves_chains_and_revisions_of_other_films(store: ReadingStore) -> None:
    revision = store.revision(SECOND)
    store_file.remove_films(store.path, [FIRST])
    assert store.films() == [SECOND]
    assert found(store) == []
    assert store.revision(SECOND) == revision == 6


def test_revisions_stay_when_the_file_is_compacted_without_its_indexes(
    store: ReadingStore,
) -> None:
    """SQLite numbers the rows of such a table anew where no column has the numbers."""
    change(store, "DROP INDEX audit_of_file")
    store_file.remove_films(store.path, [FIRST])
    assert store.revision(SECOND) == 6


def test_nothing_is_saved_between_the_check_of_an_entry_and_that_of_its_reading(
    store: ReadingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = []
    connected = store_file.connected

    def save_meanwhile(statement: str) -> None:
        if "FROM whole_film" in statement:
            with closing(sqlite3.connect(store.path, timeout=0)) as other:
                try:
                    with other:
                        other.execute("UPDATE examination SET comment = 'newer'")
                except sqlite3.OperationalError as error:
                    refused.append(error.sqlite_errorname)

    @contextmanager
    def watched(path: Path) -> Iterator[sqlite3.Connection]:
        with connected(path) as connection:
            connection.set_trace_callback(save_meanwhile)
            yield connection

    monkeypatch.setattr(store_file, "connected", watched)
    assert found(store) == []
    assert refused == ["SQLITE_BUSY"] * 2


def test_entries_of_an_earlier_program_are_taken_into_the_chain(store: ReadingStore) -> None:
    change(store, UNCHAINED)
    again = ReadingStore(store.path)
    assert found(again) == []
    assert all(entry.digest for entry in again.audit_trail(FIRST))
    change(store, "UPDATE audit SET action = '[]' WHERE rowid = 2")
    assert found(again) == [(SECOND, Damage.CHANGED, 1)]


@pytest.mark.parametrize("version", [6, 7])
def test_what_is_taken_over_from_a_damaged_file_is_chained(
    store: ReadingStore, version: int
) -> None:
    if version == 6:
        change(store, UNCHAINED)
    new, _ = begin_anew(store.path)
    assert [len(new.audit_trail(film)) for film in new.films()] == [3, 3]
    assert found(new) == []
