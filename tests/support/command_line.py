"""The command `koa-desktop grade`, and pictures to give to it."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest

from koa_desktop.cli import main
from koa_desktop.system.paths import RESOURCES

KNEES = 3


def save_knee(path: Path, size: int = 224) -> Path:
    """Write a picture that looks like a knee crop."""
    mean_knee = cv2.imdecode(np.fromfile(RESOURCES / "mean_knee.png", np.uint8), 0)
    picture = cv2.resize(mean_knee, (size, size), interpolation=cv2.INTER_CUBIC)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imencode(".png", picture)[1].tofile(path)
    return path


def save_film(path: Path) -> Path:
    """Write a wide picture on which no knee is located."""
    picture = np.random.default_rng(1).integers(0, 255, (300, 700), np.uint8)
    cv2.imencode(".png", picture)[1].tofile(path)
    return path


def table(out: Path) -> list[dict[str, str]]:
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def grade(*arguments: str | Path) -> int:
    """Run the command; where a test does not say otherwise, results name files by their paths."""
    identity = [] if "--identity" in arguments else ["--identity", "patient"]
    return main.main(["grade", *map(str, arguments), *identity])


def usage_error(*arguments: str | Path) -> int:
    """Return the exit status of arguments that argparse itself refuses."""
    with pytest.raises(SystemExit) as stop:
        grade(*arguments)
    return int(stop.value.code or 0)
