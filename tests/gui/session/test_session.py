"""What is done to cases, without a window and without threads."""

from concurrent.futures import Future
from dataclasses import replace

import pytest

from koa_desktop.examination import reading as change
from koa_desktop.examination.examiner import Examiner
from koa_desktop.examination.store import CaseList
from koa_desktop.gui.session.case import CaseState
from koa_desktop.gui.session.film_cache import KEPT
from koa_desktop.gui.session.session import Sitting
from koa_desktop.gui.session.tasks import Equipment
from koa_desktop.knees.box import Box
from koa_desktop.radiograph import InvertedBy
from tests.support.sample_files import broken_file, knee_crop, wide_film

LOAD = Examiner.load


class AtOnce:
    """Does work where it is asked for."""

    def submit(self, lane, task, on_done):
        future = Future()
        try:
            future.set_result(task())
        except Exception as error:
            future.set_exception(error)
        on_done(future)
        return future

    def forget(self, lane):
        pass

    def close(self, seconds):
        return True


class Later(AtOnce):
    """Does work when it is told to."""

    def __init__(self):
        self.waiting = []

    def submit(self, lane, task, on_done):
        self.waiting.append((lane, task, on_done))
        return Future()

    def work(self):
        while self.waiting:
            super().submit(*self.waiting.pop(0))


@pytest.fixture
def case_list(tmp_path):
    return tmp_path / "kept" / "cases.sqlite"


@pytest.fixture
def sitting(app, case_list):
    made = Sitting(AtOnce(), Equipment(case_list))
    made.attention.connect(made.select)
    return made


@pytest.fixture
def said(sitting):
    sentences = []
    sitting.said.connect(sentences.append)
    return sentences


def test_files_are_graded_in_the_order_they_were_added(sitting, tmp_path):
    paths = [knee_crop(tmp_path, f"{name}.png", seed) for seed, name in enumerate("cab")]
    sitting.add(paths)
    assert [case.path for case in sitting.cases] == paths
    assert [case.state for case in sitting.cases] == [CaseState.GRADED] * 3
    assert sitting.graded == 3
    assert not sitting.is_busy


def test_a_broken_file_is_a_case_with_its_sentence(sitting, tmp_path):
    sitting.add([broken_file(tmp_path), knee_crop(tmp_path)])
    broken, good = sitting.cases
    assert broken.state is CaseState.ERROR
    assert broken.error.endswith(".")
    assert good.state is CaseState.GRADED


def test_a_file_is_added_once(sitting, said, tmp_path):
    path = knee_crop(tmp_path)
    sitting.add([path])
    sitting.add([path, tmp_path])
    assert len(sitting.cases) == 1
    assert said == ["1 file was in the list already."]


def test_nothing_found_is_said(sitting, said, tmp_path):
    (tmp_path / "empty").mkdir()
    sitting.add([tmp_path / "empty"])
    assert said == ["No radiographs were found there."]


def test_the_first_case_is_shown_and_later_ones_do_not_take_its_place(sitting, tmp_path):
    first = knee_crop(tmp_path, "first.png")
    sitting.add([first])
    sitting.add([knee_crop(tmp_path, "second.png", 1)])
    assert sitting.current is sitting.cases.of(first)


def test_only_a_few_films_stay_in_memory(sitting, tmp_path):
    sitting.add([knee_crop(tmp_path, f"{n}.png", n) for n in range(KEPT + 5)])
    held = [case for case in sitting.cases if sitting.film(case) is not None]
    assert len(held) <= KEPT
    assert sitting.current in held


def test_a_film_that_was_let_go_is_read_again_when_it_is_chosen(sitting, tmp_path):
    sitting.add([knee_crop(tmp_path, f"{n}.png", n) for n in range(KEPT + 2)])
    last = sitting.cases.at(KEPT + 1)
    assert sitting.film(last) is None
    sitting.select(last)
    assert sitting.film(last).radiograph.info.sha256 == last.radiograph.sha256


def test_a_film_that_changed_on_the_disk_is_not_shown(sitting, tmp_path):
    sitting.add([knee_crop(tmp_path, f"{n}.png", n) for n in range(KEPT + 2)])
    last = sitting.cases.at(KEPT + 1)
    knee_crop(tmp_path, last.path.name, seed=99)
    sitting.select(last)
    assert "changed" in last.error


