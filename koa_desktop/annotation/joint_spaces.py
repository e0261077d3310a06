"""Joint spaces as shapes: the outline of each compartment, its minimal width, and its value."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from koa_desktop.annotation.canvas import Canvas
from koa_desktop.annotation.colours import PINK, PLATE, WHITE
from koa_desktop.annotation.placing import nothing_below, placed
from koa_desktop.annotation.shapes import Label, Point, Rect, Shape, Strokes
from koa_desktop.joint_space.measure import Compartment, JointSpace
from koa_desktop.wording.joint_space.lines import width_text

_UNSURE = (4, 3)  # dash and gap


def outlines(space: JointSpace, canvas: Canvas) -> list[Shape]:
    """Return the margins and minimal widths of both compartments, as far as they were measured.

    Unsure margins are dashed, so that not the colour alone tells.
    """
    shapes: list[Shape] = []
    for part in _measured(space):
        outline = canvas.points(part.outline)
        half = len(outline) // 2
        dash = _UNSURE if part.flag else ()
        margins = outline[:half], outline[half:]
        shapes.append(Strokes(margins, PINK, canvas.sizes.outline, dash, round_ends=True))
        if part.narrowest is not None:
            narrowest = canvas.points(part.narrowest)
            shapes.append(Strokes((narrowest,), WHITE, canvas.sizes.minimal))
    return shapes


def values(
    spaces: Iterable[JointSpace],
    canvas: Canvas,
    *,
    corrected_mark: str = "",
    taken: Iterable[Rect] = (),
    covers_letter: Callable[[Rect], bool] = nothing_below,
) -> list[Shape]:
    """Return the minimal width of each compartment, beside it and away from the notch.

    The labels of all joints of a film are laid out together, so that none covers another, nor the
    rectangles `taken`. `corrected_mark` follows the value of a compartment whose margins the reader
    drew.
    """
    lettering = canvas.sizes.joint_label
    labels = []
    for space in spaces:
        for part in _measured(space):
            if part.minimal is None:
                continue
            text = width_text(part.minimal) + (corrected_mark if part.corrected else "")
            rect = _label_rect(space, part, canvas, canvas.label_rect(text, lettering))
            middle = Rect.around(canvas.points(part.outline)).centre
            labels.append((Label(rect, text, lettering.pixels, PINK, PLATE), middle))
    return placed(labels, canvas, taken, covers_letter)


def down_the_leg(space: JointSpace | None, canvas: Canvas) -> Point:
    """Return the direction from the femur to the tibia on the canvas, as a unit vector."""
    if space is None or space.frame is None:
        return 0.0, 1.0
    angle = space.frame.angle
    return canvas.direction(-math.sin(angle), math.cos(angle))


def _measured(space: JointSpace) -> list[Compartment]:
    parts = (space.left, space.right)
    return [part for part in parts if part is not None and not part.reason]


def _label_rect(space: JointSpace, part: Compartment, canvas: Canvas, plate: Rect) -> Rect:
    outline = Rect.around(canvas.points(part.outline))
    x, y = _outwards(space, part, canvas)
    reach_x, reach_y = (outline.width + plate.width) / 2, (outline.height + plate.height) / 2
    steps = [
        reach / abs(share) for reach, share in ((reach_x, x), (reach_y, y)) if abs(share) > 1e-6
    ]
    gap = canvas.sizes.joint_label.gap
    away = min(steps) + gap
    middle_x, middle_y = outline.centre
    label = plate._replace(
        left=middle_x + x * away - plate.width / 2, top=middle_y + y * away - plate.height / 2
    )
    seen = outline.intersects(canvas.area)
    border = canvas.sizes.border
    label = label.moved_into(canvas.area, border) if seen else label
    if label.intersects(outline):
        # There is no room beside the compartment.
        label = label._replace(left=middle_x - plate.width / 2)
        label = label.moved_into(canvas.area, border) if seen else label
        label = label._replace(top=outline.bottom + gap)
    return label


def _outwards(space: JointSpace, part: Compartment, canvas: Canvas) -> Point:
    """Return the direction along the joint from the notch to a compartment's outer edge."""
    x, y = down_the_leg(space, canvas)
    matrix = canvas.matrix
    mirrored = matrix[0, 0] * matrix[1, 1] < matrix[0, 1] * matrix[1, 0]
    return (y, -x) if mirrored == (part is space.left) else (-y, x)
