"""Joint margins as the reader draws them: what moves, what stays, what the widths become."""

from __future__ import annotations

import json
from dataclasses import replace
from math import cos, radians, sin
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from koa_desktop.joint_space.correction import Bone, DrawnMargins, from_json, to_json
from koa_desktop.joint_space.editing import HANDLES, Handle, corrected, dragged, handles, place_of
from koa_desktop.joint_space.frame import CONDYLE_WIDTH, Frame
from koa_desktop.joint_space.margins import COLUMN_U, MarginCard, Margins
from koa_desktop.joint_space.measure import (
    CompartmentName,
    JointSpace,
    JointSpaceFlag,
    JointSpaceReason,
    joint_space_of,
    unmeasured,
)
from koa_desktop.joint_space.narrowing import NARROWED, narrowed
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.radiograph import PixelSpacing, Radiograph, Side, SpacingOrigin, Window
from koa_desktop.wording.joint_space import lines
from koa_desktop.wording.sentences import sentence

CARD = MarginCard(2, {}, refused_below=0.5, flagged_below=0.8)
SPACING = PixelSpacing(0.2, 0.2, SpacingOrigin.AT_DETECTOR)
FILM = Radiograph.of(
    Path("film.png"), np.zeros((600, 600), np.uint8), Window(127.5, 255), spacing=SPACING
)


def margins(gap: float, *, mirrored: bool, confidence: float) -> Margins:
    u = CROP_SIZE - COLUMN_U if mirrored else COLUMN_U
    femur = np.full(len(u), 126.0)
    return Margins(u, femur, femur + gap, np.full(len(u), confidence))


def joint(
    left: float = 10,
    right: float = 10,
    *,
    angle: float = 0,
    confidence: tuple[float, float] = (0.95, 0.95),
    side: Side | None = Side.RIGHT,
    spacing: PixelSpacing | None = SPACING,
) -> JointSpace:
    """The viewer's left and right width in units; a unit is two pixels."""
    return joint_space_of(
        Frame(300, 300, 2.0, angle),
        margins(left, mirrored=False, confidence=confidence[0]),
        margins(right, mirrored=True, confidence=confidence[1]),
        CARD,
        (600, 600),
        spacing,
        side,
    )


@settings(max_examples=30)
@given(
    st.integers(0, 4 * HANDLES - 1),
    st.floats(-4, 4),
    st.floats(-0.2, 0.2),
)
def test_a_point_moves_along_the_leg_and_the_others_stay(
    number: int, way: float, angle: float
) -> None:
    before = joint(20, 20, angle=angle)
    points = handles(before)
    after = corrected(before, dragged(before, points[number], way), FILM.info)
    down = np.array([-sin(angle), cos(angle)])
    for point in points:
        moved = np.subtract(place_of(after, point), place_of(before, point))
        if point == points[number]:
            # A point may lie between two columns, where the curve is a little flatter.
            assert moved @ down == pytest.approx(2 * way, abs=0.1 * abs(way) + 1e-6)
            assert moved @ np.array([down[1], -down[0]]) == pytest.approx(0, abs=1e-6)
        else:
            assert np.abs(moved).max() <= 0.05 * abs(way) + 1e-6


def test_widths_follow_and_only_the_drawn_compartment_is_marked() -> None:
    before = joint(10, 14)
    femur = next(one for one in handles(before) if one.is_left and one.bone is Bone.FEMUR)
    after = corrected(before, dragged(before, femur, 4), FILM.info)
    assert after.left is not None
    assert after.left.minimal is not None
    # Six units of two pixels of 0.2 mm.
    assert after.left.minimal.millimetres == pytest.approx(2.4, abs=0.15)
    assert after.left.corrected
    assert after.right is before.right
    assert before.left is not None
    assert len(after.left.femur) == len(before.left.femur)
    assert corrected(after, None, FILM.info) is before


def test_corrections_add_up_and_are_one_correction() -> None:
    before = joint(20, 20)
    first, last = handles(before)[0], handles(before)[-1]
    once = corrected(before, dragged(before, first, 3), FILM.info)
    twice = corrected(once, dragged(once, last, -3), FILM.info)
    assert twice.correction is not None
    assert twice.correction.left
    assert twice.correction.right
    again = corrected(before, twice.correction, FILM.info)
    for part, wanted in ((again.left, twice.left), (again.right, twice.right)):
        assert part is not None
        assert wanted is not None
        np.testing.assert_array_equal(part.femur, wanted.femur)
    assert place_of(again, first)[1] > place_of(before, first)[1]
    assert place_of(again, last)[1] < place_of(before, last)[1]


@given(st.floats(-60, 60), st.sampled_from(Bone))
def test_bone_does_not_pass_through_bone(way: float, bone: Bone) -> None:
    before = joint(10, 10)
    point = next(one for one in handles(before) if one.bone is bone)
    drawn = dragged(before, point, way).left
    assert drawn is not None
    assert all(low >= high for low, high in zip(drawn.tibia, drawn.femur, strict=True))


def test_what_was_unsure_is_no_more_once_it_is_drawn() -> None:
    before = joint(10, 10, confidence=(0.6, 0.95))
    assert lines.doubts(before) == [f"Lateral: {sentence(JointSpaceFlag.UNSURE)}"]
    after = corrected(before, dragged(before, handles(before)[2], 1), FILM.info)
    assert lines.notes(after) == [sentence(JointSpaceFlag.CORRECTED)]


