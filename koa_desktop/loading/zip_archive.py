"""Films unpacked from a ZIP archive into a folder, and nothing outside it.

An archive from outside may name paths that lead out of the folder, links, or members that inflate
without end. Such members are refused; an archive that is a bomb as a whole is not unpacked at all.
"""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from threading import Event
from zipfile import ZipFile, ZipInfo

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.loading.discovery import DICOM_SUFFIXES, DICOMDIR
from koa_desktop.loading.formats import looks_like_dicom, looks_like_picture
from koa_desktop.message import Code
from koa_desktop.system import private
from koa_desktop.system.files import HEAD_BYTES, MAX_FILE_BYTES, is_there, long_path
from koa_desktop.system.zip_damage import ZIP_DAMAGE

MOST_MEMBERS = 50_000
MOST_BYTES = 40_000_000_000
# Deflate packs 1032 to 1 at most; films, even with black borders, stay far below this.
MOST_INFLATION = 200
_SMALL = 20_000_000  # bytes, to which any member may inflate
_DISK_LEFT = 500_000_000
# Of the 255 of a name, its temporary file takes six.
_NAME_BYTES, _PATH_BYTES = 240, 2000
_ENCRYPTED = 1
_CHUNK = 2**20


class Refused(Code):
    """The reason why a member of an archive is not unpacked."""

    LEADS_OUT = "zip-leads-out"  # its name leads out of the folder, or is none that can be made
    NAME_TOO_LONG = "zip-name-too-long"
    LINK = "zip-link"
    ENCRYPTED = "zip-encrypted"
    TOO_LARGE = "zip-member-too-large"
    INFLATES = "zip-inflates"
    DAMAGED = "zip-member-damaged"


@dataclass(slots=True)
class Unpacked:
    """What came of an archive: the number of files in `folder`, and who was refused and why.

    `others` counts members that are no films.
    """

    folder: Path
    files: int = 0
    others: int = 0
    refused: list[tuple[str, Refused]] = field(default_factory=list)


def is_zip(path: Path) -> bool:
    """Tell from its first bytes whether a file is a ZIP archive."""
    try:
        with long_path(path).open("rb") as file:
            return file.read(4) in (b"PK\x03\x04", b"PK\x05\x06")
    except (OSError, ValueError):
        return False


def unpack(
    path: Path, folder: Path, progress: Callable[[int, int], object], stopped: Event
) -> Unpacked:
    """Unpack the films of an archive into `folder`, which is created, until `stopped` is set.

    `progress` is called with the number of members done and of all. Raises ReadError where the
    archive as a whole cannot be used, and OSError where the folder cannot be written.
    """
    result = Unpacked(folder)
    try:
        with ZipFile(long_path(path)) as archive:
            # `is_dir` fails on an empty name.
            members = [one for one in archive.infolist() if not one.filename.endswith("/")]
            _check_whole(path, folder, members)
            private.make_folder(folder)
            for number, member in enumerate(members):
                progress(number, len(members))
                if stopped.is_set():
                    break
                _unpack_member(archive, member, result)
    except ZIP_DAMAGE as error:
        raise ReadError(ReadReason.ZIP_DAMAGED) from error
    return result


def _check_whole(path: Path, folder: Path, members: list[ZipInfo]) -> None:
    packed, total = long_path(path).stat().st_size, sum(member.file_size for member in members)
    if total > max(_SMALL, MOST_INFLATION * packed):
        raise ReadError(ReadReason.ZIP_BOMB)
    place = next(one for one in (folder, *folder.parents) if is_there(one))
    left = shutil.disk_usage(place).free - _DISK_LEFT
    if len(members) > MOST_MEMBERS or total > min(MOST_BYTES, left):
        raise ReadError(ReadReason.ZIP_TOO_LARGE)


def _unpack_member(archive: ZipFile, member: ZipInfo, result: Unpacked) -> None:
    reason = _reason_to_refuse(member)
    if reason is not None:
        result.refused.append((member.filename, reason))
        return
    target = result.folder.joinpath(*_parts(member.filename))
    try:
        with archive.open(member) as packed:
            head = packed.read(HEAD_BYTES)
            if not _is_wanted(target.name, head):
                result.others += 1
                return
            long_path(target.parent).mkdir(private.FOLDER_MODE, parents=True, exist_ok=True)
            part = target.with_name(f".{target.name}.part")
            with open(long_path(part), "wb", opener=private.opener) as file:
                file.write(head)
                shutil.copyfileobj(packed, file, _CHUNK)
        long_path(part).replace(long_path(target))
        result.files += 1
    except ZIP_DAMAGE:
        result.refused.append((member.filename, Refused.DAMAGED))
        long_path(target.with_name(f".{target.name}.part")).unlink(missing_ok=True)


def _is_wanted(name: str, head: bytes) -> bool:
    known = name.lower() == DICOMDIR or Path(name).suffix.lower() in DICOM_SUFFIXES
    return known or looks_like_dicom(head) or looks_like_picture(head)


def _reason_to_refuse(member: ZipInfo) -> Refused | None:
    if not _stays(member.orig_filename):
        return Refused.LEADS_OUT
    if not _fits(member.filename):
        return Refused.NAME_TOO_LONG
    if stat.S_ISLNK(member.external_attr >> 16):
        return Refused.LINK
    if member.flag_bits & _ENCRYPTED:
        return Refused.ENCRYPTED
    if member.file_size > MAX_FILE_BYTES:
        return Refused.TOO_LARGE
    if member.file_size > max(_SMALL, MOST_INFLATION * member.compress_size):
        return Refused.INFLATES
    if member.header_offset < 0:  # before the file's first byte; zipfile would raise ValueError
        return Refused.DAMAGED
    return None


def _stays(name: str) -> bool:
    """Tell whether a member's name is a plain path below the folder, on every system."""
    parts = _parts(name)
    return bool(parts) and not any(
        part in ("", ".", "..")
        or re.search(r"[:<>\"|?*\x00-\x1f]", part)
        or part != part.rstrip(" .")
        or PureWindowsPath(part).is_reserved()
        for part in parts
    )


def _fits(name: str) -> bool:
    """Tell whether the systems that are common take a name of this length, and its folders'."""
    parts = [len(part.encode("utf-8", "replace")) for part in _parts(name)]
    return max(parts) <= _NAME_BYTES and sum(parts) <= _PATH_BYTES


def _parts(name: str) -> list[str]:
    return re.split(r"[/\\]", name)
