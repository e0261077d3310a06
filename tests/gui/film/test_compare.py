"""Two films side by side: both knees, or an earlier film; one zoom, one window."""

import html
import re
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
from koa_desktop.gui.style.parts import Parts
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.radiograph import Header, Radiograph, Side, Window
from koa_desktop.system.paths import SAMPLES
from tests.screenshots.geometry import faults
from tests.support.gui_driver import press, told_by
from tests.support.sample_files import knee_crop, wide_film


@pytest.fixture
def two_knees(window, show, films, wait_until):
    case = show(wide_film(films))[0]
    press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    wait_until(lambda: case.state is CaseState.GRADED)
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
    assert "Right knee" in told_by(window.compare.captions[0])
    assert f"KL {grade}" in told_by(window.compare.captions[0])
    assert "Left knee" in told_by(window.compare.captions[1])
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
    assert "KL 4" in told_by(window.compare.captions[0])
    assert "reader overruled KL" in told_by(window.compare.captions[0])


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
        wait_until(lambda case=case: bool(case.reading.knees))
        press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
        wait_until(lambda case=case: case.state is CaseState.GRADED)
    press(window, Qt.Key.Key_C)
    assert window.compare.cases == (now, old)
    assert window.compare.partner.currentText().startswith("Earlier: ")
    assert "2020" in window.compare.partner.currentText()
    before = [film.place for film in window.compare.films]
    window.compare.films[0].zoom_by(2)
    after = [film.place for film in window.compare.films]
    assert after[0] == after[1] != before[0]


def dated_film(folder, day, **changed):
    """The sample film, taken on another day (YYYYMMDD), with other elements."""
    dataset = pydicom.dcmread(SAMPLES / "bilateral.dcm")
    dataset.StudyDate = day
    for name, value in changed.items():
        setattr(dataset, name, value)
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
    first.set_lines(["a long line of words " * 4])
    second.set_lines(["short"])
    QTest.qWait(100)
    heights = {film.height() for film in window.compare.films}
    assert first.height() > second.height()
    assert len(heights) == 1


def graded_pair(window, show, wait_until, *paths):
    for case in (cases := show(*paths)):
        window.case_list.show_case(case)
        wait_until(lambda case=case: bool(case.reading.knees))
        press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
        wait_until(lambda case=case: case.state is CaseState.GRADED)
    return cases


def shown_width(case, name):
    space = case.examined(case.reading.knees[0]).joint_space
    return f"{getattr(space, name).minimal.millimetres:.1f}"


def test_the_difference_leads_from_the_earlier_film_to_the_later(window, show, films, wait_until):
    paths = [dated_film(films, day) for day in ("20200203", "20260312")]
    old, now = graded_pair(window, show, wait_until, *paths)
    for grade, case in ((Qt.Key.Key_1, old), (Qt.Key.Key_3, now)):
        window.case_list.show_case(case)
        press(window, grade)
    press(window, Qt.Key.Key_C)
    told = told_by(window.compare.difference)
    assert told.startswith("03 Feb 2020 to 12 Mar 2026: KL 1 → 3 · ")
    width = shown_width(old, "lateral"), shown_width(now, "lateral")
    assert f"lateral space {width[0]} → {width[1]} mm" in told
    assert told.endswith("at the detector")
    assert window.compare.warning.isHidden()


def test_both_knees_of_a_film_are_told_apart(window, two_knees):
    press(window, Qt.Key.Key_3)
    press(window, Qt.Key.Key_J)
    press(window, Qt.Key.Key_3)
    press(window, Qt.Key.Key_C)
    assert told_by(window.compare.difference).startswith("Right knee to left knee: KL 3 in both")
    assert window.compare.warning.isHidden()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"PatientID": "other-2", "PatientName": "Other"}, "Two different patients: "),
        (
            {"PatientID": "", "PatientBirthDate": ""},
            "It is unknown whether both films show the same patient",
        ),
    ],
)
def test_films_that_may_be_of_two_patients_are_told(window, show, films, wait_until, changed, told):
    first = dated_film(films, "20260312")
    second = dated_film(films, "20200203", **changed)
    graded_pair(window, show, wait_until, second, first)
    press(window, Qt.Key.Key_C)
    window.compare.partner.setCurrentIndex(window.compare.partner.count() - 1)
    assert window.compare.warning.isVisible()
    assert told_by(window.compare.warning).startswith(told)
    assert bool(told_by(window.compare.difference)) is not told.startswith("Two")


def test_captions_are_whole_in_a_small_window_and_very_long_ones_have_a_tooltip(
    window, two_knees, process
):
    window.resize(640, 400)
    process(50)
    widths = window.findChild(Parts).sizes()
    press(window, Qt.Key.Key_C)
    process(50)
    compare = window.compare
    assert not faults(window)
    assert all(film.height() > 100 and film.width() > 150 for film in compare.films)
    said = ["Right knee", "KL 3 Moderate · likely range KL 3", "Medial space 1.7 mm"]
    compare.captions[0].set_lines(said)
    process(50)
    for caption in (compare.captions[0], compare.difference):
        told = re.sub("<[^>]+>", "", told_by(caption))
        assert told == html.escape(" · ".join(caption.lines))
        assert caption.height() >= caption.heightForWidth(caption.width())
        assert caption.toolTip() == ""
    room = compare.films[0].height()
    lines = ["Right knee", "a word and another one " * 12, "the last"]
    compare.captions[0].set_lines(lines)
    process(50)
    assert "the last" not in told_by(compare.captions[0])
    assert told_by(compare.captions[0]).endswith("…")
    assert compare.captions[0].toolTip() == "\n".join(lines)
    assert compare.films[0].height() > room / 2
    assert compare.partner.toolTip() == compare.partner.currentText()
    press(window, Qt.Key.Key_Escape)
    process(50)
    assert window.findChild(Parts).sizes() == widths


def test_an_unknown_side_is_not_another_knee(window, show, films, wait_until, finder):
    first, second = dated_film(films, "20200203"), dated_film(films, "20260312")
    _, now = graded_pair(window, show, wait_until, first, second)
    knees = tuple(replace(one, knee=replace(one.knee, side=None)) for one in now.reading.knees)
    now.reading = replace(now.reading, knees=knees)
    window.case_list.show_case(now)
    press(window, Qt.Key.Key_C)
    assert "different knees" not in told_by(window.compare.warning)
