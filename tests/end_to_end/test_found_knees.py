"""The reader works with detected knees: sees, moves, refuses, requests, undoes."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolTip

from koa_desktop.examination.findings import Flag
from koa_desktop.gui.case_list.delegate import mark_of, state_line
from koa_desktop.gui.session.case import CaseState
from koa_desktop.knees.box import Box, BoxClass, Knee, SideSource
from koa_desktop.radiograph import Side
from koa_desktop.wording.sentences import sentence
from tests.support.fake_examiner import seen
from tests.support.gui_driver import button, click, texts
from tests.support.sample_files import wide_film

RIGHT = Knee(Box(60, 130, 224), Side.RIGHT, SideSource.FIBULA, confidence=0.971)
LEFT = Knee(Box(410, 130, 224), Side.LEFT, SideSource.POSITION, confidence=0.88)
CONTROL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def two(finder):
    finder.knees = (RIGHT, LEFT)
    return finder


@pytest.fixture
def found(two, show, films):
    return show(wide_film(films))[0]


def press(window, key, modifier=NONE):
    QTest.keyClick(window.focusWidget() or window, key, modifier)


def drag(view, start, end):
    points = [view.to_view(QPointF(*point)).toPoint() for point in (start, end)]
    target = view.viewport()
    QTest.mousePress(target, Qt.MouseButton.LeftButton, pos=points[0])
    for step in range(1, 5):
        QTest.mouseMove(target, points[0] + (points[1] - points[0]) * step / 4)
    QTest.mouseRelease(target, Qt.MouseButton.LeftButton, pos=points[1])


def side_of(card):
    return card.findChild(QLabel, "knee").text()


def source_of(card):
    return card.findChild(QLabel, "source").text()


def boxes(case):
    return [marked.knee.box for marked in case.reading.knees]


def graded(case):
    return [case.finding(marked).grade is not None for marked in case.reading.knees]


def test_found_knees_are_graded_with_no_hand_and_say_where_they_are_from(window, found):
    assert found.state is CaseState.GRADED
    assert graded(found) == [True, True]
    first, second = window.panel.cards
    assert (side_of(first), side_of(second)) == ("RIGHT KNEE", "LEFT KNEE")
    assert source_of(first) == "Side from the fibula · knee found, 97 % certain"
    assert source_of(second) == "Side from the position · knee found, 88 % certain"
    assert "finder 9.8.7" in window.status.text


def test_the_pointer_over_a_box_is_told_its_source(window, found):
    view = window.film.view
    place = view.to_view(QPointF(*RIGHT.box.centre)).toPoint()
    QApplication.sendEvent(
        view.viewport(), QHelpEvent(QEvent.Type.ToolTip, place, view.mapToGlobal(place))
    )
    assert QToolTip.text() == "side from the fibula · knee found, 97 % certain"
    QToolTip.hideText()


def test_a_found_box_is_moved_by_mouse_undone_and_redone(window, found, wait_until):
    drag(window.film.view, RIGHT.box.centre, (200, 260))
    wait_until(lambda: boxes(found)[0] != RIGHT.box and graded(found)[0])
    moved = found.reading.knees[0].knee
    assert moved.placed_by_user
    assert moved.confidence is None
    assert source_of(window.panel.cards[0]) == "Side from the fibula · box placed by hand"
    press(window, Qt.Key.Key_Z, CONTROL)
    assert found.reading.knees[0].knee == RIGHT
    assert graded(found)[0]
    assert source_of(window.panel.cards[0]) == "Side from the fibula · knee found, 97 % certain"
    press(window, Qt.Key.Key_Y, CONTROL)
    assert found.reading.knees[0].knee == moved


def test_a_found_box_is_resized_by_its_corner_and_by_key(window, found, wait_until):
    corner = RIGHT.box.left + RIGHT.box.size, RIGHT.box.top + RIGHT.box.size
    drag(window.film.view, corner, (corner[0] - 30, corner[1] - 30))
    wait_until(lambda: boxes(found)[0].size < RIGHT.box.size - 20)
    window.film.view.setFocus()
    size = boxes(found)[0].size
    press(window, Qt.Key.Key_Right, CONTROL)
    wait_until(lambda: boxes(found)[0].size > size and graded(found)[0])
    for _ in range(2):
        press(window, Qt.Key.Key_Z, CONTROL)
    assert boxes(found)[0] == RIGHT.box


def test_a_found_box_is_deleted_and_a_third_one_drawn(window, found, wait_until):
    window.film.view.setFocus()
    press(window, Qt.Key.Key_Delete)
    assert boxes(found) == [LEFT.box]
    press(window, Qt.Key.Key_K)
    drag(window.film.view, (62, 132), (280, 350))
    wait_until(lambda: len(boxes(found)) == 2 and all(graded(found)))
    drawn = found.reading.knees[0].knee
    assert (drawn.side, drawn.side_source) == (Side.RIGHT, SideSource.POSITION)
    for _ in range(2):
        press(window, Qt.Key.Key_Z, CONTROL)
    assert boxes(found) == [RIGHT.box, LEFT.box]
    for _ in range(2):
        press(window, Qt.Key.Key_Y, CONTROL)
    assert boxes(found)[0] == drawn.box


def test_a_box_stepped_on_by_key_has_its_grade_after_every_step(window, found, wait_until):
    window.film.view.setFocus()
    for step in range(1, 4):
        press(window, Qt.Key.Key_Down)
        wait_until(lambda step=step: boxes(found)[0].top == RIGHT.box.top + step)
        wait_until(lambda: graded(found)[0])


def test_a_side_is_swapped_by_key_and_its_source_is_the_reader(window, found):
    press(window, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    assert [marked.knee.side for marked in found.reading.knees] == [Side.LEFT, Side.RIGHT]
    assert source_of(window.panel.cards[0]).startswith("Side from the reader")
    assert graded(found)[0]
    press(window, Qt.Key.Key_Z, CONTROL)
    assert source_of(window.panel.cards[0]).startswith("Side from the fibula")


def test_a_side_that_the_picture_contradicts_is_said_until_the_reader_decides(
    window, two, show, films
):
    two.contents[LEFT.box] = seen(side=Side.RIGHT)
    case = show(wide_film(films))[0]
    text = sentence(Flag.OTHER_SIDE)
    assert text in texts(window.panel.cards[1])
    assert text not in texts(window.panel.cards[0])
    assert mark_of(case) == "⚑"
    window.editor.choose(1)
    press(window, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    assert text not in texts(window.panel.cards[1])
    # Swapped back at the reader's word, it is no longer doubted.
    press(window, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    assert case.reading.knees[1].knee.side is Side.LEFT
    assert Flag.OTHER_SIDE not in case.examination().knees[1].finding.flags


def test_a_side_that_nothing_names_is_told_by_the_fibula(window, finder, show, films, wait_until):
    finder.otherwise = seen(side=Side.LEFT)
    finder.knees = (Knee(RIGHT.box, confidence=0.9),)
    case = show(wide_film(films))[0]
    assert side_of(window.panel.cards[0]) == "LEFT KNEE"
    assert case.grades_text().startswith("L ")
    press(window, Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
    assert side_of(window.panel.cards[0]) == "RIGHT KNEE"
    assert case.examination().knees[0].knee.side is Side.RIGHT


def test_an_implant_keeps_its_box_with_the_reason_and_is_graded_on_request(
    window, two, show, films, wait_until
):
    two.contents[LEFT.box] = seen(BoxClass.IMPLANT)
    case = show(wide_film(films))[0]
    assert case.state is CaseState.GRADED
    assert graded(case) == [True, False]
    assert "L –" in state_line(case)
    card = window.panel.cards[1]
    assert side_of(card) == "LEFT KNEE"
    assert "artificial joint" in texts(card)
    assert window.film.view.boxes.items[1].mark.label == "L · artificial joint"
    click(button(card, "Grade on request"))
    wait_until(lambda: all(graded(case)))
    assert sentence(Flag.ON_REQUEST) in texts(card)
    assert window.film.view.boxes.items[1].mark.label.endswith("on request")
    press(window, Qt.Key.Key_Z, CONTROL)
    assert graded(case) == [True, False]


def test_a_box_placed_by_hand_is_looked_at_too(window, finder, show, films, wait_until):
    finder.otherwise = seen(BoxClass.IMPLANT)
    case = show(wide_film(films))[0]
    assert case.state is CaseState.NEEDS_BOX
    press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ShiftModifier)
    wait_until(lambda: case.state is CaseState.REFUSED)
    assert state_line(case) == "artificial joint"
    assert mark_of(case) == "!"
    window.editor.request(0)
    wait_until(lambda: graded(case) == [True, False])


@pytest.mark.parametrize(
    ("shown", "said"),
    [(BoxClass.NOT_FRONTAL, "not frontal"), (BoxClass.OTHER, "no knee")],
)
def test_the_list_says_why_a_film_is_refused(two, show, films, shown, said):
    two.otherwise = seen(shown)
    case = show(wide_film(films))[0]
    assert case.state is CaseState.REFUSED
    assert state_line(case) == said
    assert shown.value in case.search_text()


def test_a_film_without_a_knee_says_so_and_offers_boxes(window, show, films):
    case = show(wide_film(films))[0]
    assert state_line(case) == "no knee found"
    assert "found no knee" in texts(window.panel)
    assert [marked.proposed for marked in case.reading.knees] == [True, True]


def test_one_key_zooms_to_the_knee_goes_on_to_the_next_and_back(window, found):
    view = window.film.view
    whole = view.zoom_percent()
    press(window, Qt.Key.Key_L)
    middle = view.to_image(QPointF(view.viewport().rect().center()))
    assert view.zoom_percent() > 1.3 * whole
    assert (middle - QPointF(*RIGHT.box.centre)).manhattanLength() < 3
    press(window, Qt.Key.Key_J)
    middle = view.to_image(QPointF(view.viewport().rect().center()))
    assert (middle - QPointF(*LEFT.box.centre)).manhattanLength() < 3
    press(window, Qt.Key.Key_L)
    assert view.zoom_percent() == pytest.approx(whole)


def test_a_double_click_zooms_to_the_knee_and_back(window, found):
    view = window.film.view
    whole = view.zoom_percent()
    place = view.to_view(QPointF(*LEFT.box.centre)).toPoint()
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert view.zoom_percent() > 1.3 * whole
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 300))
    assert view.zoom_percent() == pytest.approx(whole)
    assert boxes(found) == [RIGHT.box, LEFT.box]


def test_found_boxes_come_back_in_the_next_session(make_window, two, films, wait_until):
    path = wide_film(films)
    first = make_window()
    first.open_files([path])
    wait_until(lambda: first.session.graded == 1)
    first.editor.give_grade(4)
    first.close()
    two.knees = ()
    again = make_window()
    again.open_files([path])
    wait_until(lambda: again.session.graded == 1)
    assert [marked.knee for marked in again.session.current.reading.knees] == [RIGHT, LEFT]
