"""Joint spaces as shapes: their lines on the canvas, and their values beside them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from koa_desktop.annotation import joint_spaces
from koa_desktop.annotation.shapes import Rect, Strokes
from koa_desktop.joint_space.frame import Frame
from koa_desktop.joint_space.margins import COLUMN_U, MarginCard, Margins
from koa_desktop.joint_space.measure import (
    JointSpace,
    JointSpaceReason,
    joint_space_of,
    unmeasured,
)
from koa_desktop.knees.box import Box
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.radiograph import Side
from tests.support.plain_canvas import plain_canvas

SIZE = 500
CANVAS = plain_canvas(SIZE, SIZE)
MATRICES = {
    "as it is": [[1, 0, 0], [0, 1, 0]],
    "mirrored": [[-1, 0, SIZE], [0, 1, 0]],
    "a quarter turn": [[0, -1, SIZE], [1, 0, 0]],
}


@pytest.fixture
def space() -> JointSpace:
    """Two compartments, the viewer's left one unsure."""
    femur = np.full(len(COLUMN_U), 126.0)
    sure, unsure = np.full(len(COLUMN_U), 0.95), np.full(len(COLUMN_U), 0.6)
    return joint_space_of(
        Frame.of(Box(100, 100, 300)),
        Margins(COLUMN_U, femur, femur + 6, unsure),
        Margins(CROP_SIZE - COLUMN_U, femur, femur + 3, sure),
        MarginCard(2, {}, refused_below=0.5, flagged_below=0.8),
        (SIZE, SIZE),
        None,
        Side.RIGHT,
    )


def strokes_of(space: JointSpace) -> list[Strokes]:
    shapes = joint_spaces.outlines(space, CANVAS)
    return [shape for shape in shapes if isinstance(shape, Strokes)]


def test_both_margins_and_the_minimal_width_of_each_compartment_are_drawn(
    space: JointSpace,
) -> None:
    left, left_width, right, _ = strokes_of(space)
    assert space.left is not None
    assert space.left.narrowest is not None
    drawn = np.concatenate([np.array(margin) for margin in left.lines])
    np.testing.assert_allclose(drawn, space.left.outline)
    np.testing.assert_allclose(left_width.lines[0], space.left.narrowest)
    assert max(x for line in left.lines for x, _ in line) < min(
        x for line in right.lines for x, _ in line
    )


def test_unsure_margins_are_dashed(space: JointSpace) -> None:
    left, _, right, _ = strokes_of(space)
    assert left.dash
    assert not right.dash


@pytest.mark.parametrize("name", MATRICES)
def test_values_stand_away_from_the_notch_and_off_the_joint(space: JointSpace, name: str) -> None:
    canvas = plain_canvas(SIZE, SIZE, MATRICES[name])
    labels = joint_spaces.values([space], canvas)
    parts = [part for part in (space.left, space.right) if part is not None]
    outlines = [Rect.around(canvas.points(part.outline)) for part in parts]
    notch = np.mean([outline.centre for outline in outlines], axis=0)
    for label, outline in zip(labels, outlines, strict=True):
        assert not label.rect.intersects(outline)
        assert np.hypot(*(label.rect.centre - notch)) > np.hypot(*(outline.centre - notch))


def test_a_value_without_room_beside_its_compartment_stands_below(space: JointSpace) -> None:
    narrow = plain_canvas(300, SIZE, [[1, 0, -130], [0, 1, 0]])
    label = joint_spaces.values([space], narrow)[0]
    assert space.left is not None
    outline = Rect.around(narrow.points(space.left.outline))
    assert label.rect.top > outline.bottom
    assert label.rect.centre[0] == pytest.approx(outline.centre[0])


def test_a_corrected_compartment_is_marked_where_that_is_asked_for(space: JointSpace) -> None:
    assert space.left is not None
    redrawn = replace(space, left=replace(space.left, corrected=True))
    left, right = joint_spaces.values([redrawn], CANVAS, corrected_mark="!")
    assert left.text.endswith("!")
    assert not right.text.endswith("!")
    assert not joint_spaces.values([redrawn], CANVAS)[0].text.endswith("!")


def test_nothing_is_drawn_of_what_was_not_measured() -> None:
    space = unmeasured(JointSpaceReason.TOO_SMALL, Side.RIGHT)
    assert joint_spaces.outlines(space, CANVAS) == []
    assert joint_spaces.values([space], CANVAS) == []
    assert joint_spaces.down_the_leg(space, CANVAS) == (0, 1)
