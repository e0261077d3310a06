"""The file of each earlier version is opened with all that it holds, and survives a power cut."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from koa_desktop.examination import store_file
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.reading import Reading
from koa_desktop.examination.store import Circumstances, ReadingStore, open_store
from koa_desktop.examination.worklist import FilmFacts, Worklist
from koa_desktop.knees.box import Box, SideSource
from koa_desktop.message import Message
from koa_desktop.radiograph import Side

SCHEMAS = Path(__file__).parent / "schemas"
READ, EMPTY = "aa" * 32, "bb" * 32
COMMENT = Step(Message(Action.COMMENT))


def old_file(folder: Path, version: int) -> Path:
    path = folder / "cases.sqlite"
    script = (SCHEMAS / f"version-{version}.sql").read_text(encoding="utf-8")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path


def test_the_file_of_every_earlier_version_is_kept() -> None:
    kept = {int(path.stem.removeprefix("version-")) for path in SCHEMAS.glob("*.sql")}
    assert kept == set(range(1, store_file.SCHEMA_VERSION))


@pytest.mark.parametrize("version", range(1, store_file.SCHEMA_VERSION))
def test_a_file_of_an_earlier_version_keeps_all_it_holds(tmp_path: Path, version: int) -> None:
    path = old_file(tmp_path, version)
    store, notice = open_store(path)
    assert notice is None
    stored = store.load(READ)
    assert stored is not None
    assert not stored.is_damaged
    (marked,) = stored.reading.knees
    assert marked.reader_grade == 2
    assert marked.knee.box == Box(300, 100, 180)
    assert (marked.knee.side, marked.knee.side_source) == (Side.LEFT, SideSource.READER)
    assert (stored.reading.comment, stored.reader) == ("Öd, aber gut.", "Dr Poe")
    assert stored.reading.inverted is True
    assert len(stored.reading.measurements) == int(version > 1)
    empty = store.load(EMPTY)
    assert empty is not None
    assert empty.knees_as_found
    (entry,) = store.audit_trail(READ)
    assert entry.at == "2026-01-02T03:04:05+00:00"
    assert entry.detail["knees"][0]["reader_grade"] == 2
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (store_file.SCHEMA_VERSION,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    # And work goes on in it.
    again = Reading(stored.reading.knees, comment="Later.")
    store.save(READ, again, [COMMENT], Circumstances("Dr Roe"), stored.revision)
    assert len(store.audit_trail(READ)) == 2
    Worklist(path).note(FilmFacts(READ, Path("/films/a.dcm"), "Doe, Jane", words="doe"))
    assert Worklist(path).find(["doe"], 5)[1] == 1


@pytest.mark.parametrize("version", range(1, store_file.SCHEMA_VERSION))
def test_a_reading_of_an_earlier_version_keeps_its_revision(tmp_path: Path, version: int) -> None:
    path = old_file(tmp_path, version)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE audit SET rowid = 41")
    assert ReadingStore(path).revision(READ) == 41


def snapshots(path: Path, work: int) -> list[tuple[dict[str, bytes], int]]:
    """Save readings, and return the files' bytes at each sync with the number of saved ones."""
    taken = []
    store = ReadingStore(path)
    for number in range(work):
        store.save(f"{number:064x}", Reading(comment=f"{number}"), [COMMENT], Circumstances())
        taken.append(({one.name: one.read_bytes() for one in path.parent.iterdir()}, number + 1))
    return taken


def test_a_power_cut_that_drops_unsynced_pages_costs_no_finished_reading(tmp_path: Path) -> None:
    """The disk may keep any part of what was written since the last sync, page by page.

    A transaction is caught in its midst: its journal is on the disk, and some of the pages that it
    changes.
    """
    folder = tmp_path / "disk"
    folder.mkdir()
    path = folder / "cases.sqlite"
    snapshots(path, 12)
    before = path.read_bytes()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # A cache of a few pages spills into the file before the end of the transaction.
        connection.execute("PRAGMA cache_size = 2")
        connection.execute("PRAGMA cache_spill = 2")
        connection.execute("BEGIN IMMEDIATE")
        for number in range(100, 160):
            connection.execute(
                "INSERT INTO examination (sha256, knees, comment, reader) VALUES (?, '[]', ?, '')",
                (f"{number:064x}", "x" * 900),
            )
        journal = path.with_name("cases.sqlite-journal").read_bytes()
        after = path.read_bytes()
        connection.execute("ROLLBACK")
    assert after != before
    page = int.from_bytes(before[16:18], "big")
    pages = max(len(before), len(after)) // page
    choose = random.Random(5)
    for cut in range(20):
        place = tmp_path / f"cut-{cut}"
        place.mkdir()
        kept = bytearray(before)
        for number in range(pages):
            if choose.random() < 0.5:
                new = after[number * page : (number + 1) * page]
                kept[len(kept) :] = bytes(max(0, (number + 1) * page - len(kept)))
                kept[number * page : (number + 1) * page] = new
        (place / "cases.sqlite").write_bytes(kept)
        (place / "cases.sqlite-journal").write_bytes(journal)
        store, notice = open_store(place / "cases.sqlite")
        assert notice is None
        for number in range(12):
            stored = store.load(f"{number:064x}")
            assert stored is not None
            assert stored.reading.comment == f"{number}"
        assert store.load(f"{100:064x}") is None
        shutil.rmtree(place)


def test_a_journal_that_was_lost_is_found_out_or_harmless(tmp_path: Path) -> None:
    """Each whole state between two savings opens with all that was saved by then."""
    folder = tmp_path / "disk"
    folder.mkdir()
    for files, count in snapshots(folder / "cases.sqlite", 6):
        place = tmp_path / f"after-{count}"
        place.mkdir()
        for name, content in files.items():
            (place / name).write_bytes(content)
        store, notice = open_store(place / "cases.sqlite")
        assert notice is None
        assert [store.load(f"{n:064x}") is not None for n in range(6)] == [
            n < count for n in range(6)
        ]
