"""The reader's work outlives the session, and every step is in the audit trail."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from koa_desktop.errors import StoreError
from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.findings import Flag, Refusal
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.examination.store import CaseList
from koa_desktop.joint_space.editing import corrected, dragged, handles
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.message import Message
from koa_desktop.radiograph import InvertedBy, Radiograph, Side, Window
from koa_desktop.system.paths import RESOURCES
from tests.support.fake_examiner import FakeExaminer

SHA256 = "ab" * 32


@pytest.fixture
def case_list(tmp_path: Path) -> CaseList:
    return CaseList(tmp_path / "folder" / "cases.sqlite")


@pytest.fixture
def film() -> Radiograph:
    values = np.random.default_rng(4).integers(0, 255, (400, 700)).astype(np.uint8)
    return Radiograph.of(
        Path("Doe, John.dcm"), values, Window(127.5, 255), inverted=True, sha256=SHA256
    )


@pytest.fixture
def examination(film: Radiograph, examiner: FakeExaminer) -> Examination:
    """A film as it is examined at first: one knee where the program found it."""
    knee = examiner.examine_knee(film, Knee(Box(10, 20, 200), Side.RIGHT, SideSource.HEADER))
    return Examination(film.info, (knee,), model=examiner.grader.card.label)


def read_by_hand(examination: Examination, film: Radiograph, examiner: FakeExaminer) -> Examination:
    """The same after the reader moved the box, changed the grade and left a comment."""
    radiograph = film.with_polarity(inverted=False)
    knee = Knee(Box(300, 100, 180), Side.LEFT, SideSource.READER, placed_by_user=True)
    examined = examiner.examine_knee(radiograph, knee)
    examined = replace(examined, finding=replace(examined.finding, reader_grade=2))
    return replace(
        examination, radiograph=radiograph.info, knees=(examined,), comment="Öd.", reader="Dr. Ω"
    )


def test_the_readers_work_is_there_again(
    case_list: CaseList, examination: Examination, film: Radiograph, examiner: FakeExaminer
) -> None:
    changed = read_by_hand(examination, film, examiner)
    case_list.record(changed, "grade")
    restored = case_list.restored(examination, film, examiner)
    (kept,), (wanted,) = restored.knees, changed.knees
    assert kept.knee == wanted.knee
    assert kept.finding == wanted.finding
    assert (restored.comment, restored.reader) == ("Öd.", "Dr. Ω")
    assert restored.radiograph.inverted is False
    assert restored.radiograph.inverted_by is InvertedBy.USER
    assert restored.refusal is None


def test_a_knee_graded_on_request_stays_so(
    case_list: CaseList, examination: Examination, film: Radiograph, examiner: FakeExaminer
) -> None:
    tiny = Knee(Box(10, 20, 60), Side.RIGHT, SideSource.READER, placed_by_user=True)
    asked = examiner.examine_knee(film, tiny, on_request=True)
    case_list.record(replace(examination, knees=(asked,)), "grade on request")
    finding = case_list.restored(examination, film, examiner).knees[0].finding
    assert Flag.ON_REQUEST in finding.flags
    assert finding.grade == asked.finding.grade
    assert finding.refusal


def test_a_moved_file_is_known_by_its_content(
    tmp_path: Path,
    case_list: CaseList,
    examination: Examination,
    film: Radiograph,
    examiner: FakeExaminer,
) -> None:
    case_list.record(read_by_hand(examination, film, examiner), "grade")
    moved = replace(film, info=replace(film.info, path=Path("elsewhere.dcm")))
    examination = replace(examination, radiograph=moved.info)
    restored = case_list.restored(examination, moved, examiner)
    assert restored.knees[0].finding.reader_grade == 2
    assert restored.radiograph.path == Path("elsewhere.dcm")


def test_an_unknown_file_stays_as_it_is(
    case_list: CaseList, examination: Examination, film: Radiograph, examiner: FakeExaminer
) -> None:
    assert case_list.restored(examination, film, examiner) is examination


def test_what_the_program_found_alone_is_not_taken_for_the_users_word(
    case_list: CaseList, examination: Examination, film: Radiograph, examiner: FakeExaminer
) -> None:
    case_list.record(examination, "open")
    restored = case_list.restored(examination, film, examiner)
    assert restored.radiograph.inverted_by is not InvertedBy.USER
    assert restored.knees[0].finding.reader_grade is None


def test_every_step_is_in_the_audit_trail(
    case_list: CaseList, examination: Examination, film: Radiograph, examiner: FakeExaminer
) -> None:
    case_list.record(examination, "open")
    case_list.record(read_by_hand(examination, film, examiner), "grade")
    first, second = case_list.audit_trail(SHA256)
    assert (first[1], second[1]) == ("open", "grade")
    assert datetime.fromisoformat(first[0]).utcoffset() is not None
    assert first[0] <= second[0]
    (before,), (after,) = (json.loads(entry[2])["knees"] for entry in (first, second))
    assert before["reader_grade"] is None
    assert after["reader_grade"] == 2
    assert after["model_grade"] in range(5)
    assert case_list.audit_trail("unknown") == []


def test_no_name_and_no_path_is_kept(
    tmp_path: Path, case_list: CaseList, examination: Examination
) -> None:
    case_list.record(examination, "open")
    content = (tmp_path / "folder" / "cases.sqlite").read_bytes()
    assert SHA256.encode() in content
    assert b"Doe" not in content


def test_the_file_is_opened_again_by_the_next_session(
    tmp_path: Path,
    case_list: CaseList,
    examination: Examination,
    film: Radiograph,
    examiner: FakeExaminer,
) -> None:
    case_list.record(read_by_hand(examination, film, examiner), "grade")
    again = CaseList(tmp_path / "folder" / "cases.sqlite")
    assert len(again.audit_trail(SHA256)) == 1


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    CaseList(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer KOA Desktop\.$"):
        CaseList(path)
    assert path.read_bytes() == before


def test_a_damaged_file_is_one_sentence_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match=r"\.$"):
        CaseList(path)
    assert path.read_bytes().startswith(b"no database")


def test_several_threads_may_record(case_list: CaseList, examination: Examination) -> None:
    threads = [
        threading.Thread(target=case_list.record, args=(examination, str(number)))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {entry[1] for entry in case_list.audit_trail(SHA256)} == set(map(str, range(8)))


def test_measurements_are_there_again(
    case_list: CaseList, examination: Examination, film: Radiograph, examiner: FakeExaminer
) -> None:
    kept = (
        Measurement(Kind.LENGTH, ((1.5, 2.0), (30.25, 4.0))),
        Measurement(Kind.ANGLE, ((0.0, 0.0), (5.0, 5.0), (9.0, 1.0))),
    )
    case_list.record(replace(examination, measurements=kept), "measure")
    assert case_list.restored(examination, film, examiner).measurements == kept
    assert len(json.loads(case_list.audit_trail(SHA256)[0][2])["measurements"]) == 2


# As the first program wrote it.
VERSION_1 = """
CREATE TABLE examination (
    sha256 TEXT PRIMARY KEY, knees TEXT NOT NULL, comment TEXT NOT NULL, reader TEXT NOT NULL,
    inverted INTEGER
);
CREATE TABLE audit (
    at TEXT NOT NULL, sha256 TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL
);
PRAGMA user_version = 1;
"""


def test_a_file_of_the_first_version_is_brought_up_to_date(
    tmp_path: Path, examination: Examination, film: Radiograph, examiner: FakeExaminer
) -> None:
    path = tmp_path / "cases.sqlite"
    knee = {
        "left": 10, "top": 20, "size": 200, "side": "L", "side_source": "user",
        "placed_by_user": True, "on_request": False, "model_grade": 1, "reader_grade": 3,
    }  # fmt: skip
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(VERSION_1)
        row = (SHA256, json.dumps([knee]), "of old", "Dr. Old", None)
        connection.execute("INSERT INTO examination VALUES (?, ?, ?, ?, ?)", row)
        connection.execute("INSERT INTO audit VALUES ('2025', ?, 'grade', '{}')", (SHA256,))
    case_list = CaseList(path)
    restored = case_list.restored(examination, film, examiner)
    assert restored.knees[0].finding.reader_grade == 3
    assert (restored.comment, restored.reader, restored.measurements) == ("of old", "Dr. Old", ())
    assert case_list.audit_trail(SHA256) == [("2025", "grade", "{}")]
    line = Measurement(Kind.LENGTH, ((0.0, 0.0), (3.0, 4.0)))
    case_list.record(replace(restored, measurements=(line,)), "measure")
    again = CaseList(path)
    assert again.restored(examination, film, examiner).measurements == (line,)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (4,)


def test_a_found_box_comes_back_with_its_confidence_and_where_its_side_is_from(
    case_list: CaseList, examination: Examination, film: Radiograph, examiner: FakeExaminer
) -> None:
    knee = Knee(Box(30, 40, 200), Side.LEFT, SideSource.FIBULA, confidence=0.875)
    found = examiner.examine_knee(film, knee)
    case_list.record(replace(examination, knees=(found,)), "comment")
    assert case_list.restored(examination, film, examiner).knees[0].knee == knee


def test_boxes_that_the_reader_deleted_stay_deleted(
    case_list: CaseList, examination: Examination, film: Radiograph, examiner: FakeExaminer
) -> None:
    case_list.record(replace(examination, knees=()), "delete a box")
    restored = case_list.restored(examination, film, examiner)
    assert restored.knees == ()
    assert restored.refusal == Message(Refusal.NO_KNEE)


def test_a_case_of_a_program_without_a_finder_takes_the_knees_that_are_found(
    tmp_path: Path, examination: Examination, film: Radiograph, examiner: FakeExaminer
) -> None:
    path = tmp_path / "cases.sqlite"
    CaseList(path).record(replace(examination, knees=(), comment="of old"), "comment")
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("DROP TABLE margins; PRAGMA user_version = 2;")
    restored = CaseList(path).restored(examination, film, examiner)
    assert restored.knees == examination.knees
    assert (restored.comment, restored.refusal) == ("of old", None)


def test_drawn_margins_come_back_and_are_in_the_audit_trail(
    case_list: CaseList, examiner: FakeExaminer
) -> None:
    small = cv2.imdecode(np.fromfile(RESOURCES / "mean_knee.png", np.uint8), 0)
    picture = np.asarray(cv2.resize(small, (448, 448), interpolation=cv2.INTER_CUBIC), np.uint8)
    radiograph = Radiograph.of(Path("knee.png"), picture, Window(127.5, 255), sha256=SHA256)
    knee = Knee(Box(0, 0, 448), Side.LEFT, SideSource.READER)
    found = examiner.examine_knee(radiograph, knee)
    assert found.joint_space is not None
    correction = dragged(found.joint_space, handles(found.joint_space)[2], -3)
    drawn = corrected(found.joint_space, correction, radiograph.info)
    plain = Examination(radiograph.info, (found,), model=examiner.grader.card.label)
    case_list.record(replace(plain, knees=(replace(found, joint_space=drawn),)), "correct")
    (restored,) = case_list.restored(plain, radiograph, examiner).knees
    assert restored.joint_space is not None
    assert restored.joint_space.correction == correction
    parts = (restored.joint_space.left, drawn.left), (restored.joint_space.right, drawn.right)
    for part, wanted in parts:
        assert part is not None
        assert wanted is not None
        np.testing.assert_allclose(part.femur, wanted.femur)
    _, action, detail = case_list.audit_trail(SHA256)[-1]
    assert action == "correct"
    assert json.loads(detail)["margins"][0]["left"]["u"]
    case_list.record(plain, "back to the measured margins")
    (again,) = case_list.restored(plain, radiograph, examiner).knees
    assert again.joint_space is not None
    assert again.joint_space.correction is None
