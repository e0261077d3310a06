"""The list at the next start: as it was left, with all grades, and graded no second time."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from koa_desktop.examination.worklist import Worklist
from koa_desktop.gui.dialogs.preferences import Preferences
from koa_desktop.gui.session import kept_list
from koa_desktop.gui.session.case import CaseState
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.radiograph import Side
from tests.support.gui_driver import texts
from tests.support.sample_files import broken_file, knee_crop, wide_film

RIGHT = Knee(Box(60, 40, 150), Side.RIGHT, SideSource.POSITION)
LEFT = Knee(Box(300, 40, 150), Side.LEFT, SideSource.POSITION)


@pytest.fixture
def started(make_window, wait_until):
    """Start the window as the program does."""

    def start():
        window = make_window()
        window.session.kept.restore()
        window.session.warm_up()
        wait_until(lambda: window.session.services.card)
        return window

    return start


@pytest.fixture
def examined(monkeypatch, examiner):
    """The knees that were examined."""
    boxes = []
    examine = examiner.examine_knee

    def note(radiograph, knee, **options):
        boxes.append(knee.box)
        return examine(radiograph, knee, **options)

    monkeypatch.setattr(examiner, "examine_knee", note)
    return boxes


def test_the_next_start_shows_the_list_as_it_was_left(
    started, show_in, wait_until, finder, films, examined
):
    finder.knees = RIGHT, LEFT
    paths = wide_film(films), knee_crop(films), broken_file(films)
    window = started()
    wide, crop, _ = show_in(window, *paths)
    window.session.select(wide)
    window.editor.give_grade_to(1, 3)
    window.editor.comment(wide, "Widened at once.")
    window.session.select(crop)
    grades = wide.grades_text(), crop.grades_text()
    assert window.close()
    count = len(examined)

    again = started()
    wait_until(lambda: len(again.session.cases) == 3)
    wide, crop, broken = again.session.cases
    assert [case.path for case in again.session.cases] == list(paths)
    assert (wide.grades_text(), crop.grades_text()) == grades
    assert wide.reading.placed[1].reader_grade == 3
    assert wide.reading.comment == "Widened at once."
    assert wide.model == crop.model != ""
    assert wide.thumbnail.size() == crop.thumbnail.size()
    assert again.session.current is crop
    wait_until(lambda: broken.state is CaseState.ERROR and again.film.has_film)
    assert len(examined) == count


def test_a_box_moved_after_the_start_is_graded_and_kept(
    started, show_in, wait_until, finder, films, examined
):
    finder.knees = RIGHT, LEFT
    window = started()
    show_in(window, wide_film(films))
    assert window.close()

    again = started()
    wait_until(lambda: again.session.current is not None and again.film.has_film)
    case = again.session.current
    again.editor.move_box(0, Box(70, 50, 140))
    wait_until(lambda: case.state is CaseState.GRADED)
    grades = case.grades_text()
    assert again.close()
    count = len(examined)

    third = started()
    wait_until(lambda: len(third.session.cases) == 1)
    assert third.session.cases.at(0).grades_text() == grades
    assert third.session.cases.at(0).reading.placed[0].knee.box == Box(70, 50, 140)
    assert len(examined) == count


def test_a_case_that_was_removed_does_not_come_back(started, show_in, wait_until, films):
    window = started()
    first, _ = show_in(window, knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    window.session.remove([first])
    assert window.close()
    again = started()
    wait_until(lambda: len(again.session.cases) == 1)
    assert again.session.cases.at(0).path.name == "b.png"


def test_files_of_the_start_follow_the_kept_list(started, show_in, wait_until, films):
    window = started()
    show_in(window, knee_crop(films, "a.png"))
    assert window.close()
    again = started()
    again.open_files([knee_crop(films, "b.png", seed=3)])
    wait_until(lambda: len(again.session.cases) == 2)
    assert [case.path.name for case in again.session.cases] == ["a.png", "b.png"]
    wait_until(lambda: again.session.current is again.session.cases.at(1))


def test_a_film_whose_row_is_damaged_is_graded_again(
    started, show_in, wait_until, films, place, examined
):
    window = started()
    (case,) = show_in(window, knee_crop(films))
    grades = case.grades_text()
    assert window.close()
    with closing(sqlite3.connect(place / "cases.sqlite")) as connection, connection:
        connection.execute("UPDATE film SET answer = x'00'")
    count = len(examined)
    again = started()
    wait_until(lambda: again.session.graded == 1)
    assert again.session.cases.at(0).grades_text() == grades
    assert len(examined) > count


def test_without_the_wish_nothing_is_kept(started, show_in, wait_until, films, place):
    window = started()
    show_in(window, knee_crop(films))
    window.set_preferences()
    dialog = window.findChild(Preferences)
    dialog.list_kept.setChecked(False)
    dialog.accept()
    assert window.close()
    assert window.settings.list_kept is False
    with closing(sqlite3.connect(place / "cases.sqlite")) as connection:
        counts = [
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("film", "listed")
        ]
    assert counts == [0, 0]


def test_grades_of_another_model_are_named_and_can_be_replaced(
    started, show_in, wait_until, films, place
):
    window = started()
    show_in(window, knee_crop(films))
    now = window.session.services.card.label
    assert window.close()
    worklist = Worklist(place / "cases.sqlite")
    (listed,) = worklist.films()
    older = replace(listed.kept.examination, model="koa 0.0.1")
    (facts,), _ = worklist.find((), 1)
    worklist.keep(replace(listed.kept, examination=older), facts)

    again = started()
    wait_until(lambda: again.session.current is not None and again.film.has_film)
    case = again.session.current
    assert "graded by koa 0.0.1" in texts(again.panel)
    again.actions_table["grade_again"].trigger()
    wait_until(lambda: case.state is CaseState.GRADED)
    assert case.model == now
    assert "koa 0.0.1" not in texts(again.panel)


def test_a_film_that_is_away_keeps_its_grades_and_is_shown_when_it_is_back(
    started, show_in, wait_until, films
):
    window = started()
    (case,) = show_in(window, knee_crop(films))
    grades = case.grades_text()
    assert window.close()
    path = case.path.rename(films / "elsewhere.png")

    again = started()
    wait_until(lambda: again.session.current is not None and again.session.current.gone)
    case = again.session.current
    assert case.state is CaseState.GRADED
    assert case.grades_text() == grades
    assert "cannot be shown" in texts(again.film)
    path.rename(case.path)
    again.session.select(None)
    again.session.select(case)
    wait_until(lambda: again.film.has_film)
    assert case.gone is None


def test_the_restored_list_takes_no_film_from_under_the_reader(
    started, make_window, show_in, wait_until, films
):
    window = started()
    show_in(window, knee_crop(films, "a.png"))
    assert window.close()
    again = make_window()
    (begun,) = show_in(again, knee_crop(films, "b.png", seed=3))
    again.session.kept.restore()
    wait_until(lambda: len(again.session.cases) == 2)
    assert again.session.current is begun


def test_a_film_in_the_list_is_not_opened_twice(started, show_in, wait_until, films, place):
    window = started()
    (case,) = show_in(window, knee_crop(films))
    worklist = Worklist(place / "cases.sqlite")
    wait_until(lambda: worklist.find((), 1)[1] == 1)
    opened = []
    window.session.kept.restored.connect(lambda films, _: opened.append(films))
    window.session.kept.open(worklist.find((), 1)[0])
    wait_until(lambda: opened)
    assert list(window.session.cases) == [case]


def test_files_of_the_start_take_no_film_from_under_the_reader(
    started, show_in, wait_until, films, monkeypatch
):
    window = started()
    first, _ = show_in(window, knee_crop(films, "a.png"), knee_crop(films, "b.png", seed=3))
    window.session.select(first)
    assert window.close()
    again = started()
    wait_until(lambda: len(again.session.cases) == 2)
    again.open_files([knee_crop(films, "c.png", seed=5)])
    second = again.session.cases.at(1)
    again.case_list.show_case(second)
    wait_until(lambda: len(again.session.cases) == 3)
    assert again.session.current is second


def test_a_film_that_arrives_takes_none_from_under_the_reader(
    window, show, wait_until, films, tmp_path
):
    (case,) = show(knee_crop(films, "a.png"))
    folder = tmp_path / "arriving"
    folder.mkdir()
    knee_crop(folder, "b.png", seed=3)
    window.settings.watched_folder = folder
    window.opener.watch()
    wait_until(lambda: window.session.graded == 2)
    assert window.session.current is case


def many(show_in, window, films, count):
    """Open films, and show the one in the middle."""
    paths = [knee_crop(films, f"{number}.png", seed=number) for number in range(count)]
    cases = show_in(window, *paths)
    window.session.select(cases[count // 2])
    return paths


def test_a_long_list_begins_with_the_shown_film_and_keeps_its_order(
    started, show_in, wait_until, films, monkeypatch
):
    monkeypatch.setattr(kept_list, "AT_ONCE", 2)
    window = started()
    paths = many(show_in, window, films, 8)
    assert window.close()
    again = started()
    told = []
    again.session.kept.restored.connect(lambda films, _: told.append(len(films)))
    wait_until(lambda: len(again.session.cases) == 8)
    assert told[0] == 1
    assert max(told) == 2
    assert [case.path for case in again.session.cases] == paths
    assert again.session.current.path == paths[4]


def test_a_window_that_is_closed_before_the_list_is_whole_keeps_all_of_it(
    started, show_in, wait_until, films, place, monkeypatch
):
    monkeypatch.setattr(kept_list, "AT_ONCE", 1)
    window = started()
    paths = many(show_in, window, films, 6)
    assert window.close()
    again = started()
    wait_until(lambda: len(again.session.cases) > 0)
    again.session.kept.keep_now()
    again.set_preferences()
    again.findChild(Preferences).accept()
    assert again.close()
    assert [film.path for film in Worklist(place / "cases.sqlite").films()] == paths


def test_a_film_that_is_opened_before_the_list_is_whole_is_kept(
    started, show_in, wait_until, films, place, monkeypatch
):
    monkeypatch.setattr(kept_list, "AT_ONCE", 1)
    window = started()
    paths = many(show_in, window, films, 6)
    assert window.close()
    again = started()
    new = knee_crop(films, "new.png", seed=99)
    again.open_files([new])
    wait_until(lambda: len(again.session.cases) == 7 and again.session.graded == 7)
    assert again.close()
    listed = Worklist(place / "cases.sqlite").films()
    assert [film.path for film in listed] == [*paths, new]
    assert all(film.kept is not None for film in listed)


def test_the_shown_case_is_in_sight_in_a_long_list(started, show_in, wait_until, films):
    paths = [knee_crop(films, f"{number:02}.png", number) for number in range(24)]
    window = started()
    cases = show_in(window, *paths)
    window.case_list.show_case(cases[-1])
    assert window.close()

    again = started()
    wait_until(lambda: len(again.session.cases) == 24 and again.film.has_film)
    view = again.case_list.list
    assert again.session.current.path == paths[-1]
    wait_until(lambda: view.viewport().rect().contains(view.visualRect(view.currentIndex())))
