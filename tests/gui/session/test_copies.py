"""Copies of one film in the list: one reading, saved once, whatever row it is changed in."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from koa_desktop.examination import reading as change
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.store import Circumstances, ReadingStore
from koa_desktop.gui.session.case import CaseState
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.session import Session
from koa_desktop.message import Message
from tests.support.sample_files import knee_crop
from tests.support.task_runners import AtOnce, Later

MOVE = Message(Action.MOVE_BOX)


@pytest.fixture
def paths(tmp_path):
    """Return a film and its copy; the file of another film lies between them in the list."""
    first, other = knee_crop(tmp_path, "a.png"), knee_crop(tmp_path, "b.png", 1)
    return [first, other, shutil.copy(first, tmp_path / "copy.png")]


@pytest.fixture
def copies(session, paths):
    session.add(paths)
    first, _, copy = session.cases
    return first, copy


def grade(session, case, value):
    session.change(
        case, change.graded(case.reading, 0, value), Message.of(Action.GRADE, grade=value)
    )


def grades(*cases):
    return [case.reading.knees[0].reader_grade for case in cases]


def kept(case_list, case):
    stored = ReadingStore(case_list).load(case.identity)
    return stored.reading.knees[0].reader_grade if stored else None


def save_elsewhere(case_list, case, value):
    reading = change.graded(case.reading, 0, value)
    step = Step(Message.of(Action.GRADE, grade=value))
    ReadingStore(case_list).save(case.identity, reading, (step,), Circumstances("Dr B"))


def test_a_grade_is_seen_in_every_copy_and_in_no_other_film(session, copies):
    session.reader = "Dr A"
    told = []
    session.case_changed.connect(told.append)
    grade(session, copies[0], 3)
    assert grades(*session.cases) == [3, None, 3]
    assert copies[1].reader == "Dr A"
    assert set(told) == set(copies)


def test_copies_changed_in_turn_are_saved_and_none_is_another_programs(session, copies, case_list):
    first, copy = copies
    for case, value in ((first, 3), (copy, 1), (first, 2)):
        session.select(case)
        grade(session, case, value)
        assert kept(case_list, case) == value
    session.select(copy)
    assert session.saver.changed_elsewhere == ()
    assert session.saver.unsaved == ()
    for left in (1, 3, None):
        session.undo_stack.undo()
        assert grades(*copies) == [left, left]
        assert kept(case_list, first) == left


def test_a_copy_opened_later_has_the_reading_that_is_shown(session, paths, case_list):
    session.add(paths[:1])
    (first,) = session.cases
    grade(session, first, 4)
    session.add(paths)
    assert grades(first, session.cases.at(2)) == [4, 4]
    grade(session, session.cases.at(2), 0)
    assert kept(case_list, first) == 0
    assert session.saver.changed_elsewhere == ()


def test_another_programs_reading_is_asked_about_once_and_shown_in_every_copy(
    session, copies, case_list
):
    first, copy = copies
    save_elsewhere(case_list, first, 4)
    for case in (copy, first):
        session.select(case)
    assert session.saver.changed_elsewhere == (copy,)
    session.saver.take_other(copy)
    assert grades(first, copy) == [4, 4]
    assert session.saver.changed_elsewhere == ()
    grade(session, first, 1)
    assert kept(case_list, first) == 1


def test_a_copy_that_was_out_of_the_list_comes_back_with_what_was_done_meanwhile(session, copies):
    first, copy = copies
    session.remove([first])
    rows = [(0, first)]
    grade(session, copy, 2)
    session.put_back(rows)
    assert grades(first, copy) == [2, 2]


def test_a_moved_box_is_graded_in_every_copy(app, tmp_path, paths):
    runner = Later()
    session = Session(runner, Services(None))
    session.add(paths)
    runner.work()
    first, _, copy = session.cases
    box = first.reading.knees[0].knee.box
    moved = change.moved(first.reading, 0, replace(box, left=box.left + 5))
    session.change(first, moved, MOVE)
    assert [first.state, copy.state] == [CaseState.LOADING] * 2
    runner.work()
    assert [first.state, copy.state] == [CaseState.GRADED] * 2
    assert copy.final_grade(copy.reading.knees[0]) is not None


def test_copies_in_the_list_of_the_last_session_are_one_film_again(session, paths, case_list):
    session.kept.keep(wanted=True)
    session.add(paths)
    first, _, copy = session.cases
    grade(session, copy, 3)
    session.close()
    again = Session(AtOnce(), Services(case_list))
    again.kept.restore()
    first, _, copy = again.cases
    assert grades(first, copy) == [3, 3]
    for case, value in ((first, 1), (copy, 2)):
        again.select(case)
        grade(again, case, value)
    assert grades(first, copy) == [2, 2]
    assert kept(case_list, first) == 2
    assert again.saver.changed_elsewhere == ()
