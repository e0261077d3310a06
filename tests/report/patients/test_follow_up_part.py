"""The report compares with the patient's earlier films, where it names the patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader

from koa_desktop.examination.examiner import Examination
from koa_desktop.patients.follow_up import course, courses
from koa_desktop.radiograph import Radiograph
from koa_desktop.report.html import report_html
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.report.pdf import pdf_bytes


@pytest.fixture
def with_earlier(measured: Examination) -> ReportOptions:
    """A film of 2019 on which the right knee was KL 1; widths as today's."""
    header = replace(measured.radiograph.header, study_date=date(2019, 3, 12))
    right, left = measured.knees
    earlier = replace(
        measured,
        radiograph=replace(measured.radiograph, header=header),
        knees=(replace(right, reader_grade=1), left),
    )
    return ReportOptions(profile=Profile.PATIENT, courses=courses([earlier, measured]))


def test_each_knee_has_grade_and_widths_then_and_now(
    measured: Examination, radiograph: Radiograph, with_earlier: ReportOptions
) -> None:
    report = report_html(measured, radiograph, with_earlier)
    assert "KL 1 on 12 Mar 2019, KL 3 on 12 Mar 2026." in report.html
    assert "Medial space: 0.3 mm on 12 Mar 2019, 0.3 mm on 12 Mar 2026." in report.html
    assert report.html.count("no change is shown") == 4
    without = report_html(measured, radiograph, replace(with_earlier, courses=()))
    assert "Follow-up" not in without.html
    assert len(report.images) == len(without.images) + 2  # a chart for each knee


def test_widths_of_an_earlier_version_are_not_told_as_then_and_now(
    measured: Examination, radiograph: Radiograph, with_earlier: ReportOptions
) -> None:
    right, _ = with_earlier.courses
    then, now = right.visits
    mixed = course(right.side, [replace(then, version=now.version - 1), now])
    html = report_html(measured, radiograph, replace(with_earlier, courses=(mixed,))).html
    assert "KL 1 on 12 Mar 2019, KL 3 on 12 Mar 2026." in html
    assert "The joint space widths of 12 Mar 2019 were measured by an earlier version" in html
    assert "12 Mar 2019, 0.3 mm" not in html
    assert "a year" not in html
    assert "Bars: 95 %" not in html


def test_a_report_without_the_patient_tells_no_dates_of_other_films(
    measured: Examination, radiograph: Radiograph, with_earlier: ReportOptions
) -> None:
    html = report_html(
        measured, radiograph, replace(with_earlier, profile=Profile.PSEUDONYMOUS)
    ).html
    assert "2019" not in html


def test_the_report_of_one_knee_keeps_its_chart_on_the_first_page(
    measured: Examination, radiograph: Radiograph, with_earlier: ReportOptions
) -> None:
    one = replace(measured, knees=measured.knees[1:])
    options = replace(with_earlier, courses=with_earlier.courses[1:])
    report = report_html(one, radiograph, options)
    assert report.html.count("no change is shown") == 2
    assert len(PdfReader(BytesIO(pdf_bytes(report))).pages) == 1
