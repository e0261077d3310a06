"""The order in which Tab passes what lies on the film."""

from __future__ import annotations

from koa_desktop.gui.viewer.layers.boxes import Boxes
from koa_desktop.gui.viewer.layers.joint_spaces import JointSpaces
from koa_desktop.gui.viewer.layers.measurements import Measurements


def go_on(
    boxes: Boxes, joint_spaces: JointSpaces, measurements: Measurements, *, forward: bool
) -> bool:
    """Choose the next box, and after the boxes the next point of a measurement; false at the end.

    After the chosen box come the points of its joint, where they are shown.
    """
    if _go_along_joint(boxes, joint_spaces, measurements, forward=forward):
        return True
    count, stops = len(boxes.items), measurements.stops()
    if measurements.selected is not None:
        now = count + stops.index((measurements.selected, measurements.active))
    elif boxes.selected is not None:
        now = boxes.selected
    else:
        now = -1 if forward else count + len(stops)
    index = now + (1 if forward else -1)
    for layer in (boxes, joint_spaces, measurements):
        layer.end_keys()
    if not 0 <= index < count + len(stops):
        measurements.select(None)
        return False
    if index < count:
        measurements.select(None)
        boxes.pick(index)
    else:
        measurements.select(*stops[index - count])
    return True


def _go_along_joint(
    boxes: Boxes, joint_spaces: JointSpaces, measurements: Measurements, *, forward: bool
) -> bool:
    """Go to the next point of the chosen knee's joint; false where there is none."""
    points = joint_spaces.stops()
    if joint_spaces.active in points:
        index = points.index(joint_spaces.active) + (1 if forward else -1)
    elif forward and boxes.selected is not None and measurements.selected is None:
        index = 0
    else:
        return False
    if index >= len(points):
        joint_spaces.select(None)
        return False
    joint_spaces.select(points[index] if index >= 0 else None)
    return True
