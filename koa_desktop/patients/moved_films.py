"""Films that were moved or renamed, found again by their checksum."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Event

from koa_desktop.patients.film_archive import checksum
from koa_desktop.system.files import MAX_FILE_BYTES, long_path


def find(
    wanted: Mapping[str, str],
    folder: Path,
    progress: Callable[[int], object],
    stopped: Event,
) -> dict[str, Path]:
    """Return where films lie in a folder and below, by checksum, until `stopped` is set.

    `wanted` are their checksums with the names that they had: files of these names are looked at
    first. `progress` is called with the number of files looked at.
    """
    names = set(wanted.values())
    files = sorted(_files(folder, stopped), key=lambda path: path.name not in names)
    found: dict[str, Path] = {}
    for number, path in enumerate(files):
        if stopped.is_set() or len(found) == len(wanted):
            break
        progress(number)
        try:
            digest = checksum(path)
        except OSError:  # gone meanwhile, or not ours to read
            continue
        if digest in wanted:
            found.setdefault(digest, path)
    return found


def _files(folder: Path, stopped: Event) -> Iterator[Path]:
    for place, _, names in os.walk(long_path(folder)):
        if stopped.is_set():
            return
        for name in names:
            path = folder / os.path.relpath(place, long_path(folder)) / name
            try:
                if 0 < long_path(path).lstat().st_size <= MAX_FILE_BYTES and not path.is_symlink():
                    yield Path(os.path.normpath(path))
            except OSError:
                continue
