"""The file of the store: opened, brought up to date, and set aside where it is damaged."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination import audit_chain
from koa_desktop.examination.encryption import database
from koa_desktop.system import private

SCHEMA_VERSION = 9
_NEW_FILE_SECONDS = 60
_REASONS_ASIDE = ("damaged", "replaced")
_JOURNALS = ("-journal", "-wal", "-shm")
_MARGINS = """CREATE TABLE margins (
    sha256 TEXT PRIMARY KEY,
    knees TEXT NOT NULL           -- JSON: for each knee the margins drawn by the reader, or null
)"""
_WHOLE = """CREATE TABLE whole_film (
    sha256 TEXT PRIMARY KEY,
    detail TEXT NOT NULL          -- JSON: dictation, patient, masks, decision on the whole film
)"""
# The number of an entry is the reading's revision. SQLite may number the rows of a table anew
# (VACUUM), unless a column has the numbers.
_AUDIT = """CREATE TABLE audit (
    entry INTEGER PRIMARY KEY,
    at TEXT NOT NULL,             -- UTC, ISO 8601
    sha256 TEXT NOT NULL,
    action TEXT NOT NULL,         -- JSON: codes of actions with their arguments
    detail TEXT NOT NULL,         -- JSON: each knee's side, the model's and the reader's grade
    state TEXT NOT NULL DEFAULT '',     -- hashes, see audit_chain.py
    previous TEXT NOT NULL DEFAULT '',
    digest TEXT NOT NULL DEFAULT ''
)"""
_SCHEMA = f"""
CREATE TABLE examination (
    sha256 TEXT PRIMARY KEY,      -- of the file: a moved or renamed file is known again
    knees TEXT NOT NULL,          -- JSON: boxes, sides, the reader's grades; null: as found
    comment TEXT NOT NULL,
    reader TEXT NOT NULL,
    inverted INTEGER,             -- the user's word; NULL where there is none
    measurements TEXT NOT NULL DEFAULT '[]'  -- JSON, see measurements.py
);
{_AUDIT};
{_MARGINS};
{_WHOLE};
"""
_COLUMNS = {
    "examination": "sha256, knees, comment, reader, inverted, measurements",
    "margins": "sha256, knees",
    "whole_film": "sha256, detail",
    "audit": audit_chain.COLUMNS,
}
# Additions that earlier programs can live with, so they make no version.
_ADDITIONS = (
    "CREATE INDEX IF NOT EXISTS audit_of_file ON audit (sha256)",
    """CREATE TABLE IF NOT EXISTS film (
    sha256 TEXT PRIMARY KEY,
    at TEXT NOT NULL,             -- UTC, ISO 8601; kept for earlier programs, as the model is
    model TEXT NOT NULL,
    inverted INTEGER NOT NULL,    -- whether its knees were graded with low values as bone
    answer BLOB NOT NULL,         -- JSON, compressed: see worklist.py
    thumbnail BLOB NOT NULL       -- JPEG
)""",
    """CREATE TABLE IF NOT EXISTS film_facts (
    sha256 TEXT PRIMARY KEY,
    at TEXT NOT NULL,             -- UTC, ISO 8601: when it was last worked on
    path TEXT NOT NULL,
    patient TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    study_date TEXT NOT NULL,     -- ISO 8601, or empty
    grades TEXT NOT NULL,         -- as the list shows them
    words TEXT NOT NULL           -- what a search looks through, casefolded
)""",
    "CREATE INDEX IF NOT EXISTS film_of_path ON film_facts (path)",
    """CREATE TABLE IF NOT EXISTS listed (
    path TEXT PRIMARY KEY,        -- in the order of the list
    sha256 TEXT NOT NULL,         -- empty where the file was not read yet
    shown INTEGER NOT NULL
)""",
)
_ADDED_COLUMNS = {
    "film": "sha256, at, model, inverted, answer, thumbnail",
    "film_facts": "sha256, at, path, patient, patient_id, study_date, grades, words",
    "listed": "path, sha256, shown",
}

# Statements that turn a file of version n into one of version n + 1.
_MIGRATIONS = {
    1: "ALTER TABLE examination ADD COLUMN measurements TEXT NOT NULL DEFAULT '[]'",
    # Without a finder, no knee meant that none had been placed yet: what is found now stands.
    2: "UPDATE examination SET knees = 'null' WHERE knees = '[]'",
    3: _MARGINS,
    # Earlier programs kept the words of their menu.
    4: "UPDATE audit SET action = json_array(json_object('words', action))",
    5: _WHOLE,
    6: ";\n".join(
        f"ALTER TABLE audit ADD COLUMN {name} TEXT NOT NULL DEFAULT ''"
        for name in ("state", "previous", "digest")
    ),
    7: ";\n".join(
        (
            "ALTER TABLE audit RENAME TO earlier",
            _AUDIT,
            f"INSERT INTO audit SELECT rowid, {audit_chain.COLUMNS} FROM earlier",  # noqa: S608
            "DROP TABLE earlier",
        )
    ),
    # An earlier program would drop the masks in `whole_film`, and export what they cover.
    8: "SELECT 1",
}
_FIRST_CHAINED = 7
_REASONS = {
    sqlite3.SQLITE_NOTADB: StoreReason.DAMAGED,
    sqlite3.SQLITE_CORRUPT: StoreReason.DAMAGED,
    sqlite3.SQLITE_FULL: StoreReason.DISK_FULL,
    sqlite3.SQLITE_BUSY: StoreReason.IN_USE,
    sqlite3.SQLITE_LOCKED: StoreReason.IN_USE,
    sqlite3.SQLITE_READONLY: StoreReason.READ_ONLY,
    sqlite3.SQLITE_PERM: StoreReason.READ_ONLY,
}


def prepare(path: Path) -> None:
    """Create the file, or bring it up to date. Raises StoreError."""
    try:
        private.make_folder(path.parent)
        was_emptied = _is_emptied(path)
        # SQLite gives its journals the mode of the file.
        private.make_file(path)
    except PermissionError as error:
        raise StoreError(StoreReason.READ_ONLY) from error
    except OSError as error:
        raise StoreError(StoreReason.UNUSABLE) from error
    if was_emptied:
        raise StoreError(StoreReason.DAMAGED)
    with connected(path) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StoreError(StoreReason.NEWER)
        if version < SCHEMA_VERSION:
            _bring_up_to_date(connection)
        try:
            for table, columns in _COLUMNS.items():
                connection.execute(f"SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608
        except database.errors("OperationalError") as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:  # another program's tables
                raise StoreError(StoreReason.DAMAGED) from error
            raise
        # Without them readings are kept all the same: the file may be read-only.
        with suppress(*database.errors("OperationalError")):
            for statement in _ADDITIONS:
                connection.execute(statement)


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file for one transaction. What goes wrong with it is a StoreError.

    A file with a passphrase needs its key, see `encryption`; LOCKED or NO_CIPHER is raised else.
    """
    with translated(path), closing(database.connect(path)) as connection, connection:
        yield connection


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise what goes wrong with a file as a StoreError."""
    try:
        yield
    except database.errors() as error:
        raise StoreError(_reason_of(error, path)) from error
    except UnicodeDecodeError as error:
        # SQLite's own message quotes a damaged schema.
        raise StoreError(StoreReason.DAMAGED) from error
    except OSError as error:
        raise StoreError(StoreReason.UNUSABLE) from error


def remove_films(path: Path, checksums: Sequence[str]) -> None:
    """Remove all that is kept of films, their readings and audit trail included.

    What is removed is overwritten, and the file shrinks. Raises StoreError.
    """
    with connected(path) as connection:
        connection.execute("PRAGMA secure_delete = ON")
        for table in _COLUMNS | _ADDED_COLUMNS:
            connection.executemany(
                f"DELETE FROM {table} WHERE sha256 = ?",  # noqa: S608
                [(sha256,) for sha256 in checksums],
            )
    with connected(path) as connection:
        connection.execute("VACUUM")


def set_aside(path: Path, why: str = "damaged") -> Path:
    """Rename a file, and its journals with it; returns its new path. Raises OSError.

    With its journal, SQLite may still repair a damaged one.
    """
    stem = f"{path.stem}-{why}-{datetime.now():%Y%m%d-%H%M%S}"
    names = (stem if number == 1 else f"{stem}-{number}" for number in count(1))
    new = next(free for name in names if not (free := path.with_stem(name)).exists())
    database.move(path, new)
    for ending in _JOURNALS:
        with suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(new.with_name(new.name + ending))
    return new


def aside(path: Path) -> list[Path]:
    """Return the files that were set aside beside a store, and their journals."""
    return [found for why in _REASONS_ASIDE for found in path.parent.glob(f"{path.stem}-{why}-*")]


def with_journals(path: Path) -> list[Path]:
    """Return a store's file and the journals that may lie beside it."""
    return [path, *(path.with_name(path.name + ending) for ending in _JOURNALS)]


