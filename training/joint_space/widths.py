"""Margins that agree with the widths read by the Osteoarthritis Initiative, and how well they do.

The readings (kxr_qjsw_duryea00) say how wide the joint space is at its narrowest, not where the
margins lie. So the margins that a network finds are moved until their narrowest place is as wide
as was read, and a new network learns from these. A reading's noise is not in the picture, so the
network learns what is common to all: where the clinic sees the margins.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from koa_desktop.joint_space.frame import CONDYLE_WIDTH, Frame
from koa_desktop.joint_space.margins import (
    COLUMN_U,
    ROWS,
    TOP,
    MarginFinder,
    Margins,
    follow,
    likeliest_paths,
)
from koa_desktop.joint_space.measure import JointSpace, measured_columns
from koa_desktop.knees.box import Box
from koa_desktop.knees.crop import CROP_SIZE
from training.data.crops import Crops
from training.joint_space.margins import Compartment
from training.metrics.metrics import bootstrap

Floats = NDArray[np.float64]

KNEE, CONDYLES = "knee", "condyle_width_mm"
WIDTHS = ("jsw_medial_mm", "jsw_lateral_mm")
FAR = 3.0  # units: margins further from a reading follow a wrong edge, and are sought anew
FORBIDDEN = 50.0  # added to the cost of a row, in logits
_WHOLE_CROP = Box(0, 0, CROP_SIZE)


@dataclass(frozen=True, eq=False)
class ReadWidths:
    """Minimal widths of knees in mm (n, 2), medial and lateral, and the condyles' width (n,) in mm.

    NaN where not read.
    """

    millimetres: Floats
    condyles: Floats

    def by_side(self, sides: NDArray[np.str_]) -> Floats:
        """Return the widths (n, 2) in units, at the picture's left and right."""
        units = self.millimetres / self.condyles[:, None] * CONDYLE_WIDTH
        # The medial compartment of a left knee is at the picture's left.
        return np.where((sides == "L")[:, None], units, units[:, ::-1])


