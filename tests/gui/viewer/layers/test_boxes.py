"""Boxes over the film: shown, moved, resized and drawn with the mouse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from koa_desktop.annotation.colours import AMBER, BLUE, YELLOW
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import (
    MIN_SIZE,
    BoxMark,
    Grip,
    dragged,
)
from koa_desktop.knees.box import Box
from tests.support.gui_driver import (
    FIRST,
    LEFT,
    SECOND,
    Heard,
    at,
    drag,
    grip_of,
    radiograph,
    seen,
    share_of_colour,
)


def test_showing_boxes_says_nothing(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    boxed.boxes.show([BoxMark(SECOND, "L", pending=True)], 0)
    boxed.boxes.show([], None)
    boxed.boxes.show([BoxMark(FIRST), BoxMark(SECOND)], None)
    assert heard.said == []


def test_colours_and_tags_tell_chosen_flagged_and_other_boxes(view: ImageViewer) -> None:
    view.boxes.show([BoxMark(FIRST, "R · KL 2", warning=True), BoxMark(SECOND, "L · KL 0")], None)
    picture = seen(view)
    for box, colour in ((FIRST, AMBER), (SECOND, BLUE)):
        corner = at(view, box.left, box.top)
        tag = picture[corner.y() - 18 : corner.y() - 3, corner.x() : corner.x() + 40]
        assert share_of_colour(tag, colour) > 0.4
        assert (tag.max(axis=2) < 60).any(), "the tag's text is dark"
    view.boxes.show([BoxMark(SECOND, "L · KL 0")], 0)
    assert share_of_colour(seen(view), YELLOW) > 0
    assert share_of_colour(seen(view), BLUE) == 0


def test_tag_of_a_box_at_the_top_stays_in_view(view: ImageViewer) -> None:
    view.boxes.show([BoxMark(Box(100, -20, 120), "R · KL 4")], 0)
    left = at(view, 100, 0).x()
    assert share_of_colour(seen(view)[:18, left : left + 50], YELLOW) > 0.4


def test_a_box_is_moved_by_its_inside_and_told_once(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    drag(boxed, grip_of(boxed, FIRST, Grip.INSIDE), (40, -20))
    assert heard.said == [("picked", 0), ("changed", 0, Box(70, 110, 100))]


def test_a_moved_box_keeps_its_middle_on_the_film(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    drag(boxed, grip_of(boxed, SECOND, Grip.INSIDE), (-2000, 40))
    assert heard.of("changed") == [(1, Box(-50, 140, 100))]


def test_an_unsteady_click_moves_no_box(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    drag(boxed, grip_of(boxed, SECOND, Grip.INSIDE), (2, 1))
    assert heard.said == []
    assert boxed.boxes.at(1) == SECOND


RESIZED = {
    Grip.TOP_LEFT: Box(210, 100, 120),
    Grip.TOP: Box(225, 110, 110),
    Grip.TOP_RIGHT: Box(230, 110, 110),
    Grip.LEFT: Box(210, 110, 120),
    Grip.RIGHT: Box(230, 130, 80),
    Grip.BOTTOM_LEFT: Box(210, 120, 120),
    Grip.BOTTOM: Box(235, 120, 90),
    Grip.BOTTOM_RIGHT: Box(230, 120, 90),
}


@pytest.mark.parametrize("grip", RESIZED)
def test_each_grip_resizes_the_square(boxed: ImageViewer, grip: Grip) -> None:
    heard = Heard(boxed)
    drag(boxed, grip_of(boxed, SECOND, grip), (-40, -20))  # 20 and 10 pixels of the film
    assert heard.said == [("changed", 1, RESIZED[grip])]


def test_a_box_has_a_least_size(boxed: ImageViewer) -> None:
    drag(boxed, grip_of(boxed, SECOND, Grip.BOTTOM_RIGHT), (-400, -400))
    assert boxed.boxes.at(1) == Box(230, 120, MIN_SIZE)


steps = st.floats(-500, 500)


@given(grip=st.sampled_from(Grip), dx=steps, dy=steps)
def test_what_is_opposite_the_grip_stays(grip: Grip, dx: float, dy: float) -> None:
    before, after = Box(10, 20, 100), dragged(Box(10, 20, 100), grip, dx, dy)
    assert after.size >= MIN_SIZE
    across, down = grip.value
    if grip is Grip.INSIDE:
        assert after == Box(10 + dx, 20 + dy, 100)
        return
    for direction, start, middle, end in (
        (across, before.centre[0], after.centre[0], after.size),
        (down, before.centre[1], after.centre[1], after.size),
    ):
        opposite = start - direction * before.size / 2
        assert middle - direction * end / 2 == pytest.approx(opposite)


def test_escape_puts_a_box_back(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    start = grip_of(boxed, SECOND, Grip.INSIDE)
    drag(boxed, start, (-50, 30), release=False)
    assert boxed.boxes.at(1) != SECOND
    QTest.keyClick(boxed, Qt.Key.Key_Escape)
    QTest.mouseRelease(boxed.viewport(), LEFT, pos=start + QPoint(-50, 30))
    assert boxed.boxes.at(1) == SECOND
    assert heard.said == []


def test_a_result_that_arrives_does_not_take_a_box_out_of_the_hand(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    start = grip_of(boxed, SECOND, Grip.INSIDE)
    drag(boxed, start, (-50, 30), release=False)
    boxed.boxes.show([BoxMark(FIRST, "R · KL 3"), BoxMark(SECOND, "L · KL 0")], 1)
    QTest.mouseRelease(boxed.viewport(), LEFT, pos=start + QPoint(-50, 30))
    assert heard.of("changed") == [(1, Box(205, 135, 100))]


def test_a_box_that_goes_while_it_is_held_is_let_go(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    start = grip_of(boxed, SECOND, Grip.INSIDE)
    drag(boxed, start, (-50, 30), release=False)
    boxed.boxes.show([BoxMark(FIRST)], None)
    QTest.mouseRelease(boxed.viewport(), LEFT, pos=start)
    QTest.keyPress(boxed, Qt.Key.Key_Right)
    assert heard.said == []
    assert boxed.boxes.at(0) == FIRST


def test_a_drag_whose_release_another_window_took_is_undone(
    app: QApplication, boxed: ImageViewer
) -> None:
    heard = Heard(boxed)
    start = grip_of(boxed, SECOND, Grip.INSIDE)
    drag(boxed, start, (-50, 30), release=False)
    place = QPointF(start + QPoint(-90, 30))
    none = Qt.MouseButton.NoButton
    plain = Qt.KeyboardModifier.NoModifier
    port = boxed.viewport()
    move = QEvent.Type.MouseMove
    app.sendEvent(port, QMouseEvent(move, place, port.mapToGlobal(place), none, none, plain))
    assert boxed.boxes.at(1) == SECOND
    assert heard.said == []


def test_another_film_ends_what_was_going_on(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    drag(boxed, grip_of(boxed, SECOND, Grip.INSIDE), (-50, 30), release=False)
    boxed.set_radiograph(radiograph(500, 500))
    QTest.mouseMove(boxed.viewport(), QPoint(10, 10))
    QTest.mouseRelease(boxed.viewport(), LEFT, pos=QPoint(10, 10))
    QTest.keyClick(boxed, Qt.Key.Key_Delete)
    assert {said[0] for said in heard.said} == {"zoom_changed", "window_changed"}


def test_a_new_box_is_drawn(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    boxed.draw_box()
    drag(boxed, at(boxed, 180, 60), (-80, 50))
    assert heard.said == [("drawn", Box(140, 60, 40))]
    drag(boxed, at(boxed, 180, 60), (-80, 50))
    assert len(heard.of("drawn")) == 1, "one box for each time drawing is asked for"


def test_a_slip_of_the_hand_draws_nothing(boxed: ImageViewer) -> None:
    heard = Heard(boxed)
    boxed.draw_box()
    drag(boxed, at(boxed, 180, 60), (10, 6))
    assert heard.said == []
    drag(boxed, at(boxed, 180, 60), (80, 6), release=False)
    QTest.keyClick(boxed, Qt.Key.Key_Escape)
    assert heard.said == []
    assert boxed.boxes.is_drawing
    QTest.keyClick(boxed, Qt.Key.Key_Escape)
    assert not boxed.boxes.is_drawing
    assert heard.said == []


def test_a_chosen_box_out_of_sight_is_brought_into_view(view: ImageViewer) -> None:
    left, right = BoxMark(Box(40, 300, 200)), BoxMark(Box(700, 300, 200))
    view.boxes.show([left, right], 0)
    view.zoom_to_knee()
    large = view.zoom_percent()
    view.boxes.show([left, right], 1)
    middle = view.to_image(QPointF(view.viewport().rect().center()))
    assert (middle.x(), middle.y()) == pytest.approx((800, 400), abs=2)
    assert view.zoom_percent() == pytest.approx(large)
    view.zoom_by(1.5)
    view.boxes.show([left, right], 0)
    middle = view.to_image(QPointF(view.viewport().rect().center()))
    assert (middle.x(), middle.y()) == pytest.approx((140, 400), abs=2)
    assert view.zoom_percent() == pytest.approx(1.5 * large)
    view.fit()
    whole = view.to_view(QPointF(0, 0))
    view.boxes.show([left, right], 1)
    assert view.to_view(QPointF(0, 0)) == whole
