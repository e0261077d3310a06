"""Readings are measured by compartment, out of fold, where they were read."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from training.data.crops import Crops
from training.data.readings import COLUMNS
from training.evaluation.readings import main, reading_figures
from training.network.readings import thresholds
from training.runs.ensemble import out_of_fold_readings


def _knees(count: int) -> Crops:
    patients = np.array([str(1000 + number // 2) for number in range(count)])
    images = np.zeros((count, 0, 0), np.uint8)
    sides = np.array(["L", "R"] * (count // 2))
    return Crops(images, np.arange(count) % 5, patients, sides)


def _true(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 4, (count, 6)).astype(np.float32)


def _perfect(true: np.ndarray) -> np.ndarray:
    return (10 * np.nan_to_num(thresholds(true)) - 5).astype(np.float32)


def test_perfect_readings_have_a_kappa_and_an_area_of_one() -> None:
    found = reading_figures(_knees(80), _true(80), _perfect(_true(80)))
    assert list(found) == list(COLUMNS)
    for figures in found.values():
        assert figures["knees"] == 80
        for name in ("quadratic_kappa", "auc_of_1_or_more", "auc_of_2_or_more"):
            assert figures[name] == {"value": 1.0, "interval": [1.0, 1.0]}


def test_an_error_at_the_picture_s_left_is_medial_in_left_and_lateral_in_right_knees() -> None:
    knees, true = _knees(400), _true(400)
    wrong = true.copy()
    left_knees = knees.sides == "L"
    wrong[left_knees, 0] = 3 - wrong[left_knees, 0]
    found = reading_figures(knees, true, _perfect(wrong))
    assert found["jsn_medial"]["quadratic_kappa"]["value"] < 0.2
    assert found["jsn_lateral"]["quadratic_kappa"]["value"] == 1.0
    wrong = true.copy()
    wrong[~left_knees, 0] = 3 - wrong[~left_knees, 0]
    found = reading_figures(knees, true, _perfect(wrong))
    assert found["jsn_medial"]["quadratic_kappa"]["value"] == 1.0
    assert found["jsn_lateral"]["quadratic_kappa"]["value"] < 0.2


def test_what_was_not_read_does_not_count() -> None:
    true = _true(80)
    true[40:, 2:] = np.nan
    wrong = _perfect(np.nan_to_num(true))
    found = reading_figures(_knees(80), true, wrong)
    assert found["jsn_medial"]["knees"] == 80
    assert found["osteophyte_femur_medial"]["knees"] == 40
    assert found["osteophyte_femur_medial"]["quadratic_kappa"]["value"] == 1.0


def _write_run(run: Path, knees: Crops, **arrays: np.ndarray) -> None:
    run.mkdir()
    logits = np.zeros((len(knees), 2, 5), np.float32)
    np.savez(
        run / "held_out.npz",
        logits=logits,
        grades=knees.grades,
        patients=knees.patients,
        sides=knees.sides,
        **arrays,
    )


def test_runs_are_measured_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    knees, true = _knees(80), _true(80)
    looks = np.stack([_perfect(true)] * 2, axis=1)
    halves = np.array_split(np.arange(80), 2)
    for number, rows in enumerate(halves):
        _write_run(tmp_path / f"f{number}", knees.take(rows), readings=looks[rows])
    table, out = tmp_path / "readings.csv", tmp_path / "figures.json"
    by_compartment = np.where((knees.sides == "R")[:, None], true[:, [1, 0, 3, 2, 5, 4]], true)
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["knee", *COLUMNS])
        for name, row in zip(knees.names, by_compartment.astype(int), strict=True):
            writer.writerow([name, *row])
    runs = [str(tmp_path / f"f{number}") for number in (0, 1)]
    options = ["--runs", *runs, "--readings", str(table), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["readings", *options])
    main()
    assert "jsn_medial (80 knees); quadratic_kappa 1.0 (1.0 to 1.0)" in capsys.readouterr().out
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["osteophyte_tibia_lateral"]["auc_of_2_or_more"]["value"] == 1.0


def test_a_run_without_readings_is_refused(tmp_path: Path) -> None:
    _write_run(tmp_path / "plain", _knees(10))
    with pytest.raises(ValueError, match="plain was trained without readings"):
        out_of_fold_readings([tmp_path / "plain"])
