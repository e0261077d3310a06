"""Opens the file of a store: by SQLite, or by SQLCipher where it has a passphrase.

All connections are made here.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination.encryption import keys
from koa_desktop.examination.encryption.keys import Key

# Another program may write for a moment; waiting longer would keep the reader in the dark.
LOCKED_SECONDS = 2.0
PAGE_BYTES = 2**14
# Of all files with the mark `keys.MARK`. A search decrypts all facts of the films: with SQLCipher's
# own settings (pages of 4 kB, SHA-512) that takes two to three times as long.
_SETTINGS = (
    f"PRAGMA cipher_page_size = {PAGE_BYTES}",
    "PRAGMA cipher_hmac_algorithm = HMAC_SHA256",
)
_PLAIN = b"SQLite format 3\0"
_loaded: list[Any] = []  # SQLCipher's module, once a file needs it
_salts: dict[Path, tuple[tuple[int, int], bytes]] = {}
_turn = threading.Lock()


def is_plain(path: Path) -> bool:
    """Tell whether a file that nobody uses begins as SQLite's own do. Raises OSError."""
    with path.open("rb") as file:
        return file.read(len(_PLAIN)) == _PLAIN


def is_available() -> bool:
    """Tell whether this build can open files that have a passphrase."""
    return find_spec("sqlcipher3") is not None


def errors(kind: str = "Error") -> tuple[type[sqlite3.Error], ...]:
    """Return a class of errors of both modules, by its name in Python's DB-API."""
    modules = (sqlite3, *_loaded)
    return tuple(getattr(module, kind) for module in modules)


def salt(path: Path) -> bytes:
    """Return the salt of a file; empty where it has no passphrase. Raises OSError.

    A file that is empty gets the key of new files.
    """
    with _turn:
        found = path.stat()
        identity = found.st_dev, found.st_ino
        known = _salts.get(path)
        # On POSIX, closing a file ends the locks that this process has on it, SQLite's, too. So
        # each is opened once, before any connection to it is made.
        if known is None or known[0] != identity:
            used = keys.used()
            with path.open("rb") as file:
                head = file.read(keys.SALT_BYTES)
            new = used.salt if used is not None and not head else b""
            known = _salts[path] = (identity, new or keys.salt_of(head))
        return known[1]


def move(source: Path, target: Path) -> None:
    """Rename a file, in the place of another one where that is there. Raises OSError."""
    salt(source)
    with _turn:
        source.replace(target)
        _salts[target] = _salts.pop(source)


def forget(path: Path) -> None:
    """Note that a file was removed: the next one of this name may be another."""
    with _turn:
        _salts.pop(path, None)


def key_of(path: Path) -> Key | None:
    """Return the key of a file; None where it needs none.

    Raises OSError, and StoreError (LOCKED) where its passphrase was not given.
    """
    found = salt(path)
    if not found:
        return None
    key = keys.known(found)
    if key is None:
        raise StoreError(StoreReason.LOCKED)
    return key


def connect(path: Path) -> sqlite3.Connection:
    """Open a file. Raises one of `errors()`, OSError or StoreError (LOCKED, NO_CIPHER)."""
    return connect_with(path, key_of(path) if path.exists() else keys.used())


def connect_with(path: Path, key: Key | None) -> sqlite3.Connection:
    """Open a file with a key, or without any. Raises one of `errors()` or StoreError."""
    if key is None:
        return sqlite3.connect(path, timeout=LOCKED_SECONDS)
    connection = cast(sqlite3.Connection, _cipher().connect(str(path), timeout=LOCKED_SECONDS))
    try:
        # It would write to the console.
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"""PRAGMA key = "x'{key.secret.hex()}{key.salt.hex()}'" """)
        for setting in _SETTINGS:
            connection.execute(setting)
        if connection.execute("PRAGMA cipher_version").fetchone() is None:
            raise StoreError(StoreReason.NO_CIPHER)
    except BaseException:
        connection.close()
        raise
    return connection


def is_locked(path: Path) -> bool:
    """Tell whether a file has a passphrase that was not given yet."""
    try:
        found = salt(path)
    except OSError:  # told when it is used
        return False
    return bool(found) and keys.known(found) is None


def opens(path: Path, key: Key) -> bool:
    """Tell whether a key opens a file, of which the first page is enough.

    Raises StoreError (NO_CIPHER).
    """
    with closing(connect_with(path, key)) as connection:
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except errors() as error:
            # Any other fault is told when the file is used.
            return error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_NOTADB
    return True


@contextmanager
def _own_symbols() -> Iterator[None]:
    """Let a library that is loaded meanwhile call its own functions before those of others.

    SQLCipher's functions have the names of SQLite's. On Linux, a SQLite that another library loaded
    for the whole process would be called in their place, and it cannot encrypt.
    """
    if not hasattr(os, "RTLD_DEEPBIND"):
        yield
        return
    before = sys.getdlopenflags()
    sys.setdlopenflags(before | os.RTLD_DEEPBIND)
    try:
        yield
    finally:
        sys.setdlopenflags(before)


def _cipher() -> Any:
    if not _loaded:
        with suppress(ImportError), _own_symbols():
            import sqlcipher3.dbapi2

            _loaded.append(sqlcipher3.dbapi2)
    if not _loaded:
        raise StoreError(StoreReason.NO_CIPHER)
    return _loaded[0]
