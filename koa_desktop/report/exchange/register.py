"""The clinic's register: a table that grows by a row for each reading, and never twice.

Its file's name says what it is: CSV, or a workbook (XLSX).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from koa_desktop.errors import ExportError, ExportReason
from koa_desktop.report import tables
from koa_desktop.report.exchange.workbook import (
    ENDING,
    MoreThanTableError,
    cleaned,
    read_workbook,
    workbook_bytes,
)
from koa_desktop.report.tables import Row
from koa_desktop.system.file_lock import lock
from koa_desktop.system.files import long_path
from koa_desktop.system.safe_write import write_error, write_whole


def add_readings(path: Path, rows: Iterable[Row]) -> int:
    """Add the rows of readings that the register lacks, and return their number.

    A row is a reading once a reader has decided on its knee or film; a later decision is another
    one. The register grows as a whole or not at all. Raises ExportError where it cannot be written,
    another program is writing it, it is damaged, or it has other columns.
    """
    is_workbook = path.suffix.lower() == ENDING
    readings = [cleaned(row) if is_workbook else row for row in rows if row.read_at]
    if not readings:
        return 0
    with _alone(path):
        content = _content(path)
        kept = _rows_of(path, content) if content else []
        known = {_key(row) for row in kept}
        new = {_key(row): row for row in readings if _key(row) not in known}
        if new:
            added = list(new.values())
            whole = (
                workbook_bytes(content, added) if is_workbook else tables.csv_bytes([*kept, *added])
            )
            write_whole(path, whole, overwrite=True)
        return len(new)


def _key(row: Row) -> tuple[str, ...]:
    return row.file, row.side, row.read_at, row.reader_grade, row.not_gradable, row.status


def _content(path: Path) -> bytes:
    """Return what the register is now; empty where there is none."""
    try:
        return long_path(path.absolute()).read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise write_error(path, error) from error


def _rows_of(path: Path, content: bytes) -> list[Row]:
    read = read_workbook if path.suffix.lower() == ENDING else tables.read_csv
    try:
        columns, rows = read(content)
    except MoreThanTableError as error:
        raise ExportError(ExportReason.MORE_THAN_TABLE, path=path) from error
    except ValueError as error:
        raise ExportError(ExportReason.NO_WORKBOOK, path=path) from error
    if tuple(columns) != tables.COLUMNS:
        raise ExportError(ExportReason.OTHER_COLUMNS, path=path)
    return rows


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other programs from writing the register meanwhile. Raises ExportError."""
    beside = long_path(path.with_name(f".{path.name}.lock").absolute())
    try:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise write_error(path, error) from error
    try:
        # The program that had it may have removed it between the two calls.
        if not (lock(descriptor) and _is_there(descriptor, beside)):
            raise ExportError(ExportReason.UNDER_WAY, path=path)
        yield
        if os.name != "nt":
            # While it is still locked, so that nobody else has it open.
            beside.unlink(missing_ok=True)
    finally:
        os.close(descriptor)
        with contextlib.suppress(OSError):
            if os.name == "nt":
                beside.unlink(missing_ok=True)


def _is_there(descriptor: int, path: Path) -> bool:
    with contextlib.suppress(OSError):
        return os.path.samestat(os.fstat(descriptor), path.stat())
    return False
