"""Exports of graded radiographs into a folder: the same for the window and the command line.

Each case has files of its own (report, picture). Tables hold all cases and are written last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from koa_desktop.errors import ExportError, ExportReason, ReaderError, ReadReason
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.message import Message
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import documents, tables, words
from koa_desktop.report.exchange.fhir import fhir_bytes
from koa_desktop.report.exchange.register import add_readings
from koa_desktop.report.gradable import exported
from koa_desktop.report.html import report_html, report_name
from koa_desktop.report.naming.stems import free_stems
from koa_desktop.report.naming.subject import Subject
from koa_desktop.report.options import PictureOptions, ReportOptions
from koa_desktop.report.page import Report
from koa_desktop.report.pictures.annotated import annotated, png_bytes
from koa_desktop.report.pictures.of_knees import file_names, has_map, mapped, plain_crop
from koa_desktop.report.summary import summary_bytes
from koa_desktop.system.files import is_there
from koa_desktop.system.log import logger
from koa_desktop.system.safe_write import write_whole

if TYPE_CHECKING:
    from koa_desktop.report.dicom_objects.case_objects import CaseObjects

_LOG = logger(__name__)


class Format(Enum):
    """A kind of file; the value is what the command line calls it."""

    PDF = "pdf"
    PNG = "png"
    CSV = "csv"
    JSON = "json"
    SUMMARY = "summary"  # counts, as PDF
    REGISTER = "register"  # a table that grows
    FHIR = "fhir"  # R4, a Bundle
    SR = "sr"  # DICOM: structured report
    SC = "sc"  # annotated film
    EPDF = "epdf"  # report
    GSPS = "gsps"  # boxes and margins over the film
    HEATMAP = "heatmap"  # PNG: the heat map of a knee
    CROP = "crop"  # PNG: a knee without anything drawn on it

    @property
    def ending(self) -> str:
        """The ending of such a file's name."""
        if self is Format.FHIR:
            return "fhir.json"
        if self in OF_EACH_KNEE:
            return f"{self.value}.png"
        return f"{self.value}.dcm" if self in DICOM_FORMATS else self.value


DICOM_FORMATS = (Format.SR, Format.SC, Format.EPDF, Format.GSPS)
OF_EACH_CASE = (Format.PDF, Format.PNG, Format.FHIR, *DICOM_FORMATS)
OF_EACH_KNEE = (Format.HEATMAP, Format.CROP)
OF_ALL_CASES = {
    Format.CSV: "results.csv",
    Format.JSON: "results.json",
    Format.SUMMARY: "summary.pdf",
    Format.REGISTER: "register.csv",
}


class CaseFile(NamedTuple):
    """A file of one case; `knee` is the one that it shows where it shows no more."""

    kind: Format
    path: Path
    knee: ExaminedKnee | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """The formats and the folder to write. All of them follow the profile of `options`.

    `register` is the register's file; its ending, .csv or .xlsx, says what it is.
    """

    folder: Path
    formats: frozenset[Format]
    options: ReportOptions = field(default_factory=ReportOptions)
    picture: PictureOptions = field(default_factory=PictureOptions)
    overwrite: bool = False
    register: str = OF_ALL_CASES[Format.REGISTER]

    def case_files(self, stem: str, examination: Examination) -> Iterator[CaseFile]:
        """Yield the files of one case; `stem` is their name without ending."""
        for kind in OF_EACH_CASE:
            if kind in self.formats:
                yield CaseFile(kind, self.folder / f"{stem}.{kind.ending}")
        for name, knee in file_names(examination.knees):
            for kind in OF_EACH_KNEE:
                if kind in self.formats and (kind is Format.CROP or has_map(knee)):
                    path = self.folder / f"{stem} {name}.{kind.ending}"
                    yield CaseFile(kind, path, knee)

    def tables(self) -> Iterator[tuple[Format, Path]]:
        """Yield the files that hold all cases."""
        for kind, name in OF_ALL_CASES.items():
            if kind in self.formats:
                own = self.register if kind is Format.REGISTER else name
                yield kind, self.folder / own

    def existing(self, subjects: Sequence[Subject]) -> list[Path]:
        """Return the files of these cases that are there already."""
        files = [
            file.path
            for subject, stem in zip(subjects, report_stems(subjects, self.options), strict=True)
            if subject.examination
            for file in self.case_files(stem, subject.examination)
        ]
        files += [path for kind, path in self.tables() if kind is not Format.REGISTER]
        return [path for path in files if is_there(path)]


