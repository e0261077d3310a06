"""The reader's decision on a grade stays as it was made, whatever the model says later."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from koa_desktop.examination.decision import Choice
from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import Side
from koa_desktop.report.documents import document
from koa_desktop.report.tables import csv_bytes, rows
from koa_desktop.report.words import verdict
from tests.support.gui_driver import CTRL, button, press, texts
from tests.support.sample_files import two_grades_film

PLACE, ELSEWHERE = Box(60, 130, 224), Box(410, 130, 224)
GRADE_KEYS = (Qt.Key.Key_0, Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_4)
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def film(films):
    return two_grades_film(films)


@pytest.fixture
def case(show, film, finder):
    finder.knees = (Knee(PLACE, Side.RIGHT),)
    return show(film)[0]


def row(case):
    (found,) = csv.DictReader(csv_bytes(rows("a.png", case.examination())).decode().splitlines())
    return found


def model_grade(case):
    return case.finding(case.reading.knees[0]).grade


def said(window):
    return window.panel.cards[0].findChild(QLabel, "decision").text()


def is_green(window, grade):
    return bool(button(window.panel.cards[0], f"Reader's grade {grade}").property("agreed"))


def move(window, case, wait_until, box):
    """Move the box, and return the model's grade there."""
    window.editor.move_box(0, box)
    wait_until(lambda: model_grade(case) is not None)
    return model_grade(case)


def test_agreement_is_kept_and_a_moved_box_says_what_the_model_says_now(window, case, wait_until):
    first = model_grade(case)
    press(window, Qt.Key.Key_Return)
    decision = case.reading.knees[0].decision
    assert (decision.choice, decision.model_grade) == (Choice.AGREED, first)
    assert decision.model == case.model
    assert abs(datetime.fromisoformat(decision.at) - datetime.now(UTC)) < timedelta(minutes=5)
    assert is_green(window, first)
    assert said(window) == f"reader agreed with KL {first}"

    later = move(window, case, wait_until, ELSEWHERE)
    assert later != first
    assert case.reading.knees[0].decision == decision
    assert is_green(window, first)
    assert said(window) == f"reader agreed with KL {first}"
    assert f"model now says KL {later}" in texts(window.panel.cards[0])
    assert (row(case)["grade"], row(case)["model_grade"]) == (str(first), str(later))
    assert row(case)["decision"] == "agreed"
    assert row(case)["decided_on"] == f"{case.model} KL {first}"
    assert row(case)["decided_at"] == decision.at
    (knee,) = document("a.png", case.examination(), NOW)["knees"]
    assert knee["decision"]["choice"] == "agreed"
    report = verdict(case.examination().knees[0])
    assert report.startswith(f"Read as KL {first} by the reader, who agreed with the model; since")
    assert f"model: KL {later}" in report


def test_an_overruled_grade_never_turns_into_agreement(window, case, wait_until):
    first = model_grade(case)
    elsewhere = move(window, case, wait_until, ELSEWHERE)
    press(window, GRADE_KEYS[first])
    assert said(window) == f"reader overruled KL {elsewhere}"
    window.editor.move_box(0, PLACE)
    wait_until(lambda: model_grade(case) == first)
    assert not is_green(window, first)
    assert said(window) == f"reader overruled KL {elsewhere}"
    assert f"model now says KL {first}" in texts(window.panel.cards[0])
    assert row(case)["decision"] == "overruled"
    # The reader can decide anew, on what the model says now.
    press(window, GRADE_KEYS[first])
    assert is_green(window, first)
    press(window, Qt.Key.Key_Z, CTRL)
    assert said(window) == f"reader overruled KL {elsewhere}"


def test_the_decision_is_there_in_the_next_session_and_in_the_audit_trail(
    make_window, show_in, film, finder
):
    finder.knees = (Knee(PLACE, Side.RIGHT),)
    first = make_window()
    (case,) = show_in(first, film)
    grade = model_grade(case)
    press(first, GRADE_KEYS[(grade + 1) % 5])
    decision = case.reading.knees[0].decision
    sha256 = case.radiograph.sha256
    first.close()
    again = make_window()
    (kept,) = show_in(again, film)
    assert kept.reading.knees[0].decision == decision
    assert said(again) == f"reader overruled KL {grade}"
    (entry,) = again.session.services.audit_trail(sha256)
    assert [step.action.code.value for step in entry.steps] == ["overrule"]
    assert entry.detail["knees"][0]["decision"]["model"] == kept.model


def test_a_grade_of_an_earlier_version_is_the_readers_without_a_word_on_agreement(
    make_window, show_in, film, finder, place
):
    finder.knees = (Knee(PLACE, Side.RIGHT),)
    first = make_window()
    (case,) = show_in(first, film)
    press(first, Qt.Key.Key_Return)
    first.close()
    forget_decisions(place / "cases.sqlite")
    again = make_window()
    (kept,) = show_in(again, film)
    assert kept.reading.knees[0].reader_grade == case.reading.knees[0].reader_grade
    assert said(again) == "graded by the reader"
    assert not is_green(again, kept.reading.knees[0].reader_grade)
    assert row(kept)["decision"] == ""


def forget_decisions(store):
    """Make the store's rows those of a version that kept no decisions."""
    with closing(sqlite3.connect(store)) as connection, connection:
        (knees,) = connection.execute("SELECT knees FROM examination").fetchone()
        old = [{k: v for k, v in knee.items() if k != "decision"} for knee in json.loads(knees)]
        connection.execute("UPDATE examination SET knees = ?", (json.dumps(old),))
