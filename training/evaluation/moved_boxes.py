"""Count the grades that change where a box on a whole film is moved or has another size.

    python -m training.evaluation.moved_boxes --bundle models --films DATA/radiographs

The program finds and grades the knees of each film; then each box is changed as in
`robustness.py`. The published crops end where their box does, so that a moved box there shows
repeated border; a film goes on. The true grades of these films are not known. Intervals draw whole
films.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.errors import ReadError
from koa_desktop.examination.examiner import Examiner
from koa_desktop.grading.finder import Finder
from koa_desktop.grading.grader import Grader
from koa_desktop.grading.letters import LetterReader
from koa_desktop.joint_space.margins import MarginFinder
from koa_desktop.knees.box import Box, Knee
from koa_desktop.loading.discovery import PICTURE_SUFFIXES
from koa_desktop.loading.read import read
from training.evaluation.robustness import CHANGES, Change
from training.metrics.metrics import bootstrap

BOX_CHANGES = tuple(
    change for change in CHANGES if (change.right, change.down, change.size) != (0.0, 0.0, 1.0)
)


def moved(knee: Knee, change: Change) -> Knee:
    """Return the knee with its box changed, by shares of its side."""
    (x, y), size = knee.box.centre, knee.box.size
    box = Box.around(x + change.right * size, y + change.down * size, size * change.size)
    return replace(knee, box=box)


def grades_of(file: Path, examiner: Examiner) -> list[list[int]]:
    """Return the grades of each knee of a film: of its box as found, then under each change.

    Knees that are refused are left out.
    """
    radiograph = examiner.settled(read(file))
    rows = []
    for found in examiner.examine(radiograph).knees:
        grade = found.finding.grade
        if grade is None:
            continue
        row = [grade]
        for change in BOX_CHANGES:
            knee = moved(found.knee, change)
            again = examiner.examine_knee(radiograph, knee, on_request=True).finding.grade
            row.append(grade if again is None else again)  # on request each box has a grade
        rows.append(row)
    return rows


def figures(grades: NDArray[np.int64], films: NDArray[np.str_]) -> dict[str, Any]:
    """Return the share of grades that each change moved, and by more than one; ready for JSON.

    `grades` (n, 1 + changes) are of the box as found and under each change, `films` (n,) say which
    knees lie on one film.
    """
    off = np.abs(grades[:, 1:] - grades[:, :1])
    columns = np.concatenate([off > 0, off > 1], axis=1).astype(np.float64)
    low, high = bootstrap(lambda rows: columns[rows].mean(0), films)
    result: dict[str, Any] = {}
    for place, change in enumerate(BOX_CHANGES):
        result[change.name] = {
            "changed": round(float(columns[:, place].mean()), 4),
            "interval": [round(float(low[place]), 4), round(float(high[place]), 4)],
            "changed_by_more_than_one": round(
                float(columns[:, place + len(BOX_CHANGES)].mean()), 4
            ),
        }
    return result


def main() -> None:
    """Measure a bundle on a folder of whole films."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--bundle", type=Path, default=Path("models"))
    parser.add_argument("--films", type=Path, required=True, help="folder of whole films")
    args = parser.parse_args()
    # The other networks are those that ship.
    examiner = Examiner(Grader(args.bundle), Finder(), MarginFinder(), LetterReader())
    rows: list[list[int]] = []
    films: list[str] = []
    files = sorted(one for one in args.films.iterdir() if one.suffix.lower() in PICTURE_SUFFIXES)
    for file in files:
        try:
            grades = grades_of(file, examiner)
        except ReadError:
            continue
        rows += grades
        films += [file.name] * len(grades)
    found = figures(np.array(rows), np.array(films))
    print(f"{examiner.grader.card.label}: {len(rows)} knees of {len(set(films))} films")
    print(json.dumps(found, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
