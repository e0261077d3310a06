"""Measure how long files take to read: in the process itself, and beside it in the confined one.

    python tests/benchmarks/bench_reading.py [--runs 15] [--first-film]

The two ways take turns, so that a busy machine is equally unkind to both; medians are printed, in
milliseconds, and how long the confined process takes to start. `--first-film` measures the window
instead: seconds from the start of a process to the first grade.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from koa_desktop.loading import read, reader, reading_process
from koa_desktop.system.paths import SAMPLES
from tests.support.dicom_files import image, saved

ROOT = Path(__file__).parents[2]
FIRST_FILM = """
import time; start = time.perf_counter()
import os, sys
from koa_desktop.cli import main
from koa_desktop.loading import read, reader
if sys.argv[2] == "here":
    reader.start, reader.read = (lambda: None), (lambda path, stopped=None: read.read(path))
# As the command line does, before Qt is loaded.
reader.start()
from PySide6.QtCore import QTimer

def look():
    from PySide6.QtWidgets import QApplication
    for window in QApplication.topLevelWidgets():
        session = getattr(window, "session", None)
        if session is not None and len(session.cases) and session.graded == len(session.cases):
            print(time.perf_counter() - start, flush=True)
            os._exit(0)
    QTimer.singleShot(10, look)

from PySide6.QtWidgets import QApplication
execute = QApplication.exec
QApplication.exec = staticmethod(lambda: (look(), execute())[1])
main.main([sys.argv[1]])
"""


def films(folder: Path) -> dict[str, Path]:
    """Write the files to read: 12 megapixels and a crop, as pictures and as DICOM."""
    random = np.random.default_rng(0)
    coarse = random.integers(0, 4096, (60, 50)).astype(np.float32)
    smooth = cv2.resize(coarse, (3000, 4000), interpolation=cv2.INTER_CUBIC)
    noisy = smooth + random.integers(0, 40, smooth.shape)
    deep = np.clip(noisy, 0, 4095).astype(np.uint16)
    flat = (deep >> 4).astype(np.uint8)
    cv2.imwrite(str(folder / "film.png"), deep)
    cv2.imwrite(str(folder / "film.jpg"), flat)
    cv2.imwrite(str(folder / "film.tif"), deep)
    return {
        "crop, PNG": SAMPLES / "grade0.png",
        "film of 3 MB, DICOM": SAMPLES / "bilateral.dcm",
        "12 megapixels, DICOM": saved(image(deep), folder),
        "12 megapixels, TIFF": folder / "film.tif",
        "12 megapixels, PNG": folder / "film.png",
        "12 megapixels, JPEG": folder / "film.jpg",
    }


def milliseconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return (time.perf_counter() - started) * 1000


def compare(name: str, path: Path, runs: int) -> None:
    """Print the medians of both ways, and of their ratios."""
    here, beside = [], []
    for turn in range(runs + 1):
        pair = milliseconds(lambda: read.read(path)), milliseconds(lambda: reader.read(path))
        if turn:
            here.append(pair[0])
            beside.append(pair[1])
    ratio = statistics.median(b / h for h, b in zip(here, beside, strict=True))
    print(
        f"{name:22} here {statistics.median(here):7.1f} ms  beside {statistics.median(beside):7.1f}"
        f" ms  ratio {ratio:.2f}"
    )


def first_film(runs: int) -> None:
    """Print the median seconds to the first grade in the window, by both ways in turn."""
    for film in ("grade2.png", "bilateral.dcm"):
        seconds: dict[str, list[float]] = {"here": [], "beside": []}
        for _ in range(runs):
            for way, found in seconds.items():
                found.append(_seconds_to_film(SAMPLES / film, way))
        medians = ", ".join(f"{way} {statistics.median(one):.2f} s" for way, one in seconds.items())
        print(f"first film in the window, {film}: {medians}")


def _seconds_to_film(path: Path, way: str) -> float:
    with tempfile.TemporaryDirectory() as home:
        folders = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
        done = subprocess.run(
            [sys.executable, "-c", FIRST_FILM, str(path), way],
            env=environment | dict.fromkeys(folders, home),
            capture_output=True,
            text=True,
            check=True,
        )
    return float(done.stdout.split()[-1])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--first-film", action="store_true")
    options = parser.parse_args()
    if options.first_film:
        first_film(options.runs)
        return
    started = milliseconds(
        lambda: (reading_process.start(), reading_process.idle[0].wait_until_ready(None))
    )
    print(f"start of the process   {started:7.0f} ms")
    with tempfile.TemporaryDirectory() as folder:
        for name, path in films(Path(folder)).items():
            compare(name, path, options.runs)


if __name__ == "__main__":
    main()
