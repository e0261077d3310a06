"""A case in one zip file: the film as it is, and its reading and audit trail as the store has them.

On the other computer the rows are stored as they were, so that the chain of the audit trail holds
there, too. They are tried in a store of their own first: what no program wrote is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

from koa_desktop.errors import ReadError, ReadReason, StoreError, StoreReason
from koa_desktop.examination import audit_chain, store_file
from koa_desktop.examination.store import ReadingStore
from koa_desktop.system import private
from koa_desktop.system.files import MAX_FILE_BYTES, opened
from koa_desktop.system.safe_write import safe_name, whole
from koa_desktop.system.zip_damage import ZIP_DAMAGE

ENDING = ".koa.zip"
CASE_NAME = "case.json"
FORMAT, VERSION = "koa-case", 2
_FILM_FOLDER = "film/"
_MOST_CASE = 2**24  # bytes of the reading with its trail
_PIECE = 2**20
# Raised by a file that is none.
_NO_CASE = (*ZIP_DAMAGE, OSError, KeyError, TypeError, OverflowError)
_TABLES = {
    "examination": "sha256, knees, comment, reader, inverted, measurements",
    "margins": "sha256, knees",
    "whole_film": "sha256, detail",
    "audit": audit_chain.COLUMNS,
}


def pass_on(store: ReadingStore, film: Path, sha256: str, target: Path) -> None:
    """Write a film with its reading and audit trail to the zip `target`, whole or not at all.

    Raises StoreError, ReadError where the film has gone or changed, ExportError.
    """
    rows = _rows(store.path, sha256)
    case = {
        "format": FORMAT,
        "version": _version(rows),
        "sha256": sha256,
        "film": film.name,
        "rows": rows,
    }
    text = json.dumps(case, ensure_ascii=True, indent=1)
    with (
        whole(target, overwrite=True, opener=private.opener) as file,
        ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1) as packed,
    ):
        packed.writestr(CASE_NAME, text)
        digest = hashlib.sha256()
        with (
            opened(film) as (source, _),
            packed.open(f"{_FILM_FOLDER}{safe_name(film.name)}", "w", force_zip64=True) as member,
        ):
            for piece in _pieces(source):
                digest.update(piece)
                member.write(piece)
        if digest.hexdigest() != sha256:
            raise ReadError(ReadReason.CHANGED)


def take_in(store: ReadingStore, source: Path, folder: Path) -> tuple[Path, bool]:
    """Put a case's film into `folder`, and its reading and trail into the store.

    Returns the film's path, and false where the store had a reading of this film already, which
    stays. Raises StoreError (NO_CASE, NEWER_CASE) where `source` is no case that this version can
    read, and ExportError; the store is as it was then.
    """
    try:
        with ZipFile(source) as packed:
            case = _case(packed)
            name = safe_name(Path(str(case["film"])).name)
            rows = _checked(case)
            film = _unpacked(packed, folder, name, str(case["sha256"]))
    except _NO_CASE as error:
        raise StoreError(StoreReason.NO_CASE) from error
    return film, _stored(store.path, str(case["sha256"]), rows)


def is_case(path: Path) -> bool:
    """Tell whether a file is a case that was passed on, rather than another archive."""
    try:
        with ZipFile(path) as packed:
            return CASE_NAME in packed.namelist() and _case(packed) is not None
    except StoreError as error:
        return error.message.code is StoreReason.NEWER_CASE
    except _NO_CASE:
        return False


def _rows(path: Path, sha256: str) -> dict[str, list[list[Any]]]:
    """Return all rows of one film, oldest first."""
    with store_file.connected(path) as connection:
        return {
            table: [
                list(row)
                for row in connection.execute(
                    f"SELECT {columns} FROM {table} WHERE sha256 = ? ORDER BY rowid",  # noqa: S608
                    (sha256,),
                )
            ]
            for table, columns in _TABLES.items()
        }


def _version(rows: dict[str, list[list[Any]]]) -> int:
    """Return the version that a case needs: a program of the first one would lose its masks."""
    has_masks = any(json.loads(detail).get("masks") for _, detail in rows["whole_film"])
    return VERSION if has_masks else 1


def _case(packed: ZipFile) -> dict[str, Any]:
    """Return what a case says. Raises StoreError, or what reading a damaged one raises."""
    if CASE_NAME not in packed.namelist():
        raise StoreError(StoreReason.NO_CASE)
    with packed.open(CASE_NAME) as member:
        text = member.read(_MOST_CASE + 1)
    if len(text) > _MOST_CASE:
        raise StoreError(StoreReason.NO_CASE)
    case = json.loads(text)
    if case["format"] != FORMAT:
        raise StoreError(StoreReason.NO_CASE)
    if int(case["version"]) > VERSION:
        raise StoreError(StoreReason.NEWER_CASE)
    return dict(case)


def _checked(case: dict[str, Any]) -> dict[str, list[list[Any]]]:
    """Return a case's rows, which a store of their own took, and whose trail is whole.

    Raises StoreError (NO_CASE), or what odd rows raise.
    """
    sha256 = str(case["sha256"])
    rows = {table: [list(row) for row in case["rows"][table]] for table in _TABLES}
    with TemporaryDirectory(prefix="koa-case-") as folder:
        try:
            is_whole = _is_whole(ReadingStore(Path(folder) / "tried.sqlite"), sha256, rows)
        except StoreError as error:
            raise StoreError(StoreReason.NO_CASE) from error
    if not is_whole:
        raise StoreError(StoreReason.NO_CASE)
    return rows


def _is_whole(tried: ReadingStore, sha256: str, rows: dict[str, list[list[Any]]]) -> bool:
    """Tell whether a store that was empty has a sound reading and a whole trail of rows' film."""
    _stored(tried.path, sha256, rows)
    if not any(rows.values()):
        return True
    reading = tried.load(sha256)
    tried.audit_trail(sha256)
    is_sound = reading is None or not reading.is_damaged
    return is_sound and tried.films() == [sha256] and not tried.breaks()


