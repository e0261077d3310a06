"""Measure a bundle on the same knees under changes of file, pose and box.

    python -m training.evaluation.robustness --bundle models --data DATA/knee --out runs/bundle

Each changed picture is stored as a file and goes through the app's own steps: `read`, with its
check of polarity, `cut` and `stretch`, the grader, and the app's findings. The published crops end
where their box does; a box that is shifted, turned or enlarged shows the border's grey values
repeated there, where a film would continue. Writes `robustness.json` and the page into --out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.examination.examiner import Examiner
from koa_desktop.examination.findings import Flag
from koa_desktop.grading.finder import Finder
from koa_desktop.grading.grader import Grader
from koa_desktop.grading.letters import LetterReader
from koa_desktop.joint_space.margins import MarginFinder
from koa_desktop.knees.box import Box, Knee
from koa_desktop.loading.read import read
from training.data.crops import Crops
from training.evaluation.page import ROBUSTNESS, write_page
from training.metrics.metrics import bootstrap
from training.runs.bundle_predictions import unseen

Bytes = NDArray[np.uint8]

TURN = 10.0  # degrees
SHIFT = 0.08  # of the box's side
SIZE = 0.10  # of the box's side
GAMMAS = (0.6, 1.6)
JPEG_QUALITY = 50
FILM_SCALE = 3
NOTE = "Where a box reaches beyond the published crop, the crop's border is repeated."


@dataclass(frozen=True, slots=True)
class Change:
    """A way of showing a knee differently: other grey values in the file, or another box.

    `stored` turns a crop (H, W), bone bright, into what the file holds; `right` and `down` shift
    the box by shares of its side, `size` is a factor. `inverts`: bone is dark in the file.
    """

    name: str
    stored: Callable[[Bytes], Bytes] = np.asarray
    jpeg: bool = False
    inverts: bool = False
    right: float = 0.0
    down: float = 0.0
    size: float = 1.0


@dataclass(frozen=True)
class Shown:
    """The app's results for each knee under one change (n,); the grade is -1 where it refused."""

    grades: NDArray[np.int64]
    inverted: NDArray[np.bool_]  # polarity taken for the opposite
    found: NDArray[np.bool_]  # taken for a knee without a hand
    flagged: NDArray[np.bool_]  # as unusual, or of low contrast


def turned(degrees: float) -> Callable[[Bytes], Bytes]:
    """Return a turn about the middle, the border repeated."""

    def turn(image: Bytes) -> Bytes:
        height, width = image.shape
        matrix = cv2.getRotationMatrix2D((width / 2 - 0.5, height / 2 - 0.5), degrees, 1)
        return np.asarray(
            cv2.warpAffine(image, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE),
            np.uint8,
        )

    return turn


def windowed(low: float, high: float) -> Callable[[Bytes], Bytes]:
    """Return a window between two percentiles: what lies beyond is black or burnt out."""

    def window(image: Bytes) -> Bytes:
        bottom, top = np.percentile(image, (low, high))
        shown = (image - bottom) / max(top - bottom, 1) * 255
        return np.asarray(np.clip(np.round(shown), 0, 255), np.uint8)

    return window


def gamma(power: float) -> Callable[[Bytes], Bytes]:
    """Return a gamma curve: below 1 is brighter."""
    return lambda image: np.asarray(np.round(255 * (image / 255) ** power), np.uint8)


def paler(image: Bytes) -> Bytes:
    """Halve the contrast."""
    return np.asarray(np.round(70 + image * 0.5), np.uint8)


def halved(image: Bytes) -> Bytes:
    """Halve the resolution."""
    size = (image.shape[1] // 2, image.shape[0] // 2)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def enlarged(image: Bytes) -> Bytes:
    """Return a finer picture of the same detail, as many pixels as a film spends on a knee."""
    size = (image.shape[1] * FILM_SCALE, image.shape[0] * FILM_SCALE)
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), np.uint8)


UNCHANGED = Change("unchanged")
CHANGES = (
    Change("stored inverted", lambda image: np.asarray(255 - image, np.uint8), inverts=True),
    *(Change(f"gamma {power:g}", gamma(power)) for power in GAMMAS),
    Change("half the contrast", paler),
    Change("window of the middle 90 %", windowed(5, 95)),
    Change("brightest 20 % burnt out", windowed(0, 80)),
    *(Change(f"turned {degrees:+g}°", turned(degrees)) for degrees in (-TURN, TURN)),
    Change(f"box {100 * SHIFT:g} % to the left", right=-SHIFT),
    Change(f"box {100 * SHIFT:g} % to the right", right=SHIFT),
    Change(f"box {100 * SHIFT:g} % up", down=-SHIFT),
    Change(f"box {100 * SHIFT:g} % down", down=SHIFT),
    Change(f"box {100 * SIZE:g} % larger", size=1 + SIZE),
    Change(f"box {100 * SIZE:g} % smaller", size=1 - SIZE),
    Change(f"JPEG, quality {JPEG_QUALITY}", jpeg=True),
    Change(f"JPEG, quality {JPEG_QUALITY}, {FILM_SCALE} times as fine", enlarged, jpeg=True),
    Change("half the resolution", halved),
)


