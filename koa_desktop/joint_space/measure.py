"""The joint space of a knee: bone margins on the radiograph, and the width between them.

Widths are taken along the frame of the leg, as in the Osteoarthritis Initiative's readings: the
minimal width of each compartment, JSW(x) at fixed shares of the plateau's width from its outer
edge, and the mean. The plateau's width is taken as the condyles'.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, hypot, sin

import numpy as np
from numpy.typing import NDArray

from koa_desktop.imaging.grey_values import block_means, percentiles
from koa_desktop.joint_space.correction import Correction
from koa_desktop.joint_space.frame import (
    CONDYLE_LEFT,
    CONDYLE_RIGHT,
    CONDYLE_WIDTH,
    POSE_SIZE,
    Frame,
)
from koa_desktop.joint_space.margins import (
    CONTACT,
    MarginCard,
    MarginFinder,
    Margins,
    WidthError,
)
from koa_desktop.knees.box import MIN_BOX_PIXELS, Box, Knee
from koa_desktop.knees.crop import CROP_SIZE, Pixels, cut
from koa_desktop.message import Code
from koa_desktop.radiograph import PixelSpacing, Radiograph, Side, SpacingOrigin, shown

Floats = NDArray[np.float64]

# Shares of the condyles' width from the outer edge: where the minimum is sought, and JSW(x).
# On 2,493 knees no other region agreed better with the clinic's minimal widths.
REGION = (0.10, 0.32)
# The last is JSW(0.90), which the clinic reads laterally alone.
PLACES = (0.15, 0.20, 0.25, 0.30, 0.10)
# Units down per unit outwards: a femoral margin that falls more steeply has left the condyle.
STEEPEST_FALL = 1.0
LEAST_CONTRAST = 0.01  # of the grey scale, between 5 % and 95 % of a box
# Largest distance of a knee from its box: units, units, natural log, radians.
FURTHEST_POSE = (36.0, 36.0, 0.30, 0.26)
# Sides of the box from its middle, beyond which no part of such a knee lies.
REACH = 1.0
# Pixels of a large film are averaged as long as a unit is at least this many averages wide.
FINENESS = 2


class CompartmentName(Code):
    """A compartment of the joint; the value is what tables carry."""

    MEDIAL = "medial"
    LATERAL = "lateral"
    VIEWERS_LEFT = "left"
    VIEWERS_RIGHT = "right"


class JointSpaceReason(Code):
    """The reason why a joint space or compartment was not measured; tables carry the value."""

    TOO_SMALL = "too-small"
    NOT_IN_BOX = "not-in-box"
    NOT_SEEN = "not-seen"
    OUTSIDE_IMAGE = "outside-image"
    FAILED = "failed"  # a fault of the program


class JointSpaceFlag(Code):
    """A note on a width; the value is what tables carry."""

    UNSURE = "unsure"
    CORRECTED = "corrected"


@dataclass(frozen=True, slots=True)
class Width:
    """A width of the joint space: in image pixels, as a share of the condyles' width, in mm.

    `millimetres` is None where the image's spacing is unknown.
    """

    pixels: float
    share: float
    millimetres: float | None = None


@dataclass(frozen=True, eq=False)
class Compartment:
    """One compartment: its margins and its widths, or the reason why there are none.

    `femur` and `tibia` (n, 2) are the margins from the viewer's left, x and y in image pixels, NaN
    where they could not be measured. `outline` (m, 2) is the closed curve around the part where
    widths are taken, in image pixels, empty where not measured.
    `narrowest` are the two points (femur, tibia), (2, 2), of the minimal width. `at_places` has one
    width for each of PLACES; a film that was kept by an earlier version lacks the last.
    `confidence` is 0..1. `error` is the standard error of the minimal width against the clinic's
    readings, and what those at places have at most; None where unknown, as of margins drawn by the
    reader.
    """

    femur: Floats
    tibia: Floats
    outline: NDArray[np.float32]
    confidence: float
    minimal: Width | None = None
    mean: Width | None = None
    at_places: tuple[Width, ...] = ()
    narrowest: NDArray[np.float32] | None = None
    flag: JointSpaceFlag | None = None
    reason: JointSpaceReason | None = None
    corrected: bool = False  # by the reader
    error: Width | None = None


@dataclass(frozen=True, eq=False)
class JointSpace:
    """Both compartments of one knee.

    `left` and `right` are the viewer's; `medial` and `lateral` follow from the patient's side.
    `reason` says why nothing could be measured. `correction` holds the margins that the reader
    drew, `measured` the joint space before that. `version` is that of the margin networks; films
    that were kept before it was stored were measured by version 1.
    """

    left: Compartment | None = None
    right: Compartment | None = None
    side: Side | None = None
    spacing_origin: SpacingOrigin | None = None
    reason: JointSpaceReason | None = None
    frame: Frame | None = None
    correction: Correction | None = None
    measured: JointSpace | None = None
    version: int = 1

    @property
    def medial(self) -> Compartment | None:
        """The inner compartment: at the viewer's right of a right knee; None without a side."""
        return {Side.RIGHT: self.right, Side.LEFT: self.left, None: None}[self.side]

    @property
    def lateral(self) -> Compartment | None:
        """The outer compartment, where the fibula is; None where the side is unknown."""
        return {Side.RIGHT: self.left, Side.LEFT: self.right, None: None}[self.side]

    @property
    def named_compartments(self) -> list[tuple[CompartmentName, Compartment]]:
        """The compartments by name: medial and lateral, without a side the viewer's."""
        named = (
            (
                (CompartmentName.VIEWERS_LEFT, self.left),
                (CompartmentName.VIEWERS_RIGHT, self.right),
            )
            if self.side is None
            else ((CompartmentName.MEDIAL, self.medial), (CompartmentName.LATERAL, self.lateral))
        )
        return [(name, part) for name, part in named if part is not None]


