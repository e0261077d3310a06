"""The synthetic samples: made from any crops, the same again, readable, and marked as synthetic."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pydicom
import pytest

from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Side
from koa_desktop.system.paths import SAMPLES
from training.data.crops import Crops
from training.synthetic.demo_images import Candidate, RealKnees, choose, make_samples, write_on
from training.synthetic.film import draw_film, film_as_dicom
from training.synthetic.knee import draw, learn

PER_GRADE = 8
FILES = {*(f"grade{grade}.png" for grade in range(GRADES)), "bilateral.dcm"}


def drawn_crops() -> Crops:
    """Simple pictures of two bones and a gap, different for each patient."""
    rng = np.random.default_rng(1)
    images, grades = [], []
    for number in range(PER_GRADE * GRADES):
        grade = number // PER_GRADE
        picture = np.full((CROP_SIZE, CROP_SIZE), 30.0, np.float32)
        left, gap = int(rng.integers(15, 35)), 12 - 2 * grade
        cv2.rectangle(picture, (left, 0), (205, 125), float(rng.integers(140, 220)), -1)
        cv2.rectangle(picture, (left + 5, 125 + gap), (200, 223), float(rng.integers(120, 200)), -1)
        noise = cv2.GaussianBlur(rng.standard_normal(picture.shape).astype(np.float32), (0, 0), 9)
        picture = cv2.GaussianBlur(picture + 300 * noise, (0, 0), 1)
        images.append(np.clip(picture, 0, 255).astype(np.uint8))
        grades.append(grade)
    patients = np.array([f"{number // 2:04d}" for number in range(len(images))])
    sides = np.array(["L", "R"] * (len(images) // 2))
    return Crops(np.stack(images), np.array(grades), patients, sides)


@pytest.fixture(scope="module")
def statistics():
    return learn(drawn_crops().images[:PER_GRADE])


def test_a_seed_draws_the_same_knee_again_and_another_seed_another(statistics):
    first, again, other = (draw(statistics, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert first.shape == (CROP_SIZE, CROP_SIZE)
    assert first.min() >= 0
    assert first.max() <= 1
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).mean() > 0.01


def test_a_drawn_knee_has_the_anatomy_of_its_crops(statistics):
    knee = draw(statistics, np.random.default_rng(3))
    femur, gap, tibia = (knee[top : top + 6, 80:160].mean() for top in (100, 128, 160))
    assert gap < min(femur, tibia) - 0.1


@pytest.mark.slow
def test_every_sample_is_written_readable_and_the_same_twice(tmp_path, monkeypatch):
    monkeypatch.setattr("training.synthetic.demo_images.CANDIDATES", 2)
    monkeypatch.setattr("training.synthetic.demo_images.MOST_SIMILAR", 1.0)
    monkeypatch.setattr(RealKnees, "limit", 2.0)
    for folder in ("first", "second"):
        make_samples(drawn_crops(), tmp_path / folder, None)
    for name in sorted(FILES | {"samples.json"}):
        first, second = ((tmp_path / folder / name) for folder in ("first", "second"))
        assert first.read_bytes() == second.read_bytes(), name
    for name in sorted(FILES):
        assert read(tmp_path / "first" / name).pixels.std() > 0.05


def test_a_candidate_too_like_a_real_crop_is_never_chosen():
    picture = np.zeros((8, 8), np.float32)
    near, apart, farther = (Candidate(picture, n, s) for n, s in enumerate((0.97, 0.90, 0.8)))
    assert choose([near, apart, farther], 0.95, 0, None) == [apart, farther]
    with pytest.raises(ValueError, match="too like a real crop"):
        choose([near], 0.95, 0, None)


def test_a_crop_is_like_its_own_mirror_image_and_less_like_other_patients():
    crops = drawn_crops()
    real = RealKnees.of(crops)
    assert len(real.nearest) == len(crops)
    assert real.nearest.max() < 1
    assert real.nearest.min() < real.limit < real.nearest.max()


def test_writing_on_a_knee_leaves_the_joint_alone():
    picture = np.full((CROP_SIZE, CROP_SIZE), 0.5, np.float32)
    written = write_on(picture, "SYNTHETIC")
    changed = np.argwhere(written != 128)
    assert len(changed) > 100
    assert changed[:, 0].min() > 200


def test_a_film_is_lossless_and_its_knees_lie_where_its_boxes_say():
    rng = np.random.default_rng(0)
    knee = rng.random((14, 14)).astype(np.float32)
    knees = {side: cv2.resize(knee, (CROP_SIZE, CROP_SIZE)) for side in Side}
    film = draw_film(knees, np.random.default_rng(1))
    stored = pydicom.dcmread(pydicom.filebase.DicomBytesIO(film_as_dicom(film))).pixel_array
    np.testing.assert_array_equal(stored, np.round(film.pixels * 4095))
    for side, box in film.boxes.items():
        top, left, size = int(box.top), int(box.left), int(box.size)
        inside = cv2.resize(film.pixels[top : top + size, left : left + size], (CROP_SIZE,) * 2)
        middle = np.s_[40:-40, 40:-40]
        assert np.corrcoef(inside[middle].ravel(), knees[side][middle].ravel())[0, 1] > 0.6


class TestShippedSamples:
    def test_all_are_there_and_small(self):
        assert {path.name for path in SAMPLES.iterdir()} == FILES | {"samples.json", "README.md"}
        assert sum(path.stat().st_size for path in SAMPLES.iterdir()) < 1_500_000

    def test_each_knee_is_apart_from_every_real_crop(self):
        card = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
        limit = card["nearest_crop_of_another_patient"]["percentile_50"]
        knees = [knee for sample in card["samples"] for knee in sample["knees"]]
        assert {sample["file"] for sample in card["samples"]} == FILES
        assert all(knee["nearest_real_crop"] < limit for knee in knees)

    @pytest.mark.parametrize("grade", range(GRADES))
    def test_a_crop_is_read_and_says_that_it_is_synthetic(self, grade):
        radiograph = read(SAMPLES / f"grade{grade}.png")
        assert radiograph.values.shape == (CROP_SIZE, CROP_SIZE)
        assert not radiograph.inverted
        corner = radiograph.pixels[206:222, :80]
        assert (corner > 0.9).sum() > 60

    def test_the_film_carries_a_made_up_patient_and_a_spacing(self):
        dataset = pydicom.dcmread(SAMPLES / "bilateral.dcm")
        assert dataset.PatientName == "Sample^Synthetic"
        assert dataset.PatientID == "SYNTHETIC-1"
        assert dataset.StudyDescription == "Both knees AP, synthetic sample"
        assert (dataset.BodyPartExamined, dataset.ViewPosition) == ("KNEE", "AP")
        assert dataset.PhotometricInterpretation == "MONOCHROME2"
        assert dataset.BitsAllocated == 16
        assert dataset.BurnedInAnnotation == "YES"
        assert float(dataset.ImagerPixelSpacing[0]) == pytest.approx(0.22)

    def test_the_film_is_read_with_a_box_around_each_knee(self):
        radiograph = read(SAMPLES / "bilateral.dcm")
        card = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
        film = next(sample for sample in card["samples"] if sample["file"] == "bilateral.dcm")
        assert [knee["side"] for knee in film["knees"]] == ["R", "L"]
        for knee in film["knees"]:
            assert knee["left"] >= 0
            assert knee["left"] + knee["size"] <= radiograph.width
            assert knee["top"] + knee["size"] <= radiograph.height
