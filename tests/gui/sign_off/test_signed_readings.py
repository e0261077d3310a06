"""A final reading shows the grades and OARSI readings that were signed, whatever the model says."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from koa_desktop.examination.findings import Finding
from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.gui.knee_panel.reading_mark import ReadingMark
from koa_desktop.report.documents import document
from koa_desktop.report.tables import csv_bytes, rows
from tests.support.fake_examiner import ReadingGrader, shipped_grader
from tests.support.gui_driver import click, press

NOW = datetime(2026, 1, 2, tzinfo=UTC)
# By side of the picture; the first knee is a right one, whose medial side is at the right.
SIGNED, LATER = (0, 2, 1, 0, 0, 2), (1, 1, 0, 3, 2, 2)
MARKS = {None: [], SIGNED: ["2", "0", "0", "1", "2", "0"]}
NAMES = (
    OarsiName.JSN_MEDIAL,
    OarsiName.JSN_LATERAL,
    OarsiName.OSTEOPHYTE_FEMUR_MEDIAL,
    OarsiName.OSTEOPHYTE_FEMUR_LATERAL,
    OarsiName.OSTEOPHYTE_TIBIA_MEDIAL,
    OarsiName.OSTEOPHYTE_TIBIA_LATERAL,
)


class SureGrader(ReadingGrader):
    """Is sure of KL 4 in every knee."""

    def grade(self, crops):
        graded = super().grade(crops)
        for one in graded:
            one.probability[:] = np.array([0.0, 0.0, 0.0, 0.0, 1.0], np.float32)
        return graded


def marks(window):
    found = window.panel.cards[0].findChildren(ReadingMark)
    return [mark for mark in found if mark.isVisible()]


def words(window, name):
    return window.panel.cards[0].findChild(QLabel, name).text()


def told(case):
    """Return the first knee's readings by the table, and by the document."""
    table = csv.DictReader(csv_bytes(rows("a", case.examination())).decode().splitlines())
    row = next(iter(table))
    read = document("a", case.examination(), NOW)["knees"][0]["oarsi"] or {}
    by_document = [str(read[name.value]["grade"]) if read else "" for name in NAMES]
    return [row[name.value] for name in NAMES], by_document


@pytest.fixture
def sign(window, examiner, show, path, form, back):
    """Have a film read by a model with these readings, change it, and sign it."""

    def run(grades, change=lambda: None):
        examiner.grader = ReadingGrader(shipped_grader(), grades)
        (case,) = show(path)
        window.settings.reader = "Dr Ågren"
        change()
        press(window, Qt.Key.Key_S)
        form().accept()
        back()
        assert case.reading.is_final
        window.editor.choose(0)
        return case

    return run


@pytest.fixture
def grade_again(window, examiner, wait_until):
    def run(case, grader):
        examiner.grader = grader
        window.actions_table["grade_again"].trigger()
        wait_until(lambda: not case.awaited and not case.missing())

    return run


@pytest.mark.parametrize(("signed", "later"), [(None, LATER), (SIGNED, LATER), (SIGNED, None)])
def test_card_table_and_document_have_the_readings_that_were_signed(
    window, sign, grade_again, signed, later
):
    case = sign(signed)
    before = told(case)
    findings = document("a", case.examination(), NOW)["findings"]
    grade_again(case, ReadingGrader(shipped_grader(), later))
    assert [mark.text() for mark in marks(window)] == MARKS[signed]
    by_table, by_document = told(case)
    assert by_table == by_document == before[0] == before[1]
    assert document("a", case.examination(), NOW)["findings"] == findings
    assert window.actions_table["why"].isEnabled() is (signed is not None and later is not None)
    assert bool(case.finding(case.reading.knees[0]).readings) is (None not in (signed, later))


def test_the_card_says_where_the_model_reads_otherwise_now(window, sign, grade_again):
    case = sign(SIGNED, lambda: window.editor.reread(0, OarsiName.JSN_LATERAL, 3))
    grade_again(case, ReadingGrader(shipped_grader(), LATER))
    said = [mark.accessibleName() for mark in marks(window)]
    assert said[0] == "Narrowing, medial: moderate (2) as signed · model now: 1"
    assert said[1].startswith("Narrowing, lateral: severe (3) by the reader · model: 1")
    assert said[4].startswith("Osteophytes, medial tibia: definite (2), at least")
    click(marks(window)[0])
    assert words(window, "reading") == said[0]
    grade_again(case, ReadingGrader(shipped_grader(), None))
    said = [mark.accessibleName() for mark in marks(window)]
    assert said[0] == "Narrowing, medial: moderate (2) as signed"
    assert said[1] == "Narrowing, lateral: severe (3) by the reader"
    window.actions_table["reopen"].trigger()
    window.sign_offs.dialog.words.setPlainText("To look again.")
    window.sign_offs.dialog.accept()
    assert not case.reading.is_final
    assert marks(window) == []


def test_an_unread_knee_that_was_signed_asks_for_no_decision(window, sign):
    def asked():
        buttons = window.panel.cards[0].findChildren(QPushButton)
        return [one.text() for one in buttons if one.isVisible() and one.property("primary")]

    before = []
    sign(None, lambda: before.extend(asked()))
    assert len(before) == 1
    assert before[0].startswith("Agree")
    assert asked() == []


def test_a_reopened_reading_has_what_the_model_says_now(window, sign, grade_again):
    case = sign(None)
    grade_again(case, ReadingGrader(shipped_grader(), LATER))
    window.actions_table["reopen"].trigger()
    window.sign_offs.dialog.words.setPlainText("To read them.")
    window.sign_offs.dialog.accept()
    assert [mark.text() for mark in marks(window)] == ["1", "1", "3", "0", "2", "2"]


def test_the_card_keeps_the_grade_that_was_signed_without_the_reader_s(window, sign, grade_again):
    case = sign(None)
    grade = f"KL {case.final_grade(case.reading.knees[0])}"
    assert grade != "KL 4"
    assert words(window, "grade") == grade
    grade_again(case, SureGrader(shipped_grader(), None))
    assert case.finding(case.reading.knees[0]) != Finding()
    assert words(window, "grade") == grade
    labels = [one.text() for one in window.panel.cards[0].findChildren(QLabel)]
    assert any("as signed" in one and "KL\N{NO-BREAK SPACE}4" in one for one in labels), labels
