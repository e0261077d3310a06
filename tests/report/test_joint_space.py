"""The joint space in tables, JSON, reports and pictures."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from koa_desktop.annotation.colours import PINK
from koa_desktop.examination.examiner import Examination
from koa_desktop.joint_space.measure import JointSpaceFlag, JointSpaceReason, Width, unmeasured
from koa_desktop.radiograph import Radiograph, Side
from koa_desktop.report import documents, tables, words
from koa_desktop.report.html import report_html
from koa_desktop.report.options import PictureOptions, ReportOptions
from koa_desktop.report.pictures.annotated import annotated
from koa_desktop.wording.sentences import sentence

NOW = datetime(2026, 4, 5, 6, 7, 8, tzinfo=UTC)
# Box pixels a unit, millimetres a pixel.
UNIT_MM = 180 / 224 * 0.143


def test_the_table_has_widths_unit_and_flags(measured: Examination) -> None:
    right, left = tables.rows("knees.png", measured)
    assert float(right.jsw_medial) == pytest.approx(3 * UNIT_MM, abs=0.006)
    assert float(right.jsw_lateral) == pytest.approx(6 * UNIT_MM, abs=0.006)
    assert right.jsw_unit == "mm at the detector"
    assert (right.jsw_flag, left.jsw_flag) == ("", "medial-unsure")


def test_widths_at_fixed_places_stand_at_the_end_of_the_table(measured: Examination) -> None:
    (knee, _), space = measured.knees, measured.knees[0].joint_space
    assert space is not None
    assert space.lateral is not None
    widths = tuple(
        Width(0, 0, millimetres) for millimetres in (8.5, 8.0, 7.5, 7.0, 9.0)
    )  # at 0.15, 0.20, 0.25, 0.30 and 0.10 from the outer edge
    lateral = replace(space.lateral, at_places=widths)
    knee = replace(knee, joint_space=replace(space, left=lateral))
    (row,) = tables.rows("k", replace(measured, knees=(knee,)))
    assert row[-5:] == ("7.00", "7.50", "8.00", "8.50", "9.00")
    assert tables.COLUMNS[-5:] == tuple(f"jsw_lateral_x{x}" for x in (70, 75, 80, 85, 90))
    assert {float(one) for one in row[-9:-5]} == {round(3 * UNIT_MM, 2)}
    document = documents.document("k", replace(measured, knees=(knee,)), NOW)
    found = document["knees"][0]["joint_space"]
    assert found["lateral"]["at_places"][0] == {"x": 0.7, "width": 7.0}
    assert [one["x"] for one in found["medial"]["at_places"]] == [0.15, 0.2, 0.25, 0.3]


def test_a_width_has_its_error_and_bone_on_bone_is_said(measured: Examination) -> None:
    knee, space = measured.knees[0], measured.knees[0].joint_space
    assert space is not None
    assert space.medial is not None
    part = replace(space.medial, minimal=Width(0, 0, 0), error=Width(3.0, 0.005, 0.43))
    knee = replace(knee, joint_space=replace(space, right=part))
    examination = replace(measured, knees=(knee,))
    (row,) = tables.rows("k", examination)
    assert (row.jsw_medial, row.jsw_medial_error, row.jsw_lateral_error) == ("0.00", "0.43", "")
    assert row.bone_on_bone == "medial"
    found = documents.document("k", examination, NOW)["knees"][0]["joint_space"]
    assert (found["medial"]["error"], found["medial"]["error_pixels"]) == (0.43, 3.0)
    assert found["medial"]["bone_on_bone"]
    assert not found["lateral"]["bone_on_bone"]
    assert found["lateral"]["error"] is None


def test_without_spacing_or_side_the_table_says_so(measured: Examination) -> None:
    examined = measured.knees[0]
    space = examined.joint_space
    assert space is not None
    assert space.left is not None
    assert space.left.minimal is not None
    sideless = replace(examined, joint_space=replace(space, side=None))
    (row,) = tables.rows("knees.png", replace(measured, knees=(sideless,)))
    assert (row.jsw_medial, row.jsw_lateral, row.jsw_flag) == ("", "", "side-unknown")
    part = replace(space.left, minimal=replace(space.left.minimal, millimetres=None))
    share = replace(space, left=part, right=None, spacing_origin=None)
    (row,) = tables.rows("k", replace(measured, knees=(replace(examined, joint_space=share),)))
    assert (row.jsw_lateral, row.jsw_unit) == ("3.00", "% of condyle width")


def test_what_could_not_be_measured_has_no_figure_but_a_reason(measured: Examination) -> None:
    knee = replace(
        measured.knees[0], joint_space=unmeasured(JointSpaceReason.TOO_SMALL, Side.RIGHT)
    )
    examination = replace(measured, knees=(knee,))
    (row,) = tables.rows("knees.png", examination)
    assert (row.jsw_medial, row.jsw_lateral, row.jsw_unit) == ("", "", "")
    assert row.jsw_flag == "too-small"
    found = documents.document("knees.png", examination, NOW)["knees"][0]["joint_space"]
    assert (found["x"], found["medial"], found["reason"]) == (
        [],
        None,
        sentence(JointSpaceReason.TOO_SMALL),
    )


def test_json_has_the_margins_in_image_pixels(measured: Examination) -> None:
    document = documents.document("knees.png", measured, NOW)
    (read,) = json.loads(documents.json_bytes([document]))
    found = read["knees"][0]["joint_space"]
    box = measured.knees[0].knee.box
    assert len(found["x"]) == len(found["femur"]) == len(found["tibia"])
    assert all(box.left < x < box.left + box.size for x in found["x"])
    gaps = np.subtract(found["tibia"], found["femur"]) * 224 / 180
    assert sorted(set(np.round(gaps))) == [3, 6]
    assert found["medial"]["min"] == pytest.approx(3 * UNIT_MM, abs=1e-3)
    assert found["medial"]["mean"] == pytest.approx(3 * UNIT_MM, abs=1e-3)
    assert found["medial"]["unit"] == "mm"
    assert box.centre[0] < found["medial"]["min_x"] < box.left + box.size
    assert found["lateral"]["min_x"] < box.centre[0]
    assert read["knees"][1]["joint_space"]["medial"]["flag"] == "unsure"


def test_a_refused_compartment_is_null_in_json(measured: Examination) -> None:
    examined = measured.knees[0]
    space = examined.joint_space
    assert space is not None
    assert space.left is not None
    count = len(space.left.femur)
    nothing = np.full((count, 2), np.nan)
    refused = replace(space.left, femur=nothing, tibia=nothing)
    partly = replace(examined, joint_space=replace(space, left=refused))
    examination = replace(measured, knees=(partly,))
    found = documents.document("knees.png", examination, NOW)["knees"][0]["joint_space"]
    assert found["femur"].count(None) == found["tibia"].count(None) == count


def test_every_export_says_that_the_reader_corrected(
    redrawn: Examination, radiograph: Radiograph
) -> None:
    right, left = tables.rows("knees.png", redrawn)
    assert right.jsw_flag == "corrected"
    assert "corrected" not in left.jsw_flag
    document = documents.document("knees.png", redrawn, NOW)["knees"]
    assert document[0]["joint_space"]["corrected"]
    assert document[0]["joint_space"]["medial"]["corrected"]
    assert not document[0]["joint_space"]["lateral"]["corrected"]
    assert not document[1]["joint_space"]["corrected"]
    assert report_html(redrawn, radiograph).html.count(sentence(JointSpaceFlag.CORRECTED)) == 1
    assert (
        sentence(JointSpaceFlag.CORRECTED).lower() in " ".join(words.joint_spaces(redrawn)).lower()
    )


def test_the_report_gives_widths_their_scale_and_doubts(
    measured: Examination, radiograph: Radiograph
) -> None:
    html = report_html(measured, radiograph).html
    # No line ends between a number and its unit.
    space = "\N{NO-BREAK SPACE}"
    widths = f"Medial space 0.3{space}mm (lateral 0.7{space}mm), at the detector"
    assert f"{widths}: both narrower than in 95 of 100 knees of KL 0." in html
    assert "Medial: The bone margins are uncertain here" in html
    assert "joint space" not in report_html(replace(measured, knees=()), radiograph).html.lower()


def test_the_outline_is_drawn_in_the_knees_picture_where_it_is_wanted(
    measured: Examination, radiograph: Radiograph
) -> None:
    plain = report_html(measured, radiograph, ReportOptions(show_heat_map=False))
    drawn = report_html(
        measured, radiograph, ReportOptions(show_heat_map=False, show_joint_space=True)
    )
    assert plain.images.keys() == drawn.images.keys()
    changed = [(plain.images[name] != drawn.images[name]).any() for name in plain.images]
    assert sum(changed) == 2


def test_the_outline_lies_on_the_margins_of_the_annotated_picture(
    measured: Examination, radiograph: Radiograph
) -> None:
    plain = annotated(measured, radiograph)
    drawn = annotated(measured, radiograph, PictureOptions(show_joint_space=True))
    scale = plain.shape[1] / measured.radiograph.width
    space = measured.knees[0].joint_space
    assert space is not None
    assert space.right is not None
    for x, y in space.right.outline[:: len(space.right.outline) // 4]:
        column, row = round(float(x) * scale), round(float(y) * scale)
        near = drawn[row - 2 : row + 3, column - 2 : column + 3].reshape(-1, 3)
        assert (near == PINK.rgb).all(1).any()
    box = measured.knees[0].knee.box
    above = slice(0, round((box.top + 0.4 * box.size) * scale))
    np.testing.assert_array_equal(plain[above], drawn[above])
