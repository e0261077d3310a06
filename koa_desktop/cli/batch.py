"""Many files graded without a window: a table of all, and an export of each as it is done."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

from koa_desktop.errors import ExportError, ReadError
from koa_desktop.examination.examiner import Examination, Examiner
from koa_desktop.grading.card import GraderCard
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import tables
from koa_desktop.system.log import logger
from koa_desktop.system.safe_write import safe_name, write_whole

TABLE = "results.csv"
DOCUMENT = "results.json"

UNFORESEEN = "This file could not be graded because of an error in the program; please report it."

_LOG = logger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What to write of each file, and where.

    `formats` holds `json`, `pdf` or `png` beside the table, which is always written.
    """

    folder: Path
    formats: frozenset[str] = frozenset()
    single_crop: bool = False
    on_request: bool = False
    names: bool = False
    overwrite: bool = False
    threads: int = 2


@dataclass(frozen=True, slots=True)
class _Result:
    """What is kept of a file; its pixels are not, so that ten thousand files fit in memory."""

    rows: list[tables.Row]
    document: dict[str, Any] | None = None
    export_error: str = ""


@dataclass(slots=True)
class Tally:
    """How many files were graded, refused or unreadable, and why exports are missing."""

    graded: int = 0
    refused: int = 0
    unreadable: int = 0
    export_errors: list[str] = field(default_factory=list)

    @property
    def files(self) -> int:
        """How many files there were."""
        return self.graded + self.refused + self.unreadable

    @property
    def sentence(self) -> str:
        """The figures in one line."""
        noun = "file" if self.files == 1 else "files"
        return (
            f"{self.files} {noun}: {self.graded} graded, {self.refused} refused, "
            f"{self.unreadable} unreadable"
        )

    def add(self, result: _Result) -> None:
        """Count one file: graded where at least one knee has a grade."""
        if any(row.error for row in result.rows):
            self.unreadable += 1
        elif any(row.grade for row in result.rows):
            self.graded += 1
        else:
            self.refused += 1
        if result.export_error:
            self.export_errors.append(result.export_error)


def prepare(order: Order) -> None:
    """Make the folder ready. Raises ExportError where it cannot be, or holds earlier results."""
    try:
        order.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(
            f"The folder {order.folder} cannot be made; choose another one with --out."
        ) from error
    for name in (TABLE, *([DOCUMENT] if "json" in order.formats else [])):
        if (order.folder / name).exists() and not order.overwrite:
            raise ExportError(
                f"{order.folder / name} already exists; choose another folder or add --overwrite."
            )
    # Asked of the disk itself: access rights alone do not tell on network shares.
    probe = order.folder / ".koa-probe.part"
    try:
        write_whole(probe, b"", overwrite=True)
    finally:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)


def grade_files(
    files: Sequence[Path],
    order: Order,
    examiner: Examiner,
    progress: Callable[[int], object] = int,
) -> Tally:
    """Grade files and write what was ordered; `progress` hears how many are done.

    Rows stand in the order of `files`. A file that cannot be read gets a row that says why.
    Stopped by an exception (KeyboardInterrupt among them), it finishes the files at work, leaves
    the reports already written, and writes no table. Raises ExportError where the table cannot be
    written. Call it from the main thread.
    """
    if "pdf" in order.formats:
        from koa_desktop.report import pdf

        pdf.start_qt()
    tally = Tally()
    table: list[tables.Row] = []
    documents: list[dict[str, Any]] = []
    for done, result in enumerate(_results(files, order, examiner), 1):
        tally.add(result)
        table += result.rows
        if result.document is not None:
            documents.append(result.document)
        progress(done)
    _write(order, TABLE, tables.csv_bytes(table))
    if "json" in order.formats:
        _write(order, DOCUMENT, tables.json_bytes(documents))
    return tally


def export_stems(files: Sequence[Path], order: Order) -> list[str]:
    """Return a name without ending for each file's exports: its own, numbered where it is taken.

    Names differ by more than case, as Windows and macOS need.
    """
    taken = set() if order.overwrite else _stems_in(order.folder)
    numbers: dict[str, Iterator[int]] = {}
    stems = []
    for file in files:
        stem = own = safe_name(file.stem)
        # Kept between files: a CD may hold ten thousand that are all called IM0001.
        number = numbers.setdefault(own.casefold(), count(2))
        while stem.casefold() in taken:
            stem = f"{own} ({next(number)})"
        taken.add(stem.casefold())
        stems.append(stem)
    return stems


def _stems_in(folder: Path) -> set[str]:
    return {file.stem.casefold() for file in folder.iterdir()}


def _results(files: Sequence[Path], order: Order, examiner: Examiner) -> Iterator[_Result]:
    stems = export_stems(files, order)
    pool = ThreadPoolExecutor(order.threads, thread_name_prefix="grade")
    try:
        yield from pool.map(lambda file, stem: _result(file, stem, order, examiner), files, stems)
    finally:
        pool.shutdown(cancel_futures=True)


def _result(file: Path, stem: str, order: Order, examiner: Examiner) -> _Result:
    card = examiner.grader.card
    try:
        radiograph = read(file)
        examination = examiner.examine(
            radiograph, single_crop=order.single_crop, on_request=order.on_request
        )
    except ReadError as error:
        return _failed(file, str(error), order, card)
    except Exception:
        # One file must not cost the others; where it is stays out of the log.
        _LOG.exception("A file could not be examined.")
        return _failed(file, UNFORESEEN, order, card)
    document = None
    if "json" in order.formats:
        document = tables.document(str(file), examination, datetime.now(UTC), names=order.names)
    export_error = _export(examination, radiograph, stem, order, card)
    return _Result(tables.rows(str(file), examination), document, export_error)


def _failed(file: Path, error: str, order: Order, card: GraderCard) -> _Result:
    document = None
    if "json" in order.formats:
        document = tables.failed_document(str(file), error, datetime.now(UTC))
    return _Result([tables.failed_row(str(file), error, card.label)], document)


def _export(
    examination: Examination, radiograph: Radiograph, stem: str, order: Order, card: GraderCard
) -> str:
    """Write a file's picture and report; returns why that failed, empty where it did not."""
    try:
        if "png" in order.formats:
            from koa_desktop.report import picture

            shown = picture.annotated(examination, radiograph)
            _write(order, f"{stem}.png", picture.png_bytes(shown))
        if "pdf" in order.formats:
            _write(order, f"{stem}.pdf", _pdf(examination, radiograph, order, card))
    except ExportError as error:
        return str(error)
    except Exception:
        _LOG.exception("A file's exports could not be made.")
        return f"The exports of {stem} could not be made because of an error in the program."
    return ""


def _pdf(examination: Examination, radiograph: Radiograph, order: Order, card: GraderCard) -> bytes:
    from koa_desktop.report import pdf
    from koa_desktop.report.html import PatientField, ReportOptions, report_html

    fields = frozenset(PatientField if order.names else ())
    options = ReportOptions(fields=fields, set_coverage=card.set_coverage)
    return pdf.pdf_bytes(report_html(examination, radiograph, options))


def _write(order: Order, name: str, content: bytes) -> None:
    write_whole(order.folder / name, content, overwrite=order.overwrite)
