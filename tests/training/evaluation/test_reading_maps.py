"""A reading's map is measured at its own margin, where it is called, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from koa_desktop.grading.grader import Grading
from training.data.crops import Crops
from training.evaluation.reading_maps import reading_pointing
from training.network.reading_regions import KINDS

CELLS = 10
# The cell in which each reading is read: row, and column from the picture's left.
CELL = {0: (5, 2), 1: (5, 7), 2: (4, 0), 3: (4, 9), 4: (7, 0), 5: (7, 9)}


def _crops(count: int) -> Crops:
    patients = np.array([str(number) for number in range(count)])
    images = np.zeros((count, 0, 0), np.uint8)
    return Crops(images, np.zeros(count, np.int64), patients, np.array(["L"] * count))


def _grading(called: dict[int, int], cells: dict[int, tuple[int, int]]) -> Grading:
    """Call readings, and let each threshold's map point at its reading's cell."""
    readings = np.tile(np.array([1, 0, 0, 0], np.float32), (6, 1))
    maps = np.full((CELLS, CELLS, 18), -1, np.float32)
    for place, grade in called.items():
        readings[place] = np.eye(4, dtype=np.float32)[grade]
        maps[(*cells[place], place * 3 + grade - 1)] = 5
    nothing = np.zeros(5, np.float32)
    return Grading(nothing, np.zeros((1, 1, 5), np.float32), nothing, readings, maps)


def test_maps_at_their_own_margins_have_their_energy_there() -> None:
    called = {0: 2, 1: 1, 2: 3, 3: 1, 4: 2, 5: 1}
    found = reading_pointing([_grading(called, CELL)] * 4, _crops(4))
    for kind in KINDS:
        assert found[kind]["called"] == 8
        assert found[kind]["region"]["value"] > 0.8
        assert found[kind]["quadrant"]["value"] >= found[kind]["region"]["value"]
        assert found[kind]["other_side"]["value"] < 0.05


def test_a_map_at_the_other_side_counts_there() -> None:
    swapped = {place: CELL[place ^ 1] for place in CELL}
    found = reading_pointing([_grading({4: 2}, swapped)] * 3, _crops(3))
    tibia = found["osteophyte_tibia"]
    assert tibia["called"] == 3
    assert tibia["region"]["value"] < 0.05
    assert tibia["other_side"]["value"] > 0.8
    assert found["narrowing"] == {
        **{name: {"value": None, "interval": [None, None]} for name in ("region", "quadrant")},
        "other_side": {"value": None, "interval": [None, None]},
        "called": 0,
        "area": pytest.approx(0.12, abs=0.01),
        "quadrant_area": pytest.approx(0.12, abs=0.01),
    }


def test_an_empty_map_has_no_share_in_any_area() -> None:
    pointing, empty = _grading({4: 2}, CELL), _grading({4: 2}, CELL)
    empty.reading_maps[:] = -1
    alone = reading_pointing([pointing], _crops(1))["osteophyte_tibia"]
    both = reading_pointing([pointing, empty], _crops(2))["osteophyte_tibia"]
    assert (alone["called"], both["called"]) == (1, 2)
    assert both["region"]["value"] == alone["region"]["value"] > 0.8
    none = reading_pointing([empty], _crops(1))["osteophyte_tibia"]
    assert none["region"] == {"value": None, "interval": [None, None]}
