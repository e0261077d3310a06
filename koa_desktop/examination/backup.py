"""Backups of the reader's work: one zip file with the store and the small files beside it.

The user makes them, and the program once a day. Only the members of these names are read when a
backup is restored.
"""

from __future__ import annotations

import secrets
import shutil
import sqlite3
import zlib
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination import store_file
from koa_desktop.system import private

STORE_NAME = "cases.sqlite"
DAILY_FOLDER = "backups"
KEPT_DAYS = 3
_DAILY = "koa-{day:%Y-%m-%d}.zip"
_PAGES = 500  # copied at a time, so that saving never waits long
_MOST_BESIDE = 2**16  # bytes of a file beside the store


def back_up(store: Path, beside: Sequence[Path], target: Path) -> None:
    """Write a consistent copy of the store, and the files `beside` it, to the zip `target`.

    `target` is replaced whole or not at all. Other programs may go on using the store. Raises
    StoreError where it cannot be read, and OSError where the target cannot be written.
    """
    part = target.parent / f".koa-{secrets.token_hex(8)}.part"
    try:
        private.make_file(part)
        with TemporaryDirectory(prefix=".koa-", dir=target.parent) as folder:
            copy = Path(folder) / STORE_NAME
            with store_file.connected(store) as source, closing(sqlite3.connect(copy)) as made:
                source.backup(made, pages=_PAGES, sleep=0.01)
            with ZipFile(part, "w", ZIP_DEFLATED, compresslevel=1) as file:
                file.write(copy, STORE_NAME)
                for one in beside:
                    with suppress(FileNotFoundError):
                        file.write(one, one.name)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def restore(store: Path, beside: Sequence[Path], source: Path) -> Path | None:
    """Put a backup in the place of the store and of the files `beside` it.

    The store that was there is renamed; returns its new path, or None where there was none. Raises
    StoreError where `source` is no backup that this version can read, and OSError; nothing has
    changed then.
    """
    private.make_folder(store.parent)
    with TemporaryDirectory(dir=store.parent) as folder:
        made = Path(folder)
        try:
            with ZipFile(source) as file:
                names = set(file.namelist())
                if STORE_NAME not in names:
                    raise StoreError(StoreReason.NO_BACKUP)
                _extract(file, STORE_NAME, made)
                found = [one for one in beside if one.name in names]
                for one in found:
                    if file.getinfo(one.name).file_size <= _MOST_BESIDE:
                        _extract(file, one.name, made)
        except (BadZipFile, zlib.error, EOFError, RuntimeError) as error:
            # The last one is that of encrypted members, and of kinds of compression not known here.
            raise StoreError(StoreReason.NO_BACKUP) from error
        copy = made / STORE_NAME
        _check(copy)
        replaced = store_file.set_aside(store, "replaced") if store.exists() else None
        copy.replace(store)
        for one in found:
            (made / one.name).replace(one)
    return replaced


def back_up_daily(store: Path, beside: Sequence[Path]) -> None:
    """Write today's backup into `DAILY_FOLDER` where there is none, and remove old ones.

    Raises StoreError or OSError.
    """
    folder = store.parent / DAILY_FOLDER
    target = folder / _DAILY.format(day=date.today())
    if not store.exists() or target.exists():
        return
    private.make_folder(folder)
    for left in folder.glob(".koa-*"):  # by a program that ended meanwhile
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)
    back_up(store, beside, target)
    for old in daily_backups(store)[KEPT_DAYS:]:
        old.unlink(missing_ok=True)


def daily_backups(store: Path) -> list[Path]:
    """Return the program's own backups, newest first."""
    return sorted((store.parent / DAILY_FOLDER).glob("koa-*.zip"), reverse=True)


def remove_daily_backups(store: Path) -> None:
    """Remove the program's own backups, which hold what was removed from the store."""
    for path in daily_backups(store):
        path.unlink(missing_ok=True)


def _extract(file: ZipFile, name: str, folder: Path) -> None:
    """Write one member, under its own name; its path says nothing."""
    target = folder / name
    private.make_file(target)
    with file.open(name) as packed, target.open("wb") as unpacked:
        shutil.copyfileobj(packed, unpacked)


def _check(copy: Path) -> None:
    """Bring a copy up to date. Raises StoreError where it is no sound store of this version."""
    try:
        store_file.prepare(copy)
        with store_file.connected(copy) as connection:
            (result,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except StoreError as error:
        newer = error.message.code is StoreReason.NEWER
        raise StoreError(StoreReason.NEWER_BACKUP if newer else StoreReason.NO_BACKUP) from error
    if result != "ok":
        raise StoreError(StoreReason.NO_BACKUP)
