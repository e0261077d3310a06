"""Measure the packaged program: size, window, first grade, and memory with a film open.

    python -m tests.benchmarks.measure_packaged [dist/koa-desktop/koa-desktop] [--runs 5]

Times are medians from starting the process. Memory is the window's process, and in brackets all of
the program's, once a film of two knees has been graded and shown, and a little more than a minute
later. Linux only; the window is looked for on a screen of its own (Xvfb, xdotool).
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from koa_desktop.loading.reading_process import IDLE_SECONDS
from koa_desktop.system.paths import SAMPLES
from tests.benchmarks.bench_crops import FILM, films
from tests.robustness.process_tree import ROOT, end_group, home_in

PROGRAM = ROOT / "dist" / "koa-desktop" / "koa-desktop"
LARGE_FILM = (5000, 8000)  # rows, columns
CROP = SAMPLES / "grade2.png"
DISPLAY = ":97"
QUIET_SECONDS = 2.0  # without work, after which a film is taken to be graded and shown
_TICKS = os.sysconf("SC_CLK_TCK")
Megabytes = tuple[float, float]  # the window's process, all of the program's


def sizes(program: Path) -> tuple[float, float]:
    """Return the megabytes of the program's folder, and of it as .tar.xz."""
    folder = program.parent
    whole = sum(file.lstat().st_size for file in folder.rglob("*") if not file.is_dir())
    with tempfile.TemporaryDirectory() as name:
        packed = Path(name) / "program.tar.xz"
        with tarfile.open(packed, "w:xz") as archive:
            archive.add(folder, folder.name)
        return whole / 1e6, packed.stat().st_size / 1e6


def first_grade_seconds(program: Path) -> float:
    """Return the seconds until `grade` has written the result of one crop and ended."""
    with tempfile.TemporaryDirectory() as name:
        command = [program, "grade", "--crop", CROP, "--out", Path(name) / "out"]
        start = time.perf_counter()
        subprocess.run(command, env=home_in(Path(name)), check=True, capture_output=True)
        return time.perf_counter() - start


def window_seconds(program: Path) -> float:
    """Return the seconds until the window is on the screen."""
    with _started(program, QT_QPA_PLATFORM="xcb", DISPLAY=DISPLAY) as process:
        start = time.perf_counter()
        search = ["xdotool", "search", "--sync", "--onlyvisible", "--pid", str(process.pid)]
        found = {**os.environ, "DISPLAY": DISPLAY}
        subprocess.run(search, env=found, check=True, capture_output=True, timeout=60)
        return time.perf_counter() - start


def memory_with(program: Path, film: Path) -> tuple[Megabytes, Megabytes]:
    """Return the memory with a film open: when it is graded, and after reading memory is freed."""
    with _started(program, str(film)) as process:
        _wait_until_quiet(process.pid)
        graded = _memory(process.pid)
        time.sleep(IDLE_SECONDS + 5)
        return graded, _memory(process.pid)


@contextmanager
def _started(program: Path, *arguments: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryDirectory() as home:
        process = subprocess.Popen(
            [program, *arguments], env=home_in(Path(home), **more), stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            end_group(process)


def _wait_until_quiet(pid: int) -> None:
    """Wait until a process and its children have hardly worked for a while, 10 s at least."""
    time.sleep(10)
    before = -1.0
    while (now := sum(map(_worked_seconds, _family(pid)))) - before > 0.05 * QUIET_SECONDS:
        before = now
        time.sleep(QUIET_SECONDS)


def _family(pid: int) -> list[int]:
    """Return a process and all that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in _family(int(child)))]


def _worked_seconds(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(parts[11]) + int(parts[12])) / _TICKS


def _memory(pid: int) -> Megabytes:
    shares = sum(_smaps(one, "Pss") for one in _family(pid))
    return _smaps(pid, "Rss"), shares


def _smaps(pid: int, kind: str) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) / 1e6


def figures(program: Path, runs: int) -> Iterator[tuple[str, str]]:
    """Measure, and give each figure's title and value."""
    unpacked, packed = sizes(program)
    yield "packaged: unpacked, as .tar.xz", f"{unpacked:.0f} MB, {packed:.0f} MB"
    grades = [first_grade_seconds(program) for _ in range(runs)]
    yield "packaged: start to first grade", f"{statistics.median(grades):.2f} s"
    if shutil.which("Xvfb") and shutil.which("xdotool"):
        screen = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1280x800x24"])
        time.sleep(1)
        windows = [window_seconds(program) for _ in range(runs)]
        screen.kill()
        yield "packaged: start to window", f"{statistics.median(windows):.2f} s"
    for shape in (FILM, LARGE_FILM):
        with tempfile.TemporaryDirectory() as name:
            (film,) = films(Path(name) / "films", 1, lossless=False, shape=shape).iterdir()
            found = memory_with(program, film)
        graded, later = (f"{own:.0f} MB ({whole:.0f})" for own, whole in found)
        title = f"packaged: memory with {shape[0] * shape[1] / 1e6:.0f} megapixels, a minute later"
        yield title, f"{graded}, {later}"


def main() -> None:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("program", type=Path, nargs="?", default=PROGRAM)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    for title, value in figures(options.program.resolve(), options.runs):
        print(f"{title:55} {value}", flush=True)


if __name__ == "__main__":
    main()
