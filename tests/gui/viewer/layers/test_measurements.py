"""Ruler and angle, handled as a reader handles them, and kept with the case."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations

import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from koa_desktop.annotation.colours import MINT, YELLOW
from koa_desktop.examination.measurements import Kind, Measurement, length_mm
from koa_desktop.gui.viewer.canvas.orientation import Orientation
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import BoxMark
from koa_desktop.knees.box import Box
from koa_desktop.radiograph import PixelSpacing, Radiograph, SpacingOrigin
from koa_desktop.wording.measurement_lines import value_text
from tests.support.gui_driver import LEFT, RIGHT, at, drag, radiograph, seen, share_of_colour
from tests.support.sample_files import knee_crop, wide_film

OBLONG = PixelSpacing(0.2, 0.1, SpacingOrigin.CALIBRATED)
SHIFT = Qt.KeyboardModifier.ShiftModifier
LINE = Measurement(Kind.LENGTH, ((100, 100), (200, 100)))
CORNER = Measurement(Kind.ANGLE, ((100, 50), (100, 150), (200, 150)))


class Case:
    """Keeps what a view measures, as the window does."""

    def __init__(self, view: ImageViewer) -> None:
        self.view = view
        self.kept: list[Measurement] = []
        self.changes = 0
        view.measurements.made.connect(self.add)
        view.measurements.changed.connect(self.change)
        view.measurements.delete_requested.connect(self.delete)

    def add(self, measurement: Measurement) -> None:
        self.kept.append(measurement)
        self.show()

    def change(self, index: int, measurement: Measurement) -> None:
        self.kept[index] = measurement
        self.changes += 1
        self.show()

    def delete(self, index: int) -> None:
        del self.kept[index]
        self.show()

    def show(self) -> None:
        self.view.measurements.show(self.kept)


@pytest.fixture
def film() -> Radiograph:
    film = radiograph()
    return replace(film, info=replace(film.info, spacing=OBLONG))


@pytest.fixture
def case(view: ImageViewer) -> Case:
    return Case(view)


@pytest.mark.parametrize(
    "orientation", [Orientation(), Orientation(1), Orientation(3, True)], ids=str
)
def test_a_drag_measures_a_length_in_millimetres(case: Case, orientation: Orientation) -> None:
    view = case.view
    view.set_orientation(orientation)
    view.measure(Kind.LENGTH)
    start, end = at(view, 50, 60), at(view, 150, 110)
    drag(view, start, (end - start).toTuple())
    (made,) = case.kept
    assert made.points[0] == pytest.approx((50, 60), abs=1)
    assert made.points[1] == pytest.approx((150, 110), abs=1)
    # 100 columns of 0.1 mm and 50 rows of 0.2 mm, whichever way the film is shown.
    assert length_mm(made, OBLONG) == pytest.approx(math.hypot(10, 10), abs=0.15)
    assert value_text(made, OBLONG) in (f"{value:.1f} mm, calibrated" for value in (14.1, 14.2))
    assert view.measurements.tool is None


def test_two_clicks_measure_too_and_a_slip_of_the_hand_is_a_click(case: Case) -> None:
    view = case.view
    view.measure(Kind.LENGTH)
    QTest.mouseClick(view.viewport(), LEFT, pos=at(view, 50, 60))
    assert not case.kept
    QTest.mouseMove(view.viewport(), at(view, 100, 100))
    QTest.mouseClick(view.viewport(), LEFT, pos=at(view, 150, 60))
    assert case.kept[0].points[1] == pytest.approx((150, 60), abs=1)


def test_an_angle_is_an_arm_drawn_and_a_click(case: Case) -> None:
    view = case.view
    view.measure(Kind.ANGLE)
    start, vertex = at(view, 100, 50), at(view, 100, 150)
    drag(view, start, (vertex - start).toTuple())
    assert not case.kept
    QTest.mouseMove(view.viewport(), at(view, 150, 150))
    drag(view, at(view, 200, 150), (0, 0))
    (made,) = case.kept
    assert made.kind is Kind.ANGLE
    assert value_text(made, OBLONG) == "90.0°"


def test_what_is_measured_stays_on_the_film(case: Case) -> None:
    case.view.measure(Kind.LENGTH)
    drag(case.view, at(case.view, 390, 290), (300, 300))
    assert case.kept[0].points[1] == (400, 300)


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, None])
def test_a_measurement_half_made_is_dropped(case: Case, key: Qt.Key | None) -> None:
    view = case.view
    before = seen(view)
    view.measure(Kind.ANGLE)
    QTest.mouseClick(view.viewport(), LEFT, pos=at(view, 50, 60))
    QTest.mouseMove(view.viewport(), at(view, 150, 160))
    assert share_of_colour(seen(view), YELLOW) > 0
    if key is None:
        view.draw_box()
        view.boxes.set_drawing(False)
    else:
        QTest.keyClick(view, key)
    assert view.measurements.tool is None
    assert not case.kept
    assert (seen(view) == before).all()


def test_the_tool_goes_before_boxes(case: Case) -> None:
    case.view.boxes.show([BoxMark(Box(50, 50, 200))], 0)
    case.view.measure(Kind.LENGTH)
    drag(case.view, at(case.view, 100, 100), (80, 0))
    assert case.kept
    assert case.view.boxes.at(0) == Box(50, 50, 200)


def test_an_end_is_dragged_and_told_once(case: Case) -> None:
    case.add(LINE)
    drag(case.view, at(case.view, 200, 100), (40, 20))
    assert case.changes == 1
    assert case.kept[0].points[0] == (100, 100)
    assert case.kept[0].points[1] == pytest.approx((220, 110), abs=1)


def test_a_line_is_dragged_whole(case: Case) -> None:
    case.add(LINE)
    drag(case.view, at(case.view, 150, 100), (40, 20))
    assert case.kept[0].points[0] == pytest.approx((120, 110), abs=1)
    assert length_mm(case.kept[0], OBLONG) == pytest.approx(10)


def test_an_unsteady_click_moves_nothing(case: Case) -> None:
    case.add(LINE)
    drag(case.view, at(case.view, 200, 100), (2, 0))
    assert case.changes == 0
    assert case.kept == [LINE]


def test_escape_puts_an_end_back(case: Case) -> None:
    case.add(LINE)
    drag(case.view, at(case.view, 200, 100), (40, 20), release=False)
    QTest.keyClick(case.view, Qt.Key.Key_Escape)
    QTest.mouseRelease(case.view.viewport(), LEFT)
    assert case.kept == [LINE]
    assert case.view.measurements.at(0) == LINE


def test_the_selected_measurement_is_deleted_and_not_the_box(case: Case) -> None:
    view = case.view
    view.boxes.show([BoxMark(Box(250, 180, 100))], 0)
    case.add(LINE)
    asked: list[int] = []
    view.boxes.delete_requested.connect(asked.append)
    QTest.mouseClick(view.viewport(), LEFT, pos=at(view, 150, 100))
    assert share_of_colour(seen(view), MINT) == 0
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert not case.kept
    assert not asked
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert asked == [0]


def test_a_click_beside_it_lets_go(case: Case) -> None:
    case.add(LINE)
    QTest.mouseClick(case.view.viewport(), LEFT, pos=at(case.view, 150, 100))
    assert case.view.measurements.selected == 0
    QTest.mouseClick(case.view.viewport(), LEFT, pos=at(case.view, 300, 250))
    assert case.view.measurements.selected is None
    assert share_of_colour(seen(case.view), MINT) > 0


@pytest.mark.parametrize("kind", list(Kind))
def test_everything_goes_by_keyboard(case: Case, kind: Kind) -> None:
    view = case.view
    view.measure(kind, 25.0 if kind is Kind.OBJECT else None)
    QTest.keyClick(view, Qt.Key.Key_Space)
    (made,) = case.kept
    QTest.keyClick(view, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(view, Qt.Key.Key_Down)
    x, y = made.points[0]
    assert case.kept[0].points[0] == pytest.approx((x + 10, y + 1))
    QTest.keyClick(view, Qt.Key.Key_Tab)
    QTest.keyClick(view, Qt.Key.Key_Left)
    x, y = made.points[1]
    assert case.kept[0].points[1] == pytest.approx((x - 1, y))
    QTest.keyClick(view, Qt.Key.Key_Backtab)
    assert view.measurements.active == 0
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert not case.kept


def test_a_held_key_is_one_change(case: Case) -> None:
    case.add(LINE)
    case.view.measurements.select(0, 1)
    for _ in range(4):
        QTest.keyPress(case.view, Qt.Key.Key_Up)
    QTest.keyRelease(case.view, Qt.Key.Key_Up)
    assert case.changes == 1
    assert case.kept[0].points[1] == (200, 96)


def test_arrows_follow_the_screen_on_a_turned_film(case: Case) -> None:
    case.add(LINE)
    case.view.set_orientation(Orientation(1))
    case.view.measurements.select(0, 1)
    before = case.view.to_view(QPointF(*LINE.points[1]))
    QTest.keyClick(case.view, Qt.Key.Key_Right)
    moved = case.view.to_view(QPointF(*case.kept[0].points[1])) - before
    assert moved.x() == pytest.approx(case.view.scale_factor())
    assert moved.y() == pytest.approx(0, abs=1e-6)


def test_values_stay_upright_and_in_view(case: Case) -> None:
    view = case.view
    case.add(LINE)
    case.add(CORNER)
    for orientation in (Orientation(), Orientation(0, True), Orientation(1)):
        view.set_orientation(orientation)
        label, _ = view.measurements.labels()
        assert label.width > 2 * label.height
        assert view.rect().contains(QRectF(*label).toRect())
    view.set_orientation(Orientation())
    view.zoom_by(6, view.to_view(QPointF(200, 100)))
    assert view.rect().contains(QRectF(*view.measurements.labels()[0]).toRect())


def test_a_measurement_below_the_pointer_tells_its_value(case: Case, monkeypatch) -> None:
    told = []
    monkeypatch.setattr(QToolTip, "showText", lambda _, text, *__: told.append(text))
    view = case.view
    case.add(LINE)
    value = value_text(LINE, OBLONG)
    for place, is_told in (((150, 100), True), ((150, 200), False)):
        point = view.to_view(QPointF(*place)).toPoint()
        event = QHelpEvent(QEvent.Type.ToolTip, point, view.viewport().mapToGlobal(point))
        QApplication.sendEvent(view.viewport(), event)
        assert (value in told.pop()) is is_told


def test_values_on_a_narrow_view_are_broken_into_lines_that_fit(case: Case) -> None:
    view = case.view
    view.resize(150, 300)
    for points in (((100, 100), (200, 100)), ((100, 104), (200, 104)), ((90, 96), (210, 96))):
        case.add(Measurement(Kind.LENGTH, points))
    case.add(CORNER)
    labels = view.measurements.labels()
    assert len(labels) == 4
    assert not any(one.intersects(other) for one, other in combinations(labels, 2))
    assert all(view.rect().contains(QRectF(*label).toRect()) for label in labels)


def test_a_window_drag_over_a_measurement_changes_the_window_only(case: Case) -> None:
    case.add(LINE)
    before = case.view.current_window()
    drag(case.view, at(case.view, 150, 100), (60, 0), RIGHT)
    assert case.view.current_window() != before
    assert case.kept == [LINE]


# In the window


def measure_in(window, start: tuple[int, int], end: tuple[int, int]) -> None:
    QTest.qWait(20)  # the film is fitted once the window has its size
    view = window.film.view
    first, last = at(view, *start), at(view, *end)
    drag(view, first, (last - first).toTuple())


def test_a_measurement_is_undone_redone_and_kept(make_window, films, wait_until) -> None:
    path = wide_film(films)
    first = make_window()
    first.open_files([path])
    wait_until(lambda: first.session.graded == 1)
    wait_until(lambda: first.film.has_film)
    case = first.session.current
    QTest.keyClick(first.focusWidget(), Qt.Key.Key_R)
    measure_in(first, (100, 400), (300, 400))
    (made,) = case.reading.measurements
    assert value_text(made, None) in ("199 px", "200 px", "201 px")
    first.undo()
    assert not case.reading.measurements
    first.session.undo_stack.redo()
    assert case.reading.measurements == (made,)
    first.close()
    again = make_window()
    again.open_files([path])
    wait_until(lambda: again.session.graded == 1)
    assert again.session.current.reading.measurements == (made,)
    # The proposed boxes are still there to be placed.
    assert all(marked.proposed for marked in again.session.current.reading.knees)


def test_measurements_and_orientation_belong_to_their_case(window, show, films) -> None:
    first, second = show(wide_film(films, "a.png"), knee_crop(films, "b.png"))
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_X)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_A)
    QTest.keyClick(window.film.view, Qt.Key.Key_Space)
    assert "MIRRORED" in window.film.view.corner_text.warning
    window.case_list.next()
    assert not second.reading.measurements
    assert not window.film.view.measurements.stops()
    assert window.film.view.orientation == Orientation()
    assert not window.film.view.corner_text.warning
    window.case_list.previous()
    assert len(first.reading.measurements) == 1
    assert len(window.film.view.measurements.stops()) == 3
    assert window.film.view.orientation.mirrored
    QTest.keyClick(window.film.view, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert window.film.view.orientation == Orientation()


def test_grades_and_boxes_stay_as_they_are(window, show, films) -> None:
    case = show(knee_crop(films))[0]
    before = case.reading.knees
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_R)
    measure_in(window, (20, 20), (120, 60))
    assert case.reading.knees == before
    assert len(case.reading.measurements) == 1
