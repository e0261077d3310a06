"""Measure the time `koa-desktop grade` takes for a further crop or film, and the model's share.

    python tests/benchmarks/bench_crops.py [--rounds 3]

The command runs on few and on many files by turns, so that its start does not count. Films have 12
megapixels and two knees. Beside them stands a pass of one plain MobileNetV2 at 224 pixels: figures
of two machines compare in its units. Needs the training extra.
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
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from imagecodecs import jpeg8_encode
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGLosslessSV1

from koa_desktop.grading.grader import Grader
from koa_desktop.loading.read import read
from koa_desktop.system.paths import SAMPLES
from tests.support.dicom_files import image, saved

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

FEW, MANY, PASSES = 20, 100, 15
FEW_FILMS, MANY_FILMS = 4, 20
CROPS = sorted(SAMPLES.glob("grade?.png"))
FILM = (3300, 3660)  # rows, columns


def crops(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        shutil.copy(CROPS[number % len(CROPS)], folder / f"{number:03d}.png")
    return folder


def films(folder: Path, count: int, *, lossless: bool, shape: tuple[int, int] = FILM) -> Path:
    """Save the sample of two knees in 12 bits, enlarged and with other noise on each film."""
    folder.mkdir()
    picture = read(SAMPLES / "bilateral.dcm").values.astype(np.float32)
    picture = cv2.resize(picture, shape[::-1], interpolation=cv2.INTER_CUBIC)
    random = np.random.default_rng(0)
    for number in range(count):
        values = np.clip(picture + random.normal(0, 8, shape), 0, 4095).astype(np.uint16)
        dataset = image(values, BitsStored=12, HighBit=11)
        if lossless:
            packed = jpeg8_encode(values, lossless=True, predictor=1, bitspersample=12)
            dataset.file_meta.TransferSyntaxUID = JPEGLosslessSV1
            dataset.PixelData = encapsulate([bytes(packed)])
        saved(dataset, folder, f"{number:03d}.dcm")
    return folder


def command_seconds(folder: Path, out: Path, *options: str) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "koa_desktop", "grade", *options, folder, "--out", out],
        check=True,
        capture_output=True,
    )
    return time.perf_counter() - start


def further(few: Path, many: Path, out: Path, *options: str) -> float:
    """Return the milliseconds that one more file takes in a folder."""
    files = sum(1 for _ in many.iterdir()) - sum(1 for _ in few.iterdir())
    short = command_seconds(few, out / f"{few.name} {time.time_ns()}", *options)
    long = command_seconds(many, out / f"{many.name} {time.time_ns()}", *options)
    return 1000 * (long - short) / files


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


def figures(rounds: int) -> Iterator[tuple[str, str]]:
    """Measure, and give each figure's title and value."""
    grader, plain = Grader(), plain_network()
    crop = np.random.default_rng(0).random((224, 224, 1), np.float32)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few, many = crops(folder / "few", FEW), crops(folder / "many", MANY)
        found = [
            (
                further(few, many, folder, "--crop"),
                milliseconds(lambda: grader.grade([crop])),
                milliseconds(plain),
            )
            for _ in range(rounds)
        ]
        command, model, unit = (statistics.median(column) for column in zip(*found, strict=True))
        yield "a plain MobileNetV2 at 224", f"{unit:.1f} ms"
        yield "the model alone", f"{model:.1f} ms, {model / unit:.1f} plain passes"
        yield "a further crop", f"{command:.1f} ms, {command / unit:.1f} plain passes"
        for kind, lossless in (("uncompressed", False), ("JPEG Lossless", True)):
            few = films(folder / f"few {kind}", FEW_FILMS, lossless=lossless)
            many = films(folder / f"many {kind}", MANY_FILMS, lossless=lossless)
            film = statistics.median(further(few, many, folder) for _ in range(rounds))
            yield f"a further film, {kind}", f"{film:.0f} ms, {1000 / film:.1f} films a second"


def main() -> None:
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    for title, value in figures(parser.parse_args().rounds):
        print(f"{title:30} {value}", flush=True)


if __name__ == "__main__":
    main()
