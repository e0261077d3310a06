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
from training.evaluation import evaluate
from training.evaluation.readings import NAMES, lines, reading_figures
from training.metrics.reading_calibration import cross_fitted_readings
from training.network.readings import probabilities, thresholds
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


def _figures(knees: Crops, true: np.ndarray, logits: np.ndarray) -> dict[str, dict]:
    found = reading_figures(knees, true, probabilities(logits), knees.grades)
    return found["by_name"]


def test_perfect_readings_have_a_kappa_and_an_area_of_one() -> None:
    found = _figures(_knees(80), _true(80), _perfect(_true(80)))
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
    found = _figures(knees, true, _perfect(wrong))
    assert found["jsn_medial"]["quadratic_kappa"]["value"] < 0.2
    assert found["jsn_lateral"]["quadratic_kappa"]["value"] == 1.0
    wrong = true.copy()
    wrong[~left_knees, 0] = 3 - wrong[~left_knees, 0]
    found = _figures(knees, true, _perfect(wrong))
    assert found["jsn_medial"]["quadratic_kappa"]["value"] == 1.0
    assert found["jsn_lateral"]["quadratic_kappa"]["value"] < 0.2


def test_what_was_not_read_does_not_count() -> None:
    true = _true(80)
    true[40:, 2:] = np.nan
    wrong = _perfect(np.nan_to_num(true))
    found = _figures(_knees(80), true, wrong)
    assert found["jsn_medial"]["knees"] == 80
    assert found["osteophyte_femur_medial"]["knees"] == 40
    assert found["osteophyte_femur_medial"]["quadratic_kappa"]["value"] == 1.0


def test_a_reading_that_no_knee_has_is_told_as_unknown() -> None:
    knees, true = _knees(80), _true(80)
    true[np.arange(80), np.where(knees.sides == "L", 2, 3)] = np.nan
    probability = cross_fitted_readings(_perfect(true), true, knees)
    found = reading_figures(knees, true, probability, knees.grades)
    unknown = {"value": None, "interval": [None, None]}
    femur = found["by_name"]["osteophyte_femur_medial"]
    assert femur["knees"] == 0
    assert [femur[name] for name in NAMES] == [unknown] * 3
    assert femur["rate_of_1_or_more"]["read"] is None
    assert 0 < femur["rate_of_1_or_more"]["predicted"] < 1
    assert found["by_name"]["osteophyte_femur_lateral"]["quadratic_kappa"]["value"] == 1.0
    # No knee has all six.
    assert found["explained"]["readers"] == {"knees": 0, **unknown}
    assert found["explained"]["both"]["value"] > 0
    told = "\n".join(lines(found))
    assert "osteophyte_femur_medial (0 knees); quadratic_kappa – (– to –)" in told
    assert "None" not in told


def test_the_rate_of_a_grade_weighs_read_knees_up_to_all_of_their_grade() -> None:
    """All of KL 2 are read and have osteophytes; of KL 0 one in four is read, and has none."""
    knees = _knees(400)
    knees.grades[:] = np.repeat([0, 2], 200)
    true = np.zeros((400, 6), np.float32)
    true[200:, 2:] = 1
    true[:150, 2:] = np.nan
    rate = _figures(knees, true, _perfect(true))["osteophyte_tibia_lateral"]["rate_of_1_or_more"]
    assert rate["read"] == 0.5
    assert rate["predicted"] == pytest.approx(0.5, abs=0.01)


def test_what_the_readings_explain_of_the_grade() -> None:
    """KL 2 has osteophytes alone, KL 3 narrowing, too; KL 0 and 1 can't be told apart."""
    knees = _knees(800)
    knees.grades[:] = np.tile([0, 1, 2, 3], 200)
    true = np.zeros((800, 6), np.float32)
    true[knees.grades >= 2, 4] = 2
    true[knees.grades == 3, 1] = 2
    predicted = np.where(knees.grades == 1, 0, knees.grades)
    found = reading_figures(knees, true, probabilities(_perfect(true)), predicted)["explained"]
    assert found["program"]["value"] == 1.0
    assert 0.7 < found["readers"]["value"] <= 0.75
    assert found["both"]["value"] == found["readers"]["value"]
    low, high = found["readers"]["interval"]
    assert low < found["readers"]["value"] < high


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
    """One of three runs learned the grade alone: the readings are of the knees of the others."""
    knees, true = _knees(240), _true(240)
    looks = np.stack([_perfect(true)] * 2, axis=1)
    for number, rows in enumerate(np.array_split(np.arange(240), 3)):
        readings = {"readings": looks[rows]} if number < 2 else {}
        _write_run(tmp_path / f"f{number}", knees.take(rows), **readings)
    table, out = tmp_path / "readings.csv", tmp_path / "out"
    by_compartment = np.where((knees.sides == "R")[:, None], true[:, [1, 0, 3, 2, 5, 4]], true)
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["knee", *COLUMNS])
        for name, row in zip(knees.names, by_compartment.astype(int), strict=True):
            writer.writerow([name, *row])
    runs = [str(tmp_path / f"f{number}") for number in range(3)]
    options = ["--runs", *runs, "--readings", str(table), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["evaluate", *options])
    evaluate.main()
    assert "jsn_medial (160 knees); quadratic_kappa 1.0 (1.0 to 1.0)" in capsys.readouterr().out
    written = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    by_name = written["readings"]["by_name"]
    assert by_name["osteophyte_tibia_lateral"]["auc_of_2_or_more"]["value"] == 1.0
    page = (out / "page.html").read_text(encoding="utf-8")
    assert "Osteophytes, lateral tibia" in page


def test_one_look_a_run_is_that_of_the_export(tmp_path: Path) -> None:
    knees = _knees(10)
    looks = np.stack([np.full((10, 18), value, np.float32) for value in (1, 3)], axis=1)
    runs = [tmp_path / "plain", tmp_path / "reading"]
    _write_run(runs[0], knees)
    _write_run(runs[1], knees, readings=looks)
    assert (out_of_fold_readings(runs)[1] == 2).all()
    # The second run of a fold looks at the mirror image.
    assert (out_of_fold_readings(runs, one_look=True)[1] == 3).all()


def test_runs_without_readings_are_refused(tmp_path: Path) -> None:
    _write_run(tmp_path / "plain", _knees(10))
    with pytest.raises(ValueError, match="none of these runs was trained with readings"):
        out_of_fold_readings([tmp_path / "plain"])
