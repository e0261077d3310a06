"""Crops are read, grouped by patient, and leaks are refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from training.data.crops import (
    Crops,
    check_leaks,
    held_out_crops,
    inverted_files,
    load_crops,
    near_duplicates,
    patient_folds,
    split_crops,
)


def _write(folder: Path, name: str, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    picture = np.random.default_rng(seed).integers(0, 255, (224, 224), np.uint8)
    Image.fromarray(picture).save(folder / name)


def _crops(patients: list[str], grades: list[int], seed: int = 0) -> Crops:
    images = np.random.default_rng(seed).integers(0, 255, (len(patients), 8, 8), np.uint8)
    return Crops(images, np.array(grades), np.array(patients), np.array(["L"] * len(patients)))


@pytest.mark.parametrize("folder", ["2", "Grade_2", "grade 2"])
def test_folder_names_of_the_public_dataset_are_understood(tmp_path: Path, folder: str) -> None:
    _write(tmp_path / folder, "9003175L.png", 0)
    _write(tmp_path / "notes", "9003176R.png", 1)
    crops = load_crops(tmp_path)
    assert crops.grades.tolist() == [2]
    assert crops.patients.tolist() == ["9003175"]
    assert crops.sides.tolist() == ["L"]
    assert crops.images.shape == (1, 224, 224)
    assert crops.images.dtype == np.uint8


def test_a_name_without_a_patient_is_refused(tmp_path: Path) -> None:
    _write(tmp_path / "0", "knee.png", 0)
    with pytest.raises(ValueError, match="patient number"):
        load_crops(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no crops"):
        load_crops(tmp_path)


def test_a_patient_on_both_sides_is_a_leak() -> None:
    with pytest.raises(ValueError, match="1 patients are in both parts"):
        check_leaks(_crops(["1", "2"], [0, 1]), _crops(["2", "3"], [0, 1], seed=1))


def test_one_picture_under_two_names_is_a_leak() -> None:
    with pytest.raises(ValueError, match="pictures are in both parts"):
        check_leaks(_crops(["1"], [0]), _crops(["2"], [0]))


def test_a_clean_split_passes() -> None:
    train, held_out = _crops(["1"], [0]), _crops(["2"], [0], seed=1)
    check_leaks(train, held_out)
    with pytest.raises(ValueError, match="in both parts"):
        check_leaks(train, train)


def test_folds_keep_patients_whole_and_share_every_grade() -> None:
    patients = [str(number) for number in range(200) for _ in range(2)]
    grades = np.random.default_rng(0).integers(0, 5, 400).tolist()
    crops = _crops(patients, grades)
    folds = patient_folds(crops, 5)
    for patient in set(patients):
        assert len(set(folds[crops.patients == patient])) == 1
    for fold in range(5):
        assert set(crops.grades[folds == fold]) == {0, 1, 2, 3, 4}
    np.testing.assert_array_equal(folds, patient_folds(crops, 5))


def test_a_run_learned_from_all_that_it_did_not_hold_out(tmp_path: Path) -> None:
    for number in range(20):
        part = "train" if number < 14 else "val"
        _write(tmp_path / part / "0", f"{9_000_000 + number}L.png", number)
    everyone = {str(9_000_000 + number) for number in range(20)}
    for split, left_out in (("val", 6), ("fold 1 of 5", 4)):
        shown, held_out = split_crops(tmp_path, split)
        assert len(held_out) == left_out
        assert set(shown.patients) == everyone - set(held_out.patients)
        assert held_out.names == held_out_crops(tmp_path, split).names
    with pytest.raises(ValueError, match="neither val nor a fold"):
        split_crops(tmp_path, "test")


def test_files_with_dark_bone_are_named(tmp_path: Path) -> None:
    (tmp_path / "0").mkdir()
    rows, columns = np.mgrid[:224, :224]
    bone = (60 + 150 * np.exp(-(((columns - 112) / 50) ** 2)) + 0 * rows).astype(np.uint8)
    Image.fromarray(bone).save(tmp_path / "0" / "9000001L.png")
    Image.fromarray(255 - bone).save(tmp_path / "0" / "9000002L.png")
    assert [file.name for file in inverted_files(tmp_path)] == ["9000002L.png"]


def test_the_same_picture_is_found_under_other_names_even_mirrored_and_compressed() -> None:
    rng = np.random.default_rng(0)
    pictures = [cv2.GaussianBlur(rng.integers(0, 255, (224, 224), np.uint8), (0, 0), 3)] * 3
    pictures[1] = np.ascontiguousarray(pictures[0][:, ::-1])
    pictures[2] = cv2.GaussianBlur(rng.integers(0, 255, (224, 224), np.uint8), (0, 0), 3)
    _, data = cv2.imencode(".jpg", pictures[1], [cv2.IMWRITE_JPEG_QUALITY, 60])
    pictures[1] = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    names = np.array(["1", "2", "3"])
    crops = Crops(np.stack(pictures), np.zeros(3, np.int64), names, names)
    ((first, second, alike),) = near_duplicates(crops)
    assert (first, second) == (0, 1)
    assert alike > 0.95
