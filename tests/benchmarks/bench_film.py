"""Measure the time from opening a film in the window until its grades and heat maps are shown.

    python -m tests.benchmarks.bench_film [--runs 5]

Films have 12 megapixels and two knees, uncompressed and as JPEG Lossless. The window is there, the
networks are loaded, and a film was opened before. Medians of films of their own.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from koa_desktop.gui.app import build
from koa_desktop.gui.main_window import MainWindow
from koa_desktop.gui.support.settings import Settings
from tests.benchmarks.bench_crops import films

KINDS = ("uncompressed", "JPEG Lossless")
LONGEST = 60.0  # seconds
TICK_MS = 5


def milliseconds(kind: str, runs: int) -> list[float]:
    """Return what each of `runs` films took, from opening it to the painted heat maps."""
    application = QApplication.instance() or QApplication([])
    assert isinstance(application, QApplication)
    application.setStyle("Fusion")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = sorted(films(folder / "films", runs + 1, lossless=kind == KINDS[1]).iterdir())
        store = QSettings(str(folder / "settings.ini"), QSettings.Format.IniFormat)
        window = build(application, Settings(store), folder / "cases.sqlite")
        window.resize(1280, 800)
        window.show()
        window.actions_table["heat"].setChecked(True)
        window.session.warm_up()
        found = [_opened(application, window, path) for path in paths]
        window.close()
    return found[1:]  # the first waits for the networks


def _opened(application: QApplication, window: MainWindow, path: Path) -> float:
    """Open a film; the networks' answer, and all painting that it leads to, are waited for."""
    graded, start = window.session.graded, time.perf_counter()
    window.open_files([path])
    waking = QTimer(interval=TICK_MS)
    waking.start()
    while window.session.graded == graded:
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if time.perf_counter() - start > LONGEST:
            raise TimeoutError(path.name)
    application.processEvents()
    window.repaint()
    took = 1000 * (time.perf_counter() - start)
    assert [case.path for case in window.case_list.selected()] == [path]
    assert _has_colours(window.film.grab().toImage())
    return took


def _has_colours(picture: QImage) -> bool:
    """Tell whether more than a hundredth of a picture is coloured, as heat maps are."""
    picture = picture.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), -1)
    pixels = rows[:, : 3 * picture.width()].reshape(-1, 3).astype(np.int16)
    return float((np.ptp(pixels, axis=1) > 60).mean()) > 0.01


def figures(runs: int) -> Iterator[tuple[str, str]]:
    """Measure, and give each figure's title and value."""
    for kind in KINDS:
        median = statistics.median(milliseconds(kind, runs))
        yield f"a film, from opening it to its heat maps, {kind}", f"{median:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=int, default=5)
    for title, value in figures(parser.parse_args().runs):
        print(f"{title:55} {value}", flush=True)


if __name__ == "__main__":
    main()
