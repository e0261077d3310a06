"""The list shows only some cases, groups them by patient, and finds moved films again."""

from dataclasses import replace
from datetime import date
from hashlib import sha256
from threading import Event

import pytest
from PySide6.QtWidgets import QFileDialog

from koa_desktop.examination import identity
from koa_desktop.examination.actions import Action
from koa_desktop.gui.dialogs.earlier_films import EarlierFilmsDialog
from koa_desktop.gui.session.kept_list import facts_of
from koa_desktop.gui.support.settings import Only, Order
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.message import Message
from koa_desktop.patients.moved_films import find
from koa_desktop.radiograph import Identity, Side
from tests.support.gui_driver import button, click
from tests.support.sample_files import knee_crop

KNEE = Knee(Box(20, 20, 180), Side.RIGHT, SideSource.POSITION)


@pytest.fixture
def cases(window, show, films, finder):
    finder.knees = (KNEE,)
    return show(*(knee_crop(films, f"{name}.png", number) for number, name in enumerate("abc")))


def name(window, case, patient, patient_id, taken=None):
    typed = Identity(patient, patient_id, None, "", taken)
    reading = identity.identified(case.reading, typed, case.radiograph)
    window.session.change(case, reading, Message(Action.IDENTIFY))


def shown(window):
    model = window.case_list.list.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def only(window, filter_):
    window.actions_table[f"only_{filter_.value}"].trigger()
    return shown(window)


def test_each_filter_shows_its_cases(window, cases):
    a, b, c = cases
    window.case_list.show_case(a)
    window.editor.give_grade_to(0, 2)
    a.added = b.added = None
    name(window, b, "", "", date(2001, 1, 1))
    window.case_list.show_case(c)
    assert only(window, Only.UNREAD) == ["b.png", "c.png"]
    assert only(window, Only.TODAY) == ["c.png"]
    assert only(window, Only.FINAL) == ["c.png"]  # the shown one stays in sight
    assert only(window, Only.NOT_GRADABLE) == ["c.png"]
    assert only(window, Only.DRAFT) == ["a.png", "b.png", "c.png"]
    assert only(window, Only.ALL) == ["a.png", "b.png", "c.png"]


def test_the_case_that_is_read_stays_until_another_is_shown(window, cases, wait_until):
    a, b, _ = cases
    window.case_list.show_case(a)
    only(window, Only.UNREAD)
    window.editor.give_grade_to(0, 2)
    assert "a.png" in shown(window)
    window.case_list.show_case(b)
    wait_until(lambda: "a.png" not in shown(window))


def test_two_patients_of_one_name_are_two_groups(window, cases):
    a, b, c = cases
    for case, patient_id in ((a, "1"), (b, "2"), (c, "1")):
        name(window, case, "Doe, Jane", patient_id)
    window.case_list.arrange(Order.PATIENT)
    model = window.case_list.list.model()
    headings = [model.heading(row) for row in range(3)]
    assert headings == ["Doe, Jane · 1", "", "Doe, Jane · 2"]


def test_a_moved_film_is_told_and_found_again_by_its_checksum(
    window, make_window, show_in, wait_until, films, tmp_path, monkeypatch
):
    window.session.kept.restore()
    (case,) = show_in(window, knee_crop(films))
    assert window.close()
    elsewhere = tmp_path / "elsewhere" / "deep"
    elsewhere.mkdir(parents=True)
    (elsewhere / case.path.name).write_bytes(b"another film of the same name")
    moved = case.path.rename(elsewhere / "renamed.png")
    again = make_window()
    again.session.kept.restore()
    wait_until(lambda: again.session.current is not None and again.session.current.gone)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    click(button(again.film, "Look for it in a folder…"))
    wait_until(lambda: again.film.has_film)
    assert again.session.current.path == moved
    assert "1 of 1 moved films" in again.status.notice
    assert again.close()
    third = make_window()
    third.session.kept.restore()
    wait_until(lambda: third.film.has_film)
    assert third.session.current.path == moved


def test_files_of_the_old_name_are_looked_at_first(tmp_path):
    for number in range(5):
        (tmp_path / f"{number}").write_bytes(bytes([number]))
    looked = []
    wanted = {sha256(bytes([3])).hexdigest(): "3"}
    found = find(wanted, tmp_path, looked.append, Event())
    assert found == {next(iter(wanted)): tmp_path / "3"}
    assert looked == [0]


def test_the_earlier_films_are_grouped_the_same(window, cases):
    a, b, c = cases
    for case, who in ((a, "Roe, R"), (b, "Doe, J"), (c, "Roe, R")):
        name(window, case, who, who[0])
    dialog = EarlierFilmsDialog(window)
    dialog.by_patient.setChecked(True)
    found = [replace(facts_of(case), study_date=f"200{n}-01-01") for n, case in enumerate(cases)]
    dialog.show_found(found, 3)
    column = [dialog.table.item(row, 0).text() for row in range(3)]
    assert column == ["Doe, J", "Roe, R", ""]
    assert [film.path.name for film in dialog.chosen] == ["b.png"]
    dialog.table.selectRow(1)
    assert dialog.chosen[0].path.name == "c.png"  # the newer of both
    dialog.close()
