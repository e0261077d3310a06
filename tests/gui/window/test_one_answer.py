"""A card gives one answer: grade, osteoarthritis, likely range and joint space fit together."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel, QWidget

from koa_desktop.examination.findings import Flag
from koa_desktop.gui.case_list.delegate import mark_of
from koa_desktop.gui.knee_panel.probability_bars import ProbabilityBars
from koa_desktop.joint_space.measure import JointSpaceFlag
from koa_desktop.system.paths import SAMPLES
from koa_desktop.wording.joint_space.lines import doubts
from tests.support.gui_driver import texts


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