def test_proposed_boxes_are_graded_when_they_are_accepted(sitting, tmp_path):
    sitting.add([wide_film(tmp_path)])
    case = sitting.current
    assert case.state is CaseState.NEEDS_BOX
    assert len(case.reading.knees) == 2
    sitting.change(case, change.accepted(case.reading), "accept")
    assert case.state is CaseState.GRADED
    assert [examined.finding.grade is not None for examined in case.examination().knees] == [
        True,
        True,
    ]


def test_a_moved_box_is_graded_where_it_lands_and_undo_brings_the_old_grading_back(
    sitting, tmp_path
):
    sitting.add([wide_film(tmp_path)])
    case = sitting.current
    sitting.change(case, change.moved(case.reading, 0, Box(60, 130, 224)), "move")
    before = case.examination().knees[0]
    sitting.change(case, change.moved(case.reading, 0, Box(80, 90, 260)), "move")
    after = case.examination().knees[0]
    assert after.knee.box != before.knee.box
    assert after.finding.probability != before.finding.probability
    sitting.undo_stack.undo()
    assert case.examination().knees[0].finding.probability == before.finding.probability
    sitting.undo_stack.redo()
    assert case.examination().knees[0].finding.probability == after.finding.probability


def test_a_box_too_small_is_refused_until_it_is_asked_for(sitting, tmp_path):
    sitting.add([wide_film(tmp_path)])
    case = sitting.current
    sitting.change(case, change.moved(case.reading, 0, Box(60, 130, 60)), "move")
    assert case.state is CaseState.REFUSED
    sitting.change(case, change.requested(case.reading, 0), "request")
    examined = case.examination().knees[0]
    assert examined.finding.grade is not None
    assert case.flagged


def test_inverting_grades_again(sitting, tmp_path):
    sitting.add([knee_crop(tmp_path)])
    case = sitting.current
    before = case.examination()
    sitting.change(case, change.turned(case.reading), "invert")
    after = case.examination()
    assert after.radiograph.inverted is not before.radiograph.inverted
    assert after.radiograph.inverted_by is InvertedBy.USER
    assert after.knees[0].finding.probability != before.knees[0].finding.probability


def test_comments_written_in_one_go_are_undone_in_one_go(sitting, tmp_path):
    sitting.add([knee_crop(tmp_path)])
    case = sitting.current
    for text in ("nar", "narrow", "narrow medially"):
        reading = replace(case.reading, comment=text)
        sitting.change(case, reading, "comment", comment=True)
    assert case.examination().comment == "narrow medially"
    sitting.undo_stack.undo()
    assert case.examination().comment == ""


def test_removal_can_be_undone(sitting, tmp_path):
    paths = [knee_crop(tmp_path, f"{n}.png", n) for n in range(3)]
    sitting.add(paths)
    sitting.remove([sitting.cases.at(0), sitting.cases.at(2)])
    assert [case.path for case in sitting.cases] == [paths[1]]
    assert sitting.current is None
    sitting.undo_stack.undo()
    assert [case.path for case in sitting.cases] == paths
    assert sitting.current.path == paths[0]


def test_the_readers_work_is_there_in_the_next_sitting(sitting, case_list, tmp_path, app):
    path = wide_film(tmp_path)
    sitting.add([path])
    case = sitting.current
    sitting.reader = "Dr A"
    sitting.change(case, change.moved(case.reading, 0, Box(60, 130, 224)), "move")
    sitting.change(case, change.graded(case.reading, 0, 3), "grade")
    sitting.change(case, replace(case.reading, comment="seen"), "comment", comment=True)
    sitting.close()
    again = Sitting(AtOnce(), Equipment(case_list))
    again.add([path])
    kept = again.cases.at(0)
    assert kept.reading.knees[0].knee.box == Box(60, 130, 224)
    assert kept.reading.knees[0].reader_grade == 3
    assert kept.reading.comment == "seen"
    assert kept.reader == "Dr A"


