"""Files and folders that only their owner may read: readings, settings, the log, keys.

POSIX has modes for that. On Windows they lie in the user's profile, whose access control list they
inherit: the user, administrators and the system.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_folder(folder: Path) -> None:
    """Create a folder for its owner alone, or tighten one that is there. Raises OSError."""
    folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
    _tighten(folder, FOLDER_MODE)


def make_file(path: Path) -> None:
    """Create an empty file for its owner alone, or tighten one that is there. Raises OSError."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))
    tighten_file(path)


def tighten_file(path: Path) -> None:
    """Let only its owner read a file, where it is there and its file system knows modes."""
    _tighten(path, FILE_MODE)


def opener(path: str, flags: int) -> int:
    """Open a file as `open` asks; where it is new, for its owner alone."""
    return os.open(path, flags, FILE_MODE)


def _tighten(path: Path, mode: int) -> None:
    # A share or a stick may know no modes, or the file be another user's: neither ends the program.
    with suppress(OSError):
        if os.name == "posix" and path.stat().st_mode & 0o777 & ~mode:
            path.chmod(mode)
