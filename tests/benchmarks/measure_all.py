"""Measure the program's speed, size and memory in one run, and print them as tables.

    python -m tests.benchmarks.measure_all [dist/koa-desktop/koa-desktop]

The peers (`bench_peers.py`), then the packaged program where it is built, then the program from its
source. Takes about ten minutes on an idle machine; Linux only, with the extras training and bench.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks import (
    bench_crops,
    bench_event_loop,
    bench_film,
    bench_peers,
    measure_packaged,
)
from tests.benchmarks.measure_packaged import PROGRAM

RUNS = 5


def figures(program: Path) -> Iterator[tuple[str, str]]:
    """Measure, and give each figure's title and value."""
    if program.is_file():
        yield from measure_packaged.figures(program, RUNS)
    yield from bench_film.figures(RUNS)
    yield from bench_crops.figures(3)
    yield from bench_event_loop.figures()


def main() -> None:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("program", type=Path, nargs="?", default=PROGRAM)
    program = parser.parse_args().program.resolve()
    bench_peers.print_table(bench_peers.table(3))
    print()
    bench_peers.print_table([["figure", "value"]])
    for row in figures(program):
        print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
