"""Find the files to read in what the user named: files, folders, CDs with a DICOMDIR."""

from __future__ import annotations

import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from koa_desktop.errors import ReadError
from koa_desktop.loading.formats import looks_like_dicom, looks_like_picture
from koa_desktop.loading.reader import directory_records
from koa_desktop.message import Code
from koa_desktop.system.files import head_of, is_file, is_folder, long_path

DICOM_SUFFIXES = frozenset({".dcm", ".dicom", ".dic", ".ima"})
PICTURE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"})
DICOMDIR = "dicomdir"
OTHER_RECORD = "OTHER"
# Types of a directory's records that have files (PS3.3 F.5), those retired among them.
_RECORD_TYPES = frozenset(
    (
        *("RT DOSE", "RT STRUCTURE SET", "RT PLAN", "RT TREAT RECORD", "PRESENTATION", "WAVEFORM"),
        *("SR DOCUMENT", "KEY OBJECT DOC", "SPECTROSCOPY", "RAW DATA", "REGISTRATION", "FIDUCIAL"),
        *("HANGING PROTOCOL", "ENCAP DOC", "VALUE MAP", "STEREOMETRIC", "PALETTE", "IMPLANT"),
        *("IMPLANT GROUP", "IMPLANT ASSY", "MEASUREMENT", "SURFACE", "SURFACE SCAN", "TRACT"),
        *("ASSESSMENT", "RADIOTHERAPY", "ANNOTATION", "PLAN", "PRIVATE"),
        *("OVERLAY", "CURVE", "MODALITY LUT", "VOI LUT", "STORED PRINT", "FILM SESSION"),
    )
)


class LeftOut(Code):
    """The reason why a file is not among those to read."""

    HIDDEN = "hidden"
    OTHER_KIND = "other-kind"
    BESIDE_DICOMDIR = "beside-dicomdir"  # pictures of a CD's own viewer
    NO_IMAGE = "no-image"  # listed by a DICOMDIR, as a report or another object
    CONTENTS = "contents"  # a DICOMDIR, whose images are read
    LEADS_OUT = "leads-out"  # a link, or a name in a DICOMDIR, out of the folder that was given


@dataclass(frozen=True, slots=True)
class Discovery:
    """The files to read, in order, and an account of the others.

    `missing` are files that a DICOMDIR lists and the disk lacks. They are in `files`, too, so that
    each gets its row. `left_out` counts what was looked at and is not read, `records` those of them
    that a DICOMDIR lists as other than images, by the type that it gives them (PS3.3 F.5).
    """

    files: tuple[Path, ...]
    missing: tuple[Path, ...] = ()
    left_out: Mapping[LeftOut, int] = field(default_factory=dict)
    records: Mapping[str, int] = field(default_factory=dict)


def discover(paths: Iterable[Path], stopped: Event | None = None) -> Discovery:
    """Find the files to read, in the order named and naturally sorted within a folder.

    A file that was named is always tried. In a folder, and in the folders within, hidden files and
    files of other kinds are left out, and links that lead out of it are not followed. A DICOMDIR
    stands for the images it lists, or, where `stopped` is set, for itself. No file comes twice.
    """
    search = _Search(stopped)
    found: dict[str, Path] = {}
    for path in paths:
        for candidate in search.candidates(path):
            found.setdefault(_identity(candidate), candidate)
    missing = tuple(path for path in found.values() if _identity(path) in search.missing)
    others = {file: kind for file, kind in search.others.items() if file not in found}
    search.left_out[LeftOut.NO_IMAGE] = len(others)
    records = Counter(others.values())
    return Discovery(tuple(found.values()), missing, +search.left_out, records)


@dataclass(slots=True)
class _Listed:
    """The contents of a DICOMDIR: images in its order, `missing` ones that do not exist.

    `others` are files that are no images, whether they exist or not, with their types.
    """

    images: list[Path] = field(default_factory=list)
    missing: list[Path] = field(default_factory=list)
    others: list[tuple[Path, str]] = field(default_factory=list)
    leading_out: int = 0


