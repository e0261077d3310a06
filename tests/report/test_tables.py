from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from gettext import NullTranslations

import pytest

from koa_desktop.errors import ReadReason
from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.findings import Refusal
from koa_desktop.message import Message
from koa_desktop.radiograph import Note
from koa_desktop.report import documents, tables
from koa_desktop.wording import language
from koa_desktop.wording.sentences import english, sentence


def test_the_columns_are_those_that_other_programs_rely_on() -> None:
    assert ",".join(tables.COLUMNS) == (
        "file,side,view,implant,box_x,box_y,box_size,grade,p0,p1,p2,p3,p4,set,flags,refusal,error,model,"
        "jsw_medial,jsw_lateral,jsw_unit,jsw_flag,confidence,shown,notes,"
        "model_grade,decision,decided_on,decided_at,not_gradable,comment,"
        "jsn_medial,jsn_lateral,osteophyte_femur_medial,osteophyte_femur_lateral,"
        "osteophyte_tibia_medial,osteophyte_tibia_lateral,"
        "status,signed_at,addenda,reader,reader_grade,read_at,film_comment,patient_name,patient_id,"
        "birth_date,sex,study_date,study_description,accession_number,institution,"
        "reader_readings,model_jsn_medial,model_jsn_lateral,"
        "model_osteophyte_femur_medial,model_osteophyte_femur_lateral,"
        "model_osteophyte_tibia_medial,model_osteophyte_tibia_lateral,"
        "jsw_medial_error,jsw_lateral_error,bone_on_bone,"
        "jsw_medial_x15,jsw_medial_x20,jsw_medial_x25,jsw_medial_x30,"
        "jsw_lateral_x70,jsw_lateral_x75,jsw_lateral_x80,jsw_lateral_x85,jsw_lateral_x90"
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


def test_every_row_of_a_film_tells_what_reading_changed(two_knees: Examination) -> None:
    notes = (Message.of(Note.FIRST_FRAME, frames=3), Message.of(Note.NOT_SQUARE, ratio="1.25"))
    noted = replace(two_knees, radiograph=replace(two_knees.radiograph, notes=notes))
    said = " ".join(map(english, notes))
    assert [row.notes for row in tables.rows("k.dcm", noted)] == [said, said]
    assert [row.notes for row in tables.rows("k.dcm", two_knees)] == ["", ""]


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
    row = tables.failed_row("x.png", Message(ReadReason.EMPTY), "koa 9.8.7")
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
    assert [tables.unguarded(row["file"]) for row in read] == [name, name]
    assert not text.startswith("\ufeff")


def test_a_name_that_is_no_unicode_does_not_stop_the_export(two_knees: Examination) -> None:
    name = b"knee\xff.png".decode("utf-8", "surrogateescape")
    assert b"\\udcff" in tables.csv_bytes(tables.rows(name, two_knees))


def test_tables_stay_english_in_another_language(
    no_knee: Examination, request: pytest.FixtureRequest
) -> None:
    class Shouted(NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper()

        def pgettext(self, context: str, message: str) -> str:
            return message.upper()

    before = tables.rows("knees.png", no_knee)
    request.addfinalizer(lambda: language.use(NullTranslations()))
    language.use(Shouted())
    assert sentence(Refusal.NO_KNEE).isupper()
    assert tables.rows("knees.png", no_knee) == before
    assert documents.document("k", no_knee, datetime.now(UTC))["refusal"] == before[0].refusal


def cell_of(value: str) -> str:
    text = tables.csv_bytes([tables.Row("k.png", error=value)]).decode("utf-8")
    (read,) = csv.DictReader(io.StringIO(text, newline=""))
    return read["error"]


RISKY = [
    *(f"{start}cmd|' /C calc'!A0" for start in ("=", "+", "-", "@", "\t", "\r", "＝", "-1+")),
    *(f"a;{start}1+cmd" for start in ("=", "+", "-", "@")),
    *(f"a\n{start}1+cmd" for start in ("=", "+", "-", "@")),
    "'=1",
    "''-x",
]


@pytest.mark.parametrize("value", RISKY)
def test_no_spreadsheet_takes_a_cell_for_a_formula(value: str) -> None:
    cell = cell_of(value)
    for part in cell.replace("\n", ";").split(";"):
        assert part[:1] not in set("=+-@\t\r＝"), cell
    assert tables.unguarded(cell) == value


@pytest.mark.parametrize("number", ["-1.25", "+3", "0.5", "-12", "1-3"])
def test_numbers_stay_numbers(number: str) -> None:
    assert cell_of(number) == number
    assert tables.unguarded(number) == number


def test_a_table_is_read_as_it_was_written(two_knees: Examination) -> None:
    rows = tables.rows('=a, "b"\r\n膝.png', two_knees)
    content = tables.csv_bytes(rows)
    assert tables.read_csv(content) == (list(tables.COLUMNS), rows)
    assert content == tables.csv_bytes([]) + tables.csv_rows(rows)
    assert tables.read_csv(content[:-9])[1] == rows[:-1]
    assert tables.read_csv(content.replace(b"side", b"sort", 1))[1] == []
    assert tables.read_csv(b"") == ([], [])
