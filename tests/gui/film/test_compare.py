"""Two films side by side: both knees, or an earlier film; one zoom, one window."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest

from koa_desktop.examination.reading import MarkedKnee, Reading
from koa_desktop.gui.session.case import Case, CaseState
from koa_desktop.gui.session.comparison import partners, two_films
from koa_desktop.gui.session.film_cache import KEPT
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.radiograph import Header, Radiograph, Side, Window
from koa_desktop.system.paths import SAMPLES
from tests.support.gui_driver import press
from tests.support.sample_files import knee_crop, wide_film


@pytest.fixture
def two_knees(window, show, films, wait_until):
    case = show(wide_film(films))[0]
    press(window, Qt.Key.Key_Return)
    wait_until(lambda: case.state is CaseState.GRADED, 30)
    return case


def middle(film):
    return film.to_image(QRectF(film.viewport().rect()).center())


def test_both_knees_are_compared_at_a_key_and_left_at_escape(window, two_knees):
    press(window, Qt.Key.Key_C)
    QTest.qWait(50)
    assert window.compare.isVisible()
    first, second = window.compare.films
    for film, marked in zip((first, second), two_knees.reading.knees, strict=True):
        x, y = marked.knee.box.centre
        assert middle(film).x() == pytest.approx(x, abs=1)
        assert middle(film).y() == pytest.approx(y, abs=1)
    grade = two_knees.finding(two_knees.reading.knees[0]).grade
    assert "Right knee" in window.compare.captions[0].text()
    assert f"KL {grade}" in window.compare.captions[0].text()
    assert "Left knee" in window.compare.captions[1].text()
    press(window, Qt.Key.Key_Escape)
    assert window.film.view.isVisible()
    assert not window.actions_table["compare"].isChecked()


def test_zoom_and_place_are_shared_by_keys(window, two_knees):
    press(window, Qt.Key.Key_C)
    QTest.qWait(50)
    first, second = window.compare.films
    before = second.scale_factor(), middle(second)
    for _ in range(3):
        press(window, Qt.Key.Key_Plus)
    QTest.keyClick(first, Qt.Key.Key_Right)
    assert second.scale_factor() == pytest.approx(first.scale_factor())
    assert second.scale_factor() > before[0] * 1.5
    box = [marked.knee.box for marked in two_knees.reading.knees]
    moved = [
        (middle(film).x() - one.centre[0]) / one.size
        for film, one in zip((first, second), box, strict=True)
    ]
    assert moved[0] > 0.01
    assert moved[1] == pytest.approx(moved[0], abs=1e-3)
    press(window, Qt.Key.Key_F)
    assert middle(second).x() == pytest.approx(before[1].x(), abs=1)


def test_a_mirrored_half_says_so_and_moves_the_other_way(window, two_knees):
    press(window, Qt.Key.Key_C)
    press(window, Qt.Key.Key_X)
    QTest.qWait(50)
    first, second = window.compare.films
    assert window.compare.mirror.isChecked()
    assert second.orientation.mirrored
    assert second.corner_text.warning == "MIRRORED"
    starts = middle(first).x(), middle(second).x()
    first.setFocus()
    QTest.keyClick(first, Qt.Key.Key_Right)
    assert middle(first).x() > starts[0]
    assert middle(second).x() < starts[1]


def test_the_window_is_shared(window, two_knees):
    press(window, Qt.Key.Key_C)
    first, second = window.compare.films
    first.set_window(Window(100, 60))
    assert second.current_window() == Window(pytest.approx(100), pytest.approx(60))
    second.reset_window()
    assert first.current_window().width == pytest.approx(255)


def test_no_box_is_moved_while_two_films_are_compared(window, two_knees):
    press(window, Qt.Key.Key_C)
    QTest.qWait(50)
    before = two_knees.reading
    view = window.compare.films[0].viewport()
    start = view.rect().center()
    QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
    for step in (10, 20, 30):
        QTest.mouseMove(view, start + QPointF(step, 0).toPoint())
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=start + QPointF(30, 0).toPoint())
    assert two_knees.reading == before


def test_a_grade_given_while_comparing_is_shown_below_the_film(window, two_knees):
    press(window, Qt.Key.Key_C)
    press(window, Qt.Key.Key_4)
    assert two_knees.reading.knees[0].reader_grade == 4
    assert "KL 4" in window.compare.captions[0].text()
    assert "reader overruled KL" in window.compare.captions[0].text()


def test_one_knee_alone_is_compared_with_another_case(window, show, films):
    first, second = show(knee_crop(films, "a.png"), knee_crop(films, "b.png", 1))
    press(window, Qt.Key.Key_C)
    assert window.compare.cases == (first, second)
    press(window, Qt.Key.Key_H)
    press(window, Qt.Key.Key_C)
    assert not window.compare.isVisible()


def test_a_deleted_knee_ends_the_comparison_of_both(window, two_knees):
    press(window, Qt.Key.Key_C)
    press(window, Qt.Key.Key_J)
    window.panel.cards[1].deleted.emit()
    assert len(two_knees.reading.knees) == 1
    assert window.film.view.isVisible()
    assert not window.actions_table["compare"].isChecked()
    press(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(two_knees.reading.knees) == 2


def test_a_film_that_is_no_longer_in_memory_is_read_again(window, show, films, wait_until):
    last = show(*(knee_crop(films, f"{n}.png", n) for n in range(KEPT + 1)))[-1]
    assert window.session.film(last) is None
    press(window, Qt.Key.Key_C)
    window.compare.partner.setCurrentIndex(window.compare.partner.count() - 1)
    assert last in window.compare.cases
    assert window.session.film(last) is None
    wait_until(lambda: window.session.film(last) is not None)
    wait_until(lambda: window.compare.films[1].current_window().width > 1)


def test_an_earlier_film_of_the_patient_is_offered_first(window, show, films, wait_until):
    earlier, today = (dated_film(films, day) for day in ("20200203", "20260312"))
    old, now = show(earlier, today)
    for case in (old, now):
        window.case_list.show_case(case)
        wait_until(lambda case=case: bool(case.reading.knees), 30)
        press(window, Qt.Key.Key_Return)
        wait_until(lambda case=case: case.state is CaseState.GRADED, 30)
    press(window, Qt.Key.Key_C)
    assert window.compare.cases == (now, old)
    assert window.compare.partner.currentText().startswith("Earlier: ")
    assert "2020" in window.compare.partner.currentText()
    before = [film.place for film in window.compare.films]
    window.compare.films[0].zoom_by(2)
    after = [film.place for film in window.compare.films]
    assert after[0] == after[1] != before[0]


def dated_film(folder, day):
    """The sample film, taken on another day (YYYYMMDD)."""
    dataset = pydicom.dcmread(SAMPLES / "bilateral.dcm")
    dataset.StudyDate = day
    path = folder / f"{day}.dcm"
    dataset.save_as(path)
    return path


def test_with_nothing_to_compare_it_says_so(window, show, films):
    show(knee_crop(films))
    press(window, Qt.Key.Key_C)
    assert not window.compare.isVisible()
    assert "compare" in window.status.notice
    assert not window.actions_table["compare"].isChecked()


def case_of(name, patient="", day=None, sides=()):
    radiograph = Radiograph.of(Path(name), np.zeros((4, 4), np.uint8), Window(1, 2))
    header = replace(Header(), patient_id=patient, study_date=day)
    knees = tuple(MarkedKnee(Knee(Box(0, 0, 2), side, SideSource.POSITION)) for side in sides)
    case = Case(Path(name), radiograph=replace(radiograph.info, header=header))
    case.reading = Reading(knees)
    return case


def test_earlier_films_of_the_patient_come_first_the_newest_in_front():
    now = case_of("now", "7", date(2026, 3, 12))
    old = case_of("old", "7", date(2020, 1, 1))
    older = case_of("older", "7", date(2019, 1, 1))
    later = case_of("later", "7", date(2026, 6, 1))
    other = case_of("other", "8", date(2021, 1, 1))
    unread = Case(Path("unread"))
    found = partners(now, [other, older, now, later, unread, old])
    assert found == [old, older, other, later]


def test_the_same_side_is_compared():
    now = case_of("now", sides=(Side.RIGHT, Side.LEFT))
    other = case_of("other", sides=(Side.RIGHT, Side.LEFT))
    assert [half.knee for half in two_films(now, 1, other)] == [1, 1]
    assert two_films(now, 1, case_of("one", sides=(Side.RIGHT,)))[1].knee == 0
    assert two_films(now, 1, case_of("none"))[1].knee is None


def test_both_films_are_as_high_where_one_caption_needs_two_lines(window, two_knees):
    window.resize(960, 540)
    press(window, Qt.Key.Key_C)
    first, second = window.compare.captions
    first.setText("a long line of words " * 4)
    second.setText("short")
    QTest.qWait(100)
    heights = {film.height() for film in window.compare.films}
    assert first.height() > second.height()
    assert len(heights) == 1