def take_over(damaged: Path, new: Path) -> int:
    """Copy the rows that can still be read into a new file; returns the number of readings.

    Raises StoreError or OSError where the new file cannot be written.
    """
    with TemporaryDirectory(dir=new.parent) as folder, connected(new) as connection:
        copy = _repairable_copy(damaged, Path(folder))
        for table, columns in (_COLUMNS | _ADDED_COLUMNS).items():
            present = _present(copy, table, columns)
            # The row's number is the reading's revision.
            places = ", ".join("?" for _ in ("rowid", *present.split(",")))
            row = f"INSERT OR IGNORE INTO {table} (rowid, {present}) VALUES ({places})"  # noqa: S608
            connection.executemany(row, _readable(copy, table, present))
        audit_chain.take_in(connection)
        return int(connection.execute("SELECT count(*) FROM examination").fetchone()[0])


def _repairable_copy(damaged: Path, folder: Path) -> Path:
    """Return a copy that SQLite may repair by its journal."""
    copy = folder / damaged.name
    for ending in ("", *_JOURNALS):
        with suppress(OSError):
            shutil.copyfile(damaged.with_name(damaged.name + ending), f"{copy}{ending}")
    return copy


def _present(damaged: Path, table: str, columns: str) -> str:
    """Return those of the columns that the file of an earlier program has, or all if unknown."""
    found = []
    with _rescued(damaged) as connection:
        found = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    return ", ".join(name for name in columns.split(", ") if name in found) or columns


