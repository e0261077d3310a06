"""Findings and impression, comments on knees, ready sentences that name the side, and copies."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import Side
from koa_desktop.report import words
from koa_desktop.report.documents import document
from koa_desktop.report.html import report_html
from koa_desktop.report.tables import rows
from tests.support.gui_driver import CTRL, SHIFT, answer, button, click, press
from tests.support.sample_files import two_grades_film, wide_film

KNEES = (Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(410, 130, 224), Side.LEFT))
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def path(films):
    return two_grades_film(films)


@pytest.fixture
def case(show, path, finder):
    finder.knees = KNEES
    return show(path)[0]


def copied():
    return QGuiApplication.clipboard().text()


def report(case, window):
    examination = case.examination()
    return report_html(examination, window.session.film(case).radiograph).html


def test_findings_and_impression_are_made_of_grades_and_widths(window, case):
    right = case.final_grade(case.reading.knees[0])
    text = words.findings(case.examination())
    assert text.startswith(
        f"Right knee: Kellgren-Lawrence grade {right} by the model, not confirmed by a reader."
    )
    assert "Left knee: Kellgren-Lawrence grade" in text
    assert " space " in text
    press(window, Qt.Key.Key_3)
    examination = case.examination()
    assert words.findings(examination).startswith("Right knee: Kellgren-Lawrence grade 3. ")
    assert "Right knee: KL 3, moderate osteoarthritis." in words.impression(examination)


def test_ctrl_c_copies_both_as_text(window, case):
    press(window, Qt.Key.Key_2)
    press(window, Qt.Key.Key_C, CTRL)
    assert copied().startswith("Findings: Right knee: Kellgren-Lawrence grade 2.")
    assert "\n\nImpression: Right knee: KL 2, minimal osteoarthritis." in copied()
    assert window.status.notice == "Findings and impression copied."


def test_ctrl_c_in_a_text_copies_what_is_marked_there(window, case):
    window.panel.comment.setPlainText("only this")
    window.panel.comment.setFocus()
    window.panel.comment.selectAll()
    QTest.keyClick(window.panel.comment, Qt.Key.Key_C, CTRL)
    assert copied() == "only this"


def test_the_picture_is_copied(window, case, wait_until):
    QGuiApplication.clipboard().clear()
    press(window, Qt.Key.Key_C, CTRL | SHIFT)
    wait_until(lambda: not QGuiApplication.clipboard().image().isNull())
    picture = QGuiApplication.clipboard().image()
    assert picture.width() >= 700
    assert picture.height() > 500


def test_the_paragraphs_are_edited_kept_and_exported(make_window, show_in, path, finder, process):
    finder.knees = KNEES
    first = make_window()
    show_in(first, path)
    press(first, Qt.Key.Key_D, CTRL)
    dialog = first.dictations.dialog
    assert not dialog.isModal()
    dialog.impression.setPlainText("Arthrosis of the right knee. Follow up in a year.")
    dialog.findings.setPlainText("As described.")
    dialog.close()
    first.close()
    process(20)
    again = make_window()
    (case,) = show_in(again, path)
    known = document("a.png", case.examination(), NOW)
    assert known["impression"] == "Arthrosis of the right knee. Follow up in a year."
    assert (known["findings"], known["dictated"]) == ("As described.", True)
    html = report(case, again)
    assert "Arthrosis of the right knee. Follow up in a year." in html
    assert "As described." in html
    press(again, Qt.Key.Key_C, CTRL)
    assert copied().startswith(
        "Findings: As described.\n\nImpression: Arthrosis of the right knee."
    )


def test_a_later_grade_makes_them_out_of_date_and_says_so(window, case, process):
    press(window, Qt.Key.Key_D, CTRL)
    dialog = window.dictations.dialog
    dialog.impression.setPlainText("Moderate.")
    dialog.finish()
    assert "check them" not in dialog.note.text()
    window.editor.give_grade(2)
    assert "check them" in dialog.note.text()
    assert "written before grades, readings or widths changed" in report(case, window)
    assert document("a.png", case.examination(), NOW)["out_of_date"] is True
    click(button(dialog, "&Make them again"))
    answer(dialog.findChild(QMessageBox), QMessageBox.ButtonRole.RejectRole)
    process(20)
    assert dialog.impression.toPlainText() == "Moderate."
    assert case.reading.dictation.impression == "Moderate."
    click(button(dialog, "&Make them again"))
    answer(dialog.findChild(QMessageBox), QMessageBox.ButtonRole.DestructiveRole)
    assert case.reading.dictation is None
    assert "Right knee: KL 2" in dialog.impression.toPlainText()
    window.undo()
    assert case.reading.dictation.impression == "Moderate."


def test_typing_is_never_replaced_and_follows_its_case(window, case, films, wait_until):
    press(window, Qt.Key.Key_D, CTRL)
    dialog = window.dictations.dialog
    dialog.impression.setFocus()
    QTest.keyClicks(dialog.impression, "New. ")
    window.editor.give_grade(1)
    assert dialog.impression.toPlainText().startswith("New. ")
    assert dialog.impression.textCursor().position() == len("New. ")
    window.open_files([wide_film(films, "other.png")])
    wait_until(lambda: window.session.graded == 2)
    other = window.session.cases.at(1)
    window.session.select(other)
    assert not dialog.impression.toPlainText().startswith("New. ")
    assert other.reading.dictation is None
    assert case.reading.dictation.impression.startswith("New. ")


def test_a_knee_has_a_comment_of_its_own_kept_and_exported(
    make_window, show_in, path, finder, wait_until
):
    finder.knees = KNEES
    first = make_window()
    (case,) = show_in(first, path)
    press(first, Qt.Key.Key_M, CTRL)
    line = first.panel.cards[0].comment
    assert line.hasFocus()
    QTest.keyClicks(line, "Loose body 3")
    QTest.keyClick(line, Qt.Key.Key_Escape)
    assert first.film.view.hasFocus()
    assert case.reading.knees[0].comment == "Loose body 3"
    assert case.reading.knees[0].reader_grade is None
    press(first, Qt.Key.Key_J)
    assert line.isVisible()
    assert first.panel.cards[1].comment.text() == ""
    wait_until(lambda: not first.session.saver.unsaved)
    first.close()
    (again,) = show_in(make_window(), path)
    examination = again.examination()
    assert "Loose body 3" in words.findings(examination)
    assert rows("a.png", examination)[0].comment == "Loose body 3"
    assert document("a.png", examination, NOW)["knees"][0]["comment"] == "Loose body 3"


def test_a_comment_that_is_typed_stays_with_its_knee_when_another_is_deleted(window, case):
    window.editor.choose(1)
    line = window.panel.cards[1].comment
    line.setFocus()
    QTest.keyClicks(line, "second")
    window.panel.cards[0].deleted.emit()
    assert [marked.comment for marked in case.reading.knees] == ["second"]


def test_undo_takes_a_comment_on_a_knee_back(window, case):
    press(window, Qt.Key.Key_M, CTRL)
    QTest.keyClicks(window.panel.cards[0].comment, "loose")
    window.undo()
    assert case.reading.knees[0].comment == ""
    assert window.panel.cards[0].comment.text() == ""


def test_ready_sentences_name_the_chosen_knee(window, case):
    window.editor.choose(1)
    press(window, Qt.Key.Key_E, CTRL)
    menu = window.panel.templates
    shown = [action.text() for action in menu.actions()]
    assert "Medial joint space of the left knee narrowed." in shown
    menu.actions()[1].trigger()
    menu.close()
    assert case.reading.comment == "Medial joint space of the left knee narrowed."


def test_a_comment_kept_as_a_sentence_names_the_knee_of_the_next_one(window, case):
    window.panel.comment.setPlainText("Right knee: loose body. Repeat the film of the right knee.")
    press(window, Qt.Key.Key_E, CTRL)
    menu = window.panel.templates
    next(action for action in menu.actions() if "Keep" in action.text()).trigger()
    menu.close()
    kept = "{knee}: loose body. Repeat the film of the {knee}."
    assert menu.sentences[-1] == kept


def test_the_dialog_is_empty_while_there_is_nothing_to_tell(window, case):
    press(window, Qt.Key.Key_D, CTRL)
    dialog = window.dictations.dialog
    boxes = dialog.findings, dialog.impression
    assert all(box.isEnabled() and box.toPlainText() for box in boxes)
    window.session.remove([case])
    assert not any(box.isEnabled() or box.toPlainText() for box in boxes)
    window.undo()
    assert all(box.isEnabled() and box.toPlainText() for box in boxes)
