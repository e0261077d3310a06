from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.findings import Refusal
from koa_desktop.report import tables
from koa_desktop.wording.sentences import sentence

MADE_AT = datetime(2026, 4, 5, 6, 7, 8, tzinfo=UTC)


def test_the_columns_are_those_that_other_programs_rely_on() -> None:
    assert ",".join(tables.COLUMNS) == (
        "file,side,view,implant,box_x,box_y,box_size,grade,p0,p1,p2,p3,p4,set,flags,refusal,error,model,"
        "jsw_medial,jsw_lateral,jsw_unit,jsw_flag,confidence,shown"
    )


def test_each_knee_has_a_row_and_the_readers_grade_wins(two_knees: Examination) -> None:
    right, left = tables.rows("a/knees.png", two_knees)
    assert (right.file, right.side, left.side) == ("a/knees.png", "R", "L")
    assert (right.grade, left.grade) == ("3", "0")
    assert (right.set, left.set) == ("1-3", "0")
    assert right.flags == "wide-set;on-request"
    assert (right.box_x, right.box_y, right.box_size) == ("40.0", "60.0", "180.0")
    assert sum(float(share) for share in right[8:13]) == pytest.approx(1)
    assert (right.view, right.model, right.error) == ("frontal", "koa 9.8.7", "")


def test_a_file_without_knees_has_one_row_that_says_why(no_knee: Examination) -> None:
    (row,) = tables.rows("knees.png", no_knee)
    assert (row.refusal, row.side, row.grade, row.p0, row.box_x) == (
        sentence(Refusal.NO_KNEE),
        "",
        "",
        "",
        "",
    )


def test_an_unreadable_file_has_one_row_with_its_sentence() -> None:
    row = tables.failed_row("x.png", "This file is empty.", "koa 9.8.7")
    assert (row.file, row.error, row.model, row.grade) == (
        "x.png",
        "This file is empty.",
        "koa 9.8.7",
        "",
    )


@pytest.mark.parametrize("name", ["=1+1.png", 'a,"b".png', "κνήμη\n.png", "колено.png"])
def test_a_file_name_comes_back_from_the_table_as_it_was(name: str, two_knees: Examination) -> None:
    text = tables.csv_bytes(tables.rows(name, two_knees)).decode("utf-8")
    read = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["file"] for row in read] == [name, name]
    assert not text.startswith("\ufeff")


def test_a_name_that_is_no_unicode_does_not_stop_the_export(two_knees: Examination) -> None:
    name = b"knee\xff.png".decode("utf-8", "surrogateescape")
    assert b"\\udcff" in tables.csv_bytes(tables.rows(name, two_knees))
    (read,) = json.loads(tables.json_bytes([tables.document(name, two_knees, MADE_AT)]))
    assert read["file"] == name


def test_the_document_holds_both_grades_and_where_numbers_come_from(
    two_knees: Examination,
) -> None:
    (read,) = json.loads(tables.json_bytes([tables.document("k.png", two_knees, MADE_AT)]))
    right = read["knees"][0]
    assert (right["grade"], right["model_grade"], right["reader_grade"]) == (3, 2, 3)
    assert right["prediction_set"] == [1, 3]
    assert right["flags"][0]["sentence"].startswith("The model is unsure")
    assert read["pixel_spacing"] == {
        "row_mm": 0.143,
        "column_mm": 0.143,
        "origin": "at the detector",
    }
    assert read["model"] == {"name": "koa 9.8.7", "sha256": "3f2a91c0" * 8}
    assert read["sha256"] == "80df8672" * 8
    assert read["made_at"] == "2026-04-05T06:07:08+00:00"


def test_nothing_of_the_header_is_in_the_document_unless_wanted(two_knees: Examination) -> None:
    without = tables.json_bytes([tables.document("k.png", two_knees, MADE_AT)]).decode()
    for identity in ("Παπαδόπουλος", "KN-20417", "1961", "ACC-77", "Nowhere", "2026-03-12"):
        assert identity not in without
    named = tables.document("k.png", two_knees, MADE_AT, names=True)
    assert named["header"]["patient_name"] == "Παπαδόπουλος, Ελένη"
    assert named["header"]["birth_date"] == "1961-03-04"


def test_an_unreadable_file_has_a_document() -> None:
    failed = tables.failed_document("x.png", "This file is empty.", MADE_AT)
    assert (failed["file"], failed["error"]) == ("x.png", "This file is empty.")