def show(change: Change, crops: Crops, examiner: Examiner) -> Shown:
    """Let the app examine every crop under a change."""
    rows = []
    with TemporaryDirectory() as folder:
        file = Path(folder) / ("knee.jpg" if change.jpeg else "knee.png")
        for image in crops.images:
            _write(file, change.stored(image))
            rows.append(_examined(file, change, examiner))
    grades, inverted, found, flagged = (np.array(column) for column in zip(*rows, strict=True))
    return Shown(grades, inverted, found, flagged)


def _examined(file: Path, change: Change, examiner: Examiner) -> tuple[int, bool, bool, bool]:
    """Return grade (-1 if refused), whether it was taken for inverted, found, flagged."""
    radiograph = read(file)
    side = float(min(radiograph.height, radiograph.width))
    found = bool(examiner.finder.find(radiograph))
    # Enough for any box; the file itself, and with it the polarity, stays as it is.
    margin = int(np.ceil(side * (abs(change.right) + abs(change.down) + abs(change.size - 1)))) + 1
    padded = radiograph.with_values(np.pad(radiograph.values, margin, mode="edge"))
    middle = side / 2 + margin
    box = Box.around(middle + change.right * side, middle + change.down * side, side * change.size)
    finding = examiner.examine_knee(padded, Knee(box)).finding
    return (
        -1 if finding.grade is None else finding.grade,
        radiograph.inverted != change.inverts,
        found,
        bool({Flag.OUT_OF_DISTRIBUTION, Flag.LOW_CONTRAST} & set(finding.flags)),
    )


def compare(before: Shown, after: Shown, crops: Crops) -> dict[str, Any]:
    """Return the effect of a change, ready for JSON; accuracy differs by percentage points."""
    hits_before, hits_after = before.grades == crops.grades, after.grades == crops.grades
    moved = np.abs(after.grades - before.grades)
    refused = after.grades < 0
    columns = np.stack(
        [
            hits_after,
            100.0 * hits_after - 100.0 * hits_before,
            (moved > 0) & ~refused,
            (moved > 1) & ~refused,
        ],
        axis=1,
    ).astype(np.float64)
    low, high = bootstrap(lambda rows: columns[rows].mean(0), crops.patients)
    names = ("accuracy", "accuracy_change_points", "grade_changed", "changed_by_more_than_one")
    result: dict[str, Any] = {
        name: {
            "value": round(float(columns[:, index].mean()), 4),
            "interval": [round(float(low[index]), 4), round(float(high[index]), 4)],
        }
        for index, name in enumerate(names)
    }
    return result | {
        "refused": round(float(refused.mean()), 4),
        "polarity_wrong": round(float(after.inverted.mean()), 4),
        "found_without_a_hand": round(float(after.found.mean()), 4),
        "flagged": round(float(after.flagged.mean()), 4),
    }


def _write(file: Path, image: Bytes) -> None:
    encoded, data = cv2.imencode(
        file.suffix,
        image,
        [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY] if file.suffix == ".jpg" else [],
    )
    if not encoded:
        raise ValueError("the picture could not be encoded")
    file.write_bytes(data.tobytes())


def main() -> None:
    """Measure a bundle on knees it has not learned from, as they are and under every change."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--bundle", type=Path, required=True, help="folder of an exported bundle")
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--out", type=Path, default=Path("runs/bundle"), help="folder of the page")
    args = parser.parse_args()
    # The other networks are those that ship.
    examiner = Examiner(Grader(args.bundle), Finder(), MarginFinder(), LetterReader())
    card = examiner.grader.card
    crops = unseen(card, args.data)
    before = show(UNCHANGED, crops, examiner)
    result: dict[str, Any] = {
        "of": card.label,
        "knees": len(crops),
        "note": NOTE,
        "changes": {UNCHANGED.name: compare(before, before, crops)},
    }
    for change in CHANGES:
        found = compare(before, show(change, crops, examiner), crops)
        result["changes"][change.name] = found
        difference, ends = (found["accuracy_change_points"][key] for key in ("value", "interval"))
        print(
            f"{change.name}: accuracy {difference:+.1f} points ({ends[0]:+.1f} to {ends[1]:+.1f}), "
            f"grade changed in {found['grade_changed']['value']:.1%}, by more than one in "
            f"{found['changed_by_more_than_one']['value']:.1%}",
            flush=True,
        )
    args.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1, ensure_ascii=False)
    (args.out / ROBUSTNESS).write_text(text + "\n", encoding="utf-8")
    print(f"written: {write_page(args.out)}")


if __name__ == "__main__":
    main()
