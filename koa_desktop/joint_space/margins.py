"""The bone margins at the joint: the condyles' lower and the plateau's upper, on both sides.

A small network (LiteRT) gets one compartment at a time, the viewer's right one mirrored, and
predicts for each column the probability of each row to be the femoral and the tibial margin. A path
that bends no more than bone does is followed through each; a position is the mean around the path.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.imaging.grey_values import percentiles
from koa_desktop.joint_space.frame import (
    POSE_UNITS,
    Frame,
    Pixels,
    local_contrast,
    pose_input,
    sample,
)
from koa_desktop.knees.box import Box
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.networks.bundle import finite, parse_card
from koa_desktop.networks.litert_model import LiteRtModel
from koa_desktop.system.paths import MODELS

Floats = NDArray[np.float64]

# The part of the frame that is the network's input: the viewer's left compartment, in units.
TOP, LEFT = 86.0, 20.0
ROWS, COLUMNS, STRIDE = 88, 64, 2
COLUMN_U: Floats = np.arange(LEFT + 1, LEFT + COLUMNS, STRIDE, dtype=np.float64)
CONTRAST_SIGMA = 8.0
POSE_ROUNDS = 2

BEND_COST = 0.25  # of the path, per squared row between neighbouring columns
REACH = 3  # rows a path may climb from column to column
AROUND = 3  # rows either side of the path that make up a position
CONTACT = 0.75  # units: narrower is bone on bone, less than the margins can be told apart
# Rows either side of where bone meets bone that make up the confidence: the line is hard to place
# there, the width is not. So it is where the margins are nearer than AROUND, since the same rows
# make up both positions. Noise, spread over all 88 rows, stays below 0.3.
AROUND_CONTACT = 18
# Added to the doubt of the width's error: the surest margins are not without an error.
LEAST_DOUBT = 0.02

NETWORKS = ("pose", "margins")


@dataclass(frozen=True, slots=True)
class WidthError:
    """The standard error of one compartment's widths, fitted to the clinic's readings.

    `most` in units is that of margins whose probability lies elsewhere; it falls with a power of
    the doubt.
    """

    most: float
    power: float

    def units(self, confidence: float) -> float:
        """Return the error in units where `confidence` is the least of a compartment's columns."""
        return float(self.most * (1 - confidence + LEAST_DOUBT) ** self.power)


@dataclass(frozen=True, slots=True)
class MarginCard:
    """The part of the margin networks' card that the app needs: checksums and thresholds.

    Below `refused_below` a compartment is not measured, below `flagged_below` it is flagged. Widths
    of different versions are not comparable. Without `medial_error` and `lateral_error` widths have
    no errors.
    """

    version: int
    sha256: dict[str, str]
    refused_below: float
    flagged_below: float
    medial_error: WidthError | None = None
    lateral_error: WidthError | None = None


@dataclass(frozen=True, eq=False)
class Margins:
    """Margins of one compartment in a frame's units, from the outer edge towards the notch.

    `u`, `femur`, `tibia` (n,) are places and heights, `confidence` (n,) 0..1 is the probability
    that both lie within 3 units of where they were put, or 18 where they are nearer than 3.
    """

    u: Floats
    femur: Floats
    tibia: Floats
    confidence: Floats


class MarginFinder:
    """Both networks, loaded. Safe to use from several threads."""

    def __init__(self, folder: Path = MODELS / "joint_space", at_once: int = 1) -> None:
        """Load card and networks. Raises BundleError where they do not match."""
        self.card = read_margin_card(folder / "card.json")
        self._pose, self._margins = (
            LiteRtModel(folder / f"{name}.tflite", self.card.sha256[name], 1, at_once)
            for name in NETWORKS
        )

    def pose(self, pixels: Pixels, box: Box) -> Frame:
        """Return the frame of the knee that lies in `box` on an image (H, W) 0..1."""
        frame = Frame.of(box)
        for _ in range(POSE_ROUNDS):
            outputs = self._pose.run(picture=pose_input(pixels, frame)[None])
            right, down, log_scale, turn = outputs["pose"][0] * POSE_UNITS
            frame = frame.moved(float(right), float(down), float(log_scale), float(turn))
        return frame

    def margins(self, pixels: Pixels, frame: Frame) -> tuple[Margins, Margins]:
        """Return the margins of the viewer's left and right compartment."""
        left, right = follow(self.logits(pixels, frame))
        return left, Margins(CROP_SIZE - right.u, right.femur, right.tibia, right.confidence)

    def logits(self, pixels: Pixels, frame: Frame) -> NDArray[np.float32]:
        """Return the outputs (2, 88, 32, 2) of both compartments, see `follow`.

        The second is the viewer's right one, mirrored.
        """
        patches = np.stack([patch(pixels, frame, mirrored=side) for side in (False, True)])
        return self._margins.run(patch=patches)["margins"]


