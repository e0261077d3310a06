"""The report's table: one row a finding, the reader's value first, the model's where it differs."""

from __future__ import annotations

from dataclasses import replace
from gettext import NullTranslations
from html import unescape

import pytest

from koa_desktop.examination.decision import Choice, Decision, Obstacle
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.findings import Finding, Refusal
from koa_desktop.examination.sign_off import SignedKnee
from koa_desktop.joint_space.measure import JointSpaceReason, Width, unmeasured
from koa_desktop.message import Message
from koa_desktop.radiograph import Radiograph, Side
from koa_desktop.report.gradable import exported
from koa_desktop.report.html import report_html
from koa_desktop.report.knees.findings_table import findings_table, rows
from koa_desktop.report.options import ReportOptions
from koa_desktop.wording import language


def told(*knees: ExaminedKnee) -> dict[str, list[tuple[str, ...]]]:
    """Return the cells of each row by its label, a tuple for each knee."""
    return {row.label: list(row.knees) for row in rows(knees)}


@pytest.fixture
def read(with_readings: Examination, measured: Examination) -> Examination:
    """Right knee: KL 3, readings, narrow. Left knee: the model alone, 5.4 mm laterally."""
    right, left = (one.joint_space for one in measured.knees)
    assert left is not None
    assert left.right is not None
    assert left.right.minimal is not None
    wide = replace(left.right, minimal=replace(left.right.minimal, share=0.08, millimetres=5.4))
    spaces = right, replace(left, right=wide)
    pairs = zip(with_readings.knees, spaces, strict=True)
    return replace(
        with_readings, knees=tuple(replace(one, joint_space=space) for one, space in pairs)
    )


def test_the_reader_s_values_come_first_and_the_model_s_stand_beside(read: Examination) -> None:
    assert told(*read.knees) == {
        "KL grade": [("KL 3* (model 2)",), ("KL 0",)],
        "Joint space narrowing": [("3* severe (model 2)", "0 none"), ("–", "–")],
        "Osteophytes of the femur": [("0 none", "0 none"), ("–", "–")],
        "Osteophytes of the tibia": [("2 definite", "0 none"), ("–", "–")],
        "Minimal joint space width": [
            ("0.3 mm: narrowed", "0.7 mm: narrowed"),
            ("0.9 mm (uncertain)", "5.4 mm"),
        ],
    }


def test_a_value_on_which_both_agree_is_told_once(two_knees: Examination) -> None:
    agreed = replace(two_knees.knees[0], reader_grade=2)
    assert told(agreed) == {"KL grade": [("KL 2*",)]}


def test_a_drawn_width_stands_before_the_measured_one(redrawn: Examination) -> None:
    right = redrawn.knees[0]
    assert told(right)["Minimal joint space width"] == [("0.3 mm*: narrowed", "0.7 mm: narrowed")]
    space = right.joint_space
    assert space is not None
    assert space.measured is not None
    assert space.measured.right is not None
    assert space.measured.right.minimal is not None
    wider = replace(space.measured.right.minimal, millimetres=2.0)
    measured = replace(space.measured, right=replace(space.measured.right, minimal=wider))
    drawn = replace(right, joint_space=replace(space, measured=measured))
    medial, lateral = told(drawn)["Minimal joint space width"][0]
    assert (medial, lateral) == ("0.3 mm*: narrowed (model 2.0 mm)", "0.7 mm: narrowed")


def test_a_signed_knee_has_the_grades_of_its_signature(two_knees: Examination) -> None:
    signed = replace(two_knees.knees[0], reader_grade=3, signed=SignedKnee(3, 1))
    assert told(signed)["KL grade"] == [("KL 3* (model 1)",)]
    unread = replace(signed, reader_grade=None, signed=SignedKnee(1, 1))
    assert told(unread)["KL grade"] == [("KL 1",)]


def test_what_has_no_value_says_so(read: Examination) -> None:
    right, left = read.knees
    refused = replace(left, finding=Finding(refusal=Message(Refusal.NO_KNEE)), joint_space=None)
    table = told(right, refused)
    assert table["KL grade"][1] == ("Not graded",)
    assert table["Minimal joint space width"][1] == ("–",)
    unseen = replace(left, joint_space=unmeasured(JointSpaceReason.NOT_SEEN, Side.LEFT))
    assert told(unseen)["Minimal joint space width"] == [("cannot be measured",)]
    assert told(refused) == {}


def test_a_knee_that_the_reader_cannot_grade_has_no_value(read: Examination) -> None:
    decision = Decision(Choice.NOT_GRADABLE, 0, "koa 9.8.7", "", Obstacle.IMPLANT)
    right, left = read.knees
    both = exported(replace(read, knees=(right, replace(left, decision=decision))))
    table = told(*both.knees)
    assert table["KL grade"][1] == ("Not graded",)
    assert table["Minimal joint space width"][1] == ("–",)


def test_without_a_scale_the_row_says_what_its_widths_are_shares_of(measured: Examination) -> None:
    space = measured.knees[1].joint_space
    assert space is not None
    assert space.left is not None
    assert space.left.minimal is not None
    part = replace(space.left, minimal=replace(space.left.minimal, millimetres=None))
    knee = replace(measured.knees[1], joint_space=replace(space, left=part))
    assert told(knee)["Minimal joint space width, share of the condyle width"][0][0].endswith(
        " % (uncertain)"
    )


def test_without_a_side_the_compartments_are_the_viewer_s(measured: Examination) -> None:
    right = measured.knees[0]
    space = right.joint_space
    assert space is not None
    sideless = replace(
        right, knee=replace(right.knee, side=None), joint_space=replace(space, side=None)
    )
    examination = replace(measured, knees=(sideless,))
    assert told(sideless)["Minimal joint space width"] == [("0.7 mm: narrowed", "0.3 mm: narrowed")]
    html = unescape(findings_table(examination, ReportOptions()))
    assert html.index("Viewer's left") < html.index("Viewer's right")
    assert "Medial" not in html


def test_two_knees_stand_in_one_table_and_a_third_in_the_next(read: Examination) -> None:
    three = replace(read, knees=(*read.knees, read.knees[0]))
    assert findings_table(read, ReportOptions()).count("<table") == 1
    assert findings_table(three, ReportOptions()).count("<table") == 2
    assert findings_table(replace(read, knees=()), ReportOptions()) == ""


def test_report_and_table_say_each_reading_once(read: Examination, radiograph: Radiograph) -> None:
    html = report_html(read, radiograph).html
    assert html.count("3* severe (model 2)") == 1
    assert html.count("0.7 mm: narrowed") == 1
    assert html.index("Impression") < html.index("KL 3* (model 2)") < html.index("Bars:")


def test_from_right_to_left_the_labels_are_at_the_right(read: Examination) -> None:
    language.use(language.catalogue("ar"))
    try:
        html = findings_table(read, ReportOptions())
        row = next(one for one in html.split("<tr>") if "KL 3*" in one)
        assert row.index("KL 3*") < row.index("درجة KL")
    finally:
        language.use(NullTranslations())


def test_an_error_stands_beside_its_width_and_is_explained_once(read: Examination) -> None:
    assert "standard error" not in findings_table(read, ReportOptions())
    knees = []
    for one in read.knees:
        space = one.joint_space
        assert space is not None
        assert space.left is not None
        part = replace(space.left, error=Width(3.0, 0.005, 0.43))
        knees.append(replace(one, joint_space=replace(space, left=part)))
    found = findings_table(replace(read, knees=tuple(knees)), ReportOptions())
    assert found.count("± 0.4 mm") == 2
    assert found.count("standard error") == 1
