"""Grade an archive on a Dask cluster: one Parquet row a knee, each file once.

    python docs/archive/grade_archive.py FILES OUT [--scheduler tcp://host:8786] [--workers 2]

FILES is a list with a path a line, or with a null character after each path (`find -print0`), or
a folder. OUT gets `files.txt` (what is to be graded, with null characters),
`rows/part-000000.parquet` and so on (one for each batch, written whole or not at all), and in the
end `failures.csv`. Started again with the same OUT, it does the batches that have no part yet,
whatever was killed before: a worker, the scheduler or this program.

The exit status is 0 where every file could be read, 1 where `failures.csv` lists some, and 2 where
the work is not done.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import ExitStack
from itertools import chain, islice
from pathlib import Path

import cv2
import dask
import pyarrow as pa
import pyarrow.parquet as pq
from dask.distributed import (
    Client,
    KilledWorker,
    LocalCluster,
    Worker,
    WorkerPlugin,
    as_completed,
    get_worker,
)

from koa_desktop.errors import ExportError, ExportReason, ReadError
from koa_desktop.examination.examiner import Examiner
from koa_desktop.loading.discovery import discover
from koa_desktop.loading.read import read
from koa_desktop.message import Message
from koa_desktop.report.tables import COLUMNS, Row, csv_rows, failed_row, rows
from koa_desktop.system.file_lock import lock
from koa_desktop.system.log import logger
from koa_desktop.system.safe_write import whole
from koa_desktop.wording.sentences import english

FILES_A_BATCH = 100  # another number would give the parts of an OUT already begun other files
BATCHES_A_WORKER = 2  # at work or waiting: the scheduler's memory does not grow with the archive
_CHUNK_BYTES = 2**16
_SCHEMA = pa.schema([*((name, pa.string()) for name in COLUMNS), ("file_bytes", pa.binary())])
_LOG = logger(__name__)


class Networks(WorkerPlugin):
    """Loads the networks once in each worker process, one that replaces a killed one as well."""

    name = "networks"

    def setup(self, worker: Worker) -> None:
        """Keep the examiner with the worker, which has one core."""
        cv2.setNumThreads(1)
        worker.examiner = Examiner.load(threads=1)


def file_rows(file: str, *, crop: bool) -> list[Row]:
    """Return a file's rows: one a knee, or one with the reason why there is none."""
    examiner = get_worker().examiner  # a worker without one fails here, and not each file
    try:
        return rows(file, examiner.examine(read(Path(file)), single_crop=crop))
    except ReadError as error:
        return [failed_row(file, error.message)]
    except Exception:
        # One file must not cost the others.
        _LOG.exception("A file could not be examined.")
        return [failed_row(file, Message(ExportReason.NOT_GRADED))]


def grade_batch(number: int, files: Sequence[str], out: str, *, crop: bool) -> None:
    """Grade a batch and write its part. Raises OSError where that cannot be written.

    It may run twice, at the same time too: both write the same part.
    """
    part = part_of(Path(out), number)
    if not list_of(Path(out)).exists():
        # A part would be lost with the worker's container.
        raise OSError(f"A worker does not see {out}.")
    if not part.exists():
        write_part(part, [row for file in files for row in file_rows(file, crop=crop)])


def write_part(part: Path, table: Sequence[Row]) -> None:
    """Write a batch's rows, whole or not at all. Raises OSError with a sentence.

    A path that is not UTF-8 has its other bytes escaped in `file`; `file_bytes` has all of its
    bytes, and is null for other paths.
    """
    texts = [[as_text(cell) for cell in column] for column in zip(*table, strict=True)]
    paths = [None if as_text(row.file) == row.file else os.fsencode(row.file) for row in table]
    columns = [
        pa.array(cells, kind) for cells, kind in zip([*texts, paths], _SCHEMA.types, strict=True)
    ]
    reason = ""
    try:
        with whole(part, overwrite=True) as file:
            pq.write_table(pa.Table.from_arrays(columns, schema=_SCHEMA), file)
    except ExportError as error:
        reason = english(error.message)
    if reason:
        # A worker can send this error, but not an ExportError, not even as the cause of another.
        raise OSError(reason)


def as_text(cell: str) -> str:
    """Return a text that can be written as UTF-8, as `results.csv` has it."""
    return cell.encode("utf-8", "backslashreplace").decode("utf-8")


def part_of(out: Path, number: int) -> Path:
    """Return the place of a batch's rows."""
    return out / "rows" / f"part-{number:06d}.parquet"


def list_of(out: Path) -> Path:
    """Return the place of the list of files to grade."""
    return out / "files.txt"


def keep_list(source: Path, out: Path) -> int:
    """List the files of `source` in `out`, unless an earlier run did; return their number.

    Each is listed once. Relative paths start at the current folder, which workers do not have.
    Raises OSError where `source` cannot be read, ExportError where the list cannot be written.
    """
    kept = list_of(out)
    if not kept.exists():
        source.stat()
        found = discover([source]).files if source.is_dir() else listed(source)
        here = Path.cwd()
        seen = set()
        with whole(kept) as file:
            for path in found:
                line = os.fsencode(os.path.join(here, path)) + b"\0"  # noqa: PTH118
                if line not in seen:
                    seen.add(line)
                    file.write(line)
    return sum(1 for _ in listed(kept))


