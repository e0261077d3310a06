"""A knee or a film that has no grade is read by one key, with a reason, and counts as read."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog, QLabel

from koa_desktop.examination.decision import Choice, Obstacle
from koa_desktop.examination.findings import Finding, Refusal
from koa_desktop.gui.case_list.delegate import mark_of, state_line
from koa_desktop.gui.session.case import CaseState
from koa_desktop.knees.box import Box, BoxClass, Knee
from koa_desktop.message import Message
from koa_desktop.radiograph import Side
from koa_desktop.report.documents import document
from koa_desktop.report.tables import csv_bytes, rows
from koa_desktop.report.words import conclusion
from tests.support.fake_examiner import seen
from tests.support.gui_driver import button, click, press, texts
from tests.support.sample_files import knee_crop, wide_film

KNEES = (Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(410, 130, 224), Side.LEFT))
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def implants(show, films, finder):
    """A film of two artificial joints."""
    finder.knees, finder.otherwise = KNEES, seen(BoxClass.IMPLANT)
    return show(wide_film(films))[0]


@pytest.fixture
def no_knee(show, films):
    """A film on which nothing was found."""
    return show(wide_film(films))[0]


def decided(window):
    return window.panel.cards[0].findChild(QLabel, "decision").text()


def table(case):
    text = csv_bytes(rows("a.png", case.examination())).decode()
    return list(csv.DictReader(text.splitlines()))


def test_one_key_reads_a_refused_knee_for_the_programs_reason(window, implants):
    press(window, Qt.Key.Key_U)
    first, second = implants.reading.knees
    assert (first.decision.choice, first.decision.obstacle) == (
        Choice.NOT_GRADABLE,
        Obstacle.IMPLANT,
    )
    assert second.decision is None
    assert window.editor.knee == 1
    assert decided(window) == "seen, not gradable: artificial joint"
    assert mark_of(implants) == "!"
    press(window, Qt.Key.Key_U)
    assert implants.reading.is_read
    assert implants.state is CaseState.NOT_GRADABLE
    assert mark_of(implants) == "✓"
    assert state_line(implants) == "artificial joint"


def test_it_counts_as_read_in_list_progress_and_filters(window, show, implants, wait_until):
    for _ in range(2):
        press(window, Qt.Key.Key_U)
    labels = window.case_list.findChildren(QLabel)
    wait_until(lambda: "1 of 1 read" in [label.text() for label in labels])
    window.case_list.search.setText("unread")
    assert window.case_list.list.model().rowCount() == 0
    window.case_list.search.setText("not gradable artificial")
    assert window.case_list.list.model().rowCount() == 1


def test_undo_and_backspace_take_it_back(window, implants):
    press(window, Qt.Key.Key_U)
    assert "undo with" in window.status.notice
    window.undo()
    assert implants.reading.knees[0].decision is None
    window.editor.choose(0)
    press(window, Qt.Key.Key_U)
    window.editor.choose(0)
    press(window, Qt.Key.Key_Backspace)
    assert implants.reading.knees[0].decision is None


def test_the_primary_button_of_a_film_without_a_knee_is_not_to_grade_boxes(window, no_knee):
    card = window.panel.cards[0]
    seen_button, boxes = (
        button(card, "Seen, not gradable  ⏎"),
        button(card, "Grade these boxes  Shift+K"),
    )
    assert bool(seen_button.property("primary"))
    assert not boxes.property("primary")
    click(seen_button)
    assert no_knee.reading.is_read
    assert no_knee.reading.decision.obstacle is Obstacle.NOT_A_KNEE
    assert decided(window) == "seen, not gradable: not a knee"
    assert (mark_of(no_knee), state_line(no_knee)) == ("✓", "not a knee")
    assert not seen_button.isVisible()


def test_return_agrees_with_the_refusal_and_a_box_takes_that_back(window, no_knee, wait_until):
    tags = window.film.view.boxes.items
    to_do = "Move the box over the knee"
    assert tags[0].mark.label.endswith("move over the knee")
    assert to_do in texts(window.panel)
    press(window, Qt.Key.Key_Return)
    assert no_knee.reading.is_read
    assert [tag.mark.label.split(" · ")[-1] for tag in window.film.view.boxes.items] == [
        "not a knee",
        "not a knee",
    ]
    assert to_do not in texts(window.panel)
    press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    wait_until(lambda: no_knee.state is CaseState.GRADED)
    assert not no_knee.reading.is_read
    assert no_knee.reading.decision is None


def test_a_film_without_any_box_is_read_for_the_reason_of_the_list(window, no_knee):
    for _ in range(2):
        window.editor.delete_box()
    assert button(window.panel, "Seen, not gradable  U").isVisible()
    no_knee.refusal = None
    press(window, Qt.Key.Key_U)
    assert window.not_gradable.menu.isVisible()
    QTest.keyClick(window.not_gradable.menu, Qt.Key.Key_P)
    assert no_knee.reading.decision.obstacle is Obstacle.POOR_PICTURE
    assert "not gradable: image quality too poor" in " ".join(
        label.text() for label in window.panel.findChildren(QLabel) if label.isVisible()
    )


def test_of_a_graded_knee_the_reason_is_asked_and_other_takes_words(window, show, films):
    (case,) = show(knee_crop(films))
    grade = case.finding(case.reading.knees[0]).grade
    press(window, Qt.Key.Key_U)
    assert case.reading.knees[0].decision is None
    assert texts(window.not_gradable.menu) == "Not gradable because"
    QTest.keyClick(window.not_gradable.menu, Qt.Key.Key_O)
    dialog = window.findChild(QInputDialog)
    dialog.setTextValue("cast over the joint")
    dialog.accept()
    decision = case.reading.knees[0].decision
    assert (decision.obstacle, decision.remark) == (Obstacle.OTHER, "cast over the joint")
    assert decision.model_grade == grade
    assert case.final_grade(case.reading.knees[0]) is None
    assert window.panel.cards[0].findChild(QLabel, "grade").text() == "–"
    press(window, Qt.Key.Key_3)
    assert case.final_grade(case.reading.knees[0]) == 3
    assert case.reading.knees[0].decision.choice is Choice.OVERRULED


def test_it_is_kept_and_told_in_every_export(make_window, show_in, films, finder, wait_until):
    finder.knees, finder.otherwise = KNEES[:1], seen(BoxClass.IMPLANT)
    path = wide_film(films)
    first = make_window()
    show_in(first, path)
    press(first, Qt.Key.Key_U)
    wait_until(lambda: not first.session.saver.unsaved)
    first.close()
    (case,) = show_in(make_window(), path)
    assert case.reading.is_read
    examination = case.examination()
    assert conclusion(examination) == [
        "Right knee: seen by the reader, not gradable: artificial joint."
    ]
    (row,) = table(case)
    assert (row["decision"], row["not_gradable"], row["grade"]) == ("not-gradable", "implant", "")
    (knee,) = document("a.png", examination, NOW)["knees"]
    assert knee["decision"]["obstacle"] == "implant"


def test_a_film_without_knees_is_told_in_every_export(window, no_knee):
    press(window, Qt.Key.Key_U)
    examination = no_knee.examination()
    assert conclusion(examination) == ["Seen by the reader, not gradable: not a knee."]
    (row,) = table(no_knee)
    assert (row["decision"], row["not_gradable"]) == ("not-gradable", "not-a-knee")
    assert document("a.png", examination, NOW)["decision"]["obstacle"] == "not-a-knee"


def test_commands_with_nothing_to_act_on_are_disabled(window, show, films):
    table = window.actions_table
    overlays = ("heat", "outline", "joint")
    needy = (*overlays, "not_gradable", "agree", "take_back", "accept_boxes", "next_knee")
    moves = ("next_case", "previous_case", "next_unread", "previous_unread")
    assert not any(table[name].isEnabled() for name in (*needy, *moves))
    show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    assert all(table[name].isEnabled() for name in (*overlays, "not_gradable", "agree"))
    assert not any(table[name].isEnabled() for name in ("take_back", "accept_boxes", "next_knee"))
    assert [table[name].isEnabled() for name in moves] == [True, False, True, True]
    press(window, Qt.Key.Key_2)
    assert table["take_back"].isEnabled()
    press(window, Qt.Key.Key_PageDown)
    assert [table[name].isEnabled() for name in moves] == [False, True, False, False]


def test_return_is_offered_only_where_it_decides(window, show, films):
    (case,) = show(knee_crop(films))
    (marked,) = case.reading.knees
    known = case.gradings[case.key(marked)]
    failed = replace(known, finding=Finding(refusal=Message(Refusal.UNEXPECTED)))
    case.gradings[case.key(marked)] = failed
    window.refresh()
    assert button(window.panel.cards[0], "Seen, not gradable  U").isVisible()
    press(window, Qt.Key.Key_Return)
    assert not case.reading.is_read