def measure_joint_space(
    radiograph: Radiograph, knee: Knee, margin_finder: MarginFinder
) -> JointSpace:
    """Measure the joint space of one knee, at the detail of the published crops (224 pixels).

    Never raises for a picture that shows no joint: `reason` says why.
    """
    if knee.box.size < MIN_BOX_PIXELS:
        return unmeasured(JointSpaceReason.TOO_SMALL, knee.side)
    pixels, box, (x, y), factor = _around(radiograph, knee.box)
    if _even(pixels, box):
        return unmeasured(JointSpaceReason.NOT_SEEN, knee.side)
    frame = margin_finder.pose(pixels, box)
    if _displaced(Frame.of(box), frame):
        return unmeasured(JointSpaceReason.NOT_IN_BOX, knee.side)
    left, right = margin_finder.margins(pixels, frame)
    frame = Frame(frame.x * factor + x, frame.y * factor + y, frame.scale * factor, frame.angle)
    shape = radiograph.height, radiograph.width
    return joint_space_of(
        frame, left, right, margin_finder.card, shape, radiograph.info.spacing, knee.side
    )


def joint_space_of(
    frame: Frame,
    left: Margins,
    right: Margins,
    card: MarginCard,
    shape: tuple[int, ...],
    spacing: PixelSpacing | None = None,
    side: Side | None = None,
) -> JointSpace:
    """Turn the margins of both compartments, in units of `frame`, into widths on the image.

    `shape` are the image's rows and columns.
    """
    # Without a side, the larger of both errors holds.
    medial, lateral = card.medial_error, card.lateral_error
    of_left, of_right = (medial if side is inner else lateral for inner in (Side.LEFT, Side.RIGHT))
    at_left = compartment_of(frame, left, card, shape, spacing, of_left)
    at_right = compartment_of(frame, right, card, shape, spacing, of_right)
    return JointSpace(
        at_left,
        at_right,
        side=side,
        spacing_origin=spacing.origin if spacing else None,
        reason=at_left.reason if at_left.reason is at_right.reason else None,
        frame=frame,
        version=card.version,
    )


def scaled(space: JointSpace, spacing: PixelSpacing) -> JointSpace:
    """Return the joint space with its widths in the millimetres of another pixel spacing."""
    frame = space.frame
    if frame is None:
        return space

    def width(known: Width) -> Width:
        return _width(known.share * CONDYLE_WIDTH, frame, spacing)

    def compartment(part: Compartment | None) -> Compartment | None:
        if part is None or part.minimal is None or part.mean is None:
            return part
        places = tuple(map(width, part.at_places))
        error = None if part.error is None else width(part.error)
        return replace(
            part,
            minimal=width(part.minimal),
            mean=width(part.mean),
            at_places=places,
            error=error,
        )

    return replace(
        space,
        left=compartment(space.left),
        right=compartment(space.right),
        spacing_origin=spacing.origin,
    )


def unmeasured(reason: JointSpaceReason, side: Side | None = None) -> JointSpace:
    """Return a joint space that could not be measured."""
    return JointSpace(side=side, reason=reason)


def depth(u: Floats) -> Floats:
    """Return the share of the condyles' width between places `u` and the nearer outer edge."""
    return np.minimum(u - CONDYLE_LEFT, CONDYLE_RIGHT - u) / CONDYLE_WIDTH


def on_condyle(margins: Margins) -> NDArray[np.bool_]:
    """Tell which columns (n,) lie under the condyle: outwards to where its flank begins.

    A box that is a little too large reaches beyond the condyle; the line then drops to the plateau
    and would be taken for a narrow space.
    """
    share = depth(margins.u)
    outwards = np.argsort(-share)
    fall = np.diff(margins.femur[outwards]) / np.abs(np.diff(margins.u[outwards]))
    # Towards the notch the margin is steep by nature.
    is_flank = (fall > STEEPEST_FALL) & (share[outwards][1:] < sum(REGION) / 2)
    result = np.ones(len(share), bool)
    result[outwards[1:]] = ~np.logical_or.accumulate(is_flank)
    return result


