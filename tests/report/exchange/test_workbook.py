"""The clinic's register as an Excel workbook grows, keeps what is in it, and holds no formula."""

from __future__ import annotations

import errno
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart
from openpyxl.comments import Comment

from koa_desktop.errors import ExportError, ExportReason
from koa_desktop.examination.decision import Decision
from koa_desktop.examination.examiner import Examination
from koa_desktop.report import tables
from koa_desktop.report.exchange.register import add_readings
from koa_desktop.report.export import Format, Plan, export_all
from koa_desktop.report.naming.subject import Subject
from koa_desktop.report.tables import COLUMNS, Row

AT = "2026-11-27T10:00:00+00:00"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "register.xlsx"


def reading(file: str = "KOA-1", **columns: str) -> Row:
    return Row(file, side="R", read_at=AT, reader_grade="3", **columns)


def values(path: Path) -> list[dict[str, Any]]:
    names, *rows = load_workbook(path).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(names, row, strict=True)) for row in rows]


def refused(path: Path) -> ExportReason:
    before = path.read_bytes()
    with pytest.raises(ExportError) as error:
        add_readings(path, [reading("new")])
    assert path.read_bytes() == before
    assert dict(error.value.message.arguments)["path"] == path
    return error.value.message.code


def sheet_of(path: Path) -> str:
    with zipfile.ZipFile(path) as parts:
        return parts.read("xl/worksheets/sheet1.xml").decode()


def test_a_reading_is_added_once_with_what_a_csv_has(
    two_knees: Examination, tmp_path: Path, path: Path
) -> None:
    right, left = two_knees.knees
    read = replace(two_knees, knees=(replace(right, decision=Decision.now(3, 2, "koa")), left))
    rows = tables.rows("KOA-1", read)
    assert add_readings(path, rows) == 1
    assert add_readings(path, rows) == 0
    assert add_readings(path, [rows[0]._replace(read_at="2030-01-01T00:00")]) == 1
    (first, second) = values(path)
    assert (first["file"], first["side"], first["reader_grade"]) == ("KOA-1", "R", 3)
    assert first["p2"] == 0.48
    assert second["read_at"] == "2030-01-01T00:00"
    add_readings(tmp_path / "register.csv", rows)
    columns, (same,) = tables.read_csv((tmp_path / "register.csv").read_bytes())
    assert [str(first[name] or "") for name in ("file", "decided_on", "view", "set")] == [
        same.file,
        same.decided_on,
        same.view,
        same.set,
    ]
    assert columns == list(first)


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "\t=1", "a;=1", "=", "'=1"]
)
def test_what_looks_like_a_formula_is_text_and_stays_it(path: Path, text: str) -> None:
    for file in (text, "later"):
        assert add_readings(path, [reading(file, comment=text, patient_id=text)]) == 1
    assert add_readings(path, [reading(text)]) == 0
    assert not re.search("<f[ >/]", sheet_of(path))
    first, second = values(path)
    assert first["file"] == first["comment"] == first["patient_id"] == text
    assert second["comment"] == text
    cell = load_workbook(path).worksheets[0].cell(2, 1)
    assert (cell.data_type, cell.number_format) == ("s", "@")


@pytest.mark.parametrize("text", ["00123", "1e5", "2026-11-27", "2-3", "12345678901234567890"])
def test_ids_are_no_numbers(path: Path, text: str) -> None:
    add_readings(path, [reading(text, patient_id=text)])
    assert values(path)[0]["patient_id"] == text
    assert add_readings(path, [reading(text, patient_id=text)]) == 0


@pytest.mark.parametrize("text", ["a\x00b\x1fc", "\udcff", "a\r\nb\rc", "\ufffe", "x" * 40_000])
def test_what_excel_has_no_letters_for_costs_no_reading(path: Path, text: str) -> None:
    assert add_readings(path, [reading("a", comment=text)]) == 1
    assert add_readings(path, [reading(text)]) == 1
    assert add_readings(path, [reading(text)]) == 0
    assert len(values(path)) == 2


def test_what_a_clinic_made_of_it_stays(path: Path) -> None:
    add_readings(path, [reading("b"), reading("a")])
    book = load_workbook(path)
    sheet = book.worksheets[0]
    sheet.column_dimensions["A"].width = 40
    sheet["B3"].value = "R"
    sheet.auto_filter.ref = "A1:B3"
    sheet.move_range("A2:AZ2", rows=3)  # sorted by hand, and a gap left
    book.create_sheet("notes")["A1"] = "=SUM(1;2)"
    book.save(path)
    assert add_readings(path, [reading("b"), reading("a"), reading("c")]) == 1
    book = load_workbook(path)
    sheet = book.worksheets[0]
    assert [sheet.cell(row, 1).value for row in range(2, 7)] == [None, "a", None, "b", "c"]
    assert sheet.column_dimensions["A"].width == 40
    assert sheet.auto_filter.ref == "A1:B3"
    assert book["notes"]["A1"].value == "=SUM(1;2)"


def damaged(content: bytes) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        others = {name: parts.read(name) for name in parts.namelist()}
    bad_xml = io.BytesIO()
    with zipfile.ZipFile(bad_xml, "w") as parts:
        for name, part in others.items():
            parts.writestr(name, part[:-20] if "sheet1" in name else part)
    lacking = io.BytesIO()
    with zipfile.ZipFile(lacking, "w") as parts:
        parts.writestr("[Content_Types].xml", others["[Content_Types].xml"])
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 0xFF
    return [
        content[: len(content) // 2],
        b"file,side\r\n",
        b"PK\x03\x04",
        bad_xml.getvalue(),
        lacking.getvalue(),
        bytes(flipped),
    ]


def test_a_damaged_workbook_is_refused_by_name(path: Path) -> None:
    add_readings(path, [reading()])
    for content in damaged(path.read_bytes()):
        path.write_bytes(content)
        assert refused(path) is ExportReason.NO_WORKBOOK


def test_another_table_and_more_than_a_table_are_left_alone(path: Path) -> None:
    book = Workbook()
    book.active.append(["other", "columns"])
    book.save(path)
    assert refused(path) is ExportReason.OTHER_COLUMNS
    for number in range(2):
        book = Workbook()
        book.active.append(COLUMNS)
        if number:
            book.active.add_chart(BarChart(), "A5")
        else:
            book.active["A1"].comment = Comment("seen", "reader")
        book.save(path)
        assert refused(path) is ExportReason.MORE_THAN_TABLE


def test_a_register_that_excel_has_open_is_told_and_added_to_later(
    path: Path, two_knees: Examination, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Excel locks its file on Windows: it can be read, and not be replaced."""
    add_readings(path, [reading()])
    right, left = two_knees.knees
    read = replace(two_knees, knees=(replace(right, decision=Decision.now(3, 2, "koa")), left))
    plan = Plan(path.parent, frozenset({Format.REGISTER}), register=path.name)
    subject = Subject("k.png", read, code="KOA-2")

    def locked(self: Path, target: Path) -> Path:
        raise PermissionError(errno.EACCES, "locked", str(target))

    with monkeypatch.context() as excel:
        excel.setattr(Path, "replace", locked)
        told = export_all(plan, [subject], lambda *_: None, Event()).problems
    assert [one.code for one in told] == [ExportReason.NOT_WRITABLE]
    assert dict(told[0].arguments)["name"] == path.name
    assert [row["file"] for row in values(path)] == ["KOA-1"]
    assert not export_all(plan, [subject], lambda *_: None, Event()).problems
    assert [row["file"] for row in values(path)] == ["KOA-1", "KOA-2"]
    assert [one.name for one in path.parent.iterdir()] == [path.name]