def test_every_change_stands_in_the_audit_trail(sitting, case_list, tmp_path):
    sitting.add([knee_crop(tmp_path)])
    case = sitting.current
    sitting.change(case, change.graded(case.reading, 0, 4), "grade KL 4")
    sitting.undo_stack.undo()
    trail = CaseList(case_list).audit_trail(case.radiograph.sha256)
    assert [action for _, action, _ in trail] == ["grade KL 4", "undo: grade KL 4"]


def test_without_a_usable_case_list_work_goes_on(app, tmp_path):
    (tmp_path / "kept").write_text("a file where the folder should be")
    sentences = []
    sitting = Sitting(AtOnce(), Equipment(tmp_path / "kept" / "cases.sqlite"))
    sitting.said.connect(sentences.append)
    sitting.add([knee_crop(tmp_path)])
    assert sitting.cases.at(0).state is CaseState.GRADED
    assert sentences == ["The case list cannot be used, so this sitting's work is not kept."]


def test_an_unusable_model_is_said_at_the_case(app, tmp_path, monkeypatch):
    monkeypatch.setattr(Examiner, "load", lambda: LOAD(tmp_path))
    sitting = Sitting(AtOnce(), Equipment(None))
    sitting.add([knee_crop(tmp_path)])
    assert "missing" in sitting.cases.at(0).error


def test_warmed_up_models_are_the_ones_that_grade(sitting, tmp_path, monkeypatch):
    loaded = []
    load = Examiner.load
    monkeypatch.setattr(Examiner, "load", lambda: loaded.append(load()) or loaded[0])
    sitting.warm_up()
    assert len(loaded) == 1
    sitting.add([knee_crop(tmp_path)])
    assert sitting.cases.at(0).state is CaseState.GRADED
    assert len(loaded) == 1


def test_models_that_cannot_be_warmed_up_are_said_at_the_case(app, tmp_path, monkeypatch):
    monkeypatch.setattr(Examiner, "load", lambda: LOAD(tmp_path))
    sitting = Sitting(AtOnce(), Equipment(None))
    sitting.warm_up()
    sitting.add([knee_crop(tmp_path)])
    assert "missing" in sitting.cases.at(0).error


def test_stopping_leaves_cases_waiting_and_a_chosen_one_is_graded_all_the_same(app, tmp_path):
    desk = Later()
    sitting = Sitting(desk, Equipment(None))
    sitting.add([knee_crop(tmp_path, f"{n}.png", n) for n in range(4)])
    AtOnce().submit(*desk.waiting.pop(0))
    sitting.stop()
    desk.work()
    states = [case.state for case in sitting.cases]
    assert states == [CaseState.GRADED, *[CaseState.WAITING] * 3]
    sitting.select(sitting.cases.at(2))
    desk.work()
    assert sitting.cases.at(2).state is CaseState.GRADED
    assert sitting.cases.at(1).state is CaseState.WAITING
    sitting.go_on()
    desk.work()
    assert sitting.graded == 4


def test_a_chosen_case_is_graded_before_those_that_wait(app, tmp_path):
    desk = Later()
    sitting = Sitting(desk, Equipment(None))
    sitting.add([knee_crop(tmp_path, f"{n}.png", n) for n in range(4)])
    AtOnce().submit(*desk.waiting.pop(0))
    sitting.select(sitting.cases.at(3))
    AtOnce().submit(*desk.waiting.pop(0))
    assert sitting.cases.at(0).state is CaseState.GRADED
    AtOnce().submit(*desk.waiting.pop(0))
    assert sitting.cases.at(3).state is CaseState.GRADED
    assert sitting.graded == 2


def test_an_answer_that_comes_after_the_box_moved_on_is_not_shown_for_it(app, tmp_path):
    desk = Later()
    sitting = Sitting(desk, Equipment(None))
    sitting.add([wide_film(tmp_path)])
    desk.work()
    case = sitting.cases.at(0)
    sitting.change(case, change.moved(case.reading, 0, Box(60, 130, 224)), "move")
    sitting.change(case, change.moved(case.reading, 0, Box(410, 130, 224)), "move")
    AtOnce().submit(*desk.waiting.pop(0))
    assert case.examined(case.reading.knees[0]) is None
    assert case.state is CaseState.READING
    desk.work()
    assert case.examined(case.reading.knees[0]) is not None
