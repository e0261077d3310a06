"""Exports on the disk: written whole or not at all, never over a file that is already there."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from koa_desktop.errors import ExportError, ExportReason
from koa_desktop.system.files import long_path

WINDOWS = os.name == "nt"
# Most file systems take 255 bytes; room is left for " (2)" and the ending.
MAX_NAME_BYTES = 200
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT) if hasattr(errno, "EDQUOT") else (errno.ENOSPC,)


def write_whole(path: Path, content: bytes, *, overwrite: bool = False) -> None:
    """Write a file so that it is there whole or not at all; see `whole`. Raises ExportError."""
    with whole(path, overwrite=overwrite) as file:
        file.write(content)


@contextlib.contextmanager
def whole(
    path: Path, *, overwrite: bool = False, opener: Callable[[str, int], int] | None = None
) -> Iterator[BinaryIO]:
    """Open a file to be written in the body, so that it is there whole or not at all.

    The bytes go to a temporary file in the same folder, which `opener` makes as `open` would; they
    reach the disk, and then take their name. Raises ExportError where a file of that name exists
    (unless `overwrite`), the folder cannot be written, the disk is full, or the body raises
    OSError; nothing is left behind then.
    """
    target = long_path(path.absolute())
    if not overwrite and os.path.lexists(target):
        raise _exists(path)
    part = target.parent / f".koa-{secrets.token_hex(8)}.part"
    try:
        with open(part, "xb", opener=opener) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            part.replace(target)
        else:
            _take_free_name(part, target)
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError as error:
        raise write_error(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def safe_name(text: str) -> str:
    """Return `text` as a file name that Windows, macOS and Linux accept; never empty."""
    name = _FORBIDDEN.sub(" ", text)
    name = " ".join(name.split()).strip(". ")
    name = name.encode("utf-8", "replace")[:MAX_NAME_BYTES].decode("utf-8", "ignore").strip(". ")
    if _RESERVED.fullmatch(name):
        name = f"_{name}"
    return name or "report"


def _take_free_name(part: Path, target: Path) -> None:
    """Rename `part` to `target`. Raises FileExistsError where another file took the name first."""
    if WINDOWS:
        part.rename(target)
        return
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:
        # FAT sticks and some network shares know no hard links.
        if os.path.lexists(target):
            raise FileExistsError from None
        part.replace(target)


def _exists(path: Path) -> ExportError:
    return ExportError(ExportReason.EXISTS, name=path.name)


def write_error(path: Path, error: OSError) -> ExportError:
    """Return the error that tells why a file was not written."""
    if error.errno in _NO_ROOM:
        return ExportError(ExportReason.DISK_FULL, name=path.name)
    if error.errno == errno.ENOENT:
        return ExportError(ExportReason.NO_FOLDER, name=path.name)
    if error.errno == errno.ENAMETOOLONG:
        return ExportError(ExportReason.NAME_TOO_LONG, name=f"{path.name[:40]}…")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return ExportError(ExportReason.NOT_WRITABLE, name=path.name)
    return ExportError(ExportReason.NOT_WRITTEN, name=path.name)
