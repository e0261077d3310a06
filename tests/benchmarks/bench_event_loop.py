"""Measure the longest gaps of the window's event loop while 100 files are graded.

    python tests/benchmarks/bench_event_loop.py

A timer ticks every 5 ms; the longest gap between two ticks is what a reader would feel. Opens 97
single-knee crops and three radiographs of 12 megapixels, made on the spot. The same is measured
first while the networks are loaded, and with nothing to do: on a busy machine, that much is not
the program's.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2
import numpy as np
from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from koa_desktop.gui.app import build
from koa_desktop.gui.support.settings import Settings
from koa_desktop.system.paths import RESOURCES

CROPS, LARGE = 97, 3
TICK_MS = 5
LIMIT_MS = 50
IDLE_MS = 5000


def make_files(folder: Path) -> list[Path]:
    mean = cv2.imdecode(np.fromfile(RESOURCES / "mean_knee.png", np.uint8), 0)
    crop = cv2.resize(mean, (224, 224), interpolation=cv2.INTER_CUBIC)
    film = np.zeros((3000, 4000), np.uint8)
    film[500:2500, 0:2000] = cv2.resize(crop, (2000, 2000))
    film[500:2500, 2000:4000] = cv2.resize(crop[:, ::-1], (2000, 2000))
    random = np.random.default_rng(0)
    paths = []
    for number in range(CROPS + LARGE):
        picture = film if number % (CROPS // LARGE) == 5 and number < CROPS else crop
        noise = random.integers(0, 9, picture.shape, np.uint8)
        path = folder / f"{number:03}.png"
        path.write_bytes(cv2.imencode(".png", cv2.add(picture, noise))[1].tobytes())
        paths.append(path)
    return paths


class Ticks:
    """The gaps between the ticks of a timer, in milliseconds."""

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self._last = time.perf_counter()
        self.timer = QTimer()
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.setInterval(TICK_MS)
        self.timer.timeout.connect(self._tick)

    def start(self) -> None:
        self._last = time.perf_counter()
        self.timer.start()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.gaps.append((now - self._last) * 1000)
        self._last = now


def measure(
    application: QApplication, files: list[Path], folder: Path
) -> tuple[list[float], list[float], list[float], float]:
    store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
    window = build(application, Settings(store), folder / "cases.sqlite")
    window.resize(1280, 800)
    window.show()
    application.processEvents()
    loading, idle, ticks = Ticks(), Ticks(), Ticks()
    window.session.warm_up()
    for quiet in (loading, idle):
        quiet.start()
        QTimer.singleShot(IDLE_MS, application.exit)
        application.exec()
        quiet.timer.stop()
    started = time.perf_counter()
    ticks.start()
    window.open_files(files)

    def stop_when_done() -> None:
        if window.session.graded == len(files):
            application.exit()

    window.session.progress_changed.connect(stop_when_done)
    application.exec()
    seconds = time.perf_counter() - started
    window.close()
    return loading.gaps, idle.gaps, ticks.gaps, seconds


def figures() -> Iterator[tuple[str, str]]:
    """Measure, and give each figure's title and value."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    application.setStyle("Fusion")
    application.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        loading, idle, gaps, seconds = measure(application, make_files(folder), folder)
    yield f"{CROPS + LARGE} files graded in the window", f"{seconds:.1f} s"
    yield "longest gap while the networks are loaded", f"{max(loading):.0f} ms"
    yield "longest gap with nothing to do", f"{max(idle):.0f} ms"
    yield (
        "longest gap while they are graded, 99th percentile",
        f"{max(gaps):.0f} ms, {np.percentile(gaps, 99):.0f} ms",
    )
    yield f"gaps over {LIMIT_MS} ms", f"{sum(gap > LIMIT_MS for gap in gaps)} of {len(gaps)}"


def main() -> None:
    for title, value in figures():
        print(f"{title:55} {value}", flush=True)


if __name__ == "__main__":
    main()
