"""What the reader draws anew at the joint: points to take hold of, and the widths that follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from koa_desktop.joint_space.correction import Bone, Correction, DrawnMargins
from koa_desktop.joint_space.frame import CONDYLE_LEFT, CONDYLE_RIGHT, CONDYLE_WIDTH
from koa_desktop.joint_space.margins import MarginCard, Margins
from koa_desktop.joint_space.measure import (
    REGION,
    Compartment,
    Floats,
    JointSpace,
    compartment_of,
    on_image,
)
from koa_desktop.radiograph import Radiograph

MIDDLE = 0.5  # of the condyles' width: what lies before it is the viewer's left compartment
HANDLES = 5  # points on each margin of a compartment
STEP = (REGION[1] - REGION[0]) * CONDYLE_WIDTH / (HANDLES - 1)  # units from one to the next
# What was drawn by hand is never refused nor flagged.
_BY_HAND = MarginCard("", {}, refused_below=0.0, flagged_below=0.0)


@dataclass(frozen=True, slots=True)
class Handle:
    """A point of a margin that can be moved along the leg; `place` in units of the frame."""

    is_left: bool
    bone: Bone
    place: float


def handles(space: JointSpace) -> list[Handle]:
    """Return the points of both compartments that were measured, from the viewer's left."""
    return [
        Handle(is_left, bone, place)
        for is_left, part in ((True, space.left), (False, space.right))
        if part is not None and not part.reason
        for bone in Bone
        for place in _places(is_left)
    ]


def place_of(space: JointSpace, handle: Handle) -> tuple[float, float]:
    """Return where a handle lies, x and y in image pixels. Raises ValueError without margins."""
    if space.frame is None:
        raise ValueError("nothing was measured here")
    drawn = _drawn(space, is_left=handle.is_left)
    heights = drawn.femur if handle.bone is Bone.FEMUR else drawn.tibia
    height = np.interp(handle.place, drawn.u, heights)
    x, y = space.frame.to_image(np.array([handle.place]), np.array([height]))
    return float(x[0]), float(y[0])


def dragged(space: JointSpace, handle: Handle, way: float) -> Correction:
    """Return the correction with a handle moved by `way` units down the leg.

    The margin between two handles follows smoothly; other handles stay. Raises ValueError where
    nothing was measured.
    """
    if space.frame is None:
        raise ValueError("nothing was measured here")
    before = space.correction or Correction(space.frame)
    drawn = _drawn(space, is_left=handle.is_left).bent(handle.bone, handle.place, STEP, way)
    return replace(before, left=drawn) if handle.is_left else replace(before, right=drawn)


def corrected(
    space: JointSpace, correction: Correction | None, radiograph: Radiograph
) -> JointSpace:
    """Return the joint space with the margins that the reader drew; with None, as measured.

    Of `radiograph` only size and spacing are used.
    """
    measured = space.measured or space
    if correction is None:
        return measured
    parts = [
        _compartment(measured.left, correction, correction.left, radiograph),
        _compartment(measured.right, correction, correction.right, radiograph),
    ]
    rows = [
        _rows(measured, correction, drawn, part, is_left=is_left)
        for is_left, drawn, part in (
            (True, correction.left, parts[0]),
            (False, correction.right, parts[1]),
        )
    ]
    x, femur, tibia, confidence = (np.concatenate(column) for column in zip(*rows, strict=True))
    spacing = radiograph.spacing
    return replace(
        measured,
        x=x,
        femur=femur,
        tibia=tibia,
        confidence=confidence,
        left=parts[0],
        right=parts[1],
        spacing_origin=spacing.origin if spacing else None,
        reason="",
        frame=correction.frame,
        correction=correction,
        measured=measured,
    )


def _places(is_left: bool) -> Iterator[float]:
    depths = np.linspace(*REGION, HANDLES) * CONDYLE_WIDTH
    return (float(CONDYLE_LEFT + way if is_left else CONDYLE_RIGHT - way) for way in depths)


def _drawn(space: JointSpace, *, is_left: bool) -> DrawnMargins:
    """Return the margins of one compartment as they stand, in units of the space's frame."""
    if space.frame is None:
        raise ValueError("nothing was measured here")
    if space.correction is not None:
        known = space.correction.left if is_left else space.correction.right
        if known is not None:
            return known
    rows = (space.x < MIDDLE) == is_left
    u, femur = space.frame.from_image(*space.femur[rows].T)
    _, tibia = space.frame.from_image(*space.tibia[rows].T)
    return DrawnMargins(tuple(u.tolist()), tuple(femur.tolist()), tuple(tibia.tolist()))


def _margins(drawn: DrawnMargins) -> Margins:
    u, femur, tibia = np.array(drawn.u), np.array(drawn.femur), np.array(drawn.tibia)
    return Margins(u, femur, tibia, np.ones(len(u)))


def _compartment(
    found: Compartment | None,
    correction: Correction,
    drawn: DrawnMargins | None,
    radiograph: Radiograph,
) -> Compartment | None:
    if drawn is None:
        return found
    shape = radiograph.height, radiograph.width
    part = compartment_of(correction.frame, _margins(drawn), _BY_HAND, shape, radiograph.spacing)
    return replace(part, corrected=True)


def _rows(
    measured: JointSpace,
    correction: Correction,
    drawn: DrawnMargins | None,
    part: Compartment | None,
    *,
    is_left: bool,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return x, femur, tibia and confidence of one compartment, as a JointSpace holds them."""
    if drawn is None or part is None:
        rows = (measured.x < MIDDLE) == is_left
        return (
            measured.x[rows],
            measured.femur[rows],
            measured.tibia[rows],
            measured.confidence[rows],
        )
    margins = _margins(drawn)
    u, femur, tibia, confidence = on_image(correction.frame, margins, measured=not part.reason)
    return (u - CONDYLE_LEFT) / CONDYLE_WIDTH, femur, tibia, confidence
