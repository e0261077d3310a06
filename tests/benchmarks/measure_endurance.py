"""Examine many films in one process, and read many in one window: does it stay small and quick?

python -m tests.benchmarks.measure_endurance [--examinations 10000] [--films 1000]

A working day has some hundred films; 1,000 in the window, each graded, measured, commented and
looked at without a pause, stand for eight hours and more. Prints for every tenth part memory (MB)
and open files of the program and its processes, and the median milliseconds of its last hundred
rounds; then the end against the first part, before which everything has been loaded. Linux only.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from koa_desktop.system.paths import SAMPLES
from tests.robustness.process_tree import ROOT, home_in, python

PARTS = 10
LAST = 100  # rounds whose median is a part's speed
_FILMS = 12
_MAP, _GRADE = "heat map", (2, 3)
_LOOK_MS, _MOMENT_MS = 100, 20


class Watch:
    """Memory, open files and speed of this process and those it has started."""

    def __init__(self, rounds: int) -> None:
        self._every = max(rounds // PARTS, 1)
        self._times: list[float] = []
        self._begun = time.perf_counter()

    def round_done(self) -> None:
        """Count a round; print a line where a part is over."""
        now = time.perf_counter()
        self._times.append(now - self._begun)
        if len(self._times) % self._every == 0:
            took = 1000 * statistics.median(self._times[-LAST:])
            processes = list(_processes())
            line = {
                "rounds": len(self._times),
                "megabytes": round(sum(map(_resident, processes)) / 1e6, 1),
                "files": sum(map(_open_files, processes)),
                "milliseconds": round(took, 1),
            }
            print(json.dumps(line), flush=True)
            now = time.perf_counter()
        self._begun = now


def _processes() -> Iterator[Path]:
    """Give the folders in /proc of this process and its children."""
    own = Path("/proc/self").resolve()
    yield own
    for thread in (own / "task").iterdir():
        for child in (thread / "children").read_text().split():
            yield Path("/proc") / child


def _resident(process: Path) -> int:
    """Return a process' memory in bytes; what two share counts once (proportional set size)."""
    lines = (process / "smaps_rollup").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def _open_files(process: Path) -> int:
    return sum(1 for _ in (process / "fd").iterdir())


def examine(rounds: int) -> None:
    """Examine the samples again and again, among them what cannot be read."""
    from koa_desktop.errors import ReadError
    from koa_desktop.examination.examiner import Examiner
    from koa_desktop.loading.reader import header_rows, read

    examiner = Examiner.load()
    files = sorted(SAMPLES.iterdir())
    watch = Watch(rounds)
    for number in range(rounds):
        try:
            radiograph = read(files[number % len(files)])
        except ReadError:
            pass
        else:
            assert examiner.examine(radiograph).knees
            header_rows(radiograph.info)
        watch.round_done()


def read_in_window(folder: Path, rounds: int) -> None:
    """Read the films of a folder again and again, as a reader does."""
    from tests.robustness import window_driver

    def script(driver: Any) -> Generator[Any, None, None]:
        yield lambda: driver.is_graded
        watch = Watch(rounds)
        # The first film is chosen already.
        for number in range(1, rounds + 1):
            yield from _read_one(driver, number)
            watch.round_done()

    sys.exit(window_driver.run(sorted(map(str, folder.iterdir())), script))


def _read_one(driver: Any, number: int) -> Generator[Any, None, None]:
    """Read one film: look at it, grade, take it back, comment, and now and then open a window."""
    from PySide6.QtCore import Qt

    before = driver.selected
    driver.select(number % _FILMS)
    yield lambda: driver.selected != before and driver.comment is not None
    driver.trigger(_MAP)
    driver.trigger("joint space")
    driver.trigger("rotate to the right")
    yield _LOOK_MS
    grade = _GRADE[number // _FILMS % 2]
    driver.focus_list()
    driver.key(getattr(Qt.Key, f"Key_{grade}"))
    yield _MOMENT_MS
    # Where the film was still being loaded, the key did nothing, and undo would leave the film.
    if driver.selected.endswith(f" {grade}"):
        driver.trigger("undo")
        driver.trigger("redo")
    driver.trigger("rotate to the left")
    if driver.comment is not None:
        driver.comment.setPlainText(f"Seen {number}.")
    driver.focus_list()
    driver.trigger(_MAP)
    if number % 20 == 0:
        driver.trigger("audit trail")
        driver.trigger("about the model")
        yield _MOMENT_MS
        for dialog in driver.dialogs:
            dialog.close()
    yield _MOMENT_MS


def main() -> None:
    """Run both in processes of their own, and compare the end with the start."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--examinations", type=int, default=10_000)
    parser.add_argument("--films", type=int, default=1_000)
    parser.add_argument("--part", choices=("examine", "window"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part == "examine":
        examine(options.examinations)
    elif options.part == "window":
        read_in_window(options.folder, options.films)
    else:
        _compare("examinations", ["--part", "examine", "--examinations", str(options.examinations)])
        with tempfile.TemporaryDirectory() as name:
            for number in range(_FILMS):
                shutil.copy(SAMPLES / f"grade{number % 5}.png", Path(name) / f"{number:02}.png")
            _compare("films", ["--part", "window", "--folder", name, "--films", str(options.films)])


def _compare(what: str, arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as home:
        command = python("-m", "tests.benchmarks.measure_endurance", *arguments)
        with subprocess.Popen(
            command, env=home_in(Path(home)), cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            lines = []
            for text in process.stdout:
                lines.append(json.loads(text))
                print(f"{what}: {lines[-1]}", flush=True)
    assert process.returncode == 0
    first, last = lines[0], lines[-1]
    changes = {name: f"{100 * (last[name] / first[name] - 1):+.1f} %" for name in first}
    print(f"{what}, end against the first part: {changes}")


if __name__ == "__main__":
    main()
