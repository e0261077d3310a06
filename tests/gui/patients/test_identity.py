"""Data of patients whom no file names: typed, shown everywhere, kept, and taken back."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QMenu

from koa_desktop.gui.case_list.delegate import identity_line
from koa_desktop.gui.patients.identity_dialog import IdentityDialog
from koa_desktop.gui.session.kept_list import facts_of
from koa_desktop.radiograph import NOTHING_TYPED, Header, Identity
from koa_desktop.report.documents import document
from koa_desktop.report.html import report_html
from koa_desktop.report.options import Profile, ReportOptions
from tests.support.dicom_files import image, saved
from tests.support.gui_driver import CTRL, SHIFT, click, press
from tests.support.sample_files import knee_crop

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def form(window):
    """Open the form by its key, and return it."""

    def opened():
        press(window, Qt.Key.Key_I, CTRL | SHIFT)
        (dialog,) = (one for one in window.findChildren(IdentityDialog) if one.isVisible())
        return dialog

    return opened


def accept(dialog):
    click(dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok))


def type_doe(dialog):
    QTest.keyClicks(dialog.name, "Doe, Jane")
    QTest.keyClicks(dialog.patient_id, "4711")
    QTest.keyClicks(dialog.birth_date.line, "1950-02-03")
    dialog.sex.setCurrentIndex(dialog.sex.findData("F"))
    QTest.keyClicks(dialog.study_date.line, "2020-05-06")


def test_a_typed_patient_is_shown_everywhere_and_undone(window, show, films, form):
    (case,) = show(knee_crop(films))
    dialog = form()
    type_doe(dialog)
    accept(dialog)
    assert case.title == "Doe, Jane"
    assert identity_line(case) == "4711 · 06 May 2020"
    assert facts_of(case).patient == "Doe, Jane"
    assert "1950-02-03" in case.search_text()
    window.case_list.search.setText("doe 4711")
    assert window.case_list.can_step(0)
    window.case_list.search.setText("")
    examination = case.examination()
    assert examination.radiograph.header.sex == "F"
    assert "70 years old" in "\n".join(window.film.view.corner_text.left)
    film = window.session.film(case).radiograph
    assert (
        "Doe, Jane" in report_html(examination, film, ReportOptions(profile=Profile.PATIENT)).html
    )
    made = document("film", examination, NOON, Profile.PATIENT)
    assert made["header"]["patient_id"] == "4711"
    assert made["header"]["typed"] == [
        "patient_name", "patient_id", "birth_date", "sex", "study_date",
    ]  # fmt: skip
    assert "Doe" not in json.dumps(document("film", examination, NOON))
    window.actions_table["undo"].trigger()
    assert case.title == case.path.name
    assert not window.session.undo_stack.canUndo()


def test_the_next_start_knows_the_patient(make_window, show_in, wait_until, films):
    window = make_window()
    window.session.kept.restore()
    show_in(window, knee_crop(films))
    window.patients.identities.show()
    dialog = window.findChild(IdentityDialog)
    type_doe(dialog)
    accept(dialog)
    assert window.close()
    again = make_window()
    again.session.kept.restore()
    wait_until(lambda: len(again.session.cases) == 1)
    assert again.session.cases.at(0).header.birth_date == date(1950, 2, 3)
    assert again.session.cases.at(0).title == "Doe, Jane"


def test_the_previous_patient_is_offered_for_the_next_film(window, show, films, form):
    first, second = show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    window.session.select(first)
    dialog = form()
    assert dialog.as_before is None
    type_doe(dialog)
    accept(dialog)
    window.session.select(second)
    dialog = form()
    assert "Doe, Jane · 4711" in dialog.as_before.text()
    click(dialog.as_before)
    # Films of one patient differ in their date, which is chosen to be typed over.
    QTest.keyClicks(dialog.focusWidget(), "2021-01-09")
    accept(dialog)
    assert second.header == replace(first.header, study_date=date(2021, 1, 9))
    # A film that has a patient is offered no other.
    assert form().as_before is None


def test_one_form_serves_all_selected_films(window, show, films, form):
    first, second = show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    window.case_list.list.selectAll()
    dialog = form()
    assert "2 films" in dialog.windowTitle()
    type_doe(dialog)
    accept(dialog)
    assert first.reading.identity == second.reading.identity != NOTHING_TYPED
    window.actions_table["undo"].trigger()
    assert first.reading.identity == second.reading.identity == NOTHING_TYPED


def test_what_the_file_says_stands(window, show, films, form):
    (case,) = show(saved(image(PatientName="Roe^Rita", PatientSex="F"), films))
    dialog = form()
    assert not dialog.name.isEnabled()
    assert dialog.name.text() == "Roe, Rita"
    QTest.keyClicks(dialog.patient_id, "12")
    accept(dialog)
    assert case.reading.identity == Identity(patient_id="12")
    assert (case.header.patient_name, case.header.patient_id) == ("Roe, Rita", "12")


def test_what_cannot_be_right_is_said_and_not_kept(window, show, films, form):
    (case,) = show(knee_crop(films))
    dialog = form()
    QTest.keyClicks(dialog.birth_date.line, "yesterday")
    accept(dialog)
    assert "not a date" in dialog.problem.text()
    dialog.birth_date.line.setText("2999-01-01")
    accept(dialog)
    assert "future" in dialog.problem.text()
    assert dialog.isVisible()
    press_escape(dialog)
    assert case.reading.identity == NOTHING_TYPED
    assert not window.session.undo_stack.canUndo()


def test_what_was_refused_is_said_until_it_is_mended(window, show, films, form):
    show(knee_crop(films))
    dialog = form()
    QTest.keyClicks(dialog.study_date.line, "31.2.")
    accept(dialog)
    assert dialog.problem.isVisible()
    QTest.keyClicks(dialog.name, "Doe")
    assert "not a date" in dialog.problem.text()
    dialog.study_date.line.setText("2024-02-01")
    assert not dialog.problem.isVisible()
    dialog.birth_date.line.setText("not yet")
    assert not dialog.problem.isVisible()


def test_the_list_offers_the_form_on_a_case(window, show, films):
    show(knee_crop(films))
    place = window.case_list.list.visualRect(window.case_list.list.currentIndex()).center()
    window.case_list.list.customContextMenuRequested.emit(place)
    (menu,) = [one for one in window.case_list.findChildren(QMenu) if one.isVisible()]
    assert window.actions_table["identity"] in menu.actions()
    menu.close()


def press_escape(dialog):
    QTest.keyClick(dialog, Qt.Key.Key_Escape)


def test_the_offer_of_a_long_name_is_cut_with_a_tooltip(app):
    name = "Featherstonehaugh-Cholmondeley, Maximiliana Alexandra"
    previous = Identity(name, "4711", date(1950, 2, 3), "F", date(2016, 7, 1))
    dialog = IdentityDialog(Header(), NOTHING_TYPED, previous)
    assert dialog.as_before.text().endswith("…")
    assert dialog.as_before.minimumSizeHint().width() < dialog.minimumWidth()
    assert f"{name} · 4711" in dialog.as_before.toolTip()
