"""Measure the wait for the grade of a moved box, on films of three sizes.

    python tests/benchmarks/bench_moved_box.py

Medians in milliseconds, with both models loaded: on the clock, and of the processor.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import replace

import cv2

from koa_desktop.examination.reading import MarkedKnee
from koa_desktop.gui.session import tasks
from koa_desktop.gui.session.film_cache import CachedFilm
from koa_desktop.gui.session.services import Services
from koa_desktop.knees.box import Box, Knee
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Radiograph
from koa_desktop.system.paths import SAMPLES

WIDTHS = (1280, 2500, 4300)
MOVES = 9


def measured(sample: Radiograph, services: Services, width: int) -> tuple[CachedFilm, float, float]:
    """Return the sample film at a width, and the medians of moving a box on it."""
    scale = width / sample.width
    values = cv2.resize(sample.values, None, fx=scale, fy=scale)
    film = CachedFilm.of(replace(sample, values=values))
    clock, processor = [], []
    for move in range(MOVES):
        box = Box(100 * scale + move, 340 * scale, 450 * scale)
        started, worked = time.perf_counter(), time.process_time()
        tasks.grade_knees(film, sample.inverted, [MarkedKnee(Knee(box))], services)
        clock.append(time.perf_counter() - started)
        processor.append(time.process_time() - worked)
    return film, 1000 * statistics.median(clock), 1000 * statistics.median(processor)


def main() -> None:
    """Measure and print."""
    sample = read(SAMPLES / "bilateral.dcm")
    services = Services(None)
    services.warm_up()
    for width in WIDTHS:
        film, clock, processor = measured(sample, services, width)
        pixels = film.radiograph.values.size / 1e6
        print(f"{pixels:.1f} megapixels: {clock:.0f} ms ({processor:.0f} ms of the processor)")


if __name__ == "__main__":
    main()
