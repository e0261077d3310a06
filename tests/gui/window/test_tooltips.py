"""Flags are explained in words where they are seen, and menus tick what is on."""

from __future__ import annotations

import html
import re

import pytest
from PySide6.QtCore import Qt

from koa_desktop.examination.findings import Flag, Refusal
from koa_desktop.knees.box import BoxClass
from koa_desktop.system.paths import SAMPLES
from koa_desktop.wording.sentences import sentence
from tests.support.fake_examiner import seen
from tests.support.gui_driver import SHIFT, press
from tests.support.sample_files import broken_file, knee_crop, wide_film


def tip(window, row):
    model = window.case_list.list.model()
    shown = model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole)
    return html.unescape(re.sub("<[^>]+>", " ", shown))


def test_a_flagged_cases_tooltip_says_why(window, show, films, wait_until):
    (case,) = show(knee_crop(films))
    window.editor.set_stored_inverted(True)
    wait_until(lambda: not case.awaited)
    flags = case.finding(case.reading.knees[0]).flags
    assert Flag.STORED_INVERTED in flags
    for flag in flags:
        assert sentence(flag) in tip(window, 0)
    assert "crop.png" in tip(window, 0)


def test_a_refusal_an_error_and_a_film_without_a_knee_say_why(window, show, films, finder):
    finder.otherwise = seen(BoxClass.IMPLANT)
    show(knee_crop(films), wide_film(films), broken_file(films))
    assert sentence(Refusal.IMPLANT) in tip(window, 0)
    assert sentence(Refusal.NO_KNEE) in tip(window, 1)
    assert "not a radiograph" in tip(window, 2)
    press(window, Qt.Key.Key_U)
    assert "seen, not gradable: artificial joint" in tip(window, 0)


def test_a_name_that_the_list_cuts_is_whole_in_its_tooltip(window, show):
    show(SAMPLES / "bilateral.dcm")
    assert tip(window, 0).startswith("Sample, Synthetic · SYNTHETIC-1\nbilateral.dcm")


@pytest.mark.parametrize(
    ("name", "key", "modifier"),
    [
        ("heat", Qt.Key.Key_H, Qt.KeyboardModifier.NoModifier),
        ("outline", Qt.Key.Key_O, Qt.KeyboardModifier.NoModifier),
        ("joint", Qt.Key.Key_D, Qt.KeyboardModifier.NoModifier),
        ("plain", Qt.Key.Key_P, Qt.KeyboardModifier.NoModifier),
        ("blink", Qt.Key.Key_H, SHIFT),
    ],
)
def test_the_menu_ticks_an_overlay_that_is_on(window, show, films, name, key, modifier):
    show(knee_crop(films))
    action = window.actions_table[name]
    for on in (True, False):
        press(window, key, modifier)
        assert action.isChecked() is on
