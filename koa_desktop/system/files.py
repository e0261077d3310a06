"""Files as bytes: their kind, and reading them whole."""

from __future__ import annotations

import errno
import ntpath
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from koa_desktop.errors import ReadError, ReadReason

MAX_FILE_BYTES = 500_000_000
HEAD_BYTES = 132  # enough to tell every format that is read
_NO_PATH = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
_INVALID_NAME = 123  # ERROR_INVALID_NAME of Windows


def read_bytes(path: Path) -> bytes:
    """Return a file's bytes. Raises ReadError where it is missing, no file, empty or too large."""
    with opened(path) as (file, size):
        # Python takes memory for as many bytes as are asked for.
        data = file.read(size)
    if not data:
        raise ReadError(ReadReason.EMPTY)
    return data


@contextmanager
def opened(path: Path) -> Iterator[tuple[BufferedReader, int]]:
    """Open an ordinary file, with its size, to be read in the body. Raises ReadError."""
    try:
        status = long_path(path).stat()
        if stat.S_ISDIR(status.st_mode):
            raise ReadError(ReadReason.FOLDER)
        if not stat.S_ISREG(status.st_mode):
            # Opening a pipe or a device could wait for ever.
            raise ReadError(ReadReason.NOT_ORDINARY)
        if status.st_size > MAX_FILE_BYTES:
            raise ReadError(ReadReason.FILE_TOO_LARGE)
        with long_path(path).open("rb") as file:
            yield file, status.st_size
    except PermissionError as error:
        raise ReadError(ReadReason.NO_PERMISSION) from error
    except (OSError, ValueError) as error:
        if _finds_nothing(path, error):
            raise ReadError(ReadReason.MISSING, name=path.name or path) from error
        raise ReadError(ReadReason.UNREACHABLE) from error


def is_missing(path: Path) -> bool:
    """Tell whether nothing lies at a path; one that may not be looked at may be there."""
    try:
        long_path(path).stat()
    except (OSError, ValueError) as error:
        return _finds_nothing(path, error)
    return False


def is_there(path: Path) -> bool:
    """Tell whether something that can be looked at lies at a path, whatever the path is."""
    return _mode(path) != 0


def is_folder(path: Path) -> bool:
    """Tell whether a folder lies at a path, whatever the path is."""
    return stat.S_ISDIR(_mode(path))


def is_file(path: Path) -> bool:
    """Tell whether an ordinary file lies at a path, whatever the path is."""
    return stat.S_ISREG(_mode(path))


def head_of(path: Path) -> bytes:
    """Return the first bytes of a file; none where it can't be read or is no ordinary file."""
    try:
        if not is_file(path):
            return b""
        with long_path(path).open("rb") as file:
            return file.read(HEAD_BYTES)
    except (OSError, ValueError):
        return b""


def long_path(path: Path) -> Path:
    """Return a path as the system's calls take it, however long it is."""
    return Path(extended(str(path))) if sys.platform == "win32" else path


def extended(path: str) -> str:
    r"""Return a Windows path in the form that may exceed 260 characters (`\\?\`)."""
    if path.startswith(("\\\\?\\", "\\\\.\\")):
        return path
    absolute = ntpath.abspath(path)
    if absolute.startswith("\\\\"):
        return "\\\\?\\UNC" + absolute[1:]
    return "\\\\?\\" + absolute


def _mode(path: Path) -> int:
    """Return the type and mode of what lies at a path; 0 where nothing can be told of it.

    The methods of `Path` raise OSError of a name that is too long, for instance.
    """
    try:
        return long_path(path).stat().st_mode
    except (OSError, ValueError):
        return 0


def _finds_nothing(path: Path, error: OSError | ValueError) -> bool:
    """Tell whether an error says that nothing lies at a path, or that there is no such path."""
    if isinstance(error, ValueError):
        return "\0" in str(path)
    return error.errno in _NO_PATH or getattr(error, "winerror", None) == _INVALID_NAME
