"""Measure the recipe for archives: films a second by the number of workers on this computer.

    python tests/benchmarks/bench_archive.py FILES [WORKERS ...]

FILES is what the recipe takes; every number of workers, 1 and 2 if none is given, grades the same
files by turns, in batches of 10. They are read once before, so that no disk is measured. The time
starts when the workers have loaded their networks. Work is the processor time of the workers
alone, a film. The figures are the median of the turns, with the least and the most.
"""

import importlib
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq
from dask.distributed import Client

# The workers import it by this name, too.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs" / "archive"))
recipe = importlib.import_module("grade_archive")

TURNS = 5
recipe.FILES_A_BATCH = 10  # no worker waits long for the last batch of another


def worked(client: Client) -> float:
    """Return the seconds of a processor that the workers took so far."""
    return sum(client.run(time.process_time).values())


def measure(source: Path, out: Path, workers: int) -> tuple[float, float]:
    """Grade all files once; return files a second, and seconds of work a file."""
    out.mkdir()
    number = recipe.keep_list(source, out)
    with recipe.local_cluster(workers) as cluster, Client(cluster) as client:
        client.register_plugin(recipe.Networks())
        started, before = time.perf_counter(), worked(client)
        assert sum(recipe.run(client, out, crop=False)) == number
        passed, work = time.perf_counter() - started, worked(client) - before
    return number / passed, work / number


def shown(figures: list[float], digits: int) -> str:
    low, middle, high = min(figures), statistics.median(figures), max(figures)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def main() -> None:
    source, numbers = Path(sys.argv[1]), [int(number) for number in sys.argv[2:]] or [1, 2]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        recipe.keep_list(source, out)
        files = list(recipe.listed(recipe.list_of(out)))
        for file in files:
            Path(file).read_bytes()
        measured = {number: [] for number in numbers}
        for turn in range(TURNS):
            for number in numbers:
                place = out / f"{number}-{turn}"
                measured[number].append(measure(source, place, number))
        knees = [row for row in pq.read_table(place / "rows").to_pylist() if row["grade"]]
    print(f"{len(files)} files, {len(knees)} knees graded, {TURNS} turns each")
    for number, turns in measured.items():
        speeds, works = (list(column) for column in zip(*turns, strict=True))
        print(f"{number} workers: {shown(speeds, 2)} files/s, {shown(works, 3)} s of work a file")


if __name__ == "__main__":
    main()
