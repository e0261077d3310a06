"""The clinic's register grows by a row for each reading, and never twice."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from koa_desktop.errors import ExportError, ExportReason
from koa_desktop.examination.decision import Decision
from koa_desktop.examination.examiner import Examination
from koa_desktop.report import tables
from koa_desktop.report.exchange.register import add_readings
from koa_desktop.report.export import Format, Plan, export_all
from koa_desktop.report.naming.subject import Subject


@pytest.fixture
def read(two_knees: Examination) -> Examination:
    """Right: read. Left: not read yet."""
    right, left = two_knees.knees
    return replace(two_knees, knees=(replace(right, decision=Decision.now(3, 2, "koa")), left))


def rows_in(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def test_a_reading_is_added_once_and_a_later_one_again(read: Examination, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    assert add_readings(path, tables.rows("KOA-1", read)) == 1
    assert add_readings(path, tables.rows("KOA-1", read)) == 0
    right, left = read.knees
    assert right.decision is not None
    later = replace(right, reader_grade=4, decision=replace(right.decision, at="2030-01-01T00:00"))
    assert add_readings(path, tables.rows("KOA-1", replace(read, knees=(later, left)))) == 1
    assert [(row["file"], row["side"], row["reader_grade"]) for row in rows_in(path)] == [
        ("KOA-1", "R", "3"),
        ("KOA-1", "R", "4"),
    ]


def test_exports_add_to_it_and_ask_nothing(read: Examination, tmp_path: Path) -> None:
    plan = Plan(tmp_path, frozenset({Format.REGISTER}))
    subject = Subject("k.png", read, code="KOA-1")
    for _ in range(2):
        assert plan.existing([]) == []
        assert not export_all(plan, [subject], lambda *_: None, Event()).problems
    assert len(rows_in(tmp_path / "register.csv")) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["register.csv"]


def test_a_file_that_is_no_register_is_left_alone(read: Examination, tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(b"other,columns\r\n1,2\r\n")
    with pytest.raises(ExportError) as refused:
        add_readings(path, tables.rows("KOA-1", read))
    assert refused.value.message.code is ExportReason.OTHER_COLUMNS
    assert path.read_bytes() == b"other,columns\r\n1,2\r\n"
