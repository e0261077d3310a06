"""One file end to end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from koa_desktop.errors import ReadError
from koa_desktop.examination import examiner as examiner_module
from koa_desktop.examination.findings import Flag, Refusal
from koa_desktop.grading.letters import Letter
from koa_desktop.joint_space.measure import JointSpaceReason
from koa_desktop.knees.box import Box, BoxClass, Knee, SideSource
from koa_desktop.knees.crop import crop
from koa_desktop.loading.read import read
from koa_desktop.message import Message
from koa_desktop.radiograph import InvertedBy, Note, Side
from koa_desktop.system.paths import RESOURCES, SAMPLES
from tests.support.fake_examiner import FakeExaminer, seen
from tests.support.raising import raises


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


def test_a_knee_crop_is_graded_at_once(knee_file: Path, examiner: FakeExaminer) -> None:
    examination = examiner.examine(read(knee_file))
    (examined,) = examination.knees
    assert examined.finding.grade in range(5)
    assert examined.finding.refusal is examination.refusal is None
    assert examination.model == examiner.grader.card.label
    assert examination.model_sha256 == examiner.grader.card.sha256


def test_the_crop_is_the_one_that_training_sees(knee_file: Path, examiner: FakeExaminer) -> None:
    (examined,) = examiner.examine(read(knee_file)).knees
    assert examined.grading is not None
    seen = crop(read(knee_file), examined.knee.box, examiner.grader.card.input_size)
    again = examiner.grader.grade([seen.pixels])[0]
    np.testing.assert_allclose(examined.grading.probability, again.probability, atol=1e-6)


def test_an_inverted_crop_is_graded_as_the_upright_one(
    knee_file: Path, tmp_path: Path, examiner: FakeExaminer
) -> None:
    picture = 255 - cv2.imdecode(np.fromfile(knee_file, np.uint8), 0)
    cv2.imencode(".png", picture)[1].tofile(tmp_path / "inverted.png")
    (plain,) = examiner.examine(read(knee_file)).knees
    (turned,) = examiner.examine(read(tmp_path / "inverted.png")).knees
    assert turned.finding.probability == pytest.approx(plain.finding.probability, abs=1e-3)


def test_a_film_without_a_located_knee_is_refused_not_guessed(
    film_file: Path, examiner: FakeExaminer
) -> None:
    examination = examiner.examine(read(film_file))
    assert examination.knees == ()
    assert examination.refusal == Message(Refusal.NO_KNEE)


def test_the_users_word_makes_a_film_one_knee(film_file: Path, examiner: FakeExaminer) -> None:
    (examined,) = examiner.examine(read(film_file), single_crop=True).knees
    assert examined.knee.box == Box(200, 0, 300)
    assert examined.finding.grade is not None


@pytest.mark.requirement("R2")
def test_a_refused_box_is_graded_only_on_request_and_marked(
    film_file: Path, examiner: FakeExaminer
) -> None:
    radiograph, small = read(film_file), Knee(Box(50, 50, 60))
    refused = examiner.examine_knee(radiograph, small)
    assert refused.finding.refusal
    assert refused.finding.grade is refused.grading is None
    forced = examiner.examine_knee(radiograph, small, on_request=True)
    assert forced.finding.grade is not None
    assert Flag.ON_REQUEST in forced.finding.flags
    assert forced.finding.refusal == refused.finding.refusal


def test_a_good_box_is_not_marked_as_forced(film_file: Path, examiner: FakeExaminer) -> None:
    knee = Knee(Box(50, 50, 200))
    forced = examiner.examine_knee(read(film_file), knee, on_request=True)
    assert Flag.ON_REQUEST not in forced.finding.flags


def test_what_is_no_picture_raises_a_sentence(tmp_path: Path, examiner: FakeExaminer) -> None:
    (tmp_path / "text.png").write_bytes(b"no picture")
    with raises(ReadError, match=r"\.$"):
        examiner.examine(read(tmp_path / "text.png"))


RIGHT, LEFT = (
    Knee(Box(20, 50, 200), Side.RIGHT, SideSource.POSITION, confidence=0.97),
    Knee(Box(460, 50, 200), Side.LEFT, SideSource.POSITION, confidence=0.64),
)


def test_found_knees_are_graded_where_they_were_found(
    film_file: Path, examiner: FakeExaminer
) -> None:
    examiner.finder.knees = (RIGHT, LEFT)
    examination = examiner.examine(read(film_file))
    assert [examined.knee for examined in examination.knees] == [RIGHT, LEFT]
    assert all(examined.finding.grade is not None for examined in examination.knees)
    assert {examined.finding.box_class for examined in examination.knees} == {BoxClass.NATIVE}
    assert examination.finder == examiner.finder.card.label


@pytest.mark.parametrize("shown", [BoxClass.IMPLANT, BoxClass.NOT_FRONTAL, BoxClass.OTHER])
def test_what_is_no_native_knee_keeps_its_box_and_side_and_costs_the_other_nothing(
    film_file: Path, examiner: FakeExaminer, shown: BoxClass
) -> None:
    examiner.finder.knees = (RIGHT, LEFT)
    examiner.finder.contents[RIGHT.box] = seen(shown)
    refused, graded = examiner.examine(read(film_file)).knees
    assert refused.knee == RIGHT
    assert refused.finding.grade is None
    assert refused.finding.refusal == Message(Refusal(shown.value))
    assert refused.finding.box_class is shown
    assert graded.finding.grade is not None
    forced = examiner.examine_knee(read(film_file), RIGHT, on_request=True)
    assert forced.finding.grade is not None
    assert Flag.ON_REQUEST in forced.finding.flags
    assert forced.finding.refusal == refused.finding.refusal


def test_a_single_knee_crop_is_looked_at_too(
    knee_file: Path, film_file: Path, examiner: FakeExaminer
) -> None:
    examiner.finder.otherwise = seen(BoxClass.IMPLANT)
    assert examiner.examine(read(knee_file)).knees[0].finding.grade is None
    assert examiner.examine(read(film_file), single_crop=True).knees[0].finding.grade is None


def test_a_crop_whose_header_names_no_side_takes_it_from_the_fibula(
    knee_file: Path, examiner: FakeExaminer
) -> None:
    examiner.finder.otherwise = seen(side=Side.LEFT)
    (examined,) = examiner.examine(read(knee_file)).knees
    assert (examined.knee.side, examined.knee.side_source) == (Side.LEFT, SideSource.FIBULA)
    assert Flag.OTHER_SIDE not in examined.finding.flags


@pytest.mark.requirement("R5")
def test_a_side_that_the_fibula_contradicts_is_flagged(
    film_file: Path, examiner: FakeExaminer
) -> None:
    examiner.finder.knees, examiner.finder.otherwise = (RIGHT, LEFT), seen(side=Side.LEFT)
    right, left = examiner.examine(read(film_file)).knees
    assert Flag.OTHER_SIDE in right.finding.flags
    assert Flag.OTHER_SIDE not in left.finding.flags


def test_a_graded_knee_has_its_joint_space_a_refused_one_has_none(
    examiner: FakeExaminer,
) -> None:
    radiograph, small = read(SAMPLES / "grade0.png"), Knee(Box(10, 10, 60))
    (examined,) = examiner.examine(radiograph).knees
    assert examined.joint_space is not None
    assert examined.joint_space.left is not None
    assert examined.joint_space.left.minimal is not None
    assert examiner.examine_knee(radiograph, small).joint_space is None
    asked = examiner.examine_knee(radiograph, small, on_request=True)
    assert asked.joint_space is not None
    assert asked.joint_space.reason is JointSpaceReason.TOO_SMALL


def test_a_joint_that_cannot_be_measured_does_not_cost_the_grade(
    knee_file: Path, examiner: FakeExaminer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the networks are gone")

    monkeypatch.setattr(examiner_module, "measure_joint_space", fail)
    (examined,) = examiner.examine(read(knee_file)).knees
    assert examined.finding.grade in range(5)
    assert examined.joint_space is not None
    assert examined.joint_space.reason is JointSpaceReason.FAILED


def test_a_small_film_that_is_like_a_crop_is_graded_where_its_knee_was_found(
    knee_file: Path, examiner: FakeExaminer
) -> None:
    examiner.finder.knees = (Knee(Box(40, 40, 150), Side.LEFT, SideSource.FIBULA, confidence=0.9),)
    assert [examined.knee for examined in examiner.examine(read(knee_file)).knees] == [
        *examiner.finder.knees
    ]
    examiner.finder.knees = (Knee(Box(2, 2, 215), Side.LEFT, SideSource.FIBULA, confidence=0.9),)
    (whole,) = examiner.examine(read(knee_file)).knees
    assert whole.knee.box == Box(0, 0, 224)


@pytest.mark.parametrize(
    ("inverted_by", "note"),
    [(None, Note.LOOKS_INVERTED), (InvertedBy.IMAGE, Note.STORED_INVERTED)],
)
def test_what_shows_no_knee_is_not_said_to_be_inverted(
    examiner: FakeExaminer, film_file: Path, inverted_by: InvertedBy | None, note: Note
) -> None:
    radiograph = read(film_file)
    notes = (Message(Note.NO_PHOTOMETRIC), Message(note))
    inverted = inverted_by is not None
    doubted = replace(
        radiograph,
        info=replace(radiograph.info, inverted=inverted, inverted_by=inverted_by, notes=notes),
    )
    settled = examiner.examine(doubted).radiograph
    assert (settled.inverted, settled.inverted_by, settled.notes) == (False, None, notes[:1])
    examiner.finder.knees = (RIGHT,)
    kept = examiner.examine(doubted).radiograph
    assert (kept.inverted, kept.inverted_by, kept.notes) == (inverted, inverted_by, notes)


def test_a_letter_beside_a_knee_names_its_side_and_contradicts_another(
    examiner: FakeExaminer, film_file: Path
) -> None:
    radiograph = read(film_file)
    examiner.letter_reader.letters = (Letter(Side.LEFT, False, 20.0, 20.0, 30.0, 0.99),)
    examiner.finder.knees = (replace(RIGHT, side=None, side_source=None),)
    (knee,) = examiner.examine(radiograph).knees
    assert (knee.knee.side, knee.knee.side_source) == (Side.LEFT, SideSource.LETTER)
    assert Flag.LETTER_SIDE not in knee.finding.flags
    examiner.finder.knees = (replace(RIGHT, side=Side.RIGHT, side_source=SideSource.FIBULA),)
    (knee,) = examiner.examine(radiograph).knees
    assert Flag.LETTER_SIDE in knee.finding.flags


def test_a_crop_of_one_knee_is_not_searched_for_letters(
    examiner: FakeExaminer, film_file: Path
) -> None:
    radiograph = read(film_file)
    examiner.letter_reader.letters = (Letter(Side.LEFT, False, 20.0, 20.0, 30.0, 0.99),)
    (knee,) = examiner.examine(radiograph, single_crop=True).knees
    assert knee.letters == ()
