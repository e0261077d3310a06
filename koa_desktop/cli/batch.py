"""Grade many files without a window, with one table, and export each when it is done."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from threading import Event
from typing import Any

from koa_desktop.cli.results import Results
from koa_desktop.errors import ExportError, ExportReason, ReadError, ReadReason
from koa_desktop.examination.examiner import Examiner
from koa_desktop.loading.reader import read
from koa_desktop.message import Message
from koa_desktop.report.disk.room import LEAST, bytes_needed, check_room
from koa_desktop.report.export import (
    OF_ALL_CASES,
    OF_EACH_CASE,
    OF_EACH_KNEE,
    CaseResult,
    Format,
    Plan,
    export_case,
)
from koa_desktop.report.naming.stems import free_stems
from koa_desktop.report.naming.study_code import StudyCodes
from koa_desktop.report.naming.subject import Subject
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.report.tables import Row, csv_rows
from koa_desktop.system import libraries, private
from koa_desktop.system.files import is_file, read_bytes
from koa_desktop.system.log import logger
from koa_desktop.system.paths import user_data
from koa_desktop.system.safe_write import safe_name, whole, write_whole
from koa_desktop.wording.command_line import CommandLine
from koa_desktop.wording.sentences import shortened

_LOG = logger(__name__)

_PROBE_BYTES = 4096
_MOST_REASONS, _MOST_NAMES = 8, 5
_MORE = "\N{HORIZONTAL ELLIPSIS}"


@dataclass(frozen=True, slots=True)
class Order:
    """The formats to write for each file, and the folder. The table (CSV) is always written.

    `key` is the file that tells which film each study code stands for; None where none is wanted.
    `resume` continues an earlier run of the same order.
    """

    folder: Path
    formats: frozenset[Format] = frozenset()
    single_crop: bool = False
    on_request: bool = False
    profile: Profile = Profile.PSEUDONYMOUS
    key: Path | None = None
    overwrite: bool = False
    resume: bool = False
    threads: int = 2

    def plan(self, set_coverage: float | None = None) -> Plan:
        """Return the export; `set_coverage` is the grader's."""
        options = ReportOptions(profile=self.profile, set_coverage=set_coverage)
        formats = self.formats | {Format.CSV}
        # A resumed run may replace the exports of its files: they are its own.
        return Plan(self.folder, formats, options, overwrite=self.overwrite or self.resume)

    def run(self) -> dict[str, Any]:
        """Return what decides on the results, for a run that is to be resumed."""
        return {
            "formats": sorted(kind.value for kind in self.plan().formats),
            "single_crop": self.single_crop,
            "on_request": self.on_request,
            "identity": self.profile.value,
        }


@dataclass(slots=True)
class Tally:
    """Numbers of files graded, refused or unreadable, and reasons why exports are missing.

    `files` is the number of all files, those that are not done among them. `reasons` counts the
    sentences that say why a file is refused or unreadable, by code and sentence. `paths` are those
    of unreadable files by sentence, whatever the exports call them: who started the command gave
    them, and has to find the file.
    """

    files: int = 0
    graded: int = 0
    refused: int = 0
    unreadable: int = 0
    problems: list[Message] = field(default_factory=list)
    reasons: Counter[tuple[CommandLine, str]] = field(default_factory=Counter)
    paths: dict[str, list[Path]] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """The number of files that have their rows."""
        return self.graded + self.refused + self.unreadable

    @property
    def message(self) -> Message:
        """The figures in one line."""
        figures = {
            "files": self.files,
            "graded": self.graded,
            "refused": self.refused,
            "unreadable": self.unreadable,
        }
        if self.done < self.files:
            left = self.files - self.done
            return Message.of(CommandLine.TALLY_UNFINISHED, **figures, left=left)
        return Message.of(
            CommandLine.TALLY_OF_ONE if self.files == 1 else CommandLine.TALLY, **figures
        )

    def add(self, rows: Sequence[Row], path: Path) -> None:
        """Count one file by its rows: graded where at least one knee has a grade."""
        error = next((row.error for row in rows if row.error), "")
        if error:
            self.unreadable += 1
            self.reasons[CommandLine.UNREADABLE_BECAUSE, error] += 1
            self.paths.setdefault(error, []).append(path)
        elif any(row.grade for row in rows):
            self.graded += 1
        else:
            self.refused += 1
            refusal = next((row.refusal for row in rows if row.refusal), "")
            self.reasons[CommandLine.REFUSED_BECAUSE, refusal] += 1

    def why(self) -> list[Message]:
        """Return why files are refused and unreadable, the commonest reasons first."""
        common = self.reasons.most_common(_MOST_REASONS)
        said = [self._reason(code, reason, count) for (code, reason), count in common]
        others = self.reasons.total() - sum(count for _, count in common)
        return [*said, Message.of(CommandLine.OTHER_REASONS, count=others)] if others else said

    def _reason(self, code: CommandLine, reason: str, count: int) -> Message:
        # A sentence may name its file already.
        names = [
            shortened(str(path))
            for path in self.paths.get(reason, [])
            if shortened(path.name) not in reason
        ]
        if code is not CommandLine.UNREADABLE_BECAUSE or not names:
            return Message.of(code, count=count, reason=reason)
        more = [_MORE] if len(names) > _MOST_NAMES else []
        told = ", ".join([*names[:_MOST_NAMES], *more])
        return Message.of(CommandLine.UNREADABLE_FILES, count=count, reason=reason, names=told)


