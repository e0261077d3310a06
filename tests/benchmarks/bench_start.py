"""Measure the time to the first grade on the command line, and to the window.

    python tests/benchmarks/bench_start.py [--runs 5]

Every run is a process of its own; medians are printed, in seconds from the process' first line.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np

from koa_desktop.system.paths import RESOURCES

FIRST_GRADE = """
import time; start = time.perf_counter()
import sys
from pathlib import Path
from koa_desktop.examination.examiner import Examiner
from koa_desktop.loading.read import read
assert Examiner.load().examine(read(Path(sys.argv[1]))).knees[0].finding.grade is not None
print(time.perf_counter() - start, time.process_time())
"""

WINDOW = """
import time; start = time.perf_counter()
import os, sys
from PySide6.QtWidgets import QApplication
from koa_desktop.cli.main import main

def shown():
    QApplication.processEvents()
    assert any(window.isVisible() for window in QApplication.topLevelWidgets())
    print(time.perf_counter() - start, time.process_time(), flush=True)
    os._exit(0)

# In place of waiting for the user: the window has been drawn.
QApplication.exec = staticmethod(shown)
main([])
"""


def seconds(code: str, *arguments: str) -> tuple[float, float]:
    """Return what one process printed: seconds on the clock, and of the processor."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            **dict.fromkeys(("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"), home),
        }
        finished = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
    clock, processor = map(float, finished.stdout.split()[-2:])
    return clock, processor


def report(what: str, measured: list[tuple[float, float]]) -> None:
    """Print medians; on a busy machine the processor's time is the steadier."""
    clock, processor = map(statistics.median, zip(*measured, strict=True))
    print(f"{what}: {clock:.2f} s ({processor:.2f} s of the processor)")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    mean_knee = cv2.imdecode(np.fromfile(RESOURCES / "mean_knee.png", np.uint8), 0)
    with tempfile.TemporaryDirectory() as folder:
        knee = Path(folder, "knee.png")
        cv2.imencode(".png", cv2.resize(mean_knee, (224, 224)))[1].tofile(knee)
        grades = [seconds(FIRST_GRADE, str(knee)) for _ in range(runs)]
    windows = [seconds(WINDOW) for _ in range(runs)]
    report("import to first grade", grades)
    report("import to window", windows)


if __name__ == "__main__":
    main()
