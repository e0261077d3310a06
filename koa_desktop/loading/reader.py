"""Read foreign files, each parsed and decoded in a process of its own (`reading_process`).

The functions may be called from several threads. They raise ReadError, also (STOPPED) where the
event `stopped` is set, within a tenth of a second.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

from numpy.typing import NDArray

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.loading import reading_process
from koa_desktop.loading.directory import Record
from koa_desktop.loading.header_table import HeaderRow, picture_rows
from koa_desktop.loading.source_elements import SourceElements
from koa_desktop.loading.wanted import Film, Wanted
from koa_desktop.radiograph import Radiograph, RadiographInfo


def start() -> None:
    """Make ready to read in the background, before there is a file."""
    reading_process.start()


def read(path: Path, stopped: Event | None = None) -> Radiograph:
    """Read one file: DICOM, PNG, JPEG, TIFF or BMP, told apart by content, not by name.

    The radiograph lies in the usual pose with square pixels, however it was stored. Raises
    ReadError with one plain sentence, whatever the file holds.
    """
    film: Film
    values: NDArray[Any]
    film, values, sha256 = reading_process.answer(Wanted.RADIOGRAPH, path, stopped)
    return Radiograph(replace(film.info, path=path, sha256=sha256), values, film.window)


def read_again(path: Path, sha256: str, stopped: Event | None = None) -> Radiograph:
    """Read a file that was graded before. Raises ReadError, also where it has changed since."""
    radiograph = read(path, stopped)
    if radiograph.info.sha256 != sha256:
        raise ReadError(ReadReason.CHANGED)
    return radiograph


def header_rows(radiograph: RadiographInfo, stopped: Event | None = None) -> tuple[HeaderRow, ...]:
    """Read the file again, and return what its header says; pictures have but a few rows.

    Raises ReadError.
    """
    if not radiograph.is_dicom:
        return picture_rows(radiograph)
    rows: tuple[HeaderRow, ...]
    rows, _, sha256 = reading_process.answer(Wanted.HEADER, radiograph.path, stopped)
    if radiograph.sha256 and sha256 != radiograph.sha256:
        raise ReadError(ReadReason.CHANGED)
    return rows


def source_elements(radiograph: RadiographInfo, stopped: Event | None = None) -> SourceElements:
    """Read the file again, and return what objects derived from it repeat or refer to.

    Pictures have none of it. Raises ReadError, also where the file has changed since.
    """
    if not radiograph.is_dicom:
        return SourceElements()
    elements: SourceElements
    elements, _, sha256 = reading_process.answer(Wanted.SOURCE, radiograph.path, stopped)
    if radiograph.sha256 and sha256 != radiograph.sha256:
        raise ReadError(ReadReason.CHANGED)
    return elements


def directory_records(path: Path, stopped: Event | None = None) -> tuple[Record, ...]:
    """Return what a DICOMDIR lists: type and file name, in parts. Raises ReadError."""
    records: tuple[Record, ...] = reading_process.answer(Wanted.DIRECTORY, path, stopped)[0]
    return records