def named(files: Sequence[Path], order: Order) -> dict[str, Path]:
    """Return the files by what exports call them: their paths, study codes, or numbers.

    A code is that of the file's checksum, as in the window; a second copy has a number behind it.
    """
    if order.profile is Profile.PATIENT:
        return {str(file): file for file in files}
    if order.profile is Profile.NAMELESS:
        return {str(number): file for number, file in enumerate(files, 1)}
    codes = StudyCodes.of_user(user_data())
    return dict(zip(free_stems(codes.of(_identity(file)) for file in files), files, strict=True))


def write_key(files: Mapping[str, Path], path: Path, *, overwrite: bool) -> None:
    """Write which file each name stands for, for the user alone. Raises ExportError."""
    told = [("study_code", "file"), *((name, str(file)) for name, file in files.items())]
    with whole(path, overwrite=overwrite, opener=private.opener) as table:
        table.write(csv_rows(told))


def _identity(file: Path) -> str:
    try:
        return hashlib.sha256(read_bytes(file)).hexdigest()
    except ReadError:
        return str(file.absolute())


def prepare(files: Mapping[str, Path], order: Order) -> Results:
    """Make the folder ready and claim its tables for files by name; the caller closes them.

    Raises ExportError where the folder cannot be made or written, has not the room, holds earlier
    results, or gets those of another run.
    """
    try:
        order.folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise ExportError(ExportReason.NOT_A_FOLDER, path=order.folder) from error
    except OSError as error:
        raise ExportError(ExportReason.FOLDER_NOT_MADE, path=order.folder) from error
    plan = order.plan()
    results = Results(Plan(plan.folder, plan.formats, overwrite=order.overwrite), order.run())
    results.claim(list(files), resume=order.resume)
    try:
        left = sum(name not in results.outcomes for name in files)
        earlier = order.folder.iterdir() if order.overwrite else ()
        _check_room(plan, left, [path for path in earlier if is_file(path)])
    except BaseException:
        results.close()
        raise
    return results


def grade_files(
    files: Mapping[str, Path],
    order: Order,
    examiner: Examiner,
    results: Results,
    tally: Tally,
    progress: Callable[[int], object] = int,
) -> None:
    """Grade files by name, write what was ordered, and call `progress` with the number done.

    Each file's rows are in the table as soon as it is done; at the end they have the order of
    `files`. A file that cannot be read gets a row with the reason. `tally` counts all along.
    Stopped by an exception (KeyboardInterrupt among them), it finishes the files that are graded,
    not those that are read, and leaves everything that a resumed run needs. Raises ExportError
    where the tables cannot be written. Call it from the main thread.
    """
    if _needs_qt(order):
        from koa_desktop.report import pdf

        pdf.start_qt()
    plan = order.plan(examiner.grader.card.set_coverage)
    results.begin(_stems(files, order, results))
    tally.files = len(files)
    names = list(files)
    left = [name for name in names if name not in results.outcomes]
    for name in names:
        if name in results.outcomes:
            tally.add(results.outcomes[name], files[name])

    stopped = Event()

    def work(name: str) -> CaseResult:
        subject = _graded(files[name], name, order, examiner, stopped)
        return export_case(plan, subject, results.stems[name])

    def record(name: str, result: CaseResult) -> None:
        tally.problems += result.problems
        results.append(name, result)
        tally.add(result.rows, files[name])

    pending: dict[Future[CaseResult], str] = {}
    try:
        with contextlib.closing(
            _completed(left, work, order.threads, pending, stopped)
        ) as completed:
            for name, result in completed:
                record(name, result)
                progress(tally.done)
    except KeyboardInterrupt:
        for future, name in pending.items():
            if not future.cancelled() and future.exception() is None:
                record(name, future.result())
        raise
    results.finish(names)


