"""Measure how films are graded that are stored negative, mirrored, turned or with other pixels.

    KOA_DATA=DATA python -m tests.robustness.measure_poses [--films 20] [--variants wide-1.25 …]

Each whole bilateral film of DATA/radiographs is stored as DICOM as it is, and once more in each
way, labelled so. The grades, sides and joint spaces are compared with those of the plain film.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from pydicom.dataset import Dataset

from koa_desktop.examination.examiner import ExaminedKnee, Examiner
from koa_desktop.loading.read import read
from tests.support.dicom_files import image, saved

SPACING = 0.15  # millimetres, of the plain film's pixels
CLOSE = 0.05  # of a joint space's width

Film = np.ndarray


def plain(film: Film) -> Dataset:
    return image(film, PixelSpacing=[SPACING, SPACING])


def posed(film: Film, row: str, column: str) -> Dataset:
    """Return a film as stored, its rows and columns running to these sides (PS3.3 C.7.6.1.1.1)."""
    stored = np.ascontiguousarray(film)
    return image(stored, PixelSpacing=[SPACING, SPACING], PatientOrientation=[row, column])


def wide(film: Film, ratio: float) -> Dataset:
    """Return a film whose pixels are `ratio` times as wide as high (PS3.3 10.7.1.3)."""
    height, width = film.shape
    columns = round(width / ratio)
    stored = cv2.resize(film, (columns, height), interpolation=cv2.INTER_AREA)
    return image(stored, PixelSpacing=[SPACING, SPACING * width / columns])


VARIANTS: dict[str, Callable[[Film], Dataset]] = {
    "negative": lambda film: image(
        film.max() - film,
        PixelSpacing=[SPACING, SPACING],
        PhotometricInterpretation="MONOCHROME1",
    ),
    "mirrored": lambda film: posed(film[:, ::-1], "R", "F"),
    "turned-90": lambda film: posed(np.rot90(film, -1), "H", "L"),
    "turned-180": lambda film: posed(np.rot90(film, 2), "R", "H"),
    "wide-1.25": lambda film: wide(film, 1.25),
    "wide-1.55": lambda film: wide(film, 1.55),
}


def bilateral(folder: Path, count: int) -> list[Path]:
    """Return films with two native knees."""
    listed = json.loads((folder / "boxes.json").read_text(encoding="utf-8"))
    chosen = [
        one["file"]
        for one in listed
        if one["view"] == "frontal"
        and len(one["knees"]) == 2
        and not one["implant"]
        and "/" not in one["file"]
    ]
    return [folder / name for name in chosen[:count]]


def knees_of(examiner: Examiner, dataset: Dataset) -> tuple[ExaminedKnee, ...]:
    with tempfile.TemporaryDirectory() as folder:
        return examiner.examine(read(saved(dataset, Path(folder)))).knees


def widths(knee: ExaminedKnee) -> list[float | None]:
    space = knee.joint_space
    parts = (space.medial, space.lateral) if space else (None, None)
    return [part.minimal.millimetres if part and part.minimal else None for part in parts]


def compared(
    plain_knees: tuple[ExaminedKnee, ...], others: tuple[ExaminedKnee, ...]
) -> tuple[int, list[float]]:
    """Return how many knees agree in grade and side, and how far joint spaces differ (shares)."""
    same, differences = 0, []
    for one in plain_knees:
        for other in others:
            if other.knee.side is one.knee.side:
                same += other.finding.grade == one.finding.grade
                differences += [
                    abs(b / a - 1)
                    for a, b in zip(widths(one), widths(other), strict=True)
                    if a and b is not None
                ]
    return same, differences


def main() -> None:
    """Print for each way of storing how many grades and joint spaces stay."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--films", type=int, default=20)
    parser.add_argument("--variants", nargs="*", choices=VARIANTS, default=list(VARIANTS))
    args = parser.parse_args()
    examiner = Examiner.load()
    totals = {name: (0, [0.0] * 0) for name in args.variants}
    count = 0
    for path in bilateral(Path(os.environ["KOA_DATA"]) / "radiographs", args.films):
        film = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).astype(np.uint16) * 16
        reference = knees_of(examiner, plain(film))
        count += len(reference)
        for name in args.variants:
            same, differences = compared(reference, knees_of(examiner, VARIANTS[name](film)))
            before, known = totals[name]
            totals[name] = before + same, known + differences
    for name, (same, differences) in totals.items():
        close = sum(difference <= CLOSE for difference in differences)
        print(
            f"{name:<11} grade and side {same}/{count}, joint space within {CLOSE:.0%}: "
            f"{close}/{len(differences)}, widest difference {max(differences, default=0):.1%}"
        )


if __name__ == "__main__":
    main()
