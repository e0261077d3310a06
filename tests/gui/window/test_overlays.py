"""The heat map says what it explains and keeps it; one key hides all overlays."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from koa_desktop.gui.film.film_pane import FilmPane
from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import Side
from koa_desktop.system.paths import SAMPLES
from tests.support.gui_driver import at, drag, press, seen
from tests.support.sample_files import two_grades_film


def test_the_legend_names_the_grade_and_a_chosen_one_stays_for_the_next_case(
    window, show, wait_until
):
    first, _ = show(SAMPLES / "grade4.png", SAMPLES / "grade0.png")
    press(window, Qt.Key.Key_H)
    maps = window.film.view.heat_maps
    grade = first.finding(first.reading.knees[0]).grade
    assert maps.title == f"evidence for KL {grade} (model)"
    classes = window.tools.findChild(QComboBox)
    classes.setCurrentIndex(classes.findData(2))
    assert maps.title == "evidence for KL 2"
    chosen = seen(window.film.view)
    press(window, Qt.Key.Key_PageDown)
    wait_until(lambda: window.film.has_film)
    assert classes.currentData() == 2
    assert maps.title == "evidence for KL 2"
    press(window, Qt.Key.Key_PageUp)
    wait_until(lambda: window.film.has_film)
    assert np.array_equal(seen(window.film.view), chosen)


def test_the_legend_names_each_knee_s_grade_by_the_model_where_the_reader_overruled_it(
    window, show, films, finder
):
    finder.knees = (
        Knee(Box(60, 130, 224), Side.RIGHT),
        Knee(Box(410, 130, 224), Side.LEFT),
    )
    (case,) = show(two_grades_film(films))
    right, left = (case.finding(marked).grade for marked in case.reading.knees)
    assert right != left
    press(window, Qt.Key.Key_H)
    maps = window.film.view.heat_maps
    said = f"evidence for the model's grades: R KL {right} · L KL {left}"
    assert maps.legend == said
    press(window, Qt.Key.Key_2)
    assert case.final_grade(case.reading.knees[0]) == 2
    assert maps.legend == said


def test_one_key_hides_all_overlays_and_a_drag_then_moves_no_box(window, show):
    (case,) = show(SAMPLES / "grade3.png")
    pane: FilmPane = window.film
    view = pane.view
    for key in (Qt.Key.Key_H, Qt.Key.Key_D):
        press(window, key)
    busy = seen(view)
    press(window, Qt.Key.Key_P)
    plain = seen(view)
    colours = np.ptp(plain[150:-150, 150:-150].astype(int), axis=2)
    assert colours.max() == 0, "Only greys are left."
    assert np.ptp(busy[150:-150, 150:-150].astype(int), axis=2).max() > 50
    before = case.reading
    x, y = before.knees[0].knee.box.centre
    drag(view, at(view, x, y), (30, 20))
    assert case.reading is before
    assert window.actions_table["plain"].isChecked()
    press(window, Qt.Key.Key_P)
    assert not np.array_equal(seen(view), plain)


def test_a_hidden_overlay_that_is_switched_on_is_seen(window, show, process):
    (case,) = show(SAMPLES / "grade3.png")
    view = window.film.view
    hidden, heat = window.actions_table["plain"], window.actions_table["heat"]
    press(window, Qt.Key.Key_P)
    assert view.corner_text.warning == "OVERLAYS HIDDEN"
    press(window, Qt.Key.Key_H)
    assert heat.isChecked()
    assert not hidden.isChecked()
    assert not view.corner_text.warning
    press(window, Qt.Key.Key_P)
    press(window, Qt.Key.Key_H)
    assert not heat.isChecked()
    assert hidden.isChecked(), "What is switched off need not be seen."
    press(window, Qt.Key.Key_K)
    drag(view, at(view, 20, 20), (80, 80))
    process()
    assert not hidden.isChecked()
    assert len(case.reading.knees) == 2, "A box is drawn, and the film stays where it is."
