"""A card gives one answer: grade, osteoarthritis, likely range and joint space fit together."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from koa_desktop.examination.findings import Flag
from koa_desktop.gui.case_list.delegate import mark_of
from koa_desktop.gui.knee_panel.probability_bars import ProbabilityBars
from koa_desktop.joint_space.measure import JointSpaceFlag
from koa_desktop.report.html import report_html
from koa_desktop.report.options import ReportOptions
from koa_desktop.report.tables import rows
from koa_desktop.system.paths import SAMPLES
from koa_desktop.wording.joint_space.lines import doubts
from koa_desktop.wording.sentences import sentence
from tests.support.gui_driver import press, texts


@pytest.mark.parametrize("grade", range(5))
def test_osteoarthritis_and_range_fit_the_grade(window, show, grade):
    (case,) = show(SAMPLES / f"grade{grade}.png")
    finding = case.finding(case.reading.knees[0])
    words = texts(window.panel.cards[0])
    assert "<b>" not in words
    assert ("no definite osteoarthritis" in words) is (finding.grade < 2)
    assert f"KL 2 or more: {round(100 * finding.osteoarthritis_probability)} %" in words
    low, high = finding.prediction_set
    assert low <= finding.grade <= high
    assert f"Likely range KL {finding.set_text.replace('-', '–')}" in words
    if finding.grade == 0:
        assert ("narrowed." in words) is (Flag.NARROWED in finding.flags)


def test_every_figure_is_explained_in_a_tooltip(window, show):
    show(SAMPLES / "grade2.png")
    (card,) = window.panel.cards
    explained = [part for part in card.findChildren(QLabel) if len(part.toolTip()) > 60]
    shown = {part.text()[:12] for part in explained if part.isVisible()}
    assert any(text.startswith("Likely range") for text in shown)
    assert any(text.startswith("osteoarthrit") for text in shown)
    assert card.findChild(QWidget, "joint").toolTip()
    assert card.findChild(ProbabilityBars).toolTip()


def narrow(window, case):
    """Have the joint space of a case's knee measured as narrowed in both compartments."""
    key = case.key(case.reading.knees[0])
    space = case.gradings[key].joint_space
    parts = [
        replace(one, minimal=replace(one.minimal, share=0.01), flag=None)
        for one in (space.left, space.right)
    ]
    space = replace(space, left=parts[0], right=parts[1])
    case.gradings[key] = replace(case.gradings[key], joint_space=space)
    window.session.case_changed.emit(case)


@pytest.mark.parametrize("model", [0, 2])
def test_a_narrowed_space_is_flagged_while_the_final_grade_is_0(window, show, model):
    (case,) = show(SAMPLES / f"grade{model}.png")
    narrow(window, case)
    flag = sentence(Flag.NARROWED)
    for key, is_flagged in (
        (None, model == 0),
        (Qt.Key.Key_2, False),
        (Qt.Key.Key_0, True),
        (Qt.Key.Key_1, False),
        (Qt.Key.Key_Backspace, model == 0),
    ):
        if key is not None:
            press(window, key)
        examination = case.examination()
        assert (flag in texts(window.panel.cards[0])) is is_flagged
        report = report_html(examination, window.session.film(case).radiograph, ReportOptions())
        assert (flag in unescape(report.html)) is is_flagged
        (row,) = rows("a", examination)
        assert (Flag.NARROWED.value in row.flags) is is_flagged


def test_a_margin_to_be_checked_bears_a_flag_neither_on_the_card_nor_in_the_list(window, show):
    (case,) = show(SAMPLES / "grade0.png")
    (marked,) = case.reading.knees
    measured = case.gradings[case.key(marked)]
    left, right = measured.joint_space.left, measured.joint_space.right
    space = replace(
        measured.joint_space,
        left=replace(left, flag=JointSpaceFlag.UNSURE),
        right=replace(right, flag=JointSpaceFlag.UNSURE),
    )
    case.gradings[case.key(marked)] = replace(measured, joint_space=space)
    window.session.case_changed.emit(case)
    words = texts(window.panel.cards[0])
    (doubt,) = doubts(space)
    assert doubt in words
    assert f"⚑ {doubt}" not in words
    assert ("⚑" in words) is (mark_of(case) == "⚑")
