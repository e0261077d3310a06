"""Aids for the reader: ready sentences, the grades' meaning, names, unread cases."""

import json
import sqlite3

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QTabWidget, QToolTip

from koa_desktop.grading.kellgren_lawrence import GRADE_NAMES
from koa_desktop.gui.dialogs.grade_guide import GradeGuide
from koa_desktop.gui.dialogs.joint_drawing import JointDrawing
from koa_desktop.gui.dialogs.preferences import Preferences
from koa_desktop.gui.session.case import CaseState
from koa_desktop.gui.support.settings import Theme
from koa_desktop.imaging.colour_maps import ColourMap
from tests.support.gui_driver import button, press
from tests.support.sample_files import knee_crop, wide_film


def open_sentences(window):
    press(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    menu = window.panel.templates
    assert menu.isVisible()
    return menu


def test_a_ready_sentence_is_put_into_the_comment_by_key_and_undone(window, show, films):
    case = show(knee_crop(films))[0]
    window.panel.comment.setPlainText("Seen.")
    window.panel.comment.finish()
    menu = open_sentences(window)
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert case.reading.comment == "Seen. No radiographic sign of osteoarthritis of the knee."
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "No radiographic sign" not in case.reading.comment
    assert window.panel.comment.toPlainText() == case.reading.comment


def test_the_comment_is_kept_as_a_sentence_and_removed_again(window, make_window, show, films):
    show(knee_crop(films))
    window.panel.comment.setPlainText("R&D knee")
    menu = open_sentences(window)
    keep = next(action for action in menu.actions() if "Keep" in action.text())
    keep.trigger()
    menu.close()
    window.settings.sync()
    assert make_window().panel.templates.sentences[-1] == "R&D knee"
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)
    menu = open_sentences(window)
    remove = next(action.menu() for action in menu.actions() if action.menu())
    remove.actions()[-1].trigger()
    assert "R&D knee" not in menu.sentences
    menu.close()


def test_every_sentence_can_be_removed(window, show, films):
    show(knee_crop(films))
    for _ in window.panel.templates.sentences:
        menu = open_sentences(window)
        remove = next(action.menu() for action in menu.actions() if action.menu())
        remove.actions()[0].trigger()
        menu.close()
    assert window.panel.templates.sentences == ()


def test_a_grades_meaning_is_shown_to_who_comes_by_key(window, show, films, wait_until):
    show(knee_crop(films))
    minimal = button(window.panel.cards[0], "Reader's grade 2")
    minimal.setFocus(Qt.FocusReason.TabFocusReason)
    wait_until(lambda: "osteophytes" in QToolTip.text())
    QTest.qWait(400)
    assert "Minimal" in QToolTip.text()
    assert "osteophytes" in minimal.accessibleDescription()
    minimal.clearFocus()


def test_what_the_grades_mean_is_a_key_away(window, process):
    press(window, Qt.Key.Key_F2)
    process(20)
    sheet = window.findChild(GradeGuide)
    texts = " ".join(label.text() for label in sheet.findChildren(QLabel))
    assert all(f"KL {grade}" in texts and name in texts for grade, name in enumerate(GRADE_NAMES))
    assert not sheet.isModal()
    sheet.close()


def test_the_grades_of_readings_are_drawn_and_said_each_differently(window, process):
    press(window, Qt.Key.Key_F2)
    sheet = window.findChild(GradeGuide)
    sheet.findChild(QTabWidget).setCurrentIndex(1)
    process(50)
    drawings = [one for one in sheet.findChildren(JointDrawing) if one.isVisible()]
    # Their pixels are theirs for as long as the images live.
    images = [one.grab().toImage() for one in drawings]
    pictures = {bytes(image.constBits()) for image in images}
    # Four of narrowing and four of osteophytes; none of either looks the same.
    assert (len(drawings), len(pictures)) == (8, 7)
    texts = [label.text() for label in sheet.findChildren(QLabel)]
    for word in ("Mild", "Moderate", "Severe", "Small", "Definite", "Large"):
        assert any(text.startswith(f"<b>{word}.</b>") for text in texts)
    sheet.close()


def test_the_reader_is_named_on_the_panel_and_in_the_audit_trail(
    window, show, films, wait_until, place
):
    show(knee_crop(films))
    name = button(window.panel, "The reader's name, for reports and the audit trail")
    assert name.text() == "Enter the reader's name…"
    window.settings.reader = "Dr Ågren"
    window.help.reader_named.emit()
    assert name.text() == "Reader: Dr Ågren"
    window.panel.show_reader("Ågren & Øst")
    # As Qt writes an ampersand that is no key.
    assert name.text() == "Reader: Ågren && Øst"
    press(window, Qt.Key.Key_2)

    def trail():
        with sqlite3.connect(place / "cases.sqlite") as connection:
            return connection.execute("SELECT detail FROM audit").fetchall()

    wait_until(trail)
    assert json.loads(trail()[-1][0])["reader"] == "Dr Ågren"


def test_return_agrees_goes_on_to_the_other_knee_then_stays_and_hints(
    window, show, films, wait_until
):
    case = show(wide_film(films))[0]
    press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    wait_until(lambda: case.state is CaseState.GRADED)
    press(window, Qt.Key.Key_4)
    press(window, Qt.Key.Key_Return)
    assert window.editor.knee == 1
    press(window, Qt.Key.Key_Return)
    assert case.reading.is_read
    assert window.editor.knee == 1
    assert window.status.notice == "Every case is read · sign: S"
    press(window, Qt.Key.Key_Return)
    assert window.editor.knee == 1


def test_the_hint_says_how_to_go_on(window, show, films):
    show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    press(window, Qt.Key.Key_Return)
    assert "N (1 left)" in window.status.notice


def test_the_unread_case_before_is_found_past_read_ones(window, show, films):
    cases = show(*(knee_crop(films, f"{n}.png", n) for n in range(3)))
    press(window, Qt.Key.Key_PageDown)
    press(window, Qt.Key.Key_Return)
    press(window, Qt.Key.Key_PageDown)
    press(window, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert window.session.current is cases[0]
    press(window, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    assert window.session.current is cases[2]


@pytest.fixture
def preferences(window):
    QTest.qWait(50)
    press(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
    return window.findChild(Preferences)


def test_preferences_apply_at_once_on_ok(window, preferences, app):
    preferences.reader.setText(" Dr B ")
    preferences.clinic.setPlainText("Clinic\nStreet 1")
    preferences.theme.setCurrentText("Light")
    preferences.colour_map.setCurrentText("Cividis")
    preferences.paper.setCurrentText("Letter")
    QTest.keyClick(preferences.reader, Qt.Key.Key_Return)
    settings = window.settings
    assert (settings.reader, settings.clinic, settings.paper) == (
        "Dr B",
        "Clinic\nStreet 1",
        "LETTER",
    )
    assert settings.theme is Theme.LIGHT
    assert settings.colour_map is ColourMap.CIVIDIS
    assert window.session.reader == "Dr B"
    assert window.actions_table["theme_light"].isChecked()
    assert window.actions_table["colours_cividis"].isChecked()
    assert app.palette().window().color().lightness() > 128


def test_preferences_that_are_left_change_nothing(window, preferences):
    preferences.reader.setText("Dr C")
    QTest.keyClick(preferences, Qt.Key.Key_Escape)
    assert window.settings.reader == ""
