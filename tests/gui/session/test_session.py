"""Edits of cases, without a window and without threads."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from koa_desktop.examination import reading as change
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.examiner import Examiner
from koa_desktop.examination.store import ReadingStore
from koa_desktop.gui.session.case import CaseState
from koa_desktop.gui.session.film_cache import KEPT
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.session import Session
from koa_desktop.knees.box import Box
from koa_desktop.message import Message
from koa_desktop.radiograph import InvertedBy
from koa_desktop.wording.sentences import sentence
from tests.support.sample_files import broken_file, knee_crop, wide_film
from tests.support.task_runners import AtOnce, Later

LOAD = Examiner.load
ACCEPT, MOVE, REQUEST = map(
    Message, (Action.ACCEPT_BOXES, Action.MOVE_BOX, Action.GRADE_ON_REQUEST)
)
INVERT, COMMENT = Message(Action.STORED_INVERTED), Message(Action.COMMENT)
GRADE_3 = Message.of(Action.GRADE, grade=3)


@pytest.fixture
def said(session):
    sentences = []
    session.said.connect(sentences.append)
    return sentences


def test_files_are_graded_in_the_order_they_were_added(session, tmp_path):
    paths = [knee_crop(tmp_path, f"{name}.png", seed) for seed, name in enumerate("cab")]
    session.add(paths)
    assert [case.path for case in session.cases] == paths
    assert [case.state for case in session.cases] == [CaseState.GRADED] * 3
    assert session.graded == 3
    assert not session.is_busy


def test_a_broken_file_is_a_case_with_its_sentence(session, tmp_path):
    session.add([broken_file(tmp_path), knee_crop(tmp_path)])
    broken, good = session.cases
    assert broken.state is CaseState.ERROR
    assert broken.error_sentence.endswith(".")
    assert good.state is CaseState.GRADED


@pytest.mark.parametrize("name", ["a" * 5000, "nu\0ll.png", "a" * 300 + ".dcm"])
def test_a_name_that_no_system_has_is_a_case_with_its_sentence(session, tmp_path, name):
    session.add([tmp_path / name])
    (case,) = session.cases
    assert "no such file" in sentence(case.error)


def test_a_file_is_added_once(session, said, tmp_path):
    path = knee_crop(tmp_path)
    session.add([path])
    session.add([path, tmp_path])
    assert len(session.cases) == 1
    assert said == ["1 file was already in the list. Files left out: 1 of another kind."]


def test_nothing_found_is_said(session, said, tmp_path):
    (tmp_path / "empty").mkdir()
    session.add([tmp_path / "empty"])
    assert said == ["No radiographs were found there."]


def test_the_first_of_the_files_that_are_added_is_shown(session, tmp_path):
    paths = [knee_crop(tmp_path, f"{name}.png", seed) for seed, name in enumerate("abcd")]
    session.add(paths[:2])
    assert session.current is session.cases.of(paths[0])
    session.add(paths[2:])
    assert session.current is session.cases.of(paths[2])


def test_only_a_few_films_stay_in_memory(session, tmp_path):
    session.add([knee_crop(tmp_path, f"{n}.png", n) for n in range(KEPT + 5)])
    held = [case for case in session.cases if session.film(case) is not None]
    assert len(held) <= KEPT
    assert session.current in held


def test_a_film_that_was_let_go_is_read_again_when_it_is_chosen(session, tmp_path):
    session.add([knee_crop(tmp_path, f"{n}.png", n) for n in range(KEPT + 2)])
    last = session.cases.at(KEPT + 1)
    assert session.film(last) is None
    session.select(last)
    assert session.film(last).radiograph.info.sha256 == last.radiograph.sha256


def test_a_film_that_changed_on_the_disk_is_not_shown(session, tmp_path):
    session.add([knee_crop(tmp_path, f"{n}.png", n) for n in range(KEPT + 2)])
    last = session.cases.at(KEPT + 1)
    knee_crop(tmp_path, last.path.name, seed=99)
    session.select(last)
    assert "changed" in last.error_sentence


def test_proposed_boxes_are_graded_when_they_are_accepted(session, tmp_path):
    session.add([wide_film(tmp_path)])
    case = session.current
    assert case.state is CaseState.NEEDS_BOX
    assert len(case.reading.knees) == 2
    session.change(case, change.accepted(case.reading), ACCEPT)
    assert case.state is CaseState.GRADED
    assert [examined.finding.grade is not None for examined in case.examination().knees] == [
        True,
        True,
    ]


def test_a_moved_box_is_graded_where_it_lands_and_undo_brings_the_old_grading_back(
    session, tmp_path
):
    session.add([wide_film(tmp_path)])
    case = session.current
    session.change(case, change.moved(case.reading, 0, Box(60, 130, 224)), MOVE)
    before = case.examination().knees[0]
    session.change(case, change.moved(case.reading, 0, Box(80, 90, 260)), MOVE)
    after = case.examination().knees[0]
    assert after.knee.box != before.knee.box
    assert after.finding.probability != before.finding.probability
    session.undo_stack.undo()
    assert case.examination().knees[0].finding.probability == before.finding.probability
    session.undo_stack.redo()
    assert case.examination().knees[0].finding.probability == after.finding.probability


def test_a_box_too_small_is_refused_until_it_is_asked_for(session, tmp_path):
    session.add([wide_film(tmp_path)])
    case = session.current
    session.change(case, change.moved(case.reading, 0, Box(60, 130, 60)), MOVE)
    assert case.state is CaseState.REFUSED
    session.change(case, change.requested(case.reading, 0), REQUEST)
    examined = case.examination().knees[0]
    assert examined.finding.grade is not None
    assert case.flagged


def test_inverting_grades_again(session, tmp_path):
    session.add([knee_crop(tmp_path)])
    case = session.current
    before = case.examination()
    session.change(case, change.with_polarity(case.reading, not case.inverted), INVERT)
    after = case.examination()
    assert after.radiograph.inverted is not before.radiograph.inverted
    assert after.radiograph.inverted_by is InvertedBy.USER
    assert after.knees[0].finding.probability != before.knees[0].finding.probability


def test_comments_written_in_one_go_are_undone_in_one_go(session, tmp_path):
    session.add([knee_crop(tmp_path)])
    case = session.current
    for text in ("nar", "narrow", "narrow medially"):
        reading = replace(case.reading, comment=text)
        session.change(case, reading, COMMENT)
    assert case.examination().comment == "narrow medially"
    session.undo_stack.undo()
    assert case.examination().comment == ""


def test_removal_can_be_undone(session, tmp_path):
    paths = [knee_crop(tmp_path, f"{n}.png", n) for n in range(3)]
    session.add(paths)
    session.remove([session.cases.at(0), session.cases.at(2)])
    assert [case.path for case in session.cases] == [paths[1]]
    assert session.current is None
    session.undo_stack.undo()
    assert [case.path for case in session.cases] == paths
    assert session.current.path == paths[0]


def test_the_readers_work_is_there_in_the_next_session(session, case_list, tmp_path, app):
    path = wide_film(tmp_path)
    session.add([path])
    case = session.current
    session.reader = "Dr A"
    session.change(case, change.moved(case.reading, 0, Box(60, 130, 224)), MOVE)
    session.change(case, change.graded(case.reading, 0, 3), GRADE_3)
    session.change(case, replace(case.reading, comment="seen"), COMMENT)
    session.close()
    again = Session(AtOnce(), Services(case_list))
    again.add([path])
    kept = again.cases.at(0)
    assert kept.reading.knees[0].knee.box == Box(60, 130, 224)
    assert kept.reading.knees[0].reader_grade == 3
    assert kept.reading.comment == "seen"
    assert kept.reader == "Dr A"


def test_every_change_stands_in_the_audit_trail(session, case_list, tmp_path):
    session.add([knee_crop(tmp_path)])
    case = session.current
    session.change(case, change.graded(case.reading, 0, 4), Message.of(Action.GRADE, grade=4))
    session.undo_stack.undo()
    trail = ReadingStore(case_list).audit_trail(case.radiograph.sha256)
    given = Message.of(Action.GRADE, grade=4)
    assert [entry.steps for entry in trail] == [(Step(given),), (Step(given, undone=True),)]


def test_without_a_usable_case_list_work_goes_on(app, tmp_path):
    (tmp_path / "kept").write_text("a file where the folder should be")
    session = Session(AtOnce(), Services(tmp_path / "kept" / "cases.sqlite"))
    session.add([knee_crop(tmp_path)])
    case = session.cases.at(0)
    assert case.state is CaseState.GRADED
    assert session.saver.unloaded == (case,)
    assert sentence(session.saver.trouble) == "The case list cannot be used."


def test_a_store_of_a_newer_program_is_left_alone_and_the_reader_is_told_so(
    app, case_list, tmp_path
):
    ReadingStore(case_list)
    with closing(sqlite3.connect(case_list)) as connection:
        connection.execute("PRAGMA user_version = 999")
    session = Session(AtOnce(), Services(case_list))
    session.add([knee_crop(tmp_path)])
    assert session.cases.at(0).state is CaseState.GRADED
    assert "newer KOA Desktop" in sentence(session.services.store_notice)


def test_a_reading_is_applied_to_a_knee_once(session, tmp_path):
    session.add([knee_crop(tmp_path)])
    case = session.current
    first = case.examined(case.reading.knees[0])
    assert case.examined(case.reading.knees[0]) is first
    session.change(case, change.graded(case.reading, 0, 3), GRADE_3)
    assert case.examined(case.reading.knees[0]).reader_grade == 3
    assert first.reader_grade is None


def test_an_unusable_model_is_said_at_the_case(app, tmp_path, monkeypatch):
    monkeypatch.setattr(Examiner, "load", lambda: LOAD(tmp_path))
    session = Session(AtOnce(), Services(None))
    session.add([knee_crop(tmp_path)])
    assert "missing" in session.cases.at(0).error_sentence


def test_warmed_up_models_are_the_ones_that_grade(session, tmp_path, monkeypatch):
    loaded = []
    load = Examiner.load
    monkeypatch.setattr(Examiner, "load", lambda: loaded.append(load()) or loaded[0])
    session.warm_up()
    assert len(loaded) == 1
    session.add([knee_crop(tmp_path)])
    assert session.cases.at(0).state is CaseState.GRADED
    assert len(loaded) == 1


def test_models_that_cannot_be_warmed_up_are_said_at_the_case(app, tmp_path, monkeypatch):
    monkeypatch.setattr(Examiner, "load", lambda: LOAD(tmp_path))
    session = Session(AtOnce(), Services(None))
    session.warm_up()
    session.add([knee_crop(tmp_path)])
    assert "missing" in session.cases.at(0).error_sentence


def test_stopping_leaves_cases_waiting_and_a_chosen_one_is_graded_all_the_same(app, tmp_path):
    runner = Later()
    session = Session(runner, Services(None))
    session.add([knee_crop(tmp_path, f"{n}.png", n) for n in range(4)])
    for _ in ("the search", "the first film"):
        AtOnce().submit(*runner.waiting.pop(0))
    session.stop()
    runner.work()
    states = [case.state for case in session.cases]
    assert states == [CaseState.GRADED, *[CaseState.WAITING] * 3]
    session.select(session.cases.at(2))
    runner.work()
    assert session.cases.at(2).state is CaseState.GRADED
    assert session.cases.at(1).state is CaseState.WAITING
    session.go_on()
    runner.work()
    assert session.graded == 4


def test_a_chosen_case_is_graded_before_those_that_wait(app, tmp_path):
    runner = Later()
    session = Session(runner, Services(None))
    session.add([knee_crop(tmp_path, f"{n}.png", n) for n in range(4)])
    AtOnce().submit(*runner.waiting.pop(0))
    session.select(session.cases.at(3))
    AtOnce().submit(*runner.waiting.pop(0))
    assert session.cases.at(0).state is CaseState.GRADED
    AtOnce().submit(*runner.waiting.pop(0))
    assert session.cases.at(3).state is CaseState.GRADED
    assert session.graded == 2


def test_an_answer_that_comes_after_the_box_moved_on_is_not_shown_for_it(app, tmp_path):
    runner = Later()
    session = Session(runner, Services(None))
    session.add([wide_film(tmp_path)])
    runner.work()
    case = session.cases.at(0)
    session.change(case, change.moved(case.reading, 0, Box(60, 130, 224)), MOVE)
    session.change(case, change.moved(case.reading, 0, Box(410, 130, 224)), MOVE)
    AtOnce().submit(*runner.waiting.pop(0))
    assert case.examined(case.reading.knees[0]) is None
    assert case.state is CaseState.LOADING
    runner.work()
    assert case.examined(case.reading.knees[0]) is not None
