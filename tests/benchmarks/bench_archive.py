"""Measure the recipe for archives: films a second by the number of workers on this computer.

    python tests/benchmarks/bench_archive.py FILES [WORKERS ...]

FILES is what the recipe takes; every number of workers, 1 and 2 if none is given, grades the same
files. They are read once before, so that no disk is measured. The time starts when the workers
have loaded their networks. Work is the processor time of the workers alone, a film.
"""

import importlib
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq
from dask.distributed import Client

# The workers import it by this name, too.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "archive"))
recipe = importlib.import_module("grade_archive")


def worked(client: Client) -> float:
    """Return the seconds of a processor that the workers took so far."""
    return sum(client.run(time.process_time).values())


def measure(files: list[str], out: Path, workers: int) -> None:
    with recipe.local_cluster(workers) as cluster, Client(cluster) as client:
        client.register_plugin(recipe.Networks())
        started, before = time.perf_counter(), worked(client)
        recipe.run(client, files, out, crop=False)
        passed, work = time.perf_counter() - started, worked(client) - before
    knees = [row for row in pq.read_table(out / "rows").to_pylist() if row["grade"]]
    print(
        f"{workers} workers: {len(files)} files, {len(knees)} knees graded in {passed:.1f} s,"
        f" {len(files) / passed:.2f} files/s, {work / len(files):.3f} s of work a file"
    )


def main() -> None:
    source, numbers = Path(sys.argv[1]), [int(number) for number in sys.argv[2:]] or [1, 2]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        files = recipe.file_list(source, out)
        for file in files:
            Path(file).read_bytes()
        for number in numbers:
            measure(files, out / str(number), number)


if __name__ == "__main__":
    main()