def test_a_compartment_that_was_refused_has_no_points() -> None:
    before = joint(10, 10, confidence=(0.3, 0.95))
    assert {point.is_left for point in handles(before)} == {False}
    assert handles(unmeasured(JointSpaceReason.NOT_SEEN)) == []
    with pytest.raises(ValueError, match="nothing was measured"):
        dragged(unmeasured(JointSpaceReason.NOT_SEEN), Handle(True, Bone.FEMUR, 50), 1)


def test_a_correction_outlives_a_model_that_finds_nothing() -> None:
    before = joint(10, 10)
    correction = dragged(before, handles(before)[2], -2)
    after = corrected(unmeasured(JointSpaceReason.NOT_SEEN), correction, FILM.info)
    assert after.reason is None
    assert after.left is not None
    assert after.left.minimal is not None
    assert after.left.minimal.pixels == pytest.approx(20)
    assert len(after.left.femur) == len(COLUMN_U)
    assert after.right is None


def test_corrections_come_back_from_json() -> None:
    before = joint(10, 10, angle=radians(3))
    correction = dragged(before, handles(before)[7], 1.5)
    assert from_json(json.loads(json.dumps(to_json(correction)))) == correction
    assert from_json(json.loads(json.dumps(to_json(None)))) is None
    damaged = to_json(correction) or {}
    damaged["left"] = {"u": [1, 2], "femur": [3, float("nan")], "tibia": [4, 5]}
    with pytest.raises(ValueError, match="no number"):
        from_json(damaged)
    with pytest.raises(ValueError, match="lengths"):
        DrawnMargins((1.0, 2.0), (1.0,), (2.0, 3.0))


# -- what is said ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("space", "line"),
    [
        (joint(12, 10), "Medial space 4.0 mm (lateral 4.8 mm), at the detector."),
        (joint(12, 5), "Medial space 2.0 mm (lateral 4.8 mm), at the detector: narrowed."),
        (joint(6, 10), "Lateral space 2.4 mm (medial 4.0 mm), at the detector: narrowed."),
        (joint(6, 2), "Medial space 0.8 mm (lateral 2.4 mm), at the detector: both narrowed."),
        (
            joint(12, 0.5),
            "Medial space 0 mm, bone on bone (lateral 4.8 mm), at the detector: narrowed.",
        ),
        (
            joint(12, 5, spacing=None),
            "Medial space 2.5 % (lateral 6.0 %) of the condyle width: narrowed.",
        ),
        (
            joint(0.5, 5, spacing=None, confidence=(0.95, 0.3)),
            "Lateral space 0 mm, bone on bone (medial cannot be measured): narrowed.",
        ),
        (
            joint(12, 5, side=None),
            "Viewer's right space 2.0 mm (viewer's left 4.8 mm), at the detector: narrowed.",
        ),
        (
            joint(12, 5, confidence=(0.3, 0.95)),
            "Medial space 2.0 mm (lateral cannot be measured), at the detector: narrowed.",
        ),
        (
            joint(12, 5, confidence=(0.95, 0.6)),
            "Medial space 2.0 mm (lateral 4.8 mm), at the detector.",
        ),
        (
            unmeasured(JointSpaceReason.NOT_SEEN),
            "The joint space cannot be measured. The bone margins are not seen clearly enough to "
            "measure the joint space.",
        ),
    ],
)
def test_the_line(space: JointSpace, line: str) -> None:
    assert lines.widths_line(space) == line


def test_narrowed_begins_where_it_is_said_to() -> None:
    limit = NARROWED[CompartmentName.MEDIAL] * CONDYLE_WIDTH
    for width, expected in ((limit - 0.05, True), (limit + 0.05, False)):
        medial = joint(20, width).medial
        assert medial is not None
        assert narrowed(CompartmentName.MEDIAL, medial) is expected


def test_widths_of_another_version_are_not_compared() -> None:
    here, there = joint(12, 5), replace(joint(12, 8), version=1)
    assert here.version == CARD.version
    assert lines.compared(here, [("2019-03-02", there)]) == (
        "Medial: 2019-03-02 measured by another version of the model"
    )
    assert lines.changed(there, here) == (
        "the joint space widths were measured by different versions of the model and are not "
        "comparable"
    )
    assert lines.changed(there, unmeasured(JointSpaceReason.NOT_SEEN)) == ""


def test_a_correction_stays_with_the_version_that_was_corrected() -> None:
    space = replace(joint(12, 5), version=1)
    drawn = corrected(space, dragged(space, handles(space)[0], 1.0), FILM.info)
    assert drawn.correction is not None
    assert drawn.version == 1


def test_the_same_compartment_is_compared_elsewhere() -> None:
    here, other = joint(12, 5), joint(12, 10)
    calibrated = PixelSpacing(0.1, 0.1, SpacingOrigin.CALIBRATED)
    said = lines.compared(
        here,
        [
            ("other knee", replace(other, side=Side.LEFT)),
            ("2019-03-02", joint(12, 8, confidence=(0.9, 0.6))),
            ("2018-01-05", joint(12, 9, spacing=calibrated)),
            ("2017-01-05", joint(12, 9, confidence=(0.9, 0.3))),
        ],
    )
    assert said == (
        "Medial: other knee 4.8 mm · 2019-03-02 3.2 mm (uncertain) · "
        "2018-01-05 4.5 % of the condyle width, here 2.5 %"
    )
    assert lines.compared(unmeasured(JointSpaceReason.NOT_SEEN), [("other knee", other)]) == ""