@dataclass(frozen=True, slots=True)
class Written:
    """The result of an export: the files written, and the reasons why others are missing."""

    files: tuple[Path, ...]
    problems: tuple[Message, ...] = ()
    was_stopped: bool = False


@dataclass(frozen=True, slots=True)
class CaseResult:
    """The part of an exported case that the tables need, without its pixels.

    `document` is None if no JSON is exported. `problems` name the missing files and the reasons.
    """

    rows: list[tables.Row]
    document: dict[str, Any] | None = None
    files: tuple[Path, ...] = ()
    problems: tuple[Message, ...] = ()


def export_case(
    plan: Plan, subject: Subject, stem: str, stopped: Event | None = None
) -> CaseResult:
    """Write one case's own files and return the rest. Failures are in its `problems`.

    Without an examination no file is written; the tables tell why. Once `stopped` is set, no
    further file is written.
    """
    examination = exported(subject.examination) if subject.examination else None
    now = datetime.now(UTC)
    with_document = Format.JSON in plan.formats
    profile = plan.options.profile
    name = subject.name(profile)
    if examination is None:
        reason = subject.reason(profile)
        failed = documents.failed_document(name, reason, now)
        rows = [tables.failed_row(name, reason, subject.model)]
        return CaseResult(rows, failed if with_document else None)
    document = None
    if with_document:
        document = documents.document(name, examination, now, profile)
    files, problems = _write_case_files(plan, subject, examination, stem, stopped)
    return CaseResult(tables.rows(name, examination, profile), document, files, problems)


def report_stems(subjects: Sequence[Subject], options: ReportOptions) -> list[str]:
    """Return a name without ending for each case's files, as reports are called.

    Empty for a case without an examination: it has no files.
    """
    names = [
        report_name(one.examination, one.report_options(options))
        for one in subjects
        if one.examination
    ]
    stems = iter(free_stems(names))
    return [next(stems) if one.examination else "" for one in subjects]


def export_all(
    plan: Plan,
    subjects: Sequence[Subject],
    progress: Callable[[int, int], object],
    stopped: Event,
) -> Written:
    """Write the files of all cases, and their tables, until done or `stopped`.

    `progress` is called with the number of finished cases and of all cases.
    """
    results: list[CaseResult] = []
    for subject, stem in zip(subjects, report_stems(subjects, plan.options), strict=True):
        progress(len(results), len(subjects))
        if stopped.is_set():
            break
        results.append(_export_safely(plan, subject, stem, stopped))
    files = [path for result in results for path in result.files]
    problems = [problem for result in results for problem in result.problems]
    was_stopped = stopped.is_set()
    if was_stopped:
        problems = [problem for problem in problems if problem.code is not ReadReason.STOPPED]
    else:
        try:
            files += write_tables(plan, results)
        except ExportError as error:
            problems.append(error.message)
    return Written(tuple(files), tuple(dict.fromkeys(problems)), was_stopped)


def _export_safely(plan: Plan, subject: Subject, stem: str, stopped: Event) -> CaseResult:
    """Write one case's files; a fault of the program costs this case, and is listed."""
    try:
        return export_case(plan, subject, stem, stopped)
    except Exception:
        _LOG.exception("A case could not be exported.")
        name = subject.name(plan.options.profile)
        reason = Message.of(ExportReason.PROGRAM_ERROR, name=name)
        failed = documents.failed_document(name, reason, datetime.now(UTC))
        document = failed if Format.JSON in plan.formats else None
        return CaseResult([tables.failed_row(name, reason)], document, problems=(reason,))


def write_tables(plan: Plan, results: Sequence[CaseResult]) -> list[Path]:
    """Write the tables of all cases and return their paths. Raises ExportError."""
    written = []
    for kind, path in plan.tables():
        if kind is not Format.REGISTER:
            write_whole(path, table_bytes(kind, results, plan.options), overwrite=plan.overwrite)
        elif not add_readings(path, [row for result in results for row in result.rows]):
            continue
        written.append(path)
    return written


def table_bytes(kind: Format, results: Sequence[CaseResult], options: ReportOptions) -> bytes:
    """Return the table of all cases as CSV or JSON, or its summary."""
    rows = [row for result in results for row in result.rows]
    if kind is Format.SUMMARY:
        return summary_bytes(rows, options)
    if kind is Format.CSV:
        return tables.csv_bytes(rows)
    return documents.json_bytes([one.document for one in results if one.document is not None])


