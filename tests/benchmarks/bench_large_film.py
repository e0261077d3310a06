"""Measure a film of 40 megapixels (5,000 x 8,000, 16 bits): first picture, drags, switching.

    python tests/benchmarks/bench_large_film.py [WIDTH HEIGHT]

The window is drawn offscreen at 1280 x 720 if nothing else is given. Prints median and worst in
milliseconds beside what is asked for; a frame is one event and the painting that follows it. The
second pair of figures is the processor's time alone: what a quiet machine would need.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2
import numpy as np
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from koa_desktop.gui.film.film_pane import FilmPane
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.film_cache import CachedFilm
from koa_desktop.imaging.pyramid import levels
from koa_desktop.knees.window_presets import Preset
from koa_desktop.radiograph import Radiograph, Window

FILM = (8000, 5000)  # rows, columns
FIRST_MS, FRAME_MS, SWITCH_MS = 200, 50, 100
STEPS = 40
Times = tuple[float, float]
LEFT, RIGHT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton


def make_film(seed: int) -> Radiograph:
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 4096, (80, 50)).astype(np.float32)
    smooth = cv2.resize(coarse, FILM[::-1], interpolation=cv2.INTER_CUBIC)
    values = np.clip(smooth + random.integers(0, 40, FILM, np.uint8), 0, 4095).astype(np.uint16)
    return Radiograph.of(Path(f"film {seed}"), values, Window(2048, 4096))


class Bench:
    """Drives a pane with two large films and keeps the times of what it does."""

    def __init__(self, application: QApplication, size: tuple[int, int]) -> None:
        self._application = application
        self.pane = FilmPane()
        self.pane.resize(*size)
        self.pane.show()
        application.processEvents()

    def timed(self, act: Callable[[], object]) -> Times:
        """Do something and paint what follows; returns milliseconds passed, and worked."""
        started, worked = time.perf_counter(), time.process_time()
        act()
        self._application.processEvents()
        self.pane.repaint()
        return (time.perf_counter() - started) * 1000, (time.process_time() - worked) * 1000

    def show(self, radiograph: Radiograph, film: CachedFilm | None = None) -> None:
        case = Case(radiograph.info.path, radiograph=radiograph.info)
        self.pane.show_case(case, film or CachedFilm.of(radiograph), None)

    def drag(self, button: Qt.MouseButton, way: QPoint) -> list[Times]:
        """Drag through the view and back; returns each frame's milliseconds."""
        viewport = self.pane.view.viewport()
        start = viewport.rect().center()
        self._send(QMouseEvent.Type.MouseButtonPress, start, button, button)
        times = [
            self.timed(
                lambda place=place: self._send(QMouseEvent.Type.MouseMove, place, NONE, button)
            )
            for place in _path(start, way)
        ]
        self._send(QMouseEvent.Type.MouseButtonRelease, start, button, NONE)
        return times

    def _send(
        self, kind: QMouseEvent.Type, place: QPoint, button: Qt.MouseButton, held: Qt.MouseButton
    ) -> None:
        viewport = self.pane.view.viewport()
        where, everywhere = QPointF(place), QPointF(viewport.mapToGlobal(place))
        event = QMouseEvent(kind, where, everywhere, button, held, Qt.KeyboardModifier.NoModifier)
        self._application.sendEvent(viewport, event)


def _path(start: QPoint, way: QPoint) -> Iterator[QPoint]:
    for step in range(1, STEPS + 1):
        share = np.sin(np.pi * step / STEPS)
        yield start + QPoint(round(way.x() * share), round(way.y() * share))


def report(what: str, times: list[Times], wanted: float) -> None:
    passed, worked = zip(*times, strict=True)
    print(
        f"{what:32} median {statistics.median(passed):6.1f}  worst {max(passed):6.1f}"
        f"  | worked {statistics.median(worked):6.1f} {max(worked):6.1f}  (asked: {wanted:.0f})"
    )


def main() -> None:
    size = (int(sys.argv[1]), int(sys.argv[2])) if len(sys.argv) == 3 else (1280, 720)
    application = QApplication([])
    bench = Bench(application, size)
    first, second = make_film(0), make_film(1)
    view = bench.pane.view
    print(f"view of {size[0]} x {size[1]}, milliseconds")
    pyramid = [bench.timed(lambda: levels(first.values)) for _ in range(5)]
    report("pyramid, beside the window", pyramid, FIRST_MS)
    times = []
    for _ in range(5):
        bench.pane.show_case(None, None, None)
        times.append(bench.timed(lambda: bench.show(replace(first))))
    report("first picture, pyramid included", times, FIRST_MS)
    for name, zoom in (("fitted", None), ("51 %", 0.51), ("99 %", 0.99), ("200 %", 2.0)):
        view.fit()
        if zoom is not None:
            view.zoom_by(zoom / view.scale_factor())
        report(f"pan, {name}", bench.drag(LEFT, QPoint(300, 200)), FRAME_MS)
        report(f"window drag, {name}", bench.drag(RIGHT, QPoint(200, 100)), FRAME_MS)
        view.rotate_film(1)
        report(f"pan, turned, {name}", bench.drag(LEFT, QPoint(300, 200)), FRAME_MS)
        view.rotate_film(-1)
    for preset in (Preset.FULL, Preset.BONE, Preset.SOFT_TISSUE):
        view.reset_window()
        act = [bench.timed(lambda preset=preset: view.show_preset(preset))]
        report(f"window for {preset.value}", act, FRAME_MS)
    films = [(film, CachedFilm.of(film)) for film in (first, second)]
    switches = [bench.timed(lambda pair=films[turn % 2]: bench.show(*pair)) for turn in range(10)]
    report("switch between two read cases", switches, SWITCH_MS)


if __name__ == "__main__":
    main()