class _Search:
    """One search: what it found missing and what it left out, over all paths."""

    def __init__(self, stopped: Event | None) -> None:
        self._stopped = stopped
        self.missing: set[str] = set()
        self.others: dict[str, str] = {}
        self.left_out: Counter[LeftOut] = Counter()

    def candidates(self, path: Path) -> list[Path]:
        """Return the files to read of one path that the user named."""
        if is_folder(path):
            return self._of_folder(path)
        if path.name.lower() == DICOMDIR:
            try:
                listed = self._note(_listed(path, self._stopped))
            except ReadError:
                # Reading the file itself will say what is wrong.
                return [path]
            # One that lists nothing is read like any file, and refused in a sentence.
            return listed.images or ([] if listed.others or listed.leading_out else [path])
        return [path]

    def _of_folder(self, folder: Path) -> list[Path]:
        """Return the candidates in a folder and below, naturally sorted.

        A folder whose DICOMDIR lists images is a CD: pictures there that are not DICOM belong to
        the CD's own viewer.
        """
        files = list(self._walk(folder))
        found: dict[str, Path] = {}
        cds: set[Path] = set()
        for file in files:
            if file.name.lower() == DICOMDIR:
                try:
                    listed = self._note(_listed(file, self._stopped))
                except ReadError:
                    # Reading it will say what is wrong.
                    found[_identity(file)] = file
                    continue
                found.update((_identity(image), image) for image in listed.images)
                if listed.images:
                    cds.add(file.parent)
        for file in files:
            if file.name.lower() == DICOMDIR:
                continue
            identity = _identity(file)
            if identity not in found and identity not in self.others:
                reason = _reason_to_leave(file, on_cd=not cds.isdisjoint(file.parents))
                if reason is None:
                    found[identity] = file
                else:
                    self.left_out[reason] += 1
        return sorted(found.values(), key=_natural)

    def _note(self, listed: _Listed) -> _Listed:
        self.missing.update(map(_identity, listed.missing))
        self.others.update((_identity(file), kind) for file, kind in listed.others)
        self.left_out[LeftOut.CONTENTS] += bool(listed.images or listed.others)
        self.left_out[LeftOut.LEADS_OUT] += listed.leading_out
        return listed

    def _walk(self, folder: Path) -> Iterator[Path]:
        """Yield the files in a folder and below that are not hidden and lie within it."""
        root = long_path(folder)
        inside = os.path.realpath(root)
        seen: set[str] = set()
        for place, folders, files in os.walk(root, followlinks=True):
            real = os.path.realpath(place)
            if real in seen:
                # Links may lead in circles.
                folders.clear()
                continue
            seen.add(real)
            here = Path(place)
            folders[:] = [
                name
                for name in sorted(folders)
                if not _is_hidden(here, name) and self._stays(here / name, inside)
            ]
            below = os.path.relpath(place, root)
            for name in files:
                if _is_hidden(here, name):
                    self.left_out[LeftOut.HIDDEN] += 1
                elif self._stays(here / name, inside):
                    yield folder / below / name

    def _stays(self, path: Path, inside: str) -> bool:
        """Tell whether a path lies within the folder `inside`; count it where it does not."""
        if not path.is_symlink() or _within(path, inside):
            return True
        self.left_out[LeftOut.LEADS_OUT] += 1
        return False


def _within(path: Path, folder: str) -> bool:
    real = os.path.realpath(path)
    return real == folder or real.startswith(folder.rstrip(os.sep) + os.sep)


def _is_hidden(place: Path, name: str) -> bool:
    if name.startswith("."):
        return True
    try:
        status = (place / name).lstat()
    except OSError:
        return True
    # Only Windows has these attributes.
    return bool(getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_HIDDEN)


def _reason_to_leave(file: Path, *, on_cd: bool) -> LeftOut | None:
    suffix = file.suffix.lower()
    if suffix in DICOM_SUFFIXES:
        return None
    head = head_of(file)
    if looks_like_dicom(head):
        return None
    if suffix in PICTURE_SUFFIXES or looks_like_picture(head):
        return LeftOut.BESIDE_DICOMDIR if on_cd else None
    return LeftOut.OTHER_KIND


def _listed(path: Path, stopped: Event | None) -> _Listed:
    """Return what a DICOMDIR lists (PS3.3 F.3). Raises ReadError where it can't be read."""
    listed = _Listed()
    inside = os.path.realpath(long_path(path.parent))
    for kind, parts in directory_records(path, stopped):
        is_image = kind == "IMAGE"
        if not _is_plain(parts):
            listed.leading_out += 1
            continue
        named = path.parent.joinpath(*parts)
        file = _existing(path.parent, parts)
        if file is not None and not _within(long_path(file), inside):
            listed.leading_out += 1
        elif not is_image:
            # A type that the standard lacks is anybody's text.
            listed.others.append((file or named, kind if kind in _RECORD_TYPES else OTHER_RECORD))
        else:
            listed.images.append(file or named)
            if file is None:
                listed.missing.append(named)
    return listed


def _is_plain(parts: Sequence[str]) -> bool:
    """Tell whether a file's name in a DICOMDIR, in parts, can only lie below its folder."""
    return not any(part in ("", ".", "..") or re.search(r"[/\\:\0]", part) for part in parts)


def _existing(folder: Path, parts: Sequence[str]) -> Path | None:
    """Return the file below `folder` whose name, in parts, this is; None where there is none.

    Other case, an added suffix of DICOM files and the version `;1` of ISO 9660 are taken for it.
    """
    place = folder
    for part in parts:
        if not os.path.lexists(long_path(place / part)):
            try:
                names = [entry.name for entry in long_path(place).iterdir()]
            except OSError:
                return None
            part = _alike(part, names, is_file=part is parts[-1])
            if not part:
                return None
        place = place / part
    return place if is_file(place) else None


def _alike(name: str, names: list[str], *, is_file: bool) -> str:
    """Return the one of `names` that stands for `name`; empty where none does."""
    wanted = name.casefold()
    endings = ["", *(sorted(DICOM_SUFFIXES) if is_file else []), *([";1"] if is_file else [])]
    by_name = {other.casefold(): other for other in names}
    return next((by_name[wanted + end] for end in endings if wanted + end in by_name), "")


def _identity(path: Path) -> str:
    try:
        return os.path.normcase(os.path.realpath(long_path(path)))
    except ValueError:  # a null character; reading it will say that there is no such file
        return str(path)


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
