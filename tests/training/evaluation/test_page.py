"""The page shows whatever has been measured, and only that."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from training.evaluation.page import write_page

CHANGES = {
    "of": "koa 9.9",
    "knees": 3,
    "note": "The border is repeated.",
    "changes": {
        name: {
            "accuracy": {"value": accuracy, "interval": [0.1, 0.9]},
            "accuracy_change_points": {"value": points, "interval": [points - 1, points + 1]},
            "grade_changed": {"value": 0.25, "interval": [0.1, 0.4]},
            "changed_by_more_than_one": {"value": 0.125, "interval": [0.0, 0.2]},
            "refused": 0.0,
            "polarity_wrong": 0.0,
            "found_without_a_hand": 1.0,
            "flagged": 0.0,
        }
        for name, accuracy, points in (("unchanged", 0.7, 0.0), ("turned +10°", 0.6, -10.0))
    },
}


def figure(value: float) -> dict[str, Any]:
    return {"value": value, "interval": [value - 0.05, value + 0.05]}


EXPLANATIONS = {
    "of": "koa 9.9",
    "pointing": {
        "energy": figure(0.61),
        "hottest_point": figure(0.8),
        "area": 0.24,
        "centred_blob": 0.3,
        "band": [0.46, 0.7],
        "mean_maps": [[[0.0, 1.0], [0.5, 0.2]], None, None, None, None],
    },
    "deletion": {
        "10%": {
            name: figure(0.5)
            for name in ("fall_marked", "fall_elsewhere", "difference", "marked_falls_more")
        }
    },
    "hiding": {
        "blurred": {"joint hidden": figure(0.41)},
        "grey": {"joint hidden": figure(0.42)},
        "majority_share": 0.397,
    },
}


def pictures(page: str) -> int:
    return page.count('src="data:image/svg+xml;base64,')


def test_a_folder_with_nothing_measured_says_so(tmp_path: Path) -> None:
    assert "nothing measured yet" in write_page(tmp_path).read_text(encoding="utf-8")


def test_each_section_comes_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "robustness.json").write_text(json.dumps(CHANGES), encoding="utf-8")
    page = write_page(tmp_path).read_text(encoding="utf-8")
    assert "<h1>koa 9.9</h1>" in page
    assert "<td>-10.0 (-11.0 to -9.0)</td>" in page
    assert pictures(page) == 1
    (tmp_path / "explanations.json").write_text(json.dumps(EXPLANATIONS), encoding="utf-8")
    page = write_page(tmp_path).read_text(encoding="utf-8")
    assert "61.0% (56.0% to 66.0%) lies in the joint" in page
    assert "<td>joint hidden</td><td>41.0% (36.0% to 46.0%)</td><td>42.0%" in page
    assert pictures(page) == 4
    assert "shuffled weights" not in page


def test_shuffled_weights_are_shown_where_they_were_tried(tmp_path: Path) -> None:
    tried = EXPLANATIONS | {"randomisation": {"knees": 2, "likeness": {"head": figure(0.1)}}}
    (tmp_path / "explanations.json").write_text(json.dumps(tried), encoding="utf-8")
    page = write_page(tmp_path).read_text(encoding="utf-8")
    assert "Do the maps depend on the weights?" in page
    assert pictures(page) == 4


def test_the_readings_maps_are_shown_where_a_bundle_has_them(tmp_path: Path) -> None:
    found = {"called": 12, "area": 0.09, "quadrant_area": 0.29, "region": figure(0.72)}
    found |= {"quadrant": figure(0.8), "other_side": {"value": None, "interval": [None, None]}}
    tried = EXPLANATIONS | {"readings": {"osteophyte_tibia": found}}
    (tmp_path / "explanations.json").write_text(json.dumps(tried), encoding="utf-8")
    page = write_page(tmp_path).read_text(encoding="utf-8")
    assert "<td>osteophyte, tibia</td><td>12</td><td>72.0% (67.0% to 77.0%)</td><td>9.0%" in page
    assert "<td>80.0% (75.0% to 85.0%)</td><td>29.0%</td><td>– (– to –)</td>" in page
