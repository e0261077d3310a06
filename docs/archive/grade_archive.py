"""Grade an archive on a Dask cluster: one Parquet row a knee, each file once.

    python docs/archive/grade_archive.py FILES OUT [--scheduler tcp://host:8786] [--workers 2]

FILES is a list with a path a line, or with a null character after each path (`find -print0`), or
a folder. OUT gets `files.txt` (what is to be graded, with null characters),
`rows/part-000000.parquet` and so on (one for each batch, written whole or not at all), and in the
end `failures.csv`. Started again with the same OUT, it does the batches that have no part yet,
whatever was killed before: a worker, the scheduler or this program.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import uuid
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import dask
import pyarrow as pa
import pyarrow.parquet as pq
from dask.distributed import (
    Client,
    Future,
    KilledWorker,
    LocalCluster,
    Worker,
    WorkerPlugin,
    as_completed,
    get_worker,
)

from koa_desktop.errors import ExportReason, ReadError
from koa_desktop.examination.examiner import Examiner
from koa_desktop.loading.discovery import discover
from koa_desktop.loading.read import read
from koa_desktop.message import Message
from koa_desktop.report.tables import COLUMNS, Row, failed_row, rows
from koa_desktop.system.log import logger

FILES_A_BATCH = 100
BATCHES_A_WORKER = 2  # at work or waiting: the scheduler's memory does not grow with the archive
_SCHEMA = pa.schema([*((name, pa.string()) for name in COLUMNS), ("file_bytes", pa.binary())])
_LOG = logger(__name__)


class Networks(WorkerPlugin):
    """Loads the networks once in each worker process, one that replaces a killed one as well."""

    name = "networks"

    def setup(self, worker: Worker) -> None:
        """Keep the examiner with the worker."""
        worker.examiner = Examiner.load(threads=1)


def file_rows(file: str, *, crop: bool) -> list[Row]:
    """Return a file's rows: one a knee, or one with the reason why there is none."""
    try:
        return rows(file, get_worker().examiner.examine(read(Path(file)), single_crop=crop))
    except ReadError as error:
        return [failed_row(file, error.message)]
    except Exception:
        # One file must not cost the others.
        _LOG.exception("A file could not be examined.")
        return [failed_row(file, Message(ExportReason.NOT_GRADED))]


def grade_batch(number: int, files: Sequence[str], out: str, *, crop: bool) -> int:
    """Grade a batch and write its part; return the number of files.

    It may run twice, at the same time too: both write the same part.
    """
    part = part_of(Path(out), number)
    if not part.exists():
        write_part(part, [row for file in files for row in file_rows(file, crop=crop)])
    return len(files)


def write_part(part: Path, table: Sequence[Row]) -> None:
    """Write a batch's rows, whole or not at all.

    A path that is not UTF-8 has its other bytes escaped in `file`; `file_bytes` has all of its
    bytes, and is null for other paths.
    """
    texts = [[as_text(cell) for cell in column] for column in zip(*table, strict=True)]
    paths = [None if as_text(row.file) == row.file else os.fsencode(row.file) for row in table]
    columns = [
        pa.array(cells, kind) for cells, kind in zip([*texts, paths], _SCHEMA.types, strict=True)
    ]
    unfinished = part.with_name(f".{part.name}.{uuid.uuid4().hex}")
    pq.write_table(pa.Table.from_arrays(columns, schema=_SCHEMA), unfinished)
    unfinished.replace(part)


def as_text(cell: str) -> str:
    """Return a text that can be written as UTF-8, as `results.csv` has it."""
    return cell.encode("utf-8", "backslashreplace").decode("utf-8")


def part_of(out: Path, number: int) -> Path:
    """Return the place of a batch's rows."""
    return out / "rows" / f"part-{number:06d}.parquet"


def file_list(source: Path, out: Path) -> list[str]:
    """Return the files to grade: those of an earlier run in `out`, else those of `source`."""
    kept = out / "files.txt"
    if not kept.exists():
        if source.is_dir():
            files = [str(file) for file in discover([source]).files]
        else:
            files = listed(source.read_bytes())
        unfinished = kept.with_suffix(".part")
        # A path once, however often it is listed.
        unfinished.write_bytes(b"".join(os.fsencode(file) + b"\0" for file in dict.fromkeys(files)))
        unfinished.replace(kept)
    return listed(kept.read_bytes())


def listed(data: bytes) -> list[str]:
    """Return the paths of a list: between null characters if it has any, else a path a line.

    Lines end with LF or CRLF. A path is any bytes: names need not be UTF-8, and may hold what
    Unicode takes for the end of a line.
    """
    paths = data.split(b"\0") if b"\0" in data else data.replace(b"\r\n", b"\n").split(b"\n")
    return [os.fsdecode(path) for path in paths if path]


def run(client: Client, files: Sequence[str], out: Path, *, crop: bool) -> None:
    """Grade what has no part yet. A batch that ended several workers counts as failed."""
    folder = out / "rows"
    folder.mkdir(parents=True, exist_ok=True)
    for left_over in folder.glob(".part-*"):
        left_over.unlink()
    size = FILES_A_BATCH
    batches = [files[start : start + size] for start in range(0, len(files), size)]
    due = (number for number in range(len(batches)) if not part_of(out, number).exists())
    numbers = {}

    def submitted(most: int) -> list[Future]:
        futures = []
        for number in islice(due, most):
            future = client.submit(
                grade_batch, number, batches[number], str(out), crop=crop, pure=False
            )
            numbers[future.key] = number
            futures.append(future)
        return futures

    work = as_completed(submitted(BATCHES_A_WORKER * len(client.scheduler_info()["workers"])))
    for future in work:
        number = numbers.pop(future.key)
        try:
            future.result()
        except KilledWorker:
            reason = Message(ExportReason.NOT_GRADED)
            write_part(part_of(out, number), [failed_row(file, reason) for file in batches[number]])
        work.update(submitted(1))


def local_cluster(workers: int) -> LocalCluster:
    """Start a scheduler and workers of one thread on this computer."""
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
    )


def failures(out: Path) -> list[dict[str, str]]:
    """Write and return file and reason of each file that could not be graded."""
    table = pq.read_table(out / "rows", columns=["file", "error", "refusal"]).to_pylist()
    failed = [row for row in table if row["error"]]
    with (out / "failures.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ["file", "error"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(failed)
    return failed


def main() -> int:
    """Run the command line; returns the exit status: 1 where files failed."""
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
    options.out.mkdir(parents=True, exist_ok=True)
    # A busy computer takes its time to start workers.
    dask.config.set({"distributed.comm.timeouts.connect": "300s"})
    out = options.out.resolve()
    files = file_list(options.files, out)
    cluster = options.scheduler or local_cluster(options.workers)
    with Client(cluster) as client:
        sys.stdout.write(f"{len(files)} files; progress: {client.dashboard_link}\n")
        sys.stdout.flush()  # a pipe, as to a container's log, would hold it back to the end
        client.register_plugin(Networks())
        run(client, files, out, crop=options.crop)
    if not options.scheduler:
        cluster.close()
    failed = failures(out)
    sys.stdout.write(f"{len(failed)} files failed, see failures.csv\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
