"""Grade many files without a window, with one table, and export each when it is done."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from koa_desktop.errors import ExportError, ExportReason, ReadError
from koa_desktop.examination.examiner import Examiner
from koa_desktop.loading.read import read
from koa_desktop.message import Message
from koa_desktop.report.export import (
    CaseResult,
    Format,
    Plan,
    Subject,
    export_case,
    free_stems,
    write_tables,
)
from koa_desktop.report.options import PatientField, ReportOptions
from koa_desktop.system.log import logger
from koa_desktop.system.safe_write import safe_name, write_whole
from koa_desktop.wording.command_line import CommandLine

_LOG = logger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """The formats to write for each file, and the folder. The table (CSV) is always written.

    `names` puts patients' names and other fields into exports.
    """

    folder: Path
    formats: frozenset[Format] = frozenset()
    single_crop: bool = False
    on_request: bool = False
    names: bool = False
    overwrite: bool = False
    threads: int = 2

    def plan(self, set_coverage: float | None = None) -> Plan:
        """Return the export; `set_coverage` is the grader's."""
        fields = frozenset(PatientField if self.names else ())
        options = ReportOptions(fields=fields, set_coverage=set_coverage)
        formats = self.formats | {Format.CSV}
        return Plan(self.folder, formats, options, overwrite=self.overwrite)


@dataclass(slots=True)
class Tally:
    """Numbers of files graded, refused or unreadable, and reasons why exports are missing."""

    graded: int = 0
    refused: int = 0
    unreadable: int = 0
    problems: list[Message] = field(default_factory=list)

    @property
    def files(self) -> int:
        """The number of files."""
        return self.graded + self.refused + self.unreadable

    @property
    def message(self) -> Message:
        """The figures in one line."""
        return Message.of(
            CommandLine.TALLY_OF_ONE if self.files == 1 else CommandLine.TALLY,
            files=self.files,
            graded=self.graded,
            refused=self.refused,
            unreadable=self.unreadable,
        )

    def add(self, result: CaseResult) -> None:
        """Count one file: graded where at least one knee has a grade."""
        if any(row.error for row in result.rows):
            self.unreadable += 1
        elif any(row.grade for row in result.rows):
            self.graded += 1
        else:
            self.refused += 1
        self.problems += result.problems


def prepare(order: Order) -> None:
    """Make the folder ready. Raises ExportError where it cannot be, or holds earlier results."""
    try:
        order.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ExportError(ExportReason.FOLDER_NOT_MADE, path=order.folder) from error
    if not order.overwrite:
        for path in order.plan().existing(stems=()):
            raise ExportError(ExportReason.RESULTS_EXIST, path=path)
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
    """Grade files and write what was ordered; `progress` is called with the number done.

    Rows have the order of `files`. A file that cannot be read gets a row with the reason.
    Stopped by an exception (KeyboardInterrupt among them), it finishes the files at work, leaves
    the reports already written, and writes no table. Raises ExportError where the table cannot be
    written. Call it from the main thread.
    """
    if Format.PDF in order.formats:
        from koa_desktop.report import pdf

        pdf.start_qt()
    tally = Tally()
    plan = order.plan(examiner.grader.card.set_coverage)
    results: list[CaseResult] = []
    for result in _results(files, order, plan, examiner):
        tally.add(result)
        results.append(result)
        progress(len(results))
    write_tables(plan, results)
    return tally


def _results(
    files: Sequence[Path], order: Order, plan: Plan, examiner: Examiner
) -> Iterator[CaseResult]:
    taken = () if order.overwrite else [file.stem for file in order.folder.iterdir()]
    stems = free_stems([safe_name(file.stem) for file in files], taken)
    pool = ThreadPoolExecutor(order.threads, thread_name_prefix="grade")
    try:
        yield from pool.map(
            lambda file, stem: export_case(plan, _graded(file, order, examiner), stem),
            files,
            stems,
        )
    finally:
        pool.shutdown(cancel_futures=True)


def _graded(file: Path, order: Order, examiner: Examiner) -> Subject:
    error: Message
    try:
        radiograph = read(file)
        examination = examiner.examine(
            radiograph, single_crop=order.single_crop, on_request=order.on_request
        )
        return Subject(str(file), examination, radiograph=radiograph)
    except ReadError as unreadable:
        error = unreadable.message
    except Exception:
        # One file must not cost the others.
        _LOG.exception("A file could not be examined.")
        error = Message(ExportReason.NOT_GRADED)
    return Subject(str(file), error=error, model=examiner.grader.card.label)
