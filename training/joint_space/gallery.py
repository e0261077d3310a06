"""Draw the joints whose margins are the least certain, for visual inspection.

    python -m training.joint_space.gallery --data DATA --out DIR

DATA is as in `training.joint_space.fit`. Writes `marks.png`: the crops marked by hand with the
largest errors of the shipped margins (seen in training, so an error here is a hard case);
`narrow.png` and `wide.png`: the knees of val whose widths disagree most with their grade, narrow
at KL 0 and wide at KL 4.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.joint_space.margins import MarginFinder
from koa_desktop.joint_space.measure import Compartment, JointSpace, measure_joint_space
from koa_desktop.knees.box import Knee
from koa_desktop.radiograph import Side
from training.data.crops import load_crops
from training.joint_space.fit import (
    WHOLE_CROP,
    as_radiograph,
    errors,
    least_share,
)
from training.joint_space.marks import Marked, read_marks

Picture = NDArray[np.uint8]

SHOWN, COLUMNS = 12, 4
ENLARGED = 2  # picture pixels per crop pixel
PINK, AMBER, WHITE = (226, 157, 255), (77, 169, 245), (255, 255, 255)  # as OpenCV orders them


def drawn(image: Picture, space: JointSpace, caption: str, mark: Marked | None = None) -> Picture:
    """Return a crop enlarged, its margins (amber where flagged) and marks drawn on it."""
    size = (image.shape[1] * ENLARGED, image.shape[0] * ENLARGED)
    grey = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    picture = np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)
    for part in (space.left, space.right):
        if part is not None:
            _draw_margins(picture, part)
    if mark is not None:
        for heights in (mark.femur, mark.tibia):
            for x, y in zip(mark.columns, heights, strict=True):
                # Marks count from the middle of the first pixel.
                place = (round((x + 0.5) * ENLARGED), round((y + 0.5) * ENLARGED))
                cv2.drawMarker(picture, place, WHITE, cv2.MARKER_TILTED_CROSS, 8, 1)
    cv2.putText(picture, caption, (6, 16), cv2.FONT_HERSHEY_SIMPLEX, 0.45, WHITE, 1, cv2.LINE_AA)
    return picture


def sheet(pictures: list[Picture]) -> Picture:
    """Return pictures of one size in rows."""
    blank = np.zeros_like(pictures[0])
    padded = pictures + [blank] * (-len(pictures) % COLUMNS)
    rows = [np.hstack(padded[i : i + COLUMNS]) for i in range(0, len(padded), COLUMNS)]
    return np.vstack(rows)


def marked_worst(data: Path, finder: MarginFinder) -> Picture:
    """Return the marked crops with the largest error of a width."""
    marked = read_marks(data)
    found = errors([finder] * len(marked), marked)
    off = np.abs(found.width - found.marked_width).max(1)
    pictures = []
    for index in np.argsort(-off)[:SHOWN]:
        space = measure_joint_space(as_radiograph(marked[index].image), Knee(WHOLE_CROP), finder)
        caption = f"width {off[index]:.1f} px off{' unsure' if marked[index].unsure else ''}"
        pictures.append(drawn(marked[index].image, space, caption, marked[index]))
    return sheet(pictures)


def val_worst(data: Path, finder: MarginFinder) -> tuple[Picture, Picture]:
    """Return the narrowest knees of KL 0 and the widest of KL 4; a refused one counts as widest."""
    val = load_crops(data / "knee" / "val")
    sheets = []
    for grade, sign in ((0, 1), (4, -1)):
        picked = np.flatnonzero(val.grades == grade)
        spaces = [
            measure_joint_space(
                as_radiograph(val.images[i]), Knee(WHOLE_CROP, Side(val.sides[i])), finder
            )
            for i in picked
        ]
        shares = np.array([least_share(space) for space in spaces])
        order = np.argsort(np.nan_to_num(sign * shares, nan=sign * np.inf))[:SHOWN]
        sheets.append(
            sheet(
                [
                    drawn(
                        val.images[picked[i]],
                        spaces[i],
                        f"KL {grade}, {val.sides[picked[i]]}: {_share_text(shares[i])}",
                    )
                    for i in order
                ]
            )
        )
    return sheets[0], sheets[1]


def main() -> None:
    """Write the three sheets."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    finder = MarginFinder()
    narrow, wide = val_worst(args.data, finder)
    for name, picture in (
        ("marks", marked_worst(args.data, finder)),
        ("narrow", narrow),
        ("wide", wide),
    ):
        (args.out / f"{name}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())


def _share_text(share: float) -> str:
    return f"{100 * share:.1f} %" if np.isfinite(share) else "one compartment refused"


def _draw_margins(picture: Picture, part: Compartment) -> None:
    points = np.round(part.outline * ENLARGED).astype(int)
    half = len(points) // 2
    colour = AMBER if part.flag else PINK
    for margin in (points[:half], points[half:]):
        if len(margin):
            cv2.polylines(picture, [margin], False, colour, 1, cv2.LINE_AA)
    if part.narrowest is not None:
        start, end = (
            tuple(np.round(one * ENLARGED).astype(int).tolist()) for one in part.narrowest
        )
        cv2.line(picture, start, end, WHITE, 1)


if __name__ == "__main__":
    main()
