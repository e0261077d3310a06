"""Sets, changes or removes the passphrase of a case list: the file is written anew, or stays."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination import store_file
from koa_desktop.examination.encryption import database, keys
from koa_desktop.examination.encryption.keys import Key
from koa_desktop.system import private

_SUFFIX = ".new"


def change(path: Path, key: Key | None, before: Callable[[], None]) -> None:
    """Encrypt a case list with a key, or with none, and use that from now on.

    `before` is called when the new file is whole and has not taken its place. A kill at any time
    leaves the one file or the other. Raises StoreError; the list has not changed then.
    """
    new = unfinished(path)
    try:
        clear(path)
        copied = rewrite(path, new, key)
        before()
        # Another program may have written since.
        if _state(path) != copied:
            raise StoreError(StoreReason.IN_USE)
        database.move(new, path)
    except PermissionError as error:
        # On Windows another program has it open.
        reason = StoreReason.IN_USE if os.name == "nt" else StoreReason.READ_ONLY
        raise StoreError(reason) from error
    except OSError as error:
        raise StoreError(StoreReason.UNUSABLE) from error
    finally:
        clear(path)
    keys.use(key)


def rewrite(path: Path, new: Path, key: Key | None) -> tuple[int, int]:
    """Write all that a file holds into a new one, with a key or without any, and check that.

    The rows are copied one by one: SQLCipher could export a file of SQLite's, but not while this
    process has it open by SQLite. Returns the state of the file that was copied. Raises StoreError
    or OSError.
    """
    private.make_file(new)
    with store_file.connected(path) as source:
        source.execute("BEGIN IMMEDIATE")
        copied = _state(path)
        with store_file.translated(new), closing(database.connect_with(new, key)) as target:
            _copy(source, target)
        with store_file.translated(new), closing(database.connect_with(new, key)) as target:
            if _counts(target) != _counts(source) or not _is_sound(target):
                raise StoreError(StoreReason.UNUSABLE)
    with new.open("rb+") as file:
        os.fsync(file.fileno())
    return copied


def unfinished(path: Path) -> Path:
    """Return the file that a change of the passphrase writes, and that a kill may leave."""
    return path.with_name(f"{path.name}{_SUFFIX}")


def clear(path: Path) -> None:
    """Remove what a change that was killed has left. Raises OSError."""
    new = unfinished(path)
    for one in store_file.with_journals(new):
        one.unlink(missing_ok=True)
    database.forget(new)


def _copy(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
    # The new file counts for nothing before it is whole.
    target.execute("PRAGMA journal_mode = OFF")
    target.execute("PRAGMA synchronous = OFF")
    target.execute("BEGIN")
    statements = source.execute(
        "SELECT type = 'table', name, sql FROM sqlite_schema"
        " WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~'"
        " ORDER BY type = 'table' DESC, rowid"
    ).fetchall()
    for is_table, name, sql in statements:
        target.execute(sql)
        if is_table:
            _copy_rows(source, target, name)
    version = source.execute("PRAGMA user_version").fetchone()[0]
    target.execute(f"PRAGMA user_version = {version}")
    target.commit()


def _copy_rows(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> None:
    # A column of whole numbers that is the key is the row's number itself.
    columns = ["rowid"] + [
        f'"{name}"'
        for _, name, kind, _, _, key in source.execute(f'PRAGMA table_info("{table}")')
        if not (key and kind == "INTEGER")
    ]
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    target.executemany(
        f'INSERT INTO "{table}" ({names}) VALUES ({marks})',  # noqa: S608
        source.execute(f'SELECT {names} FROM "{table}" ORDER BY rowid'),  # noqa: S608
    )


def _counts(connection: sqlite3.Connection) -> list[tuple[str, int]]:
    """Return the number of rows of each table."""
    names = connection.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
    ).fetchall()
    return [
        (name, connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608
        for (name,) in names
    ]


def _is_sound(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))


def _state(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size