def read_margin_card(path: Path) -> MarginCard:
    """Read the margin networks' card. Raises BundleError where it is missing or incomplete."""
    return parse_card(
        path,
        lambda text: MarginCard(
            version=int(text["version"]),
            sha256={name: str(text["sha256"][name]) for name in NETWORKS},
            refused_below=finite(text["refused_below"]),
            flagged_below=finite(text["flagged_below"]),
            medial_error=_width_error(text, "medial"),
            lateral_error=_width_error(text, "lateral"),
        ),
    )


def _width_error(card: dict[str, Any], compartment: str) -> WidthError | None:
    """Return a compartment's error; None in the card of networks without one."""
    if "width_error" not in card:
        return None
    found = card["width_error"][compartment]
    return WidthError(finite(found["most"]), finite(found["power"]))


def patch(pixels: Pixels, frame: Frame, *, mirrored: bool) -> Pixels:
    """Return the network's input for one compartment, float32 (88, 64, 4).

    The viewer's right compartment is `mirrored` onto the left. See `layers`.
    """
    left = CROP_SIZE - LEFT - COLUMNS if mirrored else LEFT
    values, inside = sample(pixels, frame, (left, TOP), (ROWS, COLUMNS), 1.0)
    return layers(values[:, ::-1], inside[:, ::-1]) if mirrored else layers(values, inside)


def layers(values: Pixels, inside: NDArray[np.bool_]) -> Pixels:
    """Return local contrast, grey value, row and column of a patch (88, 64) as (88, 64, 4)."""
    values, inside = np.ascontiguousarray(values), np.ascontiguousarray(inside)
    low, high = percentiles(values[inside], (1, 99)) if inside.any() else (0.0, 1.0)
    grey = np.clip((values - low) / max(high - low, 1e-6), 0, 1) * 2 - 1
    rows = np.broadcast_to(np.linspace(-1, 1, ROWS)[:, None], values.shape)
    columns = np.broadcast_to(np.linspace(-1, 1, COLUMNS)[None], values.shape)
    contrast = local_contrast(values, inside, CONTRAST_SIGMA)
    return np.stack([contrast, grey, rows, columns], -1).astype(np.float32)


def follow(logits: NDArray[np.float32]) -> list[Margins]:
    """Turn the network's outputs (n, 88, 32, 2), in logits over the rows, into margins.

    If the tibial margin would lie above the femoral one, bone meets bone: both are put halfway.
    """
    shares: Floats = np.exp(logits - logits.max(1, keepdims=True), dtype=np.float64)
    shares /= shares.sum(1, keepdims=True)
    rows = np.arange(ROWS)[:, None, None]
    # All margins are followed at once: the time goes into the steps from column to column.
    costs = np.concatenate(-np.log(shares + 1e-4), -1)
    paths = np.stack(np.split(likeliest_paths(costs), len(shares), -1))
    near = shares * (np.abs(rows - paths[:, None]) <= AROUND)
    mass = near.sum(1)
    heights = (near * rows).sum(1) / mass + 0.5
    femur, tibia = heights[..., 0], heights[..., 1]
    middle, crossed = (femur + tibia) / 2, tibia < femur
    near_contact = np.abs(rows + 0.5 - middle[:, None, :, None]) <= AROUND_CONTACT
    contact_mass = (shares * near_contact).sum(1)
    confidence = np.where((tibia - femur < AROUND)[..., None], contact_mass, mass).prod(-1)
    femur, tibia = (np.where(crossed, middle, one) + TOP for one in (femur, tibia))
    return [Margins(COLUMN_U, *one) for one in zip(femur, tibia, confidence, strict=True)]


def likeliest_paths(costs: Floats) -> NDArray[np.int64]:
    """Return the rows (columns, n) of the cheapest path across each of costs (rows, columns, n)."""
    rows, columns, count = costs.shape
    climb = BEND_COST * np.arange(-REACH, REACH + 1)[:, None] ** 2
    # The least cost up to each row of each column, with rows around that no path reaches.
    totals = np.full((columns, rows + 2 * REACH, count), np.inf)
    totals[0, REACH:-REACH] = costs[:, 0]
    around = np.lib.stride_tricks.sliding_window_view(totals, 2 * REACH + 1, axis=1)
    before = np.moveaxis(around, -1, 1)
    for column in range(1, columns):
        reached = (before[column - 1] + climb[:, None]).min(0)
        totals[column, REACH:-REACH] = reached + costs[:, column]
    paths = np.empty((columns, count), np.int64)
    paths[-1] = totals[-1, REACH:-REACH].argmin(0)
    for column in range(columns - 1, 0, -1):
        row = paths[column]
        choices = before[column - 1][:, row, np.arange(count)] + climb
        paths[column - 1] = row + choices.argmin(0) - REACH
    return paths
