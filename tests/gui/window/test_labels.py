"""The values of joint spaces stay legible beside each other, tags, letters and measurements."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QPointF, QSize, Qt

from koa_desktop.annotation.shapes import Label, Rect
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.gui.viewer.canvas.shape_painter import view_canvas
from koa_desktop.gui.viewer.layers.joint_space_item import JointSpaceItem
from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import Side
from koa_desktop.system.paths import SAMPLES
from tests.screenshots.geometry import faults
from tests.support.gui_driver import items, press
from tests.support.sample_files import measurable_film

# Close to each other, so that the values between them have no room.
KNEES = (Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(410, 130, 224), Side.LEFT))
# 1280 x 800 at 100 %, and at 200 %.
SIZES = [QSize(1280, 800), QSize(640, 400)]


def apart(rects) -> bool:
    return not any(one.intersects(other) for one, other in combinations(rects, 2))


def labels(view) -> list[Rect]:
    drawn = items(view, JointSpaceItem)
    shapes = drawn[0].labels(view_canvas(drawn[0]))
    return [shape.rect for shape in shapes if isinstance(shape, Label)]


@pytest.mark.parametrize("size", SIZES, ids=["100 %", "200 %"])
def test_values_cover_neither_each_other_nor_tags_nor_measurements(
    window, show, films, finder, process, size
):
    finder.knees = KNEES
    (case,) = show(measurable_film(films))
    window.resize(size)
    press(window, Qt.Key.Key_D)
    process()
    view = window.film.view
    before = labels(view)
    assert before, "The joint spaces have values."
    # A ruler whose value would lie on one of them.
    x, y = before[0].centre
    place = view.to_image(QPointF(x, y))
    window.editor.add_measurement(
        Measurement(Kind.LENGTH, ((place.x() - 30, place.y() - 5), (place.x() - 10, place.y() - 5)))
    )
    for quarter in range(4):
        process()
        values = labels(view)
        tags = [Rect(*item.tag_rect().getRect()) for item in view.boxes.items]
        measured = view.measurements.labels()
        assert measured
        assert not any(one.intersects(other) for one, other in combinations(values, 2)), quarter
        assert not any(one.intersects(other) for one in values for other in (*tags, *measured))
        press(window, Qt.Key.Key_E)
    assert case.reading.measurements


@pytest.mark.parametrize("size", SIZES, ids=["100 %", "200 %"])
def test_values_of_measurements_cover_neither_each_other_nor_texts(
    window, show, films, finder, process, size
):
    finder.knees = KNEES
    show(measurable_film(films))
    window.resize(size)
    process()
    view = window.film.view
    x, y = 300, 300
    for step in range(4):
        ends = ((x - 60, y + 3 * step), (x, y + 4 * step))
        window.editor.add_measurement(Measurement(Kind.LENGTH, ends))
    window.editor.add_measurement(Measurement(Kind.ANGLE, ((x, 200), (x, y), (x + 60, y))))
    process()
    values = view.measurements.labels()
    tags = [Rect(*item.tag_rect().getRect()) for item in view.boxes.items]
    assert len(values) == 5
    assert apart(values)
    assert not any(one.intersects(other) for one in values for other in tags)
    # The chosen one keeps its place; a drag must not move it aside.
    view.measurements.select(3)
    chosen = view.measurements.labels()[0]
    assert chosen.left == pytest.approx(view.to_view(QPointF(x, y + 12)).x() + 12, abs=1)


@pytest.mark.parametrize("size", SIZES, ids=["100 %", "200 %"])
def test_values_keep_clear_of_legend_and_corner_texts(window, show, films, finder, process, size):
    finder.knees = KNEES
    show(measurable_film(films))
    window.resize(size)
    for key in (Qt.Key.Key_H, Qt.Key.Key_D):
        press(window, key)
    view = window.film.view
    process(50)
    written = view.corner_text.plates()
    # A ruler whose value would lie on the legend, and one on the film's name.
    for rect in (written[0], written[-1]):
        at = view.to_image(QPointF(rect.left + 4, rect.top + 4))
        ends = ((max(at.x(), 1), max(at.y(), 1)), (max(at.x(), 1) + 5, max(at.y(), 1)))
        window.editor.add_measurement(Measurement(Kind.LENGTH, ends))
    process(50)
    values = [*labels(view), *view.measurements.labels()]
    assert len(written) == 3
    assert len(values) > 2
    assert not any(one.intersects(other) for one in values for other in view.corner_text.plates())


def test_a_text_that_is_cut_in_the_corner_is_told_whole(window, show, process):
    show(SAMPLES / "bilateral.dcm")
    view = window.film.view
    process(50)
    assert view.corner_text.tip_at(QPointF(30, 30)) == ""
    window.resize(640, 400)
    process(50)
    name = view.corner_text.plates()[0].centre
    assert "Both knees AP, synthetic sample" in view.corner_text.tip_at(QPointF(*name))
    assert view.corner_text.tip_at(QPointF(view.width() / 2, view.height() - 5)) == ""


def test_tags_of_boxes_cover_neither_each_other_nor_texts(window, show, films, finder, process):
    finder.knees = (Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(90, 130, 224), Side.LEFT))
    show(measurable_film(films))
    for size in SIZES:
        window.resize(size)
        process()
        assert not faults(window)
    view = window.film.view
    first, second = [Rect(*item.tag_rect().getRect()) for item in view.boxes.items]
    assert first.bottom == pytest.approx(view.boxes.items[0].view_rect().top(), abs=2)
    assert not first.intersects(second)


def test_lines_of_measurements_cross_no_value_of_a_joint_space(
    window, show, films, finder, process
):
    finder.knees = KNEES
    show(measurable_film(films))
    press(window, Qt.Key.Key_D)
    process()
    view = window.film.view
    places = [view.to_image(QPointF(*rect.centre)) for rect in labels(view)]
    assert len(places) > 1
    ends = tuple((place.x(), place.y()) for place in (places[0], places[-1]))
    window.editor.add_measurement(Measurement(Kind.LENGTH, ends))
    process()
    start, end = (view.to_view(QPointF(*point)).toTuple() for point in ends)
    assert len(labels(view)) == len(places)
    assert not any(rect.is_crossed(start, end) for rect in labels(view))
