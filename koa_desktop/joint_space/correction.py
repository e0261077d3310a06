"""Bone margins drawn by the reader; stored in full, so that a new model does not change them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import numpy as np

from koa_desktop.joint_space.frame import Frame

Numbers = tuple[float, ...]


class Bone(Enum):
    """The bone that a margin belongs to."""

    FEMUR = "femur"
    TIBIA = "tibia"


@dataclass(frozen=True, slots=True)
class DrawnMargins:
    """Margins of one compartment: places and heights (n,) in units of a frame."""

    u: Numbers
    femur: Numbers
    tibia: Numbers

    def __post_init__(self) -> None:
        """Raise ValueError if the lists differ in length or hold a value that is not finite."""
        if not 1 < len(self.u) == len(self.femur) == len(self.tibia):
            raise ValueError("margins of different lengths")
        if not all(math.isfinite(value) for value in (*self.u, *self.femur, *self.tibia)):
            raise ValueError("a margin's height is no number")

    def bent(self, bone: Bone, place: float, reach: float, way: float) -> DrawnMargins:
        """Return the margins with one moved by `way` at `place`, fading out over `reach`.

        All in units, `way` downwards. Bone does not pass through bone.
        """
        u, femur, tibia = np.array(self.u), np.array(self.femur), np.array(self.tibia)
        share = (1 + np.cos(np.pi * np.minimum(np.abs(u - place) / reach, 1))) / 2
        if bone is Bone.FEMUR:
            femur = np.minimum(femur + way * share, np.maximum(tibia, femur))
        else:
            tibia = np.maximum(tibia + way * share, np.minimum(tibia, femur))
        return replace(self, femur=tuple(femur.tolist()), tibia=tuple(tibia.tolist()))


@dataclass(frozen=True, slots=True)
class Correction:
    """The compartments drawn by the reader, the viewer's left and right; None is as measured."""

    frame: Frame
    left: DrawnMargins | None = None
    right: DrawnMargins | None = None


def to_json(correction: Correction | None) -> dict[str, Any] | None:
    """Return a correction ready for JSON."""
    if correction is None:
        return None
    frame = correction.frame
    return {
        "frame": [frame.x, frame.y, frame.scale, frame.angle],
        **{
            name: drawn and {"u": drawn.u, "femur": drawn.femur, "tibia": drawn.tibia}
            for name, drawn in (("left", correction.left), ("right", correction.right))
        },
    }


def from_json(kept: dict[str, Any] | None) -> Correction | None:
    """Return a correction read from JSON. Raises ValueError, KeyError or TypeError."""
    if kept is None:
        return None
    x, y, scale, angle = (float(value) for value in kept["frame"])
    return Correction(Frame(x, y, scale, angle), _drawn(kept["left"]), _drawn(kept["right"]))


def _drawn(kept: dict[str, Any] | None) -> DrawnMargins | None:
    if kept is None:
        return None
    u, femur, tibia = (
        tuple(float(value) for value in kept[name]) for name in ("u", "femur", "tibia")
    )
    return DrawnMargins(u, femur, tibia)