def _stored(path: Path, sha256: str, rows: dict[str, list[list[Any]]]) -> bool:
    """Store rows as they were; false where the store knows the film already, and keeps its own."""
    with store_file.connected(path) as connection:
        connection.execute("BEGIN IMMEDIATE")
        for table in ("examination", "audit"):
            known = f"SELECT 1 FROM {table} WHERE sha256 = ?"  # noqa: S608
            if connection.execute(known, (sha256,)).fetchone():
                return False
        for table, columns in _TABLES.items():
            marks = ", ".join("?" * len(columns.split(",")))
            added = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
            connection.executemany(added, rows[table])
    return True


def _unpacked(packed: ZipFile, folder: Path, name: str, sha256: str) -> Path:
    """Write the film into a folder, under a free name, unless it lies there already.

    Raises StoreError where it is not the film of that checksum, ExportError.
    """
    members = [one for one in packed.infolist() if one.filename.startswith(_FILM_FOLDER)]
    if len(members) != 1 or members[0].file_size > MAX_FILE_BYTES:
        raise StoreError(StoreReason.NO_CASE)
    target = folder / name
    for number in range(2, 1000):
        if not target.exists():
            break
        with suppress(ReadError):
            if _checksum(target) == sha256:
                return target
        target = folder / f"{Path(name).stem} ({number}){Path(name).suffix}"
    digest, size = hashlib.sha256(), 0
    with packed.open(members[0]) as member, whole(target, opener=private.opener) as file:
        for piece in _pieces(member):
            size += len(piece)
            digest.update(piece)
            file.write(piece)
            if size > MAX_FILE_BYTES:
                raise StoreError(StoreReason.NO_CASE)
        if digest.hexdigest() != sha256:
            raise StoreError(StoreReason.NO_CASE)
    return target


def _checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with opened(path) as (file, _):
        for piece in _pieces(file):
            digest.update(piece)
    return digest.hexdigest()


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece
