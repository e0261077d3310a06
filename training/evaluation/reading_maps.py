"""Measure whether the maps of OARSI readings lie where the reading is read.

Of every reading called 1 or more, the share of its map's energy, as the app draws it, that lies
- in its region: for osteophytes the outer third of the bone's quadrant at that side of the picture,
  for narrowing the joint's band there;
- in the same quadrant, or half of the band, at all;
- in the region of the other compartment, for comparison.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from koa_desktop.grading.class_map import heat
from koa_desktop.grading.grader import Grading
from koa_desktop.grading.oarsi import OARSI_NAMES, THRESHOLDS, reading_of
from koa_desktop.knees.crop import CROP_SIZE
from training.data.crops import JOINT_ROW, Crops
from training.evaluation.map_energy import Masks, band_rows, energy_shares, means_with_intervals
from training.metrics.metrics import Floats

OUTER = 1 / 3  # of a quadrant's width
# Each kind's readings at the picture's left and right, by their place among all.
KINDS = {"narrowing": (0, 1), "osteophyte_femur": (2, 3), "osteophyte_tibia": (4, 5)}
SHARES = ("region", "quadrant", "other_side")


def areas(kind: str, *, left: bool) -> tuple[Masks, Masks]:
    """Return the masks (224, 224) of a reading's region and of the quadrant that holds it."""
    places = (np.arange(CROP_SIZE) + 0.5) / CROP_SIZE
    from_outside = places if left else places[::-1]
    if kind == "narrowing":
        rows = band_rows()
        outer = from_outside < 0.5
    else:
        rows = places < JOINT_ROW if kind == "osteophyte_femur" else places >= JOINT_ROW
        outer = from_outside < 0.5 * OUTER
    quadrant = rows[:, None] & (from_outside < 0.5)[None]
    return rows[:, None] & outer[None], quadrant


def reading_pointing(gradings: list[Grading], crops: Crops) -> dict[str, Any]:
    """Return each kind's shares with intervals that draw whole patients, and how often called.

    An empty map has no shares. Raises ValueError where the gradings have no readings.
    """
    found: dict[str, Any] = {}
    for kind, sides in KINDS.items():
        columns, patients = [], []
        for place, left in zip(sides, (True, False), strict=True):
            masks = (*areas(kind, left=left), areas(kind, left=not left)[0])
            for grading, patient in zip(gradings, crops.patients, strict=True):
                drawn = _called_map(grading, place)
                if drawn is not None:
                    columns.append([energy_shares(drawn[None], mask)[0] for mask in masks])
                    patients.append(str(patient))
        region, quadrant = areas(kind, left=True)
        found[kind] = {
            "called": len(columns),
            "area": round(float(region.mean()), 4),
            "quadrant_area": round(float(quadrant.mean()), 4),
            **means_with_intervals(SHARES, np.array(columns), np.array(patients)),
        }
    return found


def _called_map(grading: Grading, place: int) -> Floats | None:
    """Return one reading's map (224, 224), as the app draws it; None where it is not called."""
    if grading.readings is None or grading.reading_maps is None:
        raise ValueError("this bundle has no readings")
    grade = reading_of(OARSI_NAMES[place], grading.readings[place]).grade
    if grade == 0:
        return None
    drawn = heat(grading.reading_maps[..., place * THRESHOLDS + grade - 1], CROP_SIZE)
    return drawn.astype(np.float64)
