"""The tables of one run of `grade`: claimed before it, grown file by file, resumed after a kill.

`results.csv` gets the rows of each file as soon as it is done. `results.part.jsonl` beside it is
the run's journal: a line on the run, then one line for each finished file, with its rows and its
JSON document. It is locked during the run, and removed at its end.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from koa_desktop.errors import ExportError, ExportReason
from koa_desktop.report import documents, tables
from koa_desktop.report.export import OF_ALL_CASES, CaseResult, Format, Plan
from koa_desktop.report.summary import summary_bytes
from koa_desktop.system.file_lock import lock
from koa_desktop.system.files import long_path
from koa_desktop.system.safe_write import write_error, write_whole

JOURNAL = "results.part.jsonl"


@dataclass(slots=True)
class Results:
    """The tables of a run, claimed for this process. Not safe to use from several threads.

    `run` is what a run must share with the one that it resumes. `outcomes` are the rows of each
    finished file, in the order in which they were finished; `stems` are the names, without ending,
    of the files that belong to each file; both by the file's name in the table.
    """

    plan: Plan
    run: dict[str, Any]
    outcomes: dict[str, list[tables.Row]] = field(default_factory=dict)
    stems: dict[str, str] = field(default_factory=dict)
    _journal: int = -1
    _table: _Appended | None = None
    _is_new: bool = False

    @property
    def table_path(self) -> Path:
        """The table."""
        return self.plan.folder / OF_ALL_CASES[Format.CSV]

    @property
    def _journal_path(self) -> Path:
        return self.plan.folder / JOURNAL

    def claim(self, files: Sequence[str], *, resume: bool) -> None:
        """Claim the tables for this process, and load what a resumed run has finished.

        `files` are the files to grade, as the table is to call them.

        Raises ExportError where another process is writing them, where they exist and are neither
        to be resumed nor to be overwritten, or where a resumed run had another order or columns.
        """
        self._journal = self._locked_journal()
        try:
            journal = _lines(self._journal_path)
            if resume:
                self._load(journal, files)
            elif not self.plan.overwrite:
                for path in [path for _, path in self.plan.tables()]:
                    if os.path.lexists(_openable(path)):
                        raise ExportError(ExportReason.RESULTS_EXIST, path=path)
                if journal:
                    raise ExportError(ExportReason.RESULTS_EXIST, path=self._journal_path)
            if not os.path.lexists(_openable(self.table_path)):
                self._create_table()
        except BaseException:
            self.close()
            raise

    def begin(self, stems: dict[str, str]) -> None:
        """Start the table and the journal, with what a resumed run has finished."""
        self.stems = stems
        self._is_new = False
        kept = self._kept_documents()
        rows = [row for outcome in self.outcomes.values() for row in outcome]
        write_whole(self.table_path, tables.csv_bytes(rows), overwrite=True)
        head = _line({**self.run, "columns": list(tables.COLUMNS), "stems": stems})
        lines = [
            _line({"file": file, "rows": outcome, "document": kept.get(file)})
            for file, outcome in self.outcomes.items()
        ]
        # Written in place: another name would lose the lock.
        journal = _Appended(self._journal_path, self._journal, 0)
        journal.append(b"".join([head, *lines]))
        self._table = _Appended.opened(self.table_path)

    def append(self, file: str, result: CaseResult) -> None:
        """Add what came of one file, whole or not at all. Raises ExportError."""
        if self._table is None:
            raise ValueError("the table has not been begun")
        self._table.append(tables.csv_rows(result.rows))
        self.outcomes[file] = result.rows
        entry: dict[str, Any] = {"file": file, "rows": result.rows, "document": result.document}
        # A resumed run tries again what failed.
        if result.problems:
            entry["failed"] = True
        journal = _Appended(self._journal_path, self._journal, os.fstat(self._journal).st_size)
        journal.append(_line(entry))

    def finish(self, files: Sequence[str]) -> None:
        """Put the tables in the order of `files`, and remove the journal. Raises ExportError."""
        order = {file: number for number, file in enumerate(files)}
        names = sorted(self.outcomes, key=lambda file: order.get(file, -1))
        if self._table is not None:
            self._table.close()
        if names != list(self.outcomes):
            rows = [row for file in names for row in self.outcomes[file]]
            write_whole(self.table_path, tables.csv_bytes(rows), overwrite=True)
        if Format.JSON in self.plan.formats:
            found = {entry["file"]: entry["document"] for entry in _lines(self._journal_path)[1:]}
            whole = [found[file] for file in names if found.get(file) is not None]
            path = self.plan.folder / OF_ALL_CASES[Format.JSON]
            write_whole(path, documents.json_bytes(whole), overwrite=True)
        if Format.SUMMARY in self.plan.formats:
            rows = [row for file in names for row in self.outcomes[file]]
            path = self.plan.folder / OF_ALL_CASES[Format.SUMMARY]
            write_whole(path, summary_bytes(rows, self.plan.options), overwrite=True)
        self._release(is_done=True)

    def close(self) -> None:
        """Let others have the tables. What was claimed and holds nothing is removed."""
        self._release(is_done=False)

    def _release(self, *, is_done: bool) -> None:
        if self._table is not None:
            self._table.close()
            self._table = None
        if self._journal < 0:
            return
        with contextlib.suppress(OSError):
            if self._is_new:
                _openable(self.table_path).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            empty = os.fstat(self._journal).st_size == 0
            if os.name != "nt" and (is_done or empty):
                # While it is still locked, so that no other run has it open.
                _openable(self._journal_path).unlink(missing_ok=True)
            os.close(self._journal)
            if os.name == "nt" and (is_done or empty):
                _openable(self._journal_path).unlink(missing_ok=True)
        self._journal = -1

    def _locked_journal(self) -> int:
        path = _openable(self._journal_path)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        while True:
            try:
                descriptor = os.open(path, flags, 0o666)
            except OSError as error:
                raise write_error(self.table_path, error) from error
            if not lock(descriptor):
                os.close(descriptor)
                raise ExportError(ExportReason.UNDER_WAY, path=self.table_path)
            # The run that had it may have removed it between the two calls.
            with contextlib.suppress(OSError):
                if os.path.samestat(os.fstat(descriptor), path.stat()):
                    return descriptor
            os.close(descriptor)

    def _create_table(self) -> None:
        try:
            _openable(self.table_path).open("xb").close()
        except FileExistsError as error:
            raise ExportError(ExportReason.RESULTS_EXIST, path=self.table_path) from error
        except OSError as error:
            raise write_error(self.table_path, error) from error
        self._is_new = True

    def _load(self, journal: list[dict[str, Any]], files: Sequence[str]) -> None:
        """Take over what an earlier run finished: by its journal, or by its whole tables."""
        if journal:
            self._load_journal(*journal)
        else:
            self._load_tables(files)

    def _load_journal(self, head: dict[str, Any], *entries: dict[str, Any]) -> None:
        self._check(head["columns"])
        if any(head.get(key) != value for key, value in self.run.items()):
            raise ExportError(ExportReason.OTHER_ORDER, path=self.table_path)
        self.stems = dict(head["stems"])
        for entry in entries:
            if not entry.get("failed"):
                self.outcomes[entry["file"]] = [tables.Row(*row) for row in entry["rows"]]

    def _load_tables(self, files: Sequence[str]) -> None:
        try:
            content = _openable(self.table_path).read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise write_error(self.table_path, error) from error
        if not content:
            return
        columns, rows = tables.read_csv(content)
        self._check(columns)
        _, written = tables.read_csv(tables.csv_bytes(map(tables.Row, files)))
        names = {row.file: file for row, file in zip(written, files, strict=True)}
        for row in rows:
            self.outcomes.setdefault(names.get(row.file, row.file), []).append(row)
        if Format.JSON in self.plan.formats and self.outcomes.keys() - self._documents().keys():
            raise ExportError(ExportReason.OTHER_ORDER, path=self.table_path)

    def _check(self, columns: object) -> None:
        if columns != list(tables.COLUMNS):
            raise ExportError(ExportReason.OTHER_COLUMNS, path=self.table_path)

    def _kept_documents(self) -> dict[str, Any]:
        """Return the JSON documents of the files that a resumed run has finished."""
        if not self.outcomes or Format.JSON not in self.plan.formats:
            return {}
        journal = _lines(self._journal_path)[1:]
        if journal:
            return {entry["file"]: entry["document"] for entry in journal}
        return self._documents()

    def _documents(self) -> dict[str, Any]:
        try:
            path = _openable(self.plan.folder / OF_ALL_CASES[Format.JSON])
            return {one["file"]: one for one in json.loads(path.read_text(encoding="utf-8"))}
        except (OSError, ValueError, KeyError, TypeError):
            return {}


class _Appended:
    """A file that grows by whole pieces: one that does not fit is taken away again."""

    def __init__(self, path: Path, descriptor: int, end: int) -> None:
        self._path, self._descriptor, self._end = path, descriptor, end

    @classmethod
    def opened(cls, path: Path) -> _Appended:
        try:
            descriptor = os.open(_openable(path), os.O_RDWR | getattr(os, "O_BINARY", 0))
        except OSError as error:
            raise write_error(path, error) from error
        return cls(path, descriptor, os.fstat(descriptor).st_size)

    def append(self, piece: bytes) -> None:
        """Add a piece in one write, and cut off what lies behind. Raises ExportError."""
        try:
            os.lseek(self._descriptor, self._end, os.SEEK_SET)
            done = 0
            while done < len(piece):
                done += os.write(self._descriptor, piece[done:] if done else piece)
            os.ftruncate(self._descriptor, self._end + len(piece))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._end)
            raise write_error(self._path, error) from error
        self._end += len(piece)

    def close(self) -> None:
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.fsync(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


def _openable(path: Path) -> Path:
    return long_path(path.absolute())


def _line(entry: dict[str, Any]) -> bytes:
    """Return one line of the journal. ASCII, so that it carries any file name as it is."""
    return json.dumps(entry, allow_nan=False).encode("ascii") + b"\n"


def _lines(path: Path) -> list[dict[str, Any]]:
    """Return the journal's whole lines, up to the first that is not one."""
    return list(_whole_lines(path))


def _whole_lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with _openable(path).open("rb") as file:
            for number, line in enumerate(file):
                entry = json.loads(line)
                keys = ("columns", "stems") if number == 0 else ("file", "rows", "document")
                if not line.endswith(b"\n") or any(key not in entry for key in keys):
                    return
                yield entry
    except (OSError, ValueError, TypeError):
        return
