"""Which files to read, of what the user named: files, folders, CDs with a DICOMDIR."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from koa_desktop.errors import ReadError
from koa_desktop.loading.formats import looks_like_dicom, looks_like_picture
from koa_desktop.system.files import head_of, long_path, read_bytes

DICOM_SUFFIXES = frozenset({".dcm", ".dicom", ".dic", ".ima"})
PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"})
DICOMDIR = "dicomdir"


def expand(paths: Iterable[Path]) -> list[Path]:
    """Return the files to read, in the order named and naturally sorted within a folder.

    A file that was named is always tried. In a folder, and in the folders within, hidden files and
    what is plainly no picture are left out. A DICOMDIR stands for the images it lists. No file
    comes twice.
    """
    found: dict[str, Path] = {}
    for path in paths:
        for candidate in _candidates(path):
            found.setdefault(_identity(candidate), candidate)
    return list(found.values())


def images_of_dicomdir(path: Path) -> list[Path]:
    """Return the image files that a DICOMDIR lists (PS3.3 F.3) and that exist, in its order.

    Names are found in any case, as CDs have them. Raises ReadError where it can't be read.
    """
    return _listed(path)[0]


def _candidates(path: Path) -> Iterable[Path]:
    if long_path(path).is_dir():
        return _of_folder(path)
    if path.name.lower() == DICOMDIR:
        try:
            return images_of_dicomdir(path)
        except ReadError:
            # Reading the file itself will say what is wrong.
            return [path]
    return [path]


def _of_folder(folder: Path) -> list[Path]:
    """Return the candidates in a folder and below, naturally sorted.

    Where a DICOMDIR lists images this is a CD: pictures that are not DICOM belong to its viewer.
    """
    files = list(_walk(folder))
    listed: list[Path] = []
    no_images: set[str] = set()
    for file in files:
        if file.name.lower() == DICOMDIR:
            images, others = _listed_or_none(file)
            listed += images
            no_images.update(map(_identity, others))
    found = {_identity(file): file for file in listed}
    for file in files:
        if file.name.lower() != DICOMDIR and _is_candidate(file, dicom_only=bool(listed)):
            found.setdefault(_identity(file), file)
    wanted = [file for identity, file in found.items() if identity not in no_images]
    return sorted(wanted, key=_natural)


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder and below that are not hidden; links may lead in circles."""
    root = long_path(folder)
    seen: set[str] = set()
    for place, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not _is_hidden(Path(place), name))
        below = os.path.relpath(place, root)
        yield from (folder / below / name for name in files if not _is_hidden(Path(place), name))


def _is_hidden(place: Path, name: str) -> bool:
    if name.startswith("."):
        return True
    try:
        status = (place / name).lstat()
    except OSError:
        return True
    # Only Windows has these attributes.
    return bool(getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_HIDDEN)


def _is_candidate(file: Path, *, dicom_only: bool) -> bool:
    suffix = file.suffix.lower()
    if suffix in DICOM_SUFFIXES or (suffix in PICTURE_SUFFIXES and not dicom_only):
        return True
    head = head_of(file)
    return looks_like_dicom(head) or (not dicom_only and looks_like_picture(head))


def _listed_or_none(path: Path) -> tuple[list[Path], list[Path]]:
    try:
        return _listed(path)
    except ReadError:
        return [], []


def _listed(path: Path) -> tuple[list[Path], list[Path]]:
    """Return the existing files that a DICOMDIR lists: images, and anything else."""
    images: list[Path] = []
    others: list[Path] = []
    for kind, parts in _records(path):
        file = _existing(path.parent, parts)
        if file is not None:
            (images if kind == "IMAGE" else others).append(file)
    return images, others


def _records(path: Path) -> list[tuple[str, list[str]]]:
    """Return type and file name, in parts, of each record of a DICOMDIR that names a file."""
    data = read_bytes(path)
    from koa_desktop.dicom.decode import parse

    try:
        sequence = parse(data).get("DirectoryRecordSequence") or []
        records = []
        for record in sequence:
            name = record.get("ReferencedFileID")
            if name:
                parts = [name] if isinstance(name, str) else list(name)
                kind = str(record.get("DirectoryRecordType", ""))
                records.append((kind, [str(part).strip() for part in parts]))
    except ReadError:
        raise
    except Exception as error:
        raise ReadError("This DICOMDIR is damaged: open its folder instead.") from error
    return records


def _existing(folder: Path, parts: list[str]) -> Path | None:
    """Return the file below `folder` whose name, in parts, this is in any case."""
    if any(part in ("", ".", "..") or re.search(r"[/\\:\0]", part) for part in parts):
        return None
    place = folder
    for part in parts:
        if not os.path.lexists(long_path(place / part)):
            try:
                names = [entry.name for entry in long_path(place).iterdir()]
            except OSError:
                return None
            part = next((name for name in names if name.lower() == part.lower()), "")
            if not part:
                return None
        place = place / part
    return place if long_path(place).is_file() else None


def _identity(path: Path) -> str:
    return os.path.normcase(os.path.realpath(long_path(path)))


def _natural(path: Path) -> list[tuple[tuple[int, int, str], ...]]:
    """Return a sort key by which `knee2` comes before `knee10`."""
    return [
        tuple(
            (0, int(piece), "") if piece.isdecimal() else (1, 0, piece.casefold())
            for piece in re.split(r"(\d+)", part)
            if piece
        )
        for part in path.parts
    ]
