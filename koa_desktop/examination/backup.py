"""Backups of the reader's work: one zip file with the store and the small files beside it.

The user makes them, and the program once a day. Only the members of these names are read when a
backup is restored.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination import store_file
from koa_desktop.examination.encryption import change, database, keys
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
        with (
            store_file.connected(store) as source,
            # A copy page by page, with the same key.
            closing(database.connect_with(copy, database.key_of(store))) as made,
        ):
            source.backup(made, pages=_PAGES, sleep=0.01)
        with ZipFile(part, "w", ZIP_DEFLATED, compresslevel=1) as file:
            file.write(copy, STORE_NAME)
            for one in beside:
                with suppress(FileNotFoundError):
                    file.write(one, one.name)


def restore(store: Path, beside: Sequence[Path], source: Path) -> Path | None:
    """Put a backup in the place of the store and of the files `beside` it.

    A case list in use keeps its passphrase; else the backup's stays. The files that were there are
    renamed; returns the new path of the store, or None where there was none. Raises StoreError
    where `source` is no backup that this version can read, or needs a passphrase (LOCKED, see
    `unlock_backup`), and ExportError where the folder of the store cannot be written; nothing has
    changed then.
    """
    try:
        private.make_folder(store.parent)
        with TemporaryDirectory(dir=store.parent) as folder:
            made = Path(folder)
            small = _unpack(source, [one.name for one in beside], made)
            new = made / STORE_NAME
            key, used = database.key_of(new), keys.used()
            _check(new)
            if used is not None and used != key:
                change.rewrite(new, change.unfinished(new), used)
                new = change.unfinished(new)
            for name in small:
                _put(made / name, store.parent / name)
            aside = _put(new, store)
            keys.use(used or key)
            return aside
    except OSError as error:
        raise write_error(store, error) from error


def unlock(store: Path, passphrase: str) -> bool:
    """Use the key that a passphrase makes for a store; false where it is another one's.

    It may also open a backup of the same store: then the store's beginning is damaged, and it is
    set aside when it is opened. Raises OSError or StoreError (NO_CIPHER).
    """
    key = keys.derived(passphrase, database.salt(store))
    if not database.opens(store, key) and not any(
        _opens(daily, key) for daily in daily_backups(store)
    ):
        return False
    keys.use(key)
    return True


def is_locked(source: Path) -> bool:
    """Tell whether a backup has a passphrase that was not given yet."""
    salt = keys.salt_of(_beginning(source))
    return bool(salt) and keys.known(salt) is None


def unlock_backup(source: Path, passphrase: str) -> bool:
    """Learn the key that a passphrase makes for a backup; false where it is another one's.

    Raises StoreError (NO_CIPHER).
    """
    key = keys.derived(passphrase, keys.salt_of(_beginning(source)))
    if not _opens(source, key):
        return False
    keys.learn(key)
    return True


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


def _beginning(source: Path) -> bytes:
    """Return the first page of a backup's store; empty where `source` is no backup."""
    try:
        with ZipFile(source) as file, file.open(STORE_NAME) as member:
            return member.read(database.PAGE_BYTES)
    except (OSError, KeyError, *ZIP_DAMAGE):
        return b""


def _opens(source: Path, key: keys.Key) -> bool:
    """Tell whether a key opens a backup. Raises StoreError (NO_CIPHER)."""
    page = _beginning(source)
    if keys.salt_of(page) != key.salt:
        return False
    with TemporaryDirectory(prefix="koa-") as folder:
        first = Path(folder) / STORE_NAME
        first.write_bytes(page)
        return database.opens(first, key)


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
    database.move(new, path)
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
