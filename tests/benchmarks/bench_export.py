"""Measure the export of many examinations: time, memory and bytes.

    python tests/benchmarks/bench_export.py [--cases 200] [--formats csv,pdf,sr,sc] [--threads 1]

One real examination of a sample film stands for all, its file read again for each case, as in the
window for films that left the memory. `--threads` exports that many cases at a time, as the command
line does. Each format is measured alone for ten cases, then all together.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from koa_desktop.examination.examiner import Examination, Examiner
from koa_desktop.loading import reader
from koa_desktop.report import pdf
from koa_desktop.report.export import (
    Format,
    Plan,
    Subject,
    export_case,
    report_stems,
    write_tables,
)
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.system.paths import SAMPLES

FILM = SAMPLES / "bilateral.dcm"
ALONE = 10


def examined() -> Examination:
    """Return the sample's examination, by the networks that ship."""
    return Examiner.load().examine(reader.read(FILM))


def seconds(examination: Examination, formats: Sequence[Format], cases: int, threads: int) -> float:
    """Export so many cases into an empty folder; returns how long it took."""
    options = ReportOptions(profile=Profile.PATIENT)
    subjects = [Subject(f"{number}.dcm", examination) for number in range(cases)]
    with tempfile.TemporaryDirectory() as folder:
        plan = Plan(Path(folder), frozenset(formats), options)
        start = time.perf_counter()
        stems = report_stems(subjects, options)
        with ThreadPoolExecutor(threads) as pool:
            results = list(pool.map(lambda *one: export_case(plan, *one), subjects, stems))
        write_tables(plan, results)
        took = time.perf_counter() - start
        files = list(Path(folder).iterdir())
        size = sum(file.stat().st_size for file in files) / 1e6
        problems = sum(len(result.problems) for result in results)
        names = ",".join(one.value for one in formats)
        print(
            f"{names:16} {cases:4} cases {took:7.1f} s, {1000 * took / cases:6.0f} ms a case,"
            f" {len(files):4} files, {size:6.1f} MB, {problems} problems",
            flush=True,
        )
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    parser.add_argument("--formats", default="csv,pdf,sr,sc")
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    formats = [Format(name) for name in asked.formats.split(",")]
    pdf.start_qt()
    examination = examined()
    print(f"before: {memory():.0f} MB at most")
    for one in formats:
        seconds(examination, [one], ALONE, 1)
    seconds(examination, formats, asked.cases, asked.threads)
    print(f"after: {memory():.0f} MB at most")


def memory() -> float:
    """Return the most memory (MB) that this process had so far."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()