def load_widths(path: Path, crops: Crops) -> ReadWidths:
    """Return the widths of crops from the table of readings, see `training.data.readings`.

    Raises ValueError where a column is missing or a value is no number.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = {KNEE, CONDYLES, *WIDTHS} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path.name} has no column {', '.join(sorted(missing))}")
        by_knee = {
            row[KNEE]: [float(row[name] or "nan") for name in (*WIDTHS, CONDYLES)] for row in reader
        }
    unread = [float("nan")] * 3
    values = np.array([by_knee.get(name, unread) for name in crops.names], np.float64)
    return ReadWidths(values[:, :2], values[:, 2])


def aligned_compartments(
    images: NDArray[np.uint8], units: Floats, finder: MarginFinder
) -> list[Compartment]:
    """Return the compartments of crops (n, 224, 224) with margins as wide as was read.

    `units` (n, 2) are the minimal widths at the picture's left and right. Those that no margins fit
    are left out.
    """
    found = []
    for image, read in zip(images, units, strict=True):
        pixels = image.astype(np.float32) / 255
        frame = finder.pose(pixels, _WHOLE_CROP)
        for mirrored, logits, width in zip(
            (False, True), finder.logits(pixels, frame), read, strict=True
        ):
            margins = aligned(logits, width) if np.isfinite(width) else None
            if margins is not None:
                found.append(_on_crop(image, frame, margins, mirrored=mirrored))
    return found


def aligned(logits: NDArray[np.float32], width: float) -> Margins | None:
    """Return margins whose narrowest place is `width` units wide; None where none are likely.

    `logits` (88, 32, 2) are the network's for one compartment. Margins that are nearly as wide are
    moved by half of the rest each; else the tibial one is sought anew, for it is hidden by its own
    rims more often.
    """
    (margins,) = follow(logits[None])
    inside = measured_columns(margins)
    if not inside.any():
        return None
    femur, tibia = margins.femur, margins.tibia
    rest = width - (tibia - femur)[inside].min()
    if abs(rest) > FAR:
        tibia = _sought_anew(logits[..., 1], femur, inside, width, wider=rest > 0)
        rest = width - (tibia - femur)[inside].min()
        if abs(rest) > FAR:
            return None
    femur = femur - rest / 2
    return Margins(margins.u, femur, np.maximum(tibia + rest / 2, femur), margins.confidence)


def agreement(spaces: list[JointSpace], read: ReadWidths, patients: NDArray[np.str_]) -> list[str]:
    """Return a line for each compartment: how the measured widths agree with those read.

    Widths in mm are shares of the condyles' width as read. Intervals of 95 %, whole patients drawn.
    """
    lines = []
    for column, name in enumerate(("medial", "lateral")):
        parts = [space.medial if name == "medial" else space.lateral for space in spaces]
        shares = [part.minimal.share if part and part.minimal else np.nan for part in parts]
        measured = np.array(shares) * read.condyles
        wanted = read.millimetres[:, column]
        is_read = np.isfinite(wanted * read.condyles)
        both = is_read & np.isfinite(measured)
        pairs = np.stack([measured[both], wanted[both]], 1)
        ends = bootstrap(lambda rows: _figures(pairs[rows]), patients[both])  # noqa: B023
        figures = zip(("r", "bias", "SD"), _figures(pairs), *ends, strict=True)
        told = ", ".join(
            f"{key} {value:.3f} ({low:.3f} to {high:.3f})" for key, value, low, high in figures
        )
        refused = is_read.sum() - both.sum()
        lines.append(f"{name}: {told} mm; {both.sum()} compartments, {refused} refused")
    return lines


def _figures(pairs: Floats) -> Floats:
    """Return correlation, mean difference and its standard deviation of pairs of widths (n, 2)."""
    measured, read = pairs.T
    difference = measured - read
    return np.array([np.corrcoef(measured, read)[0, 1], difference.mean(), difference.std(ddof=1)])


def _sought_anew(
    logits: NDArray[np.float32],
    femur: Floats,
    inside: NDArray[np.bool_],
    width: float,
    *,
    wider: bool,
) -> Floats:
    """Return the likeliest tibial margin that is nowhere narrower, or somewhere as narrow."""
    shares = np.exp(logits - logits.max(0), dtype=np.float64)
    cost = -np.log(shares / shares.sum(0) + 1e-4)
    rows = np.arange(ROWS)[:, None] + TOP + 0.5
    if wider:
        too_near = (rows < femur + width - 1) & inside
        return _heights(likeliest_paths((cost + FORBIDDEN * too_near)[..., None])[:, 0])
    columns = np.arange(len(femur))
    pinned = columns[inside]  # in each of which a path is as narrow
    elsewhere = np.abs(rows - (femur + width)[pinned]) > 1
    bent = np.repeat(cost[..., None], len(pinned), -1)
    bent[:, pinned, np.arange(len(pinned))] += FORBIDDEN * elsewhere
    paths = likeliest_paths(bent)
    best = cost[paths, columns[:, None]].sum(0).argmin()
    return _heights(paths[:, best])


def _heights(path: NDArray[np.int64]) -> Floats:
    return path.astype(np.float64) + TOP + 0.5


def _on_crop(
    image: NDArray[np.uint8], frame: Frame, margins: Margins, *, mirrored: bool
) -> Compartment:
    """Return margins of a frame as those of the crop, the compartment at its left."""
    u = CROP_SIZE - COLUMN_U if mirrored else COLUMN_U
    (x, femur), (_, tibia) = (frame.to_image(u, part) for part in (margins.femur, margins.tibia))
    if mirrored:
        image, x = np.ascontiguousarray(image[:, ::-1]), CROP_SIZE - x
    order = np.argsort(x)
    weight = np.ones(len(u))
    return Compartment(image, x[order], femur[order], tibia[order], weight, points=False)
