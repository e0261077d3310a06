"""The search finds what is seen on a case, and a grade is never found in a name."""

from __future__ import annotations

import pytest
from pydicom import dcmread
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QListView

from koa_desktop.gui.session.case_list_model import CASE_ROLE
from koa_desktop.knees.box import BoxClass
from koa_desktop.system.paths import SAMPLES
from tests.support.fake_examiner import seen
from tests.support.gui_driver import press
from tests.support.sample_files import knee_crop


def found(window, text):
    window.case_list.search.setText(text)
    model = window.case_list.findChild(QListView).model()
    return {model.index(row, 0).data(CASE_ROLE).path.name for row in range(model.rowCount())}


def test_a_grade_finds_no_name_and_read_state_and_comment_are_found(window, show, films):
    named = knee_crop(films, "kl 3 film4.png")
    (case, severe) = show(named, SAMPLES / "grade4.png")
    own = case.finding(case.reading.knees[0]).grade
    other = severe.finding(severe.reading.knees[0]).grade
    assert own not in (3, other)
    assert found(window, f"KL {other}") == {"grade4.png"}
    assert found(window, f"kl{own}") == {named.name}
    assert found(window, "KL 3") == set()
    assert found(window, "unread") == {named.name, "grade4.png"}
    window.case_list.search.clear()
    press(window, Qt.Key.Key_Return)
    window.panel.comment.setFocus()
    QTest.keyClicks(window.panel.comment, "varus leg")
    press(window, Qt.Key.Key_Escape)
    assert found(window, "unread") == {"grade4.png"}
    assert found(window, "VARUS") == {named.name}


@pytest.mark.parametrize("text", ["artificial joint", "do not apply"])
def test_the_words_of_a_refusal_are_found(window, show, films, finder, text):
    finder.otherwise = seen(BoxClass.IMPLANT)
    show(knee_crop(films))
    assert found(window, text) == {"crop.png"}


def test_a_name_is_found_without_its_accents(window, show, films):
    named = dcmread(SAMPLES / "bilateral.dcm")
    named.SpecificCharacterSet = "ISO_IR 192"
    named.PatientName = "Müller-Ñandú^José"
    named.save_as(films / "named.dcm")
    show(films / "named.dcm")
    assert found(window, "muller") == found(window, "müller") == {"named.dcm"}
    assert found(window, "nandu jose") == {"named.dcm"}
    assert found(window, "moller") == set()


def test_the_date_of_the_study_is_found_and_stands_in_the_films_corner(window, show):
    show(SAMPLES / "bilateral.dcm")
    assert "01 Jan 2024 · 64 years old" in window.film.view.corner_text.left
    assert found(window, "2024-01-01") == {"bilateral.dcm"}
    assert found(window, "jan 2024") == {"bilateral.dcm"}
    assert found(window, "2023") == set()


def test_a_case_that_is_read_stays_shown_although_the_search_finds_it_no_more(
    window, show, films, process
):
    first, second = show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    assert found(window, "unread") == {"a.png", "b.png"}
    press(window, Qt.Key.Key_Return)
    process()
    assert first.reading.is_read
    assert window.session.current is first
    assert window.case_list.selected() == [first]
    press(window, Qt.Key.Key_N)
    process(20)
    assert window.session.current is second
    model = window.case_list.list.model()
    assert [model.index(row, 0).data(CASE_ROLE) for row in range(model.rowCount())] == [second]


def test_a_search_that_does_not_find_the_shown_case_leaves_it_out(window, show, films):
    show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    assert found(window, "b.png") == {"b.png"}
    assert found(window, "a.png") == {"a.png"}
