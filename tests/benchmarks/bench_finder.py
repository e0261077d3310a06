"""Measure the time to find knees on a radiograph of 12 megapixels (3,000 x 4,000), after decoding.

    python tests/benchmarks/bench_finder.py [RADIOGRAPH]

Without a file the synthetic sample is enlarged, once as 16-bit grey values and once as float32, as
rescaled DICOM values are. Prints median and worst in milliseconds beside what is asked for.
"""

import statistics
import sys
import time
from pathlib import Path

import cv2
import numpy as np

from koa_desktop.grading.finder import Finder
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Radiograph
from koa_desktop.system.paths import SAMPLES

SHAPE = (4000, 3000)  # rows, columns
ASKED_MS = 60
ROUNDS = 30


def enlarged(radiograph: Radiograph, kind: type[np.generic]) -> Radiograph:
    values = cv2.resize(radiograph.values, SHAPE[::-1], interpolation=cv2.INTER_LINEAR)
    return radiograph.with_values(values.astype(kind))


def bench(name: str, finder: Finder, radiograph: Radiograph) -> None:
    finder.find(radiograph)
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        knees = finder.find(radiograph)
        times.append((time.perf_counter() - start) * 1000)
    print(
        f"{name:24} {len(knees)} knees, median {statistics.median(times):.1f}, "
        f"best {min(times):.1f}, worst {max(times):.1f} ms (asked: {ASKED_MS})"
    )


def main() -> None:
    finder = Finder()
    if len(sys.argv) == 2:
        radiograph = read(Path(sys.argv[1]))
        bench(radiograph.info.path.name, finder, radiograph)
        return
    sample = read(SAMPLES / "bilateral.dcm")
    for kind in (np.uint16, np.float32):
        bench(f"12 megapixels {kind.__name__}", finder, enlarged(sample, kind))


if __name__ == "__main__":
    main()
