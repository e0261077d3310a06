"""The archive folder: copies of films, for those who do not want to rely on CDs and shares.

A copy lies under its checksum, `12/123456789abcdef0/IM0001`, so that a film is copied once.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from koa_desktop.system import private
from koa_desktop.system.files import is_there, long_path

FOLDER = "films"  # in the folder of the user's work
_DIGITS = 16
_CHUNK = 2**20


def copied(path: Path, archive: Path) -> Path:
    """Copy a film into the archive where it is not there yet; returns the copy. Raises OSError."""
    if is_copy(path, archive):
        return path
    digest = checksum(path)[:_DIGITS]
    target = archive / digest[:2] / digest / path.name
    if is_there(target):
        return target
    private.make_folder(archive)
    long_path(target.parent).mkdir(private.FOLDER_MODE, parents=True, exist_ok=True)
    part = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with (
            long_path(path).open("rb") as film,
            open(long_path(part), "wb", opener=private.opener) as copy,
        ):
            shutil.copyfileobj(film, copy, _CHUNK)
        long_path(part).replace(long_path(target))
    finally:
        with suppress(OSError):
            long_path(part).unlink(missing_ok=True)
    return target


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file's bytes. Raises OSError."""
    with long_path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_copy(path: Path, archive: Path) -> bool:
    """Tell whether a film lies in the archive."""
    return path.is_relative_to(archive)


def remove_copies(paths: Iterable[Path], archive: Path) -> None:
    """Remove those of some films that lie in the archive, and the folders that are empty then.

    Raises OSError where one cannot be removed.
    """
    for path in paths:
        if not is_copy(path, archive):
            continue
        long_path(path).unlink(missing_ok=True)
        for folder in path.parents:
            if folder == archive:
                break
            with suppress(OSError):
                long_path(folder).rmdir()
