"""Signing: what is asked, what it fixes, and where it is said."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QPushButton

from koa_desktop.examination.dictation import Dictation
from koa_desktop.gui.case_list.delegate import state_line
from koa_desktop.knees.box import BoxClass
from koa_desktop.report.documents import document
from koa_desktop.report.html import report_html
from koa_desktop.report.options import Profile
from koa_desktop.report.tables import csv_bytes, rows
from koa_desktop.report.words import as_text, verdict
from koa_desktop.wording import decision_lines
from tests.gui.sign_off.conftest import READER
from tests.support.fake_examiner import seen
from tests.support.gui_driver import button, click, press
from tests.support.sample_files import knee_crop

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def status(window):
    return window.panel.sign_off.findChild(QLabel, "status").text()


def table(case):
    text = csv_bytes(rows("a.png", case.examination())).decode()
    return list(csv.DictReader(text.splitlines()))


def report(window, case):
    return report_html(case.examination(), window.session.film(case).radiograph).html


class Another:
    """A later model, which is sure of another grade of every knee."""

    def __init__(self, shipped):
        self.card = replace(shipped.card, name="koa", version="99")
        self._shipped = shipped

    def grade(self, crops):
        probability = np.array([0.0, 0.0, 1.0, 0.0, 0.0], np.float32)
        return [replace(one, probability=probability) for one in self._shipped.grade(crops)]


def test_one_key_signs_what_is_read_and_everything_says_so(window, read, form, back):
    assert status(window) == "Draft"
    assert table(read)[0]["status"] == "draft"
    press(window, Qt.Key.Key_S)
    asked = form()
    assert asked.text.text().startswith("Right knee: KL ")
    assert not asked.warning.isVisible()
    click(button(asked, "Sign"))
    back()
    signature = read.reading.sign_off.signature
    assert (signature.reader, signature.model) == (READER, read.model)
    assert abs((datetime.now(UTC) - datetime.fromisoformat(signature.at)).total_seconds()) < 60
    line = decision_lines.status(read.reading.sign_off)
    assert line == f"final, signed by {READER}, {decision_lines.local_time(signature.at)}"
    assert status(window) == line.capitalize().replace(READER.lower(), READER)[:5] + line[5:]
    assert state_line(read).endswith(" · final")
    index = window.session.cases.index(0)
    assert ", final, R " in index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert READER in index.data(Qt.ItemDataRole.ToolTipRole)
    assert [row["status"] for row in table(read)] == ["final", "final"]
    assert table(read)[0]["signed_at"] == signature.at
    shown = document("1", read.examination(), NOW, Profile.NAMELESS)
    assert (shown["status"], shown["signed_at"]) == ("final", signature.at)
    assert READER not in str(shown)
    named = document("a.png", read.examination(), NOW, Profile.PATIENT)
    assert named["signed_by"] == READER
    html = report(window, read)
    assert "Signed electronically" in html
    assert "Name, signature" not in html
    assert as_text(read.examination()).endswith(f"Status: {line}")


def test_a_search_finds_final_and_draft(window, final, films, wait_until):
    window.open_files([knee_crop(films)])
    wait_until(lambda: len(window.session.cases) == window.session.graded == 2)
    for words, found in (("final", [final.path.name]), ("draft", ["crop.png"])):
        window.case_list.search.setText(words)
        model = window.case_list.list.model()
        assert [model.index(row, 0).data() for row in range(model.rowCount())] == found


def test_unread_knees_are_named_and_keep_the_grade_that_was_signed(
    window, case, form, back, examiner, wait_until
):
    window.settings.reader = READER
    press(window, Qt.Key.Key_Return)
    before = case.grades_text()
    unread = case.reading.knees[1]
    assert unread.reader_grade is None
    grade = case.final_grade(unread)
    press(window, Qt.Key.Key_S)
    asked = form()
    assert "Left knee" in asked.warning.text()
    assert "Right knee" not in asked.warning.text()
    assert not asked.go_on.isDefault()
    click(button(asked, "Sign with unread knees"))
    back()
    assert case.reading.is_read
    assert verdict(case.examination().knees[1]).startswith("Signed without a reader's grade; ")
    examiner.grader = Another(examiner.grader)
    window.actions_table["grade_again"].trigger()
    wait_until(lambda: not case.awaited and case.model == "koa 99")
    assert case.finding(case.reading.knees[1]).grade == 2 != grade
    assert case.grades_text() == before
    assert table(case)[1]["grade"] == str(grade)
    assert table(case)[1]["model_grade"] == "2"
    assert "since then model: KL 2" in verdict(case.examination().knees[1])
    assert f"Left knee: KL {grade}" in as_text(case.examination())


def test_a_final_reading_is_there_after_a_restart(window, final, make_window, show_in, back):
    sha256, sign_off = final.identity, final.reading.sign_off
    window.close()
    again = make_window()
    (kept,) = show_in(again, final.path)
    assert kept.reading.sign_off == sign_off
    assert status(again).startswith(f"Final, signed by {READER}")
    steps = [
        step.action.code.value
        for entry in again.session.services.audit_trail(sha256)
        for step in entry.steps
    ]
    assert steps == ["agree", "agree", "sign"]


def test_a_film_without_knees_is_signed_once_it_is_decided_on(window, show, films, form, back):
    (case,) = show(knee_crop(films))
    window.editor.delete_box()
    assert not window.actions_table["sign"].isEnabled()
    press(window, Qt.Key.Key_U)
    window.not_gradable.menu.actions()[-2].trigger()
    window.not_gradable.menu.close()
    window.settings.reader = READER
    window.activateWindow()
    window.actions_table["sign"].trigger()
    form().accept()
    back()
    assert case.reading.is_final
    assert table(case)[0]["status"] == "final"


def test_refused_knees_that_nobody_read_are_named(window, show, path, finder, form):
    finder.otherwise = seen(BoxClass.IMPLANT)
    show(path)
    press(window, Qt.Key.Key_S)
    assert "Right knee, Left knee" in form().warning.text()
    form().reject()


@pytest.mark.parametrize("name", ["", "Dr Öz"])
def test_a_signature_needs_a_name_which_is_kept(window, read, form, back, name):
    window.settings.reader = ""
    press(window, Qt.Key.Key_S)
    form().name.setText(name)
    form().accept()
    assert read.reading.is_final is bool(name)
    assert window.settings.reader == name
    if not name:
        assert form().problem.isVisible()
        form().reject()


def lines_that_show(part):
    """The height in which a label's text is seen, and the height that it needs."""
    seen_height = part.visibleRegion().boundingRect().height()
    return seen_height, part.heightForWidth(part.width())


