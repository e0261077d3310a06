"""The table of readings becomes labels by the sides of the picture, unread ones masked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.data.crops import Crops
from training.data.readings import load_readings

# In another order than the program's, with a column that it does not know.
HEADER = (
    "jsn_lateral,jsn_medial,osteophyte_tibia_medial,osteophyte_femur_medial,"
    "osteophyte_tibia_lateral,osteophyte_femur_lateral,note,knee"
)


def _crops(*names: str) -> Crops:
    patients, sides = [name[:-1] for name in names], [name[-1] for name in names]
    images = np.zeros((len(names), 8, 8), np.uint8)
    return Crops(images, np.zeros(len(names), int), np.array(patients), np.array(sides))


def _table(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "readings.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_left_knee_s_medial_side_is_at_the_picture_s_left_and_a_right_one_s_at_its_right(
    tmp_path: Path,
) -> None:
    table = _table(tmp_path, "0,3,2,1,1,0,x,11L", "0,3,2,1,1,0,x,11R")
    readings = load_readings(table, _crops("11R", "11L"))
    # Narrowing, femoral and tibial osteophytes, left and right each.
    assert readings.tolist() == [[0, 3, 0, 1, 1, 2], [3, 0, 1, 0, 2, 1]]


def test_empty_cells_and_missing_knees_are_not_read(tmp_path: Path) -> None:
    readings = load_readings(_table(tmp_path, "1,2,,,,,x,11L"), _crops("11L", "12L"))
    np.testing.assert_array_equal(readings[0], [2, 1, *[np.nan] * 4])
    assert np.isnan(readings[1]).all()


@pytest.mark.parametrize(
    ("row", "header", "message"),
    [
        ("4,0,0,0,0,0,x,11L", HEADER, "4 is no grade from 0 to 3"),
        ("0.5,0,0,0,0,0,x,11L", HEADER, "0.5 is no grade"),
        ("0,0,0,0,0,0,x,99L", HEADER, "none of these knees"),
        ("0,0,0,0,0,x,11L", HEADER.replace("jsn_medial,", ""), "no column jsn_medial"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(
    row: str, header: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        load_readings(_table(tmp_path, row, header=header), _crops("11L"))
