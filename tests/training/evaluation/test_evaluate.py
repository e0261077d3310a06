"""The figures of held-out knees, the folds they come from, and the page that shows them."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from koa_desktop.examination.findings import prediction_set_of
from koa_desktop.grading.card import GraderCard, read_grader_card
from koa_desktop.system.paths import MODELS
from training.data.crops import Crops, load_crops
from training.evaluation.evaluate import figures, learning_log, main
from training.evaluation.page import LABELS, write_page
from training.metrics.calibration import softmax
from training.metrics.metrics import accuracy, quadratic_kappa
from training.runs.bundle_predictions import check_unseen, unseen
from training.runs.ensemble import out_of_fold_logits


def knees(count: int, seed: int = 0, first_patient: int = 0) -> tuple[np.ndarray, Crops]:
    """Draw two knees a patient, and logits that are right more often than not."""
    rng = np.random.default_rng(seed)
    grades = rng.integers(0, 5, count)
    logits = rng.normal(0, 1, (count, 5)).astype(np.float32)
    logits[np.arange(count), grades] += 2
    patients = np.array([str(first_patient + index // 2) for index in range(count)])
    return logits, Crops(
        np.zeros((count, 0, 0), np.uint8), grades, patients, np.array(["L", "R"] * (count // 2))
    )


def write_fold(run: Path, logits: np.ndarray, held_out: Crops) -> None:
    run.mkdir()
    np.savez(
        run / "held_out.npz",
        logits=np.stack([logits] * 2, axis=1),
        grades=held_out.grades,
        patients=held_out.patients,
        sides=held_out.sides,
    )


def test_figures_are_those_of_the_measures_within_their_intervals() -> None:
    logits, held_out = knees(600)
    found = figures(logits, held_out)
    predicted = logits.argmax(1)
    assert found["accuracy"]["value"] == pytest.approx(
        accuracy(held_out.grades, predicted), abs=1e-4
    )
    assert found["quadratic_kappa"]["value"] == pytest.approx(
        quadratic_kappa(held_out.grades, predicted), abs=1e-4
    )
    low, high = found["accuracy"]["interval"]
    assert low < found["accuracy"]["value"] < high
    assert np.sum(found["confusion"]) == 600
    assert found["patients"] == 300
    for grade in range(5):
        low, high = found["intervals_by_grade"]["recall"][grade]
        assert low <= found["recall"][grade] <= high
    assert sum(found["reliability"]["knees"]) == 600


def test_sets_cover_nine_in_ten_of_knees_they_were_not_fitted_on() -> None:
    found = figures(*knees(4000))
    assert found["set_coverage"]["value"] == pytest.approx(0.9, abs=0.02)
    assert min(found["set_coverage_by_grade"]) > 0.86


def test_a_grade_that_no_knee_has_leaves_a_gap_and_valid_json() -> None:
    logits, held_out = knees(300)
    keep = np.flatnonzero(held_out.grades != 4)
    logits[:, 4] = -20
    found = figures(logits[keep], held_out.take(keep))
    assert found["recall"][4] is None
    assert found["f1"][4] is None
    assert found["intervals_by_grade"]["recall"][4] == [None, None]
    assert "NaN" not in json.dumps(found)


def test_folds_are_put_together_and_a_patient_in_two_is_refused(tmp_path: Path) -> None:
    first, second = knees(40), knees(20, 1, first_patient=100)
    write_fold(tmp_path / "f0", *first)
    write_fold(tmp_path / "f1", *second)
    held_out, logits = out_of_fold_logits([tmp_path / "f0", tmp_path / "f1"])
    np.testing.assert_array_equal(logits[:, 0], np.concatenate([first[0], second[0]]))
    assert held_out.patients.tolist() == [*first[1].patients, *second[1].patients]
    write_fold(tmp_path / "f2", *knees(20, 2))
    with pytest.raises(ValueError, match="left out in two ways"):
        out_of_fold_logits([tmp_path / "f0", tmp_path / "f2"])


def test_folds_become_figures_and_one_page_that_needs_no_other_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = [tmp_path / "f0", tmp_path / "f1"]
    for index, run in enumerate(runs):
        write_fold(run, *knees(60, index, first_patient=100 * index))
        (run / "log.csv").write_text("epoch,loss,val_accuracy,val_kappa\n0,1.5,0.5,0.6\n")
    out = tmp_path / "out"
    command = ["evaluate", "--runs", *map(str, runs), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", command)
    main()
    written = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    assert written["knees"] == 120
    assert written["learning"]["f1"] == [
        {"epoch": 0, "loss": 1.5, "val_accuracy": 0.5, "val_kappa": 0.6}
    ]
    page = (out / "page.html").read_text(encoding="utf-8")
    for label, _ in LABELS.values():
        assert label.split(":")[0] in page
    assert f"{written['accuracy']['value']:.1%}" in page
    assert page.count("data:image/svg+xml;base64,") == 5
    assert "http" not in page


def test_a_page_of_the_same_figures_is_the_same(tmp_path: Path) -> None:
    found = figures(*knees(60)) | {"of": "noise <1>", "growth": {}, "learning": {}}
    (tmp_path / "figures.json").write_text(json.dumps(found))
    first = write_page(tmp_path).read_bytes()
    assert write_page(tmp_path).read_bytes() == first
    assert b"noise &lt;1&gt;" in first


def test_a_run_without_a_log_has_no_curve(tmp_path: Path) -> None:
    assert learning_log(tmp_path) == []


def test_measuring_a_bundle_needs_no_tensorflow() -> None:
    code = (
        "import sys, training.evaluation.evaluate, training.evaluation.robustness;"
        "import training.evaluation.explanations;"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not {"tensorflow", "keras"} & set(finished.stdout.split())


def _card(*held_out: str) -> GraderCard:
    training = {"members": [{"held_out": name} for name in held_out]} if held_out else {}
    return GraderCard("koa", "9", "", 224, (), 0.9, 1.0, {"training": training})


def test_a_bundle_is_measured_only_on_knees_that_no_member_has_learned_from(
    tmp_path: Path,
) -> None:
    for part, first in (("train", 9000000), ("val", 9100000)):
        for grade in range(5):
            folder = tmp_path / part / str(grade)
            folder.mkdir(parents=True)
            for number in range(4):
                picture = np.random.default_rng(number).integers(0, 255, (224, 224), np.uint8)
                Image.fromarray(picture).save(folder / f"{first + 10 * grade + number}L.png")
    val = [str(9100000 + 10 * grade + number) for grade in range(5) for number in range(4)]
    assert sorted(unseen(_card(), tmp_path).patients) == val
    assert sorted(unseen(_card("val", "val"), tmp_path).patients) == val
    folds = [unseen(_card(f"fold {fold} of 5"), tmp_path).patients.tolist() for fold in range(5)]
    assert len({patient for fold in folds for patient in fold}) == 40
    for held_out in (("fold 0 of 5", "fold 1 of 5"), ("val", "fold 0 of 5")):
        with pytest.raises(ValueError, match="has learned from every knee"):
            unseen(_card(*held_out), tmp_path)
    with pytest.raises(ValueError, match="nothing is neither val nor a fold"):
        unseen(_card("nothing"), tmp_path)


def _write_crops(folder: Path, first: int) -> None:
    for grade in range(5):
        (folder / str(grade)).mkdir(parents=True)
        for number in range(4):
            picture = np.random.default_rng(first + number).integers(0, 255, (224, 224), np.uint8)
            name = f"{first + 10 * grade + number}L.png"
            Image.fromarray(picture).save(folder / str(grade) / name)


def test_graded_crops_of_a_patient_that_a_member_has_learned_from_are_refused(
    tmp_path: Path,
) -> None:
    for part, first in (("train", 9000000), ("val", 9100000), ("test", 9200000)):
        _write_crops(tmp_path / part, first)
    test, val = load_crops(tmp_path / "test"), load_crops(tmp_path / "val")
    check_unseen(_card("fold 0 of 5", "fold 1 of 5"), test, tmp_path)
    check_unseen(_card("val"), val, tmp_path)
    check_unseen(_card(), val, tmp_path)
    with pytest.raises(ValueError, match="learned from 20 of these patients, for example 9100000"):
        check_unseen(_card("fold 0 of 5", "fold 1 of 5"), val, tmp_path)
    with pytest.raises(ValueError, match="must hold train and val"):
        check_unseen(_card("val"), test, tmp_path / "test")
    train = load_crops(tmp_path / "train")
    renamed = replace(train, patients=np.char.replace(train.patients, "90", "94"))
    with pytest.raises(ValueError, match="of these pictures by another name, for example 9400000L"):
        check_unseen(_card("val"), renamed, tmp_path)


def test_a_bundle_is_measured_with_its_own_calibration() -> None:
    card = read_grader_card(MODELS / "koa.json")
    logits, held_out = knees(600)
    probability = softmax(logits, card.text["temperature"])
    ends = [prediction_set_of(tuple(one), card.set_thresholds) for one in probability]
    low, high = np.array(ends).T
    covered = (low <= held_out.grades) & (held_out.grades <= high)
    loss = -np.log(probability[np.arange(600), held_out.grades]).mean()
    found = figures(logits, held_out, card)
    assert found["set_coverage"]["value"] == pytest.approx(covered.mean(), abs=1e-4)
    assert found["set_size"]["value"] == pytest.approx((high - low + 1).mean(), abs=1e-4)
    assert found["negative_log_likelihood"]["value"] == pytest.approx(loss, abs=1e-4)
    assert found["set_size"] != figures(logits, held_out)["set_size"]


def test_one_command_measures_the_shipped_bundle_on_graded_crops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for part, first in (("train", 9000000), ("val", 9100000), ("test", 9200000)):
        _write_crops(tmp_path / part, first)
    command = ["evaluate", "--bundle", str(MODELS), "--crops"]
    monkeypatch.setattr(sys, "argv", [*command, str(tmp_path / "test")])
    main()
    printed = capsys.readouterr().out
    assert "accuracy: " in printed
    assert "written" not in printed
    monkeypatch.setattr(sys, "argv", [*command, str(tmp_path / "train")])
    with pytest.raises(SystemExit):
        main()
    assert "has learned from 20 of these patients" in capsys.readouterr().err
