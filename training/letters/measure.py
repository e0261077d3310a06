"""Measure the shipped letter network on whole films, and on pictures without knees or letters.

    python -m training.letters.measure --data DATA

DATA holds `radiographs/boxes.json`, the knees of whole films with their sides, `knee/val` and
`other`. Prints every letter, how many films' letters agree with the marked sides, and how many
single knees, which show no letters, are said to.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from koa_desktop.examination.sides import letter_side
from koa_desktop.grading.letters import Letter, LetterReader
from koa_desktop.knees.box import Box, Knee
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Side


def said(letters: tuple[Letter, ...]) -> str:
    """Return letters in short: `R L`, mirrored ones as `r`."""
    names = [
        letter.side.value.lower() if letter.mirrored else letter.side.value for letter in letters
    ]
    return " ".join(names) or "-"


def verdict(letters: tuple[Letter, ...], knees: list[tuple[Knee, str]]) -> str:
    """Return whether letters agree with the marked sides of a film's knees."""
    boxes = [knee for knee, _ in knees]
    named = [(letter_side(letters, knee, boxes), side) for knee, side in knees if side in "RL"]
    if any(letter.mirrored for letter in letters):
        return "mirrored"
    if any(found is not None and found is not Side(side) for found, side in named):
        return "contradicts"
    if any(found is not None for found, _ in named):
        return "agrees"
    return "undecided" if letters else "no letter"


def main() -> None:
    """Print what is read on films, and on single knees."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True)
    args = parser.parse_args()
    reader = LetterReader()
    films = json.loads((args.data / "radiographs" / "boxes.json").read_text(encoding="utf-8"))
    verdicts: Counter[str] = Counter()
    for film in films:
        letters = reader.read(read(args.data / "radiographs" / film["file"]))
        knees = [
            (Knee(Box.around(one["cx"], one["cy"], one["size"])), one["side"])
            for one in film["knees"]
        ]
        verdicts[verdict(letters, knees)] += 1
        print(f"{film['file']}: {said(letters)}, {verdict(letters, knees)}")
    print("films:", dict(verdicts))
    crops = sorted((args.data / "knee" / "val").glob("*/*.png"))
    print(f"single knees with a letter: {sum(bool(reader.read(read(c))) for c in crops)}", end=" ")
    print(f"of {len(crops)}")


if __name__ == "__main__":
    main()
