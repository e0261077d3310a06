"""The card says why: readings by compartment, pointed at on the film, overruled by the reader."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel

from koa_desktop.examination.actions import Action
from koa_desktop.examination.store import ReadingStore
from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.gui.knee_panel.reading_mark import ReadingMark
from koa_desktop.knees.box import Box, Knee
from koa_desktop.message import Message
from koa_desktop.radiograph import Side
from koa_desktop.report.documents import document
from tests.support.fake_examiner import ReadingGrader, shipped_grader
from tests.support.gui_driver import CTRL, at, button, press, seen, texts
from tests.support.sample_files import two_grades_film

TIBIA = OarsiName.OSTEOPHYTE_TIBIA_MEDIAL
# By side of the picture. A right knee's medial side is at the right: narrowing 2, tibia 2.
GRADES = (0, 2, 1, 0, 0, 2)


class DoubtfulGrader(ReadingGrader):
    """Is unsure of most readings: the likeliest grade of some is not the one that is called."""

    def grade(self, crops):
        told = [
            (0.54, 0.2, 0.16, 0.1),  # by side of the picture: lateral narrowing, then medial
            (0.33, 0.23, 0.32, 0.12),
            (0.15, 0.15, 0.15, 0.55),
            (0.3, 0.18, 0.3, 0.22),
            (1.0, 0.0, 0.0, 0.0),
            (0.49, 0.2, 0.16, 0.15),
        ]
        return [replace(one, readings=np.array(told, np.float32)) for one in super().grade(crops)]


@pytest.fixture
def case(show, films, examiner):
    examiner.grader = ReadingGrader(shipped_grader(), GRADES)
    examiner.finder.knees = (
        Knee(Box(60, 130, 224), Side.RIGHT),
        Knee(Box(410, 130, 224), Side.LEFT),
    )
    return show(two_grades_film(films))[0]


def marks(window, knee=0):
    return window.panel.cards[knee].findChildren(ReadingMark)


def click(widget):
    # The card makes room for what is said of a reading.
    QApplication.processEvents()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def mark(window, start, knee=0):
    """Return the mark of a reading, by the start of what a screen reader says of it."""
    (found,) = [one for one in marks(window, knee) if one.accessibleName().startswith(start)]
    return found


def said(window, knee=0):
    return window.panel.cards[knee].findChild(QLabel, "reading").text()


def test_each_card_has_six_marks_by_compartment_with_words(window, case):
    assert [one.text() for one in marks(window)] == ["2", "0", "0", "1", "2", "0"]
    assert [one.text() for one in marks(window, 1)] == ["0", "2", "1", "0", "0", "2"]
    tip = mark(window, "Osteophytes, medial tibia").toolTip()
    assert tip.splitlines()[:2] == [
        "Osteophytes, medial tibia: definite (2), at least definite: 80\N{NO-BREAK SPACE}%",
        "Model: none 10 %, small 10 %, definite 70 %, large 10 %",
    ]
    assert "no place" in mark(window, "Narrowing, lateral").toolTip()


def test_the_per_cent_beside_a_grade_supports_it(window, show, films, examiner):
    examiner.grader = DoubtfulGrader(shipped_grader(), GRADES)
    examiner.finder.knees = (Knee(Box(60, 130, 224), Side.RIGHT),)
    show(two_grades_film(films))
    said = [one.toolTip().splitlines()[0] for one in marks(window)]
    assert said == [
        "Narrowing, medial: mild (1), at least mild: 67\N{NO-BREAK SPACE}%",
        "Narrowing, lateral: none (0), 54\N{NO-BREAK SPACE}%",
        "Osteophytes, medial femur: definite (2), at least definite: 52\N{NO-BREAK SPACE}%",
        "Osteophytes, lateral femur: large (3), 55\N{NO-BREAK SPACE}%",
        "Osteophytes, medial tibia: small (1), at least small: 51\N{NO-BREAK SPACE}%",
        "Osteophytes, lateral tibia: none (0), 100\N{NO-BREAK SPACE}%",
    ]


def test_the_rows_of_readings_and_of_the_grade_are_named_apart(window, case):
    click(mark(window, "Osteophytes, medial tibia"))
    QApplication.processEvents()
    heads = texts(window.panel.cards[0]).splitlines()
    assert heads.count("Reader") == heads.count("Your reading") == 1


def test_a_click_shows_the_map_and_another_ends_it(window, case):
    heat = window.actions_table["heat"]
    maps = window.film.view.heat_maps
    plain = seen(window.film.view)
    click(mark(window, "Osteophytes, medial tibia"))
    assert heat.isChecked()
    assert maps.title == "evidence for osteophytes, medial tibia (L: grade 0, no map)"
    assert mark(window, "Osteophytes, medial tibia").isChecked()
    assert (
        said(window)
        == "Osteophytes, medial tibia: definite (2), at least definite: 80\N{NO-BREAK SPACE}%"
    )
    pointed = seen(window.film.view)
    click(mark(window, "Osteophytes, lateral femur"))
    assert not np.array_equal(seen(window.film.view), pointed)
    assert [one.isChecked() for one in marks(window)] == [False, False, False, True, False, False]
    click(mark(window, "Osteophytes, lateral femur"))
    assert not heat.isChecked()
    assert not any(one.isChecked() for one in marks(window))
    assert not window.panel.cards[0].findChild(QLabel, "reading").isVisible()
    np.testing.assert_array_equal(seen(window.film.view), plain)


def test_a_map_lies_where_its_compartment_is_and_grade_0_has_none(window, case):
    plain = seen(window.film.view).astype(int)
    click(mark(window, "Narrowing, medial"))
    changed = np.abs(seen(window.film.view).astype(int) - plain).sum(2)
    box = case.reading.knees[0].knee.box
    left, right = at(window.film.view, box.left, 0).x(), at(window.film.view, box.left + 224, 0).x()
    columns = np.flatnonzero(changed[150:-150].any(0))
    # Of the right knee the half at the picture's right; the left one's medial side has grade 0.
    assert (left + right) / 2 < columns.min() < columns.max() < right


def test_a_key_goes_through_the_readings_that_have_a_map(window, case):
    names = []
    for _ in range(4):
        press(window, Qt.Key.Key_Y)
        names.append(window.pointing.name)
    assert names == [
        OarsiName.JSN_MEDIAL, OarsiName.OSTEOPHYTE_FEMUR_LATERAL, TIBIA, None,
    ]  # fmt: skip
    press(window, Qt.Key.Key_Y)
    press(window, Qt.Key.Key_Escape)
    assert window.pointing.name is None
    assert not window.actions_table["heat"].isChecked()


def test_a_heat_map_that_was_on_stays_on_and_explains_what_it_did(window, case):
    press(window, Qt.Key.Key_H)
    classes = window.tools.findChild(QComboBox)
    classes.setCurrentIndex(classes.findData(3))
    press(window, Qt.Key.Key_Y)
    title = window.film.view.heat_maps.title
    assert title == "evidence for narrowing, medial (L: grade 0, no map)"
    assert (classes.currentText(), classes.placeholderText()) == ("", "Reading")
    press(window, Qt.Key.Key_Escape)
    assert window.film.view.heat_maps.title == "evidence for KL 3"
    assert classes.currentText() == "KL 3"
    assert window.actions_table["heat"].isChecked()
    press(window, Qt.Key.Key_Y)
    classes.setCurrentIndex(classes.findData(4))
    assert window.pointing.name is None
    assert window.film.view.heat_maps.title == "evidence for KL 4"


def test_a_reading_of_grade_0_says_on_the_film_that_it_has_no_map(window, show, films, examiner):
    examiner.grader = ReadingGrader(shipped_grader(), GRADES)
    examiner.finder.knees = (Knee(Box(60, 130, 224), Side.RIGHT),)
    show(two_grades_film(films))
    view = window.film.view
    press(window, Qt.Key.Key_H)
    click(mark(window, "Narrowing, lateral"))
    assert view.heat_maps.legend == "no map: the model reads grade 0 of narrowing, lateral"
    told = seen(view)
    assert np.ptp(told[-70:, :200].astype(int), axis=2).max() == 0, "It has no scale of colours."
    press(window, Qt.Key.Key_P)
    assert not np.array_equal(seen(view)[-70:, :300], told[-70:, :300])
    press(window, Qt.Key.Key_P)
    press(window, Qt.Key.Key_H)
    assert view.heat_maps.legend is None


def test_hiding_the_heat_map_ends_pointing(window, case):
    press(window, Qt.Key.Key_Y)
    press(window, Qt.Key.Key_H)
    assert window.pointing.name is None
    assert not window.actions_table["heat"].isChecked()
    assert not window.actions_table["leave"].isEnabled()


def test_the_reader_overrules_a_reading_undoes_it_and_goes_back(window, case):
    card = window.panel.cards[0]
    click(mark(window, "Osteophytes, medial tibia"))
    click(button(card, "Osteophytes, medial tibia: large"))
    assert case.reading.knees[0].readings == ((TIBIA, 3),)
    assert mark(window, "Osteophytes, medial tibia").text() == "3"
    assert said(window) == "Osteophytes, medial tibia: large (3) by the reader · model: 2"
    assert "read osteophytes, medial tibia as grade 3" in window.session.undo_stack.undoText()
    press(window, Qt.Key.Key_Z, CTRL)
    assert case.reading.knees[0].readings == ()
    assert mark(window, "Osteophytes, medial tibia").text() == "2"
    press(window, Qt.Key.Key_Y, CTRL)
    click(button(card, "Back"))
    assert case.reading.knees[0].readings == ()
    oarsi = document("a.png", case.examination(), datetime(2026, 1, 1, tzinfo=UTC))["knees"][0]
    assert json.loads(json.dumps(oarsi["oarsi"]))[TIBIA.value]["grade"] == 2


def test_what_the_reader_read_is_kept_for_the_next_session(
    window, case, make_window, show_in, place
):
    window.editor.reread(0, TIBIA, 0)
    window.close()
    other = make_window()
    (again,) = show_in(other, case.path)
    assert again.reading.knees[0].readings == ((TIBIA, 0),)
    entry = ReadingStore(place / "cases.sqlite").audit_trail(again.radiograph.sha256)[-1]
    wanted = Message.of(Action.READ, reading=TIBIA.value, grade=0, of_knee="R")
    assert entry.steps[-1].action == wanted


def test_another_side_exchanges_medial_and_lateral_at_once(window, case):
    gradings = dict(case.gradings)
    window.editor.choose(0)
    window.editor.swap_side()
    assert [one.text() for one in marks(window)] == ["0", "2", "1", "0", "0", "2"]
    assert case.gradings == gradings


def test_a_contradiction_is_said_on_the_card_until_it_is_settled(window, case):
    window.editor.give_grade_to(0, 2)
    told = (
        "Moderate or severe narrowing below KL 3: grade and OARSI readings contradict each other."
    )
    assert told in texts(window.panel.cards[0])
    window.editor.reread(0, OarsiName.JSN_MEDIAL, 1)
    assert told not in texts(window.panel.cards[0])


def test_a_bundle_without_readings_shows_no_why(window, show, films, examiner):
    examiner.grader = ReadingGrader(shipped_grader(), None)
    examiner.finder.knees = (Knee(Box(60, 130, 224), Side.RIGHT),)
    show(two_grades_film(films))
    assert not any(one.isVisible() for one in marks(window))
    assert not window.actions_table["why"].isEnabled()


def test_without_a_side_the_card_says_when_readings_are_shown(window, show, films, examiner):
    examiner.grader = ReadingGrader(shipped_grader(), GRADES)
    examiner.finder.knees = (Knee(Box(60, 130, 224)),)
    show(two_grades_film(films))
    assert "Readings by compartment are shown when the knee's side is known." in texts(
        window.panel.cards[0]
    )
    assert not any(one.isVisible() for one in marks(window))
