"""Lengths and angles against values worked out by hand."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koa_desktop.examination.measurements import (
    Kind,
    Measurement,
    angle_degrees,
    from_json,
    length_mm,
    length_px,
    scale,
    to_json,
)
from koa_desktop.radiograph import PixelSpacing, SpacingOrigin
from koa_desktop.wording.measurement_lines import value_text

SQUARE = PixelSpacing(0.1, 0.1, SpacingOrigin.AT_DETECTOR)
# Rows 0.2 mm apart, columns 0.1 mm.
OBLONG = PixelSpacing(0.2, 0.1, SpacingOrigin.CALIBRATED)


def ruler(*points: tuple[float, float]) -> Measurement:
    return Measurement(Kind.LENGTH, points)


def angle(*points: tuple[float, float]) -> Measurement:
    return Measurement(Kind.ANGLE, points)


def test_a_length_in_pixels_and_millimetres() -> None:
    three_four_five = ruler((10, 10), (40, 50))
    assert length_px(three_four_five) == pytest.approx(50)
    assert length_mm(three_four_five, SQUARE) == pytest.approx(5)
    # 30 columns of 0.1 mm and 40 rows of 0.2 mm: sqrt(9 + 64).
    assert length_mm(three_four_five, OBLONG) == pytest.approx(8.544004)
    assert length_mm(ruler((0, 0), (100, 0)), OBLONG) == pytest.approx(10)
    assert length_mm(ruler((0, 0), (0, 100)), OBLONG) == pytest.approx(20)


def test_an_angle_is_that_on_the_patient() -> None:
    right = angle((10, 0), (0, 0), (0, 10))
    assert angle_degrees(right, None) == pytest.approx(90)
    half = angle((10, 0), (0, 0), (10, 10))
    assert angle_degrees(half, SQUARE) == pytest.approx(45)
    # 1 mm across and 2 mm down: arctan 2.
    assert angle_degrees(half, OBLONG) == pytest.approx(63.434949)
    assert angle_degrees(angle((-5, 0), (0, 0), (5, 0)), None) == pytest.approx(180)
    assert angle_degrees(angle((3, 3), (3, 3), (9, 3)), None) == 0


@pytest.mark.requirement("R7")
def test_the_value_says_where_its_unit_comes_from() -> None:
    line = ruler((0, 0), (30, 40))
    assert value_text(line, SQUARE) == "5.0 mm, at the detector"
    assert value_text(line, OBLONG) == "8.5 mm, calibrated"
    assert value_text(line, None) == "50 px"
    assert value_text(angle((10, 0), (0, 0), (10, 10)), None) == "45.0°"


def test_points_are_moved_one_by_one_or_together() -> None:
    line = ruler((0, 0), (3, 4))
    assert line.moved(1, (6, 8)).points == ((0, 0), (6, 8))
    assert line.shifted(1, -1).points == ((1, -1), (4, 3))


coordinates = st.floats(-1e6, 1e6)
points = st.tuples(coordinates, coordinates)


@given(st.tuples(points, points, points))
def test_measurements_outlive_json(three: tuple[tuple[float, float], ...]) -> None:
    kept = (ruler(*three[:2]), angle(*three))
    assert from_json(json.loads(json.dumps(to_json(kept)))) == kept
    assert 0 <= angle_degrees(kept[1], OBLONG) <= 180


@pytest.mark.parametrize(
    "kept",
    [
        [{"kind": "area", "points": [[0, 0], [1, 1]]}],
        [{"kind": "length", "points": [[0, 0]]}],
        [{"kind": "length", "points": [[0, 0], [1, float("nan")]]}],
        [{"kind": "length", "points": [[0, 0], [1]]}],
        [{"kind": "length", "points": None}],
        [{"kind": "length"}],
    ],
)
def test_what_is_no_measurement_is_refused(kept: list[dict[str, object]]) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        from_json(kept)


def test_an_object_gives_the_scale_and_keeps_the_pixels_shape() -> None:
    ball = Measurement(Kind.OBJECT, ((0, 0), (100, 0)), 25.0)
    assert scale(None, (ball,)) == PixelSpacing(0.25, 0.25, SpacingOrigin.BY_OBJECT)
    assert scale(OBLONG, (ball,)) == PixelSpacing(0.5, 0.25, SpacingOrigin.BY_OBJECT)
    assert scale(OBLONG, ()) == OBLONG
    assert scale(SQUARE, (ball.moved(1, (4, 0)),)) == SQUARE
    assert from_json(json.loads(json.dumps(to_json((ball,))))) == (ball,)


@pytest.mark.parametrize("diameter", [None, 0.0, -1.0, math.inf, math.nan])
def test_an_object_has_a_diameter(diameter: float | None) -> None:
    with pytest.raises(ValueError, match="diameter"):
        Measurement(Kind.OBJECT, ((0, 0), (100, 0)), diameter)


def test_a_length_has_no_known_diameter() -> None:
    with pytest.raises(ValueError, match="diameter"):
        Measurement(Kind.LENGTH, ((0, 0), (100, 0)), 25.0)
