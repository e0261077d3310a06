"""Measure the time `koa-desktop grade --crop` takes for a further knee, and the model's share.

    python tests/benchmarks/bench_crops.py [--rounds 3]

The command runs on few and on many crops by turns, so that its start does not count. Beside it
stands a pass of one plain MobileNetV2 at 224 pixels: figures of two machines compare in its units.
Needs the training extra.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from koa_desktop.grading.grader import Grader
from koa_desktop.system.paths import SAMPLES

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

FEW, MANY, PASSES = 20, 100, 15
CROPS = sorted(SAMPLES.glob("grade?.png"))


def crops(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        shutil.copy(CROPS[number % len(CROPS)], folder / f"{number:03d}.png")
    return folder


def command_seconds(folder: Path, out: Path) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "koa_desktop", "grade", "--crop", folder, "--out", out],
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start


def milliseconds(work: Callable[[], object]) -> float:
    work()
    times = []
    for _ in range(PASSES):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def plain_network() -> Callable[[], object]:
    import keras

    from training.network.litert import runner

    run = runner(keras.applications.MobileNetV2((224, 224, 3), include_top=False, weights=None))
    picture = np.zeros((1, 224, 224, 3), np.float32)
    return lambda: run(picture)


def main() -> None:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    grader, plain = Grader(), plain_network()
    crop = np.random.default_rng(0).random((224, 224, 1), np.float32)
    figures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, many = crops(folder / "few", FEW), crops(folder / "many", MANY)
        for number in range(rounds):
            short = command_seconds(few, folder / f"few {number}")
            long = command_seconds(many, folder / f"many {number}")
            figures.append(
                (
                    1000 * (long - short) / (MANY - FEW),
                    milliseconds(lambda: grader.grade([crop])),
                    milliseconds(plain),
                )
            )
    command, model, unit = (statistics.median(column) for column in zip(*figures, strict=True))
    print(f"grade --crop, a further knee  {command:5.1f} ms, {command / unit:4.1f} plain passes")
    print(f"the model alone               {model:5.1f} ms, {model / unit:4.1f} plain passes")
    print(f"a plain MobileNetV2 at 224    {unit:5.1f} ms")


if __name__ == "__main__":
    main()
