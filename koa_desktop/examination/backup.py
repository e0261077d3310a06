"""Backups of the reader's work: one zip file with the store and the small files beside it.

The user makes them, and the program once a day. Only the members of these names are read when a
backup is restored.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination import store_file
from koa_desktop.system import private
from koa_desktop.system.safe_write import whole, write_error
from koa_desktop.system.zip_damage import ZIP_DAMAGE

STORE_NAME = "cases.sqlite"
DAILY_FOLDER = "backups"
KEPT_DAYS = 3
_DAILY = "koa-{day:%Y-%m-%d}.zip"
_PAGES = 500  # copied at a time, so that saving never waits long
_MOST_BESIDE = 2**16  # bytes of a file beside the store


def back_up(store: Path, beside: Sequence[Path], target: Path, *, overwrite: bool = False) -> None:
    """Write a consistent copy of the store, and the files `beside` it, to the zip `target`.

    It is written whole or not at all. Other programs may go on using the store. Raises StoreError
    where it cannot be read, and ExportError where the target cannot be written, or exists (unless
    `overwrite`).
    """
    with (
        whole(target, overwrite=overwrite, opener=private.opener) as part,
        TemporaryDirectory(prefix=".koa-", dir=target.parent) as folder,
    ):
        copy = Path(folder) / STORE_NAME
        with store_file.connected(store) as source, closing(sqlite3.connect(copy)) as made:
            source.backup(made, pages=_PAGES, sleep=0.01)
        with ZipFile(part, "w", ZIP_DEFLATED, compresslevel=1) as file:
            file.write(copy, STORE_NAME)
            for one in beside:
                with suppress(FileNotFoundError):
                    file.write(one, one.name)


def restore(store: Path, beside: Sequence[Path], source: Path) -> Path | None:
    """Put a backup in the place of the store and of the files `beside` it.

    The files that were there are renamed; returns the new path of the store, or None where there
    was none. Raises StoreError where `source` is no backup that this version can read, and
    ExportError where the folder of the store cannot be written; nothing has changed then.
    """
    try:
        private.make_folder(store.parent)
        with TemporaryDirectory(dir=store.parent) as folder:
            made = Path(folder)
            small = _unpack(source, [one.name for one in beside], made)
            _check(made / STORE_NAME)
            for name in small:
                _put(made / name, store.parent / name)
            return _put(made / STORE_NAME, store)
    except OSError as error:
        raise write_error(store, error) from error


def back_up_daily(store: Path, beside: Sequence[Path]) -> None:
    """Write today's backup into `DAILY_FOLDER` where there is none, and remove old ones.

    Raises StoreError, ExportError or OSError.
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


def _unpack(source: Path, beside: Sequence[str], folder: Path) -> list[str]:
    """Unpack the store into a folder, and those files `beside` it that are there and small.

    Returns the names of the latter. Raises StoreError where `source` is no backup, and OSError
    where the folder cannot be written.
    """
    try:
        file = ZipFile(source)
    except (OSError, *ZIP_DAMAGE) as error:
        raise StoreError(StoreReason.NO_BACKUP) from error
    with file:
        sizes = {one.filename: one.file_size for one in file.infolist()}
        if STORE_NAME not in sizes:
            raise StoreError(StoreReason.NO_BACKUP)
        small = [name for name in beside if sizes.get(name, _MOST_BESIDE + 1) <= _MOST_BESIDE]
        try:
            for name in (STORE_NAME, *small):
                _extract(file, name, folder)
        except ZIP_DAMAGE as error:
            raise StoreError(StoreReason.NO_BACKUP) from error
    return small


def _put(new: Path, path: Path) -> Path | None:
    """Put a file in the place of another one, which is renamed; returns its new path, if any.

    Raises OSError.
    """
    aside = store_file.set_aside(path, "replaced") if path.exists() else None
    new.replace(path)
    return aside


def _extract(file: ZipFile, name: str, folder: Path) -> None:
    """Write one member, under its own name; its path says nothing."""
    target = folder / name
    private.make_file(target)
    try:
        packed = file.open(name)
    except OSError as error:  # its place lies outside of the file
        raise BadZipFile from error
    with packed, target.open("wb") as unpacked:
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
