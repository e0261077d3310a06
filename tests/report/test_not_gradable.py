"""A knee that the reader cannot grade has no readings and no widths in any export."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from koa_desktop.examination.decision import Decision, Obstacle
from koa_desktop.examination.examiner import Examination
from koa_desktop.radiograph import Radiograph
from koa_desktop.report.export import Format, Plan, export_all, picture_of, report_of
from koa_desktop.report.naming.subject import Subject
from koa_desktop.report.options import ReportOptions


@pytest.fixture
def ungradable(
    measured: Examination, with_readings: Examination, radiograph: Radiograph
) -> Subject:
    """Right: not gradable by the reader, though the program read and measured it."""
    right, left = measured.knees
    decision = Decision.not_gradable(Obstacle.POOR_PICTURE, 2, "koa 9.8.7")
    finding = with_readings.knees[0].finding
    refused = replace(right, reader_grade=None, decision=decision, finding=finding)
    examination = replace(measured, knees=(refused, left))
    return Subject("k.png", examination, radiograph=radiograph, code="KOA-1")


def test_tables_and_json_leave_them_out(ungradable: Subject, tmp_path: Path) -> None:
    plan = Plan(tmp_path, frozenset({Format.CSV, Format.JSON}))
    assert not export_all(plan, [ungradable], lambda *_: None, Event()).problems
    text = (tmp_path / "results.csv").read_text(encoding="utf-8")
    right, left = csv.DictReader(text.splitlines())
    assert not any(right[name] for name in ("jsw_medial", "jsw_unit", "jsn_medial", "grade"))
    assert right["not_gradable"] == "poor-picture"
    assert left["jsw_lateral"]
    (document,) = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    right, left = document["knees"]
    assert right["joint_space"] is right["oarsi"] is None
    assert left["joint_space"]


def test_report_and_picture_leave_them_out(ungradable: Subject) -> None:
    options = ReportOptions(show_joint_space=True)
    html = report_of(ungradable, options).html
    card = html[html.rindex(">Right knee<") : html.rindex(">Left knee<")]
    assert " mm" not in card
    assert "arrowing" not in card
    assert ungradable.examination is not None
    bare = replace(ungradable.examination.knees[0], joint_space=None)
    without = replace(ungradable.examination, knees=(bare, ungradable.examination.knees[1]))
    assert picture_of(ungradable, options) == picture_of(
        replace(ungradable, examination=without), options
    )


def test_a_film_without_a_knee_says_what_was_seen(
    no_knee: Examination, radiograph: Radiograph
) -> None:
    html = report_of(Subject("k.png", no_knee, radiograph=radiograph), ReportOptions()).html
    assert "found no knee on this film" in html
