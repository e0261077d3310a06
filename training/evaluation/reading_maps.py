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
from numpy.typing import NDArray

from koa_desktop.grading.class_map import heat
from koa_desktop.grading.grader import Grading
from koa_desktop.grading.oarsi import OARSI_NAMES, THRESHOLDS, reading_of
from koa_desktop.knees.crop import CROP_SIZE
from training.data.crops import Crops
from training.evaluation.map_energy import energy_shares, means_with_intervals
from training.network.reading_regions import KINDS, areas

SHARES = ("region", "quadrant", "other_side")


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
                threshold = called_threshold(grading, place)
                if threshold is not None:
                    drawn = heat(map_of(grading, threshold), CROP_SIZE).astype(np.float64)
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


def called_threshold(grading: Grading, place: int) -> int | None:
    """Return the highest threshold that a reading reached, 0..17; None where it is not called.

    Raises ValueError where the grading has no readings.
    """
    if grading.readings is None:
        raise ValueError("this bundle has no readings")
    grade = reading_of(OARSI_NAMES[place], grading.readings[place]).grade
    return place * THRESHOLDS + grade - 1 if grade else None


def map_of(grading: Grading, threshold: int) -> NDArray[np.float32]:
    """Return a threshold's map (h, w). Raises ValueError where the grading has no readings."""
    if grading.reading_maps is None:
        raise ValueError("this bundle has no readings")
    return grading.reading_maps[..., threshold]
