"""The list that is kept for the next start: of what is listed alone, and never by mistake."""

import pytest

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination import reading as change
from koa_desktop.examination.actions import Action
from koa_desktop.examination.worklist import Worklist
from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.session import Session
from koa_desktop.knees.box import Box
from koa_desktop.message import Message
from tests.support.sample_files import knee_crop
from tests.support.task_runners import AtOnce, Later

MOVE = Message(Action.MOVE_BOX)


@pytest.fixture
def worklist(case_list):
    return Worklist(case_list)


def test_a_case_that_was_removed_while_it_was_graded_is_not_kept(
    app, case_list, worklist, tmp_path
):
    runner = Later()
    session = Session(runner, Services(case_list))
    session.kept.restore()
    session.add([knee_crop(tmp_path)])
    runner.work()
    (case,) = session.cases
    session.change(case, change.moved(case.reading, 0, Box(20, 20, 180)), MOVE)
    films, _ = worklist.find((), 10)
    session.forget([case.identity])
    session.kept.remove(films, lambda future: future.result())
    runner.work()
    assert len(films) == 1
    assert worklist.find((), 10) == ([], 0)


def test_a_list_that_cannot_be_read_for_now_is_not_replaced(
    session, case_list, worklist, tmp_path, monkeypatch
):
    session.kept.restore()
    session.add([knee_crop(tmp_path, "first.png")])
    session.close()

    def locked(_services):
        raise StoreError(StoreReason.IN_USE)

    again = Session(AtOnce(), Services(case_list))
    with monkeypatch.context() as patched:
        patched.setattr(Services, "listed", locked)
        again.kept.restore()
    again.add([knee_crop(tmp_path, "second.png", 5)])
    again.close()
    assert [film.path.name for film in worklist.films()] == ["first.png"]


def test_without_the_wish_a_restored_backup_brings_no_list(session, worklist, tmp_path):
    session.add([knee_crop(tmp_path)])
    session.reload()
    session.add([knee_crop(tmp_path, "b.png", 5)])
    session.close()
    assert worklist.films() == []


def test_a_film_that_is_away_is_not_graded_again(session, tmp_path):
    path = knee_crop(tmp_path)
    session.add([path])
    (case,) = session.cases
    grades = case.grades_text()
    session.take_out([case])
    path.unlink()
    session.put_back([(0, case)])
    assert case.gone
    session.grade_again()
    assert case.grades_text() == grades
