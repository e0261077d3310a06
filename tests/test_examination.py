"""One file end to end."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from koa_desktop import examination
from koa_desktop.examination import NO_BOX, Examination, examine, examine_knee
from koa_desktop.findings import Flag
from koa_desktop.grading import Grader
from koa_desktop.joint_space import TOO_SMALL
from koa_desktop.knees import Box, Knee, crop
from koa_desktop.paths import RESOURCES
from koa_desktop.radiograph import ReadError, read


@pytest.fixture(scope="module")
def grader() -> Grader:
    return Grader()


@pytest.fixture
def knee_file(tmp_path: Path) -> Path:
    small = cv2.imdecode(np.fromfile(RESOURCES / "mean_knee.png", np.uint8), 0)
    picture = cv2.resize(small, (224, 224), interpolation=cv2.INTER_CUBIC)
    cv2.imencode(".png", picture)[1].tofile(tmp_path / "knee.png")
    return tmp_path / "knee.png"


@pytest.fixture
def film_file(tmp_path: Path) -> Path:
    picture = np.random.default_rng(1).integers(0, 255, (300, 700), np.uint8)
    cv2.imencode(".png", picture)[1].tofile(tmp_path / "film.png")
    return tmp_path / "film.png"


def test_a_knee_crop_is_graded_at_once(knee_file: Path, grader: Grader) -> None:
    examination = examine(knee_file, grader)
    (examined,) = examination.knees
    assert examined.finding.grade in range(5)
    assert examined.finding.refusal == examination.refusal == ""
    assert examination.model == grader.card.label
    assert examination.model_sha256 == grader.card.sha256


def test_the_crop_is_the_one_that_training_sees(knee_file: Path, grader: Grader) -> None:
    (examined,) = examine(knee_file, grader).knees
    assert examined.crop is not None
    assert examined.grading is not None
    seen = crop(read(knee_file), examined.knee.box, grader.card.input_size)
    np.testing.assert_array_equal(examined.crop, seen)
    again = grader.grade([seen])[0]
    np.testing.assert_allclose(examined.grading.probability, again.probability, atol=1e-6)


def test_an_inverted_crop_is_graded_as_the_upright_one(
    knee_file: Path, tmp_path: Path, grader: Grader
) -> None:
    picture = 255 - cv2.imdecode(np.fromfile(knee_file, np.uint8), 0)
    cv2.imencode(".png", picture)[1].tofile(tmp_path / "inverted.png")
    (plain,) = examine(knee_file, grader).knees
    (turned,) = examine(tmp_path / "inverted.png", grader).knees
    assert turned.finding.probability == pytest.approx(plain.finding.probability, abs=1e-3)


def test_a_film_without_a_located_knee_is_refused_not_guessed(
    film_file: Path, grader: Grader
) -> None:
    examination = examine(film_file, grader)
    assert examination.knees == ()
    assert examination.refusal.endswith(".")


def test_the_users_word_makes_a_film_one_knee(film_file: Path, grader: Grader) -> None:
    (examined,) = examine(film_file, grader, single_crop=True).knees
    assert examined.knee.box == Box(200, 0, 300)
    assert examined.finding.grade is not None


def test_a_refused_box_is_graded_only_on_request_and_marked(
    film_file: Path, grader: Grader
) -> None:
    radiograph, small = read(film_file), Knee(Box(50, 50, 60))
    refused = examine_knee(radiograph, small, grader)
    assert refused.finding.refusal
    assert refused.finding.grade is refused.grading is refused.crop is None
    forced = examine_knee(radiograph, small, grader, on_request=True)
    assert forced.finding.grade is not None
    assert Flag.ON_REQUEST in forced.finding.flags
    assert forced.finding.refusal == refused.finding.refusal


def test_a_good_box_is_not_marked_as_forced(film_file: Path, grader: Grader) -> None:
    knee = Knee(Box(50, 50, 200))
    forced = examine_knee(read(film_file), knee, grader, on_request=True)
    assert Flag.ON_REQUEST not in forced.finding.flags


def test_what_is_no_picture_raises_a_sentence(tmp_path: Path, grader: Grader) -> None:
    (tmp_path / "text.png").write_bytes(b"no picture")
    with pytest.raises(ReadError, match=r"\.$"):
        examine(tmp_path / "text.png", grader)


def test_knees_are_added_replaced_and_removed(film_file: Path, grader: Grader) -> None:
    radiograph = read(film_file)
    first = examine_knee(radiograph, Knee(Box(0, 0, 200)), grader)
    second = examine_knee(radiograph, Knee(Box(400, 0, 200)), grader)
    empty = Examination(radiograph, refusal=NO_BOX)
    one = empty.with_knee(0, first)
    assert one.refusal == ""
    two = one.with_knee(1, second)
    assert two.knees == (first, second)
    assert two.with_knee(0, second).knees == (second, second)
    assert two.without_knee(0).knees == (second,)
    assert two.without_knee(0).without_knee(0).refusal == NO_BOX
    assert empty.knees == ()


def test_a_graded_knee_has_its_joint_space_a_refused_one_has_none(
    knee_file: Path, grader: Grader
) -> None:
    (examined,) = examine(knee_file, grader).knees
    assert examined.joint_space is not None
    assert examined.joint_space.left is not None
    assert examined.joint_space.left.minimal is not None
    radiograph, small = read(knee_file), Knee(Box(10, 10, 60))
    assert examine_knee(radiograph, small, grader).joint_space is None
    asked = examine_knee(radiograph, small, grader, on_request=True)
    assert asked.joint_space is not None
    assert asked.joint_space.reason == TOO_SMALL


def test_a_joint_that_cannot_be_measured_does_not_cost_the_grade(
    knee_file: Path, grader: Grader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the networks are gone")

    monkeypatch.setattr(examination, "measure_joint_space", fail)
    (examined,) = examine(knee_file, grader).knees
    assert examined.finding.grade in range(5)
    assert examined.joint_space is not None
    assert examined.joint_space.reason == examination.FAILED
