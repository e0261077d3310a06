"""The reader's work outlives the session, and every step is in the audit trail."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from koa_desktop.errors import StoreError
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.decision import Decision, Obstacle
from koa_desktop.examination.dictation import Dictation
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.examination.reading import MarkedKnee, Reading
from koa_desktop.examination.store import Circumstances, ReadingStore
from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.joint_space.correction import Correction, DrawnMargins
from koa_desktop.joint_space.frame import Frame
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.message import Message
from koa_desktop.radiograph import Side
from tests.examination.test_audit_chain import UNCHAINED
from tests.support.raising import raises

SHA256 = "ab" * 32
FOUND = Reading((MarkedKnee(Knee(Box(10, 20, 200), Side.RIGHT, SideSource.HEADER)),))
# The same file after the reader moved the box, inverted the film, graded and left a comment.
READ = Reading(
    (
        MarkedKnee(
            Knee(Box(300, 100, 180), Side.LEFT, SideSource.READER, placed_by_user=True),
            reader_grade=2,
            readings=((OarsiName.JSN_MEDIAL, 0), (OarsiName.OSTEOPHYTE_TIBIA_LATERAL, 3)),
        ),
    ),
    inverted=False,
    comment="Öd.",
)
GRADE = Step(Message.of(Action.GRADE, grade=2))
COMMENT = Step(Message(Action.COMMENT))


@pytest.fixture
def store(tmp_path: Path) -> ReadingStore:
    return ReadingStore(tmp_path / "folder" / "cases.sqlite")


def save(store: ReadingStore, reading: Reading, *steps: Step, **known: Any) -> None:
    store.save(SHA256, reading, steps or (COMMENT,), Circumstances(**known))


def loaded(store: ReadingStore) -> Reading:
    stored = store.load(SHA256)
    assert stored is not None
    return stored.reading


@pytest.mark.requirement("R6")
def test_the_readers_work_is_there_again(store: ReadingStore) -> None:
    save(store, READ, reader="Dr. Ω")
    stored = store.load(SHA256)
    assert stored is not None
    assert stored.reading == READ
    assert stored.reader == "Dr. Ω"
    assert not stored.knees_as_found


def test_a_knee_graded_on_request_stays_so(store: ReadingStore) -> None:
    asked = Reading((MarkedKnee(Knee(Box(10, 20, 60)), on_request=True),))
    save(store, asked)
    assert loaded(store) == asked


def stored_knees(store: ReadingStore, change: str) -> None:
    """Change the stored knees with an SQL expression of them."""
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(f"UPDATE examination SET knees = {change}")


def test_a_row_of_an_earlier_version_has_no_readings(store: ReadingStore) -> None:
    save(store, READ)
    stored_knees(store, "json_remove(knees, '$[0].readings')")
    assert loaded(store).knees == (replace(READ.knees[0], readings=()),)


@pytest.mark.parametrize("damage", ["4", "-1", "'2'", "1.5", "json('true')"])
def test_a_reading_that_is_no_grade_is_damage(store: ReadingStore, damage: str) -> None:
    save(store, READ)
    stored_knees(store, f"json_set(knees, '$[0].readings.jsn_medial', {damage})")
    stored = store.load(SHA256)
    assert stored is not None
    assert stored.is_damaged


def test_an_unknown_file_has_no_reading(store: ReadingStore) -> None:
    save(store, READ)
    assert store.load("cd" * 32) is None


def test_what_the_program_found_alone_is_not_taken_for_the_users_word(store: ReadingStore) -> None:
    save(store, FOUND)
    assert loaded(store).inverted is None
    assert loaded(store).knees[0].reader_grade is None


def test_proposed_boxes_are_not_the_readers_work(store: ReadingStore) -> None:
    save(store, replace(FOUND, knees=(replace(FOUND.knees[0], proposed=True),)))
    assert loaded(store).knees == ()


def test_every_step_is_in_the_audit_trail(store: ReadingStore) -> None:
    save(store, FOUND, COMMENT)
    known = {"reader": "Dr A", "model": "koa 9", "finder": "finder 9", "model_grades": (3,)}
    save(store, READ, GRADE, replace(COMMENT, undone=True), **known)
    first, second = store.audit_trail(SHA256)
    assert first.steps == (COMMENT,)
    assert second.steps == (GRADE, replace(COMMENT, undone=True))
    assert datetime.fromisoformat(first.at).utcoffset() is not None
    assert first.at <= second.at
    assert (first.reader, second.reader) == ("", "Dr A")
    assert (second.detail["model"], second.detail["finder"]) == ("koa 9", "finder 9")
    (before,), (after,) = (entry.detail["knees"] for entry in (first, second))
    assert before["reader_grade"] is None
    assert after["reader_grade"] == 2
    assert after["model_grade"] == 3
    assert store.audit_trail("unknown") == []


def test_the_audit_trail_carries_codes_and_no_words(tmp_path: Path, store: ReadingStore) -> None:
    save(store, READ, GRADE, Step(Message(Action.TAKE_BACK), undone=True))
    with closing(sqlite3.connect(tmp_path / "folder" / "cases.sqlite")) as connection:
        (action,) = connection.execute("SELECT action FROM audit").fetchone()
    assert json.loads(action) == [
        {"code": "grade", "grade": 2},
        {"code": "take-grade-back", "undone": True},
    ]


def test_the_file_is_opened_again_by_the_next_session(tmp_path: Path, store: ReadingStore) -> None:
    save(store, READ)
    again = ReadingStore(tmp_path / "folder" / "cases.sqlite")
    assert len(again.audit_trail(SHA256)) == 1
    assert loaded(again) == READ


def test_a_file_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    ReadingStore(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 999")
    before = path.read_bytes()
    with raises(StoreError, match=r"newer KOA Desktop\.$"):
        ReadingStore(path)
    assert path.read_bytes() == before


def test_a_damaged_file_is_one_sentence_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    path.write_bytes(b"no database at all" * 100)
    with raises(StoreError, match=r"damaged\.$"):
        ReadingStore(path)
    assert path.read_bytes().startswith(b"no database")


def change_file(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_row_that_no_program_wrote_costs_that_row(tmp_path: Path, store: ReadingStore) -> None:
    save(store, READ)
    store.save("cd" * 32, READ, (COMMENT,), Circumstances())
    change_file(
        tmp_path / "folder" / "cases.sqlite",
        f"UPDATE examination SET knees = '[{{}}]' WHERE sha256 = '{SHA256}'",
    )
    damaged, other = store.load(SHA256), store.load("cd" * 32)
    assert damaged is not None
    assert other is not None
    assert (damaged.is_damaged, damaged.reading, damaged.knees_as_found) == (True, Reading(), True)
    assert (other.is_damaged, other.reading) == (False, READ)


@pytest.mark.requirement("R9")
def test_a_reading_that_another_program_changed_is_not_replaced(store: ReadingStore) -> None:
    mine = store.save(SHA256, READ, (GRADE,), Circumstances(), revision=0)
    theirs = replace(READ, comment="of another program")
    newest = store.save(SHA256, theirs, (COMMENT,), Circumstances(), revision=mine)
    with raises(StoreError, match="Another program"):
        store.save(SHA256, READ, (GRADE,), Circumstances(), revision=mine)
    stored = store.load(SHA256)
    assert stored is not None
    assert (stored.reading, stored.revision) == (theirs, newest)
    assert store.revision(SHA256) == newest > mine
    assert len(store.audit_trail(SHA256)) == 2
    # On the reader's word it is, and the other reading stays in the audit trail.
    store.save(SHA256, READ, (GRADE,), Circumstances(), revision=None)
    assert loaded(store) == READ


def test_a_change_by_an_earlier_program_is_noticed(tmp_path: Path, store: ReadingStore) -> None:
    mine = store.save(SHA256, READ, (GRADE,), Circumstances(), revision=0)
    change_file(
        tmp_path / "folder" / "cases.sqlite",
        f"INSERT INTO audit (at, sha256, action, detail) VALUES ('2025', '{SHA256}', '[]', '{{}}')",
    )
    with raises(StoreError, match="Another program"):
        store.save(SHA256, READ, (GRADE,), Circumstances(), revision=mine)


def test_several_threads_may_save(store: ReadingStore) -> None:
    steps = [Step(Message.of(Action.GRADE, grade=number)) for number in range(8)]
    threads = [threading.Thread(target=save, args=(store, READ, step)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {entry.steps for entry in store.audit_trail(SHA256)} == {(step,) for step in steps}


def test_measurements_are_there_again(store: ReadingStore) -> None:
    kept = (
        Measurement(Kind.LENGTH, ((1.5, 2.0), (30.25, 4.0))),
        Measurement(Kind.ANGLE, ((0.0, 0.0), (5.0, 5.0), (9.0, 1.0))),
    )
    save(store, replace(FOUND, measurements=kept), Step(Message(Action.MEASURE)))
    assert loaded(store).measurements == kept
    assert len(store.audit_trail(SHA256)[0].detail["measurements"]) == 2


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
OLD_KNEE = {
    "left": 10, "top": 20, "size": 200, "side": "L", "side_source": "user",
    "placed_by_user": True, "on_request": False, "model_grade": 1, "reader_grade": 3,
}  # fmt: skip


def write_version_1(path: Path, knees: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(VERSION_1)
        row = (SHA256, knees, "of old", "Dr. Old", None)
        connection.execute("INSERT INTO examination VALUES (?, ?, ?, ?, ?)", row)
        connection.execute("INSERT INTO audit VALUES ('2025', ?, 'grade \"3\"', '{}')", (SHA256,))


def test_a_file_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    write_version_1(path, json.dumps([OLD_KNEE]))
    store = ReadingStore(path)
    stored = store.load(SHA256)
    assert stored is not None
    (knee,) = stored.reading.knees
    assert knee.reader_grade == 3
    assert (knee.knee.side, knee.knee.side_source) == (Side.LEFT, SideSource.READER)
    assert (stored.reading.comment, stored.reader) == ("of old", "Dr. Old")
    assert stored.reading.measurements == ()
    (entry,) = store.audit_trail(SHA256)
    assert (entry.at, entry.steps, entry.detail) == ("2025", ('grade "3"',), {})
    line = Measurement(Kind.LENGTH, ((0.0, 0.0), (3.0, 4.0)))
    save(store, replace(stored.reading, measurements=(line,)), Step(Message(Action.MEASURE)))
    again = ReadingStore(path)
    assert loaded(again).measurements == (line,)
    assert len(again.audit_trail(SHA256)) == 2
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (9,)


# Statements that turn a file of the present version into an earlier one.
EARLIER = {
    3: "DROP TABLE whole_film; DROP TABLE margins; PRAGMA user_version = 3;",
    4: "DROP TABLE whole_film; PRAGMA user_version = 4;",
}


@pytest.mark.parametrize("version", [3, 4])
def test_a_file_of_every_later_version_is_brought_up_to_date(tmp_path: Path, version: int) -> None:
    path = tmp_path / "cases.sqlite"
    save(ReadingStore(path), READ)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE audit SET action = 'undo: grade KL 2; comment'")
        connection.executescript(UNCHAINED + EARLIER[version])
    store = ReadingStore(path)
    assert loaded(store) == READ
    assert store.audit_trail(SHA256)[0].steps == ("undo: grade KL 2; comment",)


def test_a_found_box_comes_back_with_its_confidence_and_where_its_side_is_from(
    store: ReadingStore,
) -> None:
    knee = Knee(Box(30, 40, 200), Side.LEFT, SideSource.FIBULA, confidence=0.875)
    save(store, Reading((MarkedKnee(knee),)))
    assert loaded(store).knees[0].knee == knee


def test_boxes_that_the_reader_deleted_stay_deleted(store: ReadingStore) -> None:
    save(store, replace(FOUND, knees=()), Step(Message(Action.DELETE_BOX)))
    stored = store.load(SHA256)
    assert stored is not None
    assert stored.reading.knees == ()
    assert not stored.knees_as_found


def test_a_case_of_a_program_without_a_finder_takes_the_knees_that_are_found(
    tmp_path: Path,
) -> None:
    path = tmp_path / "cases.sqlite"
    save(ReadingStore(path), replace(FOUND, knees=(), comment="of old"))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(
            f"{UNCHAINED} DROP TABLE whole_film; DROP TABLE margins; PRAGMA user_version = 2;"
        )
    stored = ReadingStore(path).load(SHA256)
    assert stored is not None
    assert stored.knees_as_found
    assert stored.reading.comment == "of old"


def test_drawn_margins_come_back_and_are_in_the_audit_trail(store: ReadingStore) -> None:
    drawn = DrawnMargins((1.0, 2.0, 3.0), (11.0, 12.0, 13.0), (21.0, 22.0, 23.0))
    correction = Correction(Frame(112, 112, 1, 0), left=drawn)
    marked = replace(FOUND.knees[0], correction=correction)
    save(store, Reading((marked,)), Step(Message(Action.CORRECT_MARGINS)))
    assert loaded(store).knees[0].correction == correction
    entry = store.audit_trail(SHA256)[-1]
    assert entry.steps == (Step(Message(Action.CORRECT_MARGINS)),)
    assert entry.detail["margins"][0]["left"]["u"]
    save(store, FOUND, Step(Message(Action.RESTORE_MARGINS)))
    assert loaded(store).knees[0].correction is None


def test_a_film_that_is_not_gradable_and_words_of_the_readers_come_back(
    store: ReadingStore,
) -> None:
    of_film = Decision.not_gradable(Obstacle.NOT_A_KNEE, None, "koa 9")
    of_knee = Decision.not_gradable(Obstacle.OTHER, 2, "koa 9", "plaster cast")
    dictation = Dictation("Findings.", "Impression.", "R KL 2")
    whole = replace(FOUND, knees=(), decision=of_film, dictation=dictation)
    save(store, whole)
    assert loaded(store) == whole
    knee = replace(FOUND.knees[0], decision=of_knee, comment="Only this knee.")
    read = replace(FOUND, knees=(knee,))
    save(store, read)
    assert loaded(store) == read
