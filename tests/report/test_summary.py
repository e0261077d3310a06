"""The summary of a batch counts what is in its table, and lists what to look at."""

from __future__ import annotations

import re
from gettext import NullTranslations
from html import unescape

import pytest

from koa_desktop.errors import ReadReason
from koa_desktop.examination.examiner import Examination
from koa_desktop.message import Message
from koa_desktop.report import tables
from koa_desktop.report.options import ReportOptions
from koa_desktop.report.summary import summary_bytes, summary_report
from koa_desktop.wording import language


def lines_of(html: str) -> list[list[str]]:
    """Return the words of each table row."""
    return [
        unescape(re.sub(r"<[^>]+>", " ", line)).split()
        for line in re.findall(r"<tr>(.*?)</tr>", html)
    ]


def test_knees_are_counted_by_grade_and_side(two_knees: Examination) -> None:
    rows = [*tables.rows("KOA-1", two_knees), *tables.rows("KOA-2", two_knees)]
    lines = lines_of(summary_report(rows, ReportOptions()).html)
    # Right, left, unknown side, and all of them beside the bar.
    assert ["KL", "3", "2", "0", "0", "2"] in lines
    assert ["KL", "0", "0", "2", "0", "2"] in lines
    assert ["KL", "4", "0", "0", "0", "0"] in lines


def test_flagged_refused_and_unreadable_files_are_listed(
    two_knees: Examination, no_knee: Examination
) -> None:
    failed = tables.failed_row("KOA-4", Message(ReadReason.EMPTY))
    rows = [*tables.rows("KOA-1", two_knees), *tables.rows("KOA-2", no_knee), failed]
    html = summary_report(rows, ReportOptions()).html
    listed = [line[0] for line in lines_of(html) if line and line[0].startswith("KOA-")]
    assert listed == ["KOA-1", "KOA-2", "KOA-4"]
    assert "Files: 3" in html
    assert "This file is empty." in html


def test_a_flag_is_said_in_words() -> None:
    row = tables.Row("KOA-1", side="L", grade="2", flags="wide-set;no-osteophyte-at-kl-2")
    html = summary_report([row], ReportOptions()).html
    assert "wide-set" not in html
    assert unescape(html).index("three or more grades are possible.") < unescape(html).index(
        "KL 2 without an osteophyte"
    )


def test_a_patient_who_is_named_in_the_table_is_named_here() -> None:
    row = tables.Row("IM000000", error="x", patient_name="Field, Test", patient_id="F-1")
    assert "IM000000 · Field, Test · F-1" in summary_report([row], ReportOptions()).html


def test_a_colon_is_that_of_the_language(request: pytest.FixtureRequest) -> None:
    language.use(language.catalogue("fr"))
    request.addfinalizer(lambda: language.use(NullTranslations()))
    html = unescape(summary_report([], ReportOptions()).html)
    assert "Fichiers : 0" in html
    assert "Genoux : 0" in html


def test_a_summary_of_nothing_is_a_page() -> None:
    assert summary_bytes([], ReportOptions()).startswith(b"%PDF-")
