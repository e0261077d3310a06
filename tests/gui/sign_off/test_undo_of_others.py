"""What was signed is undone no more, and does not keep what was done before on other films."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from koa_desktop.gui.patients.identity_dialog import IdentityDialog
from tests.support.gui_driver import CTRL, press
from tests.support.sample_files import wide_film


@pytest.fixture
def other(window, show, path, films):
    """Another film, graded KL 3 before `case` is opened."""
    (other,) = show(wide_film(films, "other.png"))
    press(window, Qt.Key.Key_3)
    assert other.reading.knees[0].reader_grade == 3
    return other


@pytest.fixture
def case(window, other, show, path):
    (case,) = (one for one in show(path, other.path) if one is not other)
    window.session.select(case)
    assert case.path == path
    return case


@pytest.fixture
def addended(window, final, form, back):
    """The case, signed, with an addendum."""
    window.actions_table["addendum"].trigger()
    form().words.setPlainText("Narrower than in 2019.")
    form().accept()
    back()
    return final


def undo_said(window):
    return window.actions_table["undo"].text()


def test_a_change_of_another_film_before_is_undone(window, addended, other):
    signed = addended.reading
    assert undo_said(window) == "&Undo add an addendum"
    window.session.select(other)
    assert undo_said(window) == "&Undo right knee: overrule KL 0 with KL 3"
    press(window, Qt.Key.Key_Z, CTRL)
    assert window.sign_offs.dialog is None
    assert window.session.current is other
    assert other.reading.knees[0].reader_grade is None
    assert addended.reading is signed
    assert not window.actions_table["undo"].isEnabled()
    press(window, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert other.reading.knees[0].reader_grade == 3


def test_on_the_signed_film_itself_the_reader_is_told(window, addended, other, form, back):
    press(window, Qt.Key.Key_Z, CTRL)
    form().reject()
    back()
    assert window.session.current is addended
    assert other.reading.knees[0].reader_grade == 3


def test_data_of_several_films_are_not_taken_off_a_signed_one(
    window, case, other, form, back, process
):
    window.case_list.list.selectAll()
    window.patients.identities.show()
    dialog = window.findChild(IdentityDialog)
    dialog.name.setText("Doe, Jane")
    dialog.accept()
    process()
    back()
    assert other.header.patient_name == case.header.patient_name == "Doe, Jane"
    window.session.select(case)
    window.settings.reader = window.session.reader = "Dr Ågren"
    press(window, Qt.Key.Key_Return)
    press(window, Qt.Key.Key_Return)
    window.actions_table["sign"].trigger()
    form().accept()
    back()
    signed = case.reading
    assert signed.is_final
    window.session.select(other)
    press(window, Qt.Key.Key_Z, CTRL)
    assert case.reading is signed
    assert case.header.patient_name == "Doe, Jane"
    assert other.header.patient_name == ""
    assert other.reading.knees[0].reader_grade == 3
    press(window, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert case.reading is signed
    assert other.header.patient_name == "Doe, Jane"
