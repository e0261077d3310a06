"""OARSI readings of the public crops, from a table that each user downloads.

The table is a CSV file with a row per knee: `knee` is the crop's file stem (`9003175L`), and the
columns below hold grades 0..3, empty where a knee was not read. The readings are those of the
Osteoarthritis Initiative (kxr_sq_bu00); its terms allow no passing on.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.oarsi import THRESHOLDS, OarsiName
from training.data.crops import Crops
from training.network.readings import READINGS, mirrored

KNEE = "knee"
# In the order of READINGS for a left knee, whose medial compartment is at the picture's left.
COLUMNS = tuple(name.value for name in OarsiName)


def load_readings(path: Path, crops: Crops) -> NDArray[np.float32]:
    """Return the readings (n, 6) of crops by side of the picture, 0..3, NaN where not read.

    Raises ValueError where a column is missing, a value is no grade, or no crop is in the table.
    """
    by_knee = _table(path)
    found = [by_knee.get(name) for name in crops.names]
    if not any(row is not None for row in found):
        raise ValueError(f"{path.name} holds none of these knees")
    unread = np.full(len(READINGS), np.nan, np.float32)
    medial_first = np.stack([unread if row is None else row for row in found])
    # The way from compartments to the picture's sides is also the way back.
    return by_compartment(medial_first, crops.sides)


def by_compartment(readings: NDArray[Any], sides: NDArray[np.str_]) -> NDArray[Any]:
    """Return readings (n, 6) by side of the picture in the order of COLUMNS.

    `sides` (n,) are the patient's, `L` or `R`.
    """
    return np.where((sides == "R")[:, None], mirrored(readings), readings)


def _table(path: Path) -> dict[str, NDArray[np.float32]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        missing = {KNEE, *COLUMNS} - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path.name} has no column {', '.join(sorted(missing))}")
        return {
            row[KNEE]: np.array([_grade(row[name], path) for name in COLUMNS], np.float32)
            for row in reader
        }


def _grade(text: str, path: Path) -> float:
    if not text.strip():
        return float("nan")
    value = float(text)
    if value not in range(THRESHOLDS + 1):
        raise ValueError(f"{path.name}: {text} is no grade from 0 to {THRESHOLDS}")
    return value