def _readable(damaged: Path, table: str, columns: str) -> Iterator[tuple[object, ...]]:
    """Yield the rows of a table up to the damage from both of its ends."""
    for order in ("ASC", "DESC"):
        with _rescued(damaged) as connection:
            for row in connection.execute(
                f"SELECT rowid, {columns} FROM {table} ORDER BY rowid {order}"  # noqa: S608
            ):
                # A page that was lost in the middle of a text.
                if not any(isinstance(value, str) and "\0" in value for value in row):
                    yield row


@contextmanager
def _rescued(damaged: Path) -> Iterator[sqlite3.Connection]:
    """Open a damaged file, and end the body where it cannot be read."""
    with closing(database.connect(damaged)) as connection, suppress(*database.errors()):
        # Or SQLite opens no file that was cut short.
        connection.execute("PRAGMA writable_schema = ON")
        yield connection


def of_this_version(path: Path) -> Path:
    """Return the path of the file beside one that a newer program has written."""
    return path.with_stem(f"{path.stem}-v{SCHEMA_VERSION}")


def _is_emptied(path: Path) -> bool:
    """Tell whether a file lost its contents. A new one is empty, too, but only for a moment."""
    with suppress(FileNotFoundError):
        found = path.stat()
        return found.st_size < 2 and time.time() - found.st_mtime > _NEW_FILE_SECONDS
    return False


def _reason_of(error: sqlite3.Error, path: Path) -> StoreReason:
    # The lower byte is the kind; Python has its own errors without a code.
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if kind == sqlite3.SQLITE_CANTOPEN and path.exists():
        # The file can be opened, its journal beside it cannot be made.
        return StoreReason.READ_ONLY
    return _REASONS.get(kind, StoreReason.UNUSABLE)


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Create the tables, or migrate those of an older program, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    # Another process may have been faster.
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        for statement in _SCHEMA.split(";\n"):
            connection.execute(statement)
    if version < 0:
        raise StoreError(StoreReason.DAMAGED)
    for step in range(version, SCHEMA_VERSION) if version else ():
        for statement in _MIGRATIONS[step].split(";\n"):
            connection.execute(statement)
    if 0 < version < _FIRST_CHAINED:
        audit_chain.take_in(connection)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