def listed(source: Path) -> Iterator[str]:
    """Yield the paths of a list: between null characters if it has any, else a path a line.

    Lines end with LF or CRLF. A path is any bytes: names need not be UTF-8, and may hold what
    Unicode takes for the end of a line. The list may be larger than the memory.
    """
    with source.open("rb") as file:

        def chunks() -> Iterator[bytes]:
            file.seek(0)
            return iter(lambda: file.read(_CHUNK_BYTES), b"")

        has_null = any(b"\0" in chunk for chunk in chunks())
        end, before_end = (b"\0", b"") if has_null else (b"\n", b"\r")
        rest = b""
        for chunk in chain(chunks(), [end]):
            *paths, rest = (rest + chunk).split(end)
            paths = [path.removesuffix(before_end) for path in paths]
            yield from (os.fsdecode(path) for path in paths if path)


def batches(out: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield number and files of each batch that has no part."""
    files = listed(list_of(out))
    number = 0
    while batch := list(islice(files, FILES_A_BATCH)):
        if not part_of(out, number).exists():
            yield number, batch
        number += 1


def run(client: Client, out: Path, *, crop: bool) -> Iterator[int]:
    """Grade what has no part yet; yield the number of files of each batch that is done.

    Raises OSError where a part cannot be written, CancelledError where the scheduler is lost.
    """
    (out / "rows").mkdir(exist_ok=True)
    due = batches(out)
    work = as_completed()
    under_way: dict[str, tuple[int, list[str]]] = {}

    def submit() -> None:
        # Workers come and go; where there is none, one batch waits for the first.
        most = max(BATCHES_A_WORKER * sum(client.nthreads().values()), 1)
        for number, files in islice(due, max(most - len(under_way), 0)):
            future = client.submit(grade_batch, number, files, str(out), crop=crop, pure=False)
            under_way[future.key] = number, files
            work.add(future)

    submit()
    for future in work:
        number, files = under_way.pop(future.key)
        try:
            future.result()
        except KilledWorker:
            # One of its files ended several workers, or those of another batch did.
            write_part(
                part_of(out, number),
                [row for file in files for row in rows_alone(client, file, crop=crop)],
            )
        yield len(files)
        submit()
    for left_over in (out / "rows").glob(".*"):
        left_over.unlink(missing_ok=True)


def rows_alone(client: Client, file: str, *, crop: bool) -> list[Row]:
    """Return the rows of one file, which is the only one of its batch at work."""
    try:
        found: list[Row] = client.submit(file_rows, file, crop=crop, pure=False).result()
    except KilledWorker:
        return [failed_row(file, Message(ExportReason.NOT_GRADED))]
    return found


def local_cluster(workers: int) -> LocalCluster:
    """Start a scheduler and workers of one thread on this computer."""
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
    )


def failures(out: Path) -> int:
    """Write file and reason of each file that could not be graded; return their number."""
    count = 0
    with whole(out / "failures.csv", overwrite=True) as file:
        file.write(csv_rows([("file", "error")]))
        for part in sorted((out / "rows").glob("part-*")):
            with pq.ParquetFile(part) as table:
                columns = table.read(["file", "error"]).to_pylist()
            failed = [(row["file"], row["error"]) for row in columns if row["error"]]
            file.write(csv_rows(failed))
            count += len(failed)
    return count


def grade(source: Path, out: Path, scheduler: str | None, workers: int, *, crop: bool) -> int:
    """Grade an archive, and tell how far it is; return the number of files that failed.

    Raises what `keep_list` and `run` raise.
    """
    say(f"{keep_list(source, out)} files are listed in {list_of(out)}.")
    left, done = sum(len(files) for _, files in batches(out)), 0
    with ExitStack() as stack:
        cluster = scheduler or stack.enter_context(local_cluster(workers))
        client = stack.enter_context(Client(cluster))
        say(f"{left} of them are to be graded; progress: {client.dashboard_link}")
        client.register_plugin(Networks())
        for count in run(client, out, crop=crop):
            before, done = done, done + count
            if 100 * done // left > 100 * before // left:
                say(f"{done} of {left} files are done.")
    return failures(out)


def say(line: str) -> None:
    """Print a line at once: a pipe, as to a container's log, would hold it back to the end."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def stopped(reason: str) -> int:
    """Print why the work is not done; return the exit status."""
    sys.stderr.write(f"{reason}\n")
    return 2


def main() -> int:
    """Run the command line; returns the exit status, see above."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("files", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scheduler", help="of a cluster; without one, workers are started here")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument(
        "--crop", action="store_true", help="each file is one knee, already cut out"
    )
    options = parser.parse_args()
    # A busy computer takes its time to start workers.
    dask.config.set({"distributed.comm.timeouts.connect": "300s"})
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        out = options.out.resolve()
        with (out / ".lock").open("ab") as locked:
            if not lock(locked.fileno()):
                return stopped(f"Another program grades into {out}. Wait for it, or end it.")
            failed = grade(
                options.files, out, options.scheduler, options.workers, crop=options.crop
            )
    except ExportError as error:
        return stopped(f"{english(error.message)} Then start this again with the same OUT.")
    except OSError as error:
        return stopped(f"{str(error).rstrip('.')}. Then start this again with the same OUT.")
    except CancelledError:
        return stopped("The scheduler was lost. Please start this again with the same OUT.")
    except Exception:
        traceback.print_exc()
        return stopped("This is a fault of the program.")
    say(f"{failed} files failed, see failures.csv")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
