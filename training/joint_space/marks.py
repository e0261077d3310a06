"""The crops whose margins were marked by hand: `DATA/joint_space.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from koa_desktop.loading.read import read
from training.joint_space.margins import Compartment, marked_compartments

Floats = NDArray[np.float64]

MARGINS = ("femur", "tibia")


@dataclass(frozen=True, eq=False)
class Marked:
    """A crop marked by hand: columns, femur and tibia (6,) in crop pixels, first middle at 0."""

    image: NDArray[np.uint8]
    columns: Floats
    femur: Floats
    tibia: Floats
    unsure: bool


def read_marks(data: Path) -> list[Marked]:
    """Read the crops marked by hand; a crop without a mark at every column is left out."""
    marked = []
    for entry in json.loads((data / "joint_space.json").read_text(encoding="utf-8")):
        if any(None in entry[name] for name in MARGINS):
            continue
        image = np.round(read(data / "knee" / "train" / entry["file"]).pixels * 255)
        columns, femur, tibia = (np.array(entry[name], float) for name in ("cols", *MARGINS))
        unsure = bool(entry["unsure"])
        marked.append(Marked(image.astype(np.uint8), columns, femur, tibia, unsure))
    return marked


def compartments(marked: list[Marked]) -> list[Compartment]:
    """Return both compartments of each crop."""
    return [
        part
        for mark in marked
        for part in marked_compartments(
            mark.image, mark.columns, mark.femur, mark.tibia, unsure=mark.unsure
        )
    ]
