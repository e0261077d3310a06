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
from tests.support.gui_driver import items, press
from tests.support.sample_files import two_grades_film

# Close to each other, so that the values between them have no room.
KNEES = (Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(410, 130, 224), Side.LEFT))
# 1280 x 800 at 100 %, and at 200 %.
SIZES = [QSize(1280, 800), QSize(640, 400)]


def labels(view) -> list[Rect]:
    drawn = items(view, JointSpaceItem)
    shapes = drawn[0].labels(view_canvas(drawn[0]))
    return [shape.rect for shape in shapes if isinstance(shape, Label)]


@pytest.mark.parametrize("size", SIZES, ids=["100 %", "200 %"])
def test_values_cover_neither_each_other_nor_tags_nor_measurements(
    window, show, films, finder, process, size
):
    finder.knees = KNEES
    (case,) = show(two_grades_film(films))
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
