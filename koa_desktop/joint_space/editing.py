"""Editing of bone margins: handles to drag, and the widths that follow from drawn margins."""

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
    JointSpace,
    compartment_of,
)
from koa_desktop.radiograph import RadiographInfo

HANDLES = 5  # points on each margin of a compartment
STEP = (REGION[1] - REGION[0]) * CONDYLE_WIDTH / (HANDLES - 1)  # units from one to the next
# Margins drawn by hand are neither refused nor flagged.
_BY_HAND = MarginCard(0, {}, refused_below=0.0, flagged_below=0.0)


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
    space: JointSpace, correction: Correction | None, radiograph: RadiographInfo
) -> JointSpace:
    """Return the joint space with the margins that the reader drew; with None, as measured.

    Of `radiograph` only size and spacing are used.
    """
    measured = space.measured or space
    if correction is None:
        return measured
    spacing = radiograph.spacing
    return replace(
        measured,
        left=_compartment(measured.left, correction, correction.left, radiograph),
        right=_compartment(measured.right, correction, correction.right, radiograph),
        spacing_origin=spacing.origin if spacing else None,
        reason=None,
        frame=correction.frame,
        correction=correction,
        measured=measured,
    )


def _places(is_left: bool) -> Iterator[float]:
    depths = np.linspace(*REGION, HANDLES) * CONDYLE_WIDTH
    return (float(CONDYLE_LEFT + way if is_left else CONDYLE_RIGHT - way) for way in depths)


def _drawn(space: JointSpace, *, is_left: bool) -> DrawnMargins:
    """Return the current margins of one compartment, in units of the space's frame."""
    if space.frame is None:
        raise ValueError("nothing was measured here")
    if space.correction is not None:
        known = space.correction.left if is_left else space.correction.right
        if known is not None:
            return known
    part = space.left if is_left else space.right
    if part is None:
        raise ValueError("nothing was measured here")
    u, femur = space.frame.from_image(*part.femur.T)
    _, tibia = space.frame.from_image(*part.tibia.T)
    return DrawnMargins(tuple(u.tolist()), tuple(femur.tolist()), tuple(tibia.tolist()))


def _margins(drawn: DrawnMargins) -> Margins:
    u, femur, tibia = np.array(drawn.u), np.array(drawn.femur), np.array(drawn.tibia)
    return Margins(u, femur, tibia, np.ones(len(u)))


def _compartment(
    found: Compartment | None,
    correction: Correction,
    drawn: DrawnMargins | None,
    radiograph: RadiographInfo,
) -> Compartment | None:
    if drawn is None:
        return found
    shape = radiograph.height, radiograph.width
    part = compartment_of(correction.frame, _margins(drawn), _BY_HAND, shape, radiograph.spacing)
    return replace(part, corrected=True)
