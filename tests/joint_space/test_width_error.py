"""Each width has an error of measurement, which grows with the doubt of its margins."""

from __future__ import annotations

import numpy as np
import pytest

from koa_desktop.joint_space.frame import CONDYLE_WIDTH, Frame
from koa_desktop.joint_space.margins import (
    COLUMN_U,
    ROWS,
    MarginCard,
    MarginFinder,
    Margins,
    WidthError,
    follow,
)
from koa_desktop.joint_space.measure import (
    Compartment,
    JointSpace,
    Width,
    joint_space_of,
    scaled,
)
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.radiograph import PixelSpacing, Side, SpacingOrigin
from koa_desktop.wording.joint_space.lines import changed, width_or_none

CARD = MarginCard(2, {}, 0.5, 0.8, WidthError(2.0, 1.0), WidthError(4.0, 1.0))
FRAME = Frame(224, 224, 2.0)
SPACING = PixelSpacing(0.2, 0.2, SpacingOrigin.AT_DETECTOR)


def space_of(
    confidence: float = 0.9, side: Side | None = Side.LEFT, gap: float = 10.0
) -> JointSpace:
    femur, sure = np.full(len(COLUMN_U), 126.0), np.full(len(COLUMN_U), 0.9)
    doubtful = sure.copy()
    doubtful[12] = confidence
    return joint_space_of(
        FRAME,
        Margins(COLUMN_U, femur, femur + gap, doubtful),
        Margins(CROP_SIZE - COLUMN_U, femur, femur + gap, sure),
        CARD,
        (448, 448),
        SPACING,
        side,
    )


def error_of(part: Compartment | None) -> Width:
    assert part is not None
    assert part.error is not None
    return part.error


def test_the_error_is_in_the_units_of_the_width() -> None:
    error = error_of(space_of().medial)
    units = 2.0 * (1 - 0.9 + 0.02)
    assert error.pixels == pytest.approx(2 * units)
    assert error.share == pytest.approx(units / CONDYLE_WIDTH)
    assert error.millimetres == pytest.approx(0.4 * units)


def test_one_doubtful_column_makes_the_error_larger() -> None:
    sure, doubtful = (error_of(space_of(one).medial) for one in (0.9, 0.6))
    assert doubtful.pixels == pytest.approx(sure.pixels * 0.42 / 0.12)


def test_without_a_side_the_larger_error_holds() -> None:
    lateral = error_of(space_of().lateral).pixels
    unknown = space_of(side=None)
    assert error_of(unknown.left).pixels == error_of(unknown.right).pixels == lateral
    assert lateral > error_of(space_of().medial).pixels


def test_another_scale_changes_the_error_with_the_width() -> None:
    twice = scaled(space_of(), PixelSpacing(0.4, 0.4, SpacingOrigin.CALIBRATED))
    before, after = error_of(space_of().medial), error_of(twice.medial)
    assert after.millimetres == pytest.approx(2 * (before.millimetres or 0))


def test_a_width_is_told_with_its_error() -> None:
    assert width_or_none(space_of().medial) == "4.0 ± 0.1 mm"
    assert width_or_none(space_of(gap=0.0).medial) == "0 mm, bone on bone"


def test_a_change_is_told_with_its_error() -> None:
    told = changed(space_of(0.6), space_of(0.6, gap=8.0))
    assert "medial space 4.0 → 3.2 mm (-0.8 ± 0.5 mm)" in told


def test_the_card_that_is_shipped_has_the_errors_of_both_compartments() -> None:
    card = MarginFinder().card
    assert card.medial_error is not None
    assert card.lateral_error is not None
    assert card.lateral_error.units(0.95) > card.medial_error.units(0.95) > 0
    assert card.medial_error.units(0.6) > card.medial_error.units(0.99)


def test_margins_nearer_than_they_can_be_placed_are_as_sure_as_touching_ones() -> None:
    rows = np.arange(ROWS)[:, None, None]
    spread = np.repeat(-(((rows - 44) / 8.0) ** 2), len(COLUMN_U), 1).repeat(2, 2)
    near = spread.copy()
    near[..., 1] = np.roll(near[..., 1], 2, axis=0)
    (found,) = follow(near.astype(np.float32)[None])
    assert found.tibia - found.femur == pytest.approx(2, abs=0.1)
    assert found.confidence.min() > 0.9
