from __future__ import annotations

import json
from datetime import UTC, datetime

from koa_desktop.errors import ReadReason
from koa_desktop.examination.examiner import Examination
from koa_desktop.message import Message
from koa_desktop.report import documents
from koa_desktop.report.options import PatientField

MADE_AT = datetime(2026, 4, 5, 6, 7, 8, tzinfo=UTC)


def test_a_name_that_is_no_unicode_comes_back(two_knees: Examination) -> None:
    name = b"knee\xff.png".decode("utf-8", "surrogateescape")
    (read,) = json.loads(documents.json_bytes([documents.document(name, two_knees, MADE_AT)]))
    assert read["file"] == name


def test_the_document_holds_both_grades_and_where_numbers_come_from(
    two_knees: Examination,
) -> None:
    (read,) = json.loads(documents.json_bytes([documents.document("k.png", two_knees, MADE_AT)]))
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
    without = documents.json_bytes([documents.document("k.png", two_knees, MADE_AT)]).decode()
    for identity in ("Παπαδόπουλος", "KN-20417", "1961", "ACC-77", "Nowhere", "2026-03-12"):
        assert identity not in without
    named = documents.document("k.png", two_knees, MADE_AT, frozenset(PatientField))
    assert named["header"]["patient_name"] == "Παπαδόπουλος, Ελένη"
    assert named["header"]["birth_date"] == "1961-03-04"


def test_an_unreadable_file_has_a_document() -> None:
    failed = documents.failed_document("x.png", Message(ReadReason.EMPTY), MADE_AT)
    assert (failed["file"], failed["error"]) == ("x.png", "This file is empty.")