def report_of(subject: Subject, options: ReportOptions) -> Report:
    """Return one case's report. Raises ReadError where the file has gone.

    Raises ValueError for a case without an examination.
    """
    examination = _examination_of(subject)
    own = subject.followed(subject.report_options(options))
    return report_html(examination, subject.pixels(examination), own)


def picture_of(subject: Subject, options: ReportOptions, stopped: Event | None = None) -> bytes:
    """Return one case's annotated picture as PNG, with what the report's options draw and name.

    Raises ReadError where the file has gone or `stopped` is set, ValueError for a case without an
    examination.
    """
    examination = _examination_of(subject)
    own = subject.report_options(options)
    pixels = subject.pixels(examination, stopped)
    return png_bytes(_picture(examination, pixels, own, own.picture()))


def _examination_of(subject: Subject) -> Examination:
    if subject.examination is None:
        raise ValueError("a case without an examination has no report and no picture")
    return exported(subject.examination)


def _write_case_files(
    plan: Plan,
    subject: Subject,
    examination: Examination,
    stem: str,
    stopped: Event | None = None,
) -> tuple[tuple[Path, ...], tuple[Message, ...]]:
    """Return the files written, and why others are missing."""
    targets = list(plan.case_files(stem, examination))
    if not targets:
        return (), ()
    try:
        radiograph = subject.pixels(examination, stopped)
    except ReaderError as error:
        return (), (error.message,)
    options = subject.report_options(plan.options)
    if Format.PDF in plan.formats:
        options = subject.followed(options)
    own = replace(plan, options=options)
    contents = _Contents(own, examination, radiograph, stopped)
    files: list[Path] = []
    problems: list[Message] = []
    for target in targets:
        path = target.path
        if stopped is not None and stopped.is_set():
            break
        try:
            write_whole(path, contents.of(target), overwrite=plan.overwrite)
            files.append(path)
        except ReaderError as error:
            problems.append(error.message)
        except Exception:
            # One file must not cost the others.
            _LOG.exception("An export could not be made.")
            problems.append(Message.of(ExportReason.PROGRAM_ERROR, name=path.name))
    return tuple(files), tuple(problems)


class _Contents:
    """The contents of one case's files; a picture or a report is made once for all of them."""

    def __init__(
        self, plan: Plan, examination: Examination, radiograph: Radiograph, stopped: Event | None
    ) -> None:
        self._plan = plan
        self._examination = examination
        self._radiograph = radiograph
        self._stopped = stopped

    def of(self, file: CaseFile) -> bytes:
        """Return the content of a file. Raises ReaderError."""
        if file.knee is not None:
            return png_bytes(self._of_knee(file.kind, file.knee))
        match file.kind:
            case Format.PNG:
                return png_bytes(self._drawn)
            case Format.PDF:
                return self._pdf
            case Format.FHIR:
                return fhir_bytes(self._examination, self._plan.options, datetime.now(UTC))
            case Format.SC:
                return self._objects.secondary_capture(self._drawn)
            case Format.EPDF:
                return self._objects.encapsulated_pdf(self._pdf, self._report.title)
            case Format.GSPS:
                return self._objects.presentation_state(self._radiograph.window, file.path.name)
        return self._objects.structured_report()

    def _of_knee(self, kind: Format, knee: ExaminedKnee) -> NDArray[np.uint8]:
        if kind is Format.CROP:
            return plain_crop(self._radiograph, knee)
        options = self._plan.options
        heading = words.heading(self._examination, options)
        return mapped(self._examination, self._radiograph, knee, options.colour_map, heading)

    @cached_property
    def _drawn(self) -> NDArray[np.uint8]:
        return _picture(self._examination, self._radiograph, self._plan.options, self._plan.picture)

    @cached_property
    def _report(self) -> Report:
        return report_html(self._examination, self._radiograph, self._plan.options)

    @cached_property
    def _pdf(self) -> bytes:
        # Imported here: Qt is needed for a PDF alone.
        from koa_desktop.report import pdf

        return pdf.pdf_bytes(self._report)

    @cached_property
    def _objects(self) -> CaseObjects:
        # Imported here: it takes a second.
        from koa_desktop.report.dicom_objects.case_objects import CaseObjects

        with_picture = Format.SC in self._plan.formats
        return CaseObjects(
            self._examination, self._plan.options, self._stopped, with_picture=with_picture
        )


def _picture(
    examination: Examination, radiograph: Radiograph, options: ReportOptions, drawn: PictureOptions
) -> NDArray[np.uint8]:
    return annotated(examination, radiograph, drawn, words.heading(examination, options))
