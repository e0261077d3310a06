"""What an export writes, and the writing of it; runs beside the window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path
from threading import Event

from koa_desktop.errors import ExportError, ReadError
from koa_desktop.examination.examiner import Examination
from koa_desktop.grading.class_map import ColourMap
from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.film_cache import CachedFilm
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import tables
from koa_desktop.report.html import PatientField, Report, ReportOptions, report_html, report_name
from koa_desktop.system.safe_write import write_whole

TABLE_NAME, FULL_NAME = "results.csv", "results.json"


class Format(Enum):
    """A kind of file; the value is its ending."""

    PDF = "pdf"
    PNG = "png"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, eq=False, slots=True)
class Subject:
    """One case to export: its examination, or why there is none; its film where it is held."""

    path: Path
    examination: Examination | None
    error: str = ""
    film: CachedFilm | None = None

    def whole(self) -> tuple[Examination, Radiograph]:
        """Return the examination and its pixels. Raises ReadError where the file has gone."""
        if self.examination is None:
            raise ReadError(self.error)
        info = self.examination.radiograph
        film = self.film or tasks.read_again(self.path, info.sha256)
        return self.examination, film.radiograph.with_polarity(inverted=info.inverted)


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """What to write, and where."""

    subjects: tuple[Subject, ...]
    formats: frozenset[Format]
    folder: Path
    options: ReportOptions = field(default_factory=ReportOptions)
    overwrite: bool = False

    def targets(self) -> Iterator[tuple[Subject, Format, Path]]:
        """Yield each case's own files; two cases never share a name."""
        taken: set[str] = set()
        for subject in self.subjects:
            if subject.examination is None:
                continue
            stem = _free(report_name(subject.examination, self.options), taken)
            for kind in (Format.PDF, Format.PNG):
                if kind in self.formats:
                    yield subject, kind, self.folder / f"{stem}.{kind.value}"

    def tables(self) -> Iterator[tuple[Format, Path]]:
        """Yield the files that hold all cases."""
        if Format.CSV in self.formats:
            yield Format.CSV, self.folder / TABLE_NAME
        if Format.JSON in self.formats:
            yield Format.JSON, self.folder / FULL_NAME

    def existing(self) -> list[Path]:
        """Return the files that are there already."""
        paths = [path for _, _, path in self.targets()] + [path for _, path in self.tables()]
        return [path for path in paths if path.exists()]


@dataclass(frozen=True, slots=True)
class Written:
    """How an export ended: the files written, and sentences on what was not."""

    files: tuple[Path, ...]
    problems: tuple[str, ...] = ()


def write(plan: Plan, progress: Callable[[int, int], None], stopped: Event) -> Written:
    """Write a plan's files until done or `stopped`; `progress` is told (done, of how many)."""
    own, shared = list(plan.targets()), list(plan.tables())
    files: list[Path] = []
    problems: list[str] = []
    for done, (subject, kind, path) in enumerate(own):
        progress(done, len(own) + len(shared))
        if stopped.is_set():
            return Written(tuple(files), tuple(problems))
        try:
            content = _content(*subject.whole(), kind, plan.options)
            write_whole(path, content, overwrite=plan.overwrite)
            files.append(path)
        except (ReadError, ExportError) as error:
            problems.append(str(error))
    for kind, path in shared:
        try:
            write_whole(path, table_bytes(plan, kind), overwrite=plan.overwrite)
            files.append(path)
        except ExportError as error:
            problems.append(str(error))
    return Written(tuple(files), tuple(dict.fromkeys(problems)))


def report_of(subject: Subject, options: ReportOptions) -> Report:
    """Return one case's report. Raises ReadError where the file has gone."""
    return report_html(*subject.whole(), options)


def picture_of(
    subject: Subject,
    *,
    heat_map: bool,
    colour_map: ColourMap,
    joint_space: bool,
) -> bytes:
    """Return one case's annotated picture as PNG. Raises ReadError where the file has gone."""
    from koa_desktop.report import picture

    shown = picture.annotated(
        *subject.whole(),
        show_heat_map=heat_map,
        colour_map=colour_map,
        show_measurements=True,
        show_joint_space=joint_space,
    )
    return picture.png_bytes(shown)


def table_bytes(plan: Plan, kind: Format) -> bytes:
    """Return the table of all cases as CSV or JSON, without the folders of their files."""
    if kind is Format.CSV:
        rows = [
            row
            for subject in plan.subjects
            for row in (
                tables.rows(subject.path.name, subject.examination)
                if subject.examination
                else [tables.failed_row(subject.path.name, subject.error)]
            )
        ]
        return tables.csv_bytes(rows)
    now = datetime.now(UTC)
    names = PatientField.NAME in plan.options.fields
    return tables.json_bytes(
        [
            tables.document(subject.path.name, subject.examination, now, names=names)
            if subject.examination
            else tables.failed_document(subject.path.name, subject.error, now)
            for subject in plan.subjects
        ]
    )


def _content(
    examination: Examination, radiograph: Radiograph, kind: Format, options: ReportOptions
) -> bytes:
    if kind is Format.PDF:
        from koa_desktop.report import pdf

        return pdf.pdf_bytes(report_html(examination, radiograph, options))
    from koa_desktop.report import picture

    shown = picture.annotated(
        examination,
        radiograph,
        show_heat_map=options.show_heat_map,
        colour_map=options.colour_map,
        show_measurements=options.show_measurements,
        show_joint_space=options.show_joint_space,
    )
    return picture.png_bytes(shown)


def _free(stem: str, taken: set[str]) -> str:
    name, number = stem, 1
    # Windows and macOS take names that differ in case for one.
    while name.casefold() in taken:
        number += 1
        name = f"{stem} ({number})"
    taken.add(name.casefold())
    return name