def measured_columns(margins: Margins) -> NDArray[np.bool_]:
    """Tell which columns (n,) lie in the region where the minimum is sought, under the condyle."""
    share = depth(margins.u)
    return np.asarray((share >= REGION[0]) & (share <= REGION[1]) & on_condyle(margins))


def widths(margins: Margins) -> Floats:
    """Return the joint space's width (n,) in units; 0 where bone meets bone."""
    gap = margins.tibia - margins.femur
    return np.where(gap < CONTACT, 0.0, gap)


def compartment_of(
    frame: Frame,
    margins: Margins,
    card: MarginCard,
    shape: tuple[int, ...],
    spacing: PixelSpacing | None,
    error: WidthError | None = None,
) -> Compartment:
    """Turn the margins of one compartment, in units of `frame`, into widths on the image."""
    share, measured = depth(margins.u), measured_columns(margins)
    confidence = float(np.quantile(margins.confidence[measured], 0.25))
    femur, tibia = (
        np.stack(frame.to_image(margins.u, heights), -1)
        for heights in (margins.femur, margins.tibia)
    )
    reason = _reason(femur[measured], tibia[measured], confidence, card, shape)
    if reason:
        unknown = np.full((len(margins.u), 2), np.nan)
        return Compartment(
            unknown, unknown, np.zeros((0, 2), np.float32), confidence, reason=reason
        )
    width = widths(margins)
    narrowest = int(np.flatnonzero(measured)[width[measured].argmin()])
    inwards, from_left = np.argsort(share), np.argsort(margins.u)
    at_places = np.interp(PLACES, share[inwards], width[inwards])
    known = None
    if error is not None:
        known = _width(error.units(margins.confidence[measured].min()), frame, spacing)
    outline = np.concatenate([femur[measured], tibia[measured][::-1]])
    return Compartment(
        femur[from_left],
        tibia[from_left],
        outline.astype(np.float32),
        confidence,
        minimal=_width(width[narrowest], frame, spacing),
        mean=_width(width[measured].mean(), frame, spacing),
        at_places=tuple(_width(value, frame, spacing) for value in at_places),
        narrowest=np.stack([femur[narrowest], tibia[narrowest]]).astype(np.float32),
        flag=JointSpaceFlag.UNSURE if confidence < card.flagged_below else None,
        error=known,
    )


def _reason(
    femur: Floats, tibia: Floats, confidence: float, card: MarginCard, shape: tuple[int, ...]
) -> JointSpaceReason | None:
    height, width = shape
    points = np.concatenate([femur, tibia])
    if (points < 0).any() or (points > (width, height)).any():
        return JointSpaceReason.OUTSIDE_IMAGE
    return JointSpaceReason.NOT_SEEN if confidence < card.refused_below else None


def _width(units: float, frame: Frame, spacing: PixelSpacing | None) -> Width:
    """Return a width given in units; its direction is the frame's, so a turned pixel is right."""
    pixels = float(units) * frame.scale
    millimetres = None
    if spacing is not None:
        across, down = sin(frame.angle) * spacing.column_mm, cos(frame.angle) * spacing.row_mm
        millimetres = pixels * hypot(across, down)
    return Width(pixels, float(units) / CONDYLE_WIDTH, millimetres)


def _around(radiograph: Radiograph, box: Box) -> tuple[Pixels, Box, tuple[int, int], int]:
    """Return the grey values around a box, and the box, in their pixels.

    Then come their left and top on the image, and the image's pixels across one of theirs. They
    reach no further than a knee may, and are no finer than a width needs: the film may have a
    hundred times as many.
    """
    x, y = box.centre
    left, top = (max(int(at - REACH * box.size), 0) for at in (x, y))
    right, bottom = (max(int(at + REACH * box.size) + 1, 0) for at in (x, y))
    factor = max(int(box.size / (FINENESS * CROP_SIZE)), 1)
    part = radiograph.values[top:bottom, left:right]
    if min(part.shape) < factor:
        return np.zeros((1, 1), np.float32), box, (0, 0), 1
    part = block_means(part, factor)
    pixels = shown(part, radiograph.window, inverted=radiograph.inverted)
    moved = Box((box.left - left) / factor, (box.top - top) / factor, box.size / factor)
    return pixels, moved, (left, top), factor


def _even(pixels: Pixels, box: Box) -> bool:
    """Tell whether a box shows one grey throughout, or nothing of the image."""
    picture, inside = cut(pixels, box, POSE_SIZE)
    if not inside.any():
        return True
    low, high = percentiles(picture[inside], (5, 95))
    return high - low < LEAST_CONTRAST


def _displaced(box: Frame, knee: Frame) -> bool:
    """Tell whether the knee lies too far from its box to be the one meant."""
    offsets = (
        (knee.x - box.x) / box.scale,
        (knee.y - box.y) / box.scale,
        np.log(knee.scale / box.scale),
        knee.angle - box.angle,
    )
    return any(abs(offset) > most for offset, most in zip(offsets, FURTHEST_POSE, strict=True))
