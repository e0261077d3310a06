"""A final reading: every change is refused with what can be done; addenda; reopening; the PIN."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from koa_desktop.examination.decision import Obstacle
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.gui.dialogs.preferences import Preferences
from koa_desktop.gui.dialogs.sign_off.pin_dialog import PinDialog
from koa_desktop.gui.patients.identity_dialog import IdentityDialog
from koa_desktop.knees.box import Box
from koa_desktop.report.html import report_html
from koa_desktop.system import pin
from tests.gui.sign_off.conftest import READER
from tests.support.gui_driver import CTRL, SHIFT, button, click, press

EDITS = {
    "grade": lambda window: press(window, Qt.Key.Key_3),
    "withdraw": lambda window: press(window, Qt.Key.Key_Backspace),
    "swap": lambda window: press(window, Qt.Key.Key_S, SHIFT),
    "undo": lambda window: press(window, Qt.Key.Key_Z, CTRL),
    "not gradable": lambda window: window.editor.not_gradable(Obstacle.IMPLANT),
    "move": lambda window: window.film.view.boxes.changed.emit(0, Box(70, 130, 224)),
    "draw": lambda window: window.editor.add_box(Box(1, 1, 90)),
    "delete": lambda window: window.editor.delete_box(),
    "measure": lambda window: window.editor.add_measurement(
        Measurement(Kind.LENGTH, ((1.0, 1.0), (9.0, 9.0)))
    ),
    "polarity": lambda window: window.editor.set_stored_inverted(True),
    "comment": lambda window: QTest.keyClicks(window.panel.comment, "x"),
    "comment on a knee": lambda window: QTest.keyClicks(window.panel.cards[0].comment, "x"),
    "ready sentence": lambda window: window.panel.comment.add_sentence("No fracture."),
}


def words_in_trail(window, case):
    window.session.saver.finish(3)
    return [
        (step.action.code.value, dict(step.action.arguments), step.undone)
        for entry in window.session.services.audit_trail(case.identity)
        for step in entry.steps
    ]


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_every_edit_is_refused_with_what_can_be_done(window, final, form, edit):
    before = final.reading
    edit(window)
    question = form()
    assert isinstance(question, QMessageBox)
    assert question.text() == (
        "This reading is final. Add an addendum, or reopen it with a reason, to change it."
    )
    offered = {one.text() for one in question.buttons()}
    assert offered >= {"Addendum…", "Reopen…"}
    question.reject()
    assert final.reading is before
    assert window.editor.marked is not None
    assert not window.status.notice.startswith("Done")
    assert window.panel.comment.toPlainText() == ""
    assert [item.mark.box.left for item in window.film.view.boxes.items] == [60, 410]


def test_the_dictation_of_a_final_reading_is_for_reading_only(window, final):
    window.actions_table["dictate"].trigger()
    dialog = window.dictations.dialog
    assert dialog.findings.isReadOnly()
    assert dialog.note.text().startswith(f"Final, signed by {READER}")
    dialog.close()


def test_a_refusal_leads_to_an_addendum_which_stays(
    window, final, form, back, make_window, show_in
):
    signature = final.reading.sign_off.signature
    press(window, Qt.Key.Key_3)
    question = form()
    click(button(question, "Addendum…"))
    written = form()
    assert written is not question
    written.accept()
    assert written.problem.isVisible(), "an empty addendum was taken"
    written.words.setPlainText("Narrower than in 2019.")
    click(button(written, "Add addendum"))
    back()
    (addendum,) = final.reading.sign_off.addenda
    assert (addendum.text, addendum.reader) == ("Narrower than in 2019.", READER)
    assert final.reading.sign_off.signature == signature
    html = report_html(final.examination(), window.session.film(final).radiograph).html
    assert "Narrower than in 2019." in html
    # Nor is an addendum taken back by undo.
    press(window, Qt.Key.Key_Z, CTRL)
    form().reject()
    assert final.reading.sign_off.addenda == (addendum,)
    window.close()
    again = make_window()
    (kept,) = show_in(again, final.path)
    assert kept.reading.sign_off.addenda == (addendum,)
    assert words_in_trail(again, kept)[-1] == ("add-addendum", {}, False)


def test_reopening_takes_a_reason_and_then_the_reading_can_be_changed(window, final, form, back):
    window.actions_table["reopen"].trigger()
    form().accept()
    assert final.reading.is_final, "it was reopened without a reason"
    form().words.setPlainText("Wrong knee.")
    form().accept()
    back()
    assert not final.reading.is_final
    press(window, Qt.Key.Key_3)
    assert final.reading.knees[1].reader_grade == 3
    press(window, Qt.Key.Key_S)
    form().accept()
    back()
    assert final.reading.is_final
    assert words_in_trail(window, final)[2:4] == [
        ("sign", {}, False),
        ("reopen", {"reason": "Wrong knee."}, False),
    ]
    html = report_html(final.examination(), window.session.film(final).radiograph).html
    assert f"Reopened by {READER}" in html
    assert "Wrong knee." in html


def test_undoing_a_reopening_makes_the_reading_final_again(window, final, form, back):
    signed = final.reading
    window.actions_table["reopen"].trigger()
    form().words.setPlainText("To look again.")
    form().accept()
    back()
    press(window, Qt.Key.Key_Z, CTRL)
    assert final.reading == signed
    assert words_in_trail(window, final)[-1] == ("reopen", {"reason": "To look again."}, True)


def test_a_draft_of_another_window_never_replaces_a_final_reading(
    window, case, show_in, make_window, form, back, wait_until
):
    other = make_window()
    (copy,) = show_in(other, case.path)
    other.editor.comment(copy, "A draft.")
    assert other.session.saver.finish(3)
    window.session.saver.take_other(case)
    window.session.saver.check(case)
    wait_until(lambda: window.session.saver.changed_elsewhere)
    window.session.saver.take_other(case)
    wait_until(lambda: case.reading.comment == "A draft.")
    window.settings.reader = READER
    window.activateWindow()
    window.actions_table["sign"].trigger()
    form().accept()
    back()
    assert window.session.saver.finish(3)
    other.editor.comment(copy, "Another draft.")
    wait_until(lambda: other.session.saver.changed_elsewhere)
    other.session.saver.keep_this(copy)
    wait_until(lambda: "final" in other.status.notice)
    assert window.session.services.load(case.identity).reading.is_final
    other.session.saver.take_other(copy)
    wait_until(lambda: copy.reading.is_final)


def test_a_pin_that_is_set_is_asked_for_and_no_other_does(window, read, form, back):
    window.set_preferences()
    preferences = window.findChild(Preferences)
    click(preferences.pin)
    dialog = preferences.findChild(PinDialog)
    for new, again, fits in (("4711", "4712", False), ("1", "1", False), ("4711", "4711", True)):
        dialog.new.setText(new)
        dialog.again.setText(again)
        dialog.accept()
        assert dialog.isVisible() is not fits
    preferences.reject()
    stored = window.settings.pin(READER)
    assert "4711" not in stored
    assert pin.matches("4711", stored)
    window.activateWindow()
    window.actions_table["sign"].trigger()
    asked = form()
    asked.pin.setText("4712")
    click(button(asked, "Sign"))
    assert asked.problem.text() == f"This is not the PIN of {READER}."
    assert not asked.pin.isEnabled()
    assert not read.reading.is_final
    asked.pin.setEnabled(True)
    asked.pin.setText("4711")
    asked.accept()
    back()
    assert read.reading.is_final


def test_a_pin_is_changed_by_the_present_one_only(app, window):
    window.settings.set_pin(READER, pin.hashed("4711"))
    dialog = PinDialog(READER, window.settings)
    dialog.show()
    dialog.present.setText("0000")
    dialog.accept()
    assert dialog.isVisible()
    dialog.present.setText("4711")
    dialog.accept()
    assert window.settings.pin(READER) == ""


def test_the_patient_of_a_final_reading_is_not_changed_silently(window, final, process):
    steps = window.session.undo_stack.count()
    window.patients.identities.show()
    dialog = window.findChild(IdentityDialog)
    dialog.name.setText("Doe, Jane")
    dialog.accept()
    process()
    assert final.header.patient_name == ""
    assert window.session.undo_stack.count() == steps
    assert window.status.notice or window.sign_offs.dialog is not None