def _needs_qt(order: Order) -> bool:
    """Tell whether the main thread must start Qt before other threads write these formats.

    Pictures need it for a patient's name in letters that change their shape, Arabic ones for
    instance; where Qt cannot run, those with other names are still written.
    """
    if {Format.PDF, Format.EPDF, Format.SUMMARY} & order.formats:
        return True
    may_name = order.profile.names_patient
    pictures = {Format.PNG, Format.SC, Format.HEATMAP} & order.formats
    return bool(pictures) and may_name and not libraries.missing_for_drawing()


def _completed(
    names: Sequence[str],
    work: Callable[[str], CaseResult],
    threads: int,
    pending: dict[Future[CaseResult], str],
    stopped: Event,
) -> Generator[tuple[str, CaseResult]]:
    """Yield names with what came of them, in the order in which they are done.

    Few are `pending`, at work or waiting, at a time, so that many results need no memory. Closed
    early, it sets `stopped`, finishes those at work and leaves them there.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="grade")
    waiting = iter(names)
    try:
        while True:
            for name in islice(waiting, 2 * threads - len(pending)):
                pending[pool.submit(work, name)] = name
            if not pending:
                return
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in sorted(done, key=list(pending).index):
                result = future.result()
                yield pending.pop(future), result
    finally:
        stopped.set()
        pool.shutdown(cancel_futures=True)


def _stems(files: Mapping[str, Path], order: Order, results: Results) -> dict[str, str]:
    """Return the name, without ending, of each file's exports; those of a resumed run stay."""
    stems = dict(results.stems)
    by_file = order.profile is Profile.PATIENT
    new = {name: file.stem if by_file else f"knee report {name}" for name, file in files.items()}
    new = {name: safe_name(stem) for name, stem in new.items() if name not in stems}
    taken = [] if order.overwrite else [path.stem for path in order.folder.iterdir()]
    free = free_stems(new.values(), [*taken, *stems.values()])
    return stems | dict(zip(new, free, strict=True))


def _check_room(plan: Plan, files: int, earlier: Sequence[Path]) -> None:
    """Raise ExportError where the disk cannot take what so many files leave.

    Nothing is read yet: each is taken for the smallest film, so that no run that would fit is
    refused. The files `earlier` may give their room back. Free space alone does not tell: a quota
    or a share may refuse what the disk could hold.
    """
    check_room(plan, [LEAST] * files, earlier)
    probe = plan.folder / ".koa-probe.part"
    own = (*OF_EACH_CASE, *OF_EACH_KNEE)
    of_one_file = bytes_needed((kind for kind in plan.formats if kind in own), [LEAST])
    try:
        write_whole(probe, os.urandom(max(of_one_file, _PROBE_BYTES)), overwrite=True)
    except ExportError as error:
        code = error.message.code if isinstance(error.message, Message) else error.message
        raise ExportError(code, name=OF_ALL_CASES[Format.CSV]) from error
    finally:
        with contextlib.suppress(OSError):
            probe.unlink(missing_ok=True)


def _subject(file: Path, name: str, profile: Profile) -> Subject:
    """Return a file that is not graded yet, which exports call `name`."""
    if profile is Profile.NAMELESS:
        return Subject(str(file), number=int(name))
    return Subject(str(file), code=name)


def _graded(file: Path, name: str, order: Order, examiner: Examiner, stopped: Event) -> Subject:
    error: Message
    subject = _subject(file, name, order.profile)
    try:
        radiograph = read(file, stopped)
        examination = examiner.examine(
            radiograph, single_crop=order.single_crop, on_request=order.on_request
        )
        return replace(subject, examination=examination, radiograph=radiograph)
    except ReadError as unreadable:
        if unreadable.message.code is ReadReason.STOPPED:
            raise
        error = unreadable.message
    except Exception:
        # One file must not cost the others.
        _LOG.exception("A file could not be examined.")
        error = Message(ExportReason.NOT_GRADED)
    return replace(subject, error=error, model=examiner.grader.card.label)