def test_paragraphs_of_earlier_grades_are_not_signed_unawares(window, read, form, back):
    window.dictations.show()
    dialog = window.dictations.dialog
    dialog.impression.setPlainText("No osteoarthritis.")
    dialog.close()
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    press(window, Qt.Key.Key_S)
    asked = form()
    assert asked.warning.isHidden()
    asked.reject()
    back()
    window.editor.give_grade((window.editor.marked.reader_grade + 1) % 5)
    press(window, Qt.Key.Key_S)
    asked = form()
    assert asked.text.text() == "No osteoarthritis."
    assert asked.warning.isVisible()
    assert asked.warning.text().startswith("Findings and impression were written before grades")
    assert asked.buttons.button(QDialogButtonBox.StandardButton.Cancel).isDefault()


def test_what_the_form_says_later_cuts_nothing_off(window, read, form, process):
    window.settings.reader = ""
    words = "Osteoarthritis of the medial compartment with osteophytes of femur and tibia. " * 5
    read.reading = replace(read.reading, dictation=Dictation("", words, ""))
    window.sign_offs.sign()
    asked = form()
    click(button(asked, "Sign"))
    process()
    assert asked.problem.isVisible()
    for part in (asked.text, asked.problem):
        shown, needed = lines_that_show(part)
        assert shown >= needed


def test_a_long_impression_is_scrolled_and_the_buttons_stay_in_sight(window, read, form, process):
    words = "\n".join(f"Line {number} of a long impression." for number in range(60))
    read.reading = replace(read.reading, dictation=Dictation("", words, ""))
    window.sign_offs.sign()
    asked = form()
    process()
    assert asked.height() < 500
    assert asked.text.height() >= asked.text.heightForWidth(asked.text.width())
    assert asked.focusWidget() is asked.name


def test_a_long_signature_takes_two_lines_and_is_whole(window, final, process):
    window.resize(1024, 600)
    process(10)
    low = window.panel.sign_off.height()
    signature = replace(final.reading.sign_off.signature, reader="Prof. Dr. Ågren " * 4)
    sign_off = replace(final.reading.sign_off, signature=signature)
    final.reading = replace(final.reading, sign_off=sign_off)
    window.refresh()
    process(10)
    label = window.panel.sign_off.findChild(QLabel, "status")
    assert label.height() >= label.heightForWidth(label.width())
    assert window.panel.sign_off.height() > low
    buttons = window.panel.sign_off.findChildren(QPushButton)
    shown = [one for one in buttons if one.isVisible()]
    assert all(one.visibleRegion().boundingRect() == one.rect() for one in shown)
