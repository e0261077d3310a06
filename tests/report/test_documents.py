from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from koa_desktop.errors import ReadReason
from koa_desktop.examination.examiner import Examination
from koa_desktop.message import Message
from koa_desktop.radiograph import StoredGrid
from koa_desktop.report import documents
from koa_desktop.report.options import Profile

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
    assert right["flags"][0]["sentence"].startswith("The model is uncertain")
    assert read["pixel_spacing"] == {
        "row_mm": 0.143,
        "column_mm": 0.143,
        "origin": "at the detector",
    }
    assert read["model"] == {"name": "koa 9.8.7", "sha256": "3f2a91c0" * 8}
    assert read["made_at"] == "2026-04-05T06:07:08+00:00"


def test_nothing_of_the_header_is_in_the_document_unless_wanted(two_knees: Examination) -> None:
    without = documents.json_bytes([documents.document("k.png", two_knees, MADE_AT)]).decode()
    for identity in (
        "80df8672",
        "Παπαδόπουλος",
        "KN-20417",
        "1961",
        "ACC-77",
        "Nowhere",
        "2026-03-12",
    ):
        assert identity not in without
    named = documents.document("k.png", two_knees, MADE_AT, Profile.PATIENT)
    assert named["header"]["patient_name"] == "Παπαδόπουλος, Ελένη"
    assert named["sha256"] == "80df8672" * 8
    assert named["header"]["birth_date"] == "1961-03-04"


def test_boxes_are_told_in_the_files_own_pixels_too(two_knees: Examination) -> None:
    # A film of 300 x 400 stored pixels, half as high as wide, turned upright by a quarter.
    info = two_knees.radiograph
    grid = StoredGrid(info.height, 2 * info.width, 1.0, 0.5, mirrored=True, quarters=1)
    turned = replace(two_knees, radiograph=replace(info, stored=grid))
    read = documents.document("k.dcm", turned, MADE_AT)
    right = read["knees"][0]
    assert (read["stored"]["width"], read["stored"]["height"]) == (grid.width, grid.height)
    box, stored = right["box"], right["stored_box"]
    assert (stored["width"], stored["height"]) == (box["size"], 2 * box["size"])
    corner = np.array(read["stored"]["to_stored"]) @ [box["left"], box["top"], 1]
    edges = {stored["left"], stored["left"] + stored["width"]}
    assert min(abs(corner[0] - edge) for edge in edges) < 0.01
    assert tuple(corner) == pytest.approx(grid.stored_point(box["left"], box["top"]))


def test_the_boxes_of_an_unchanged_film_lie_in_the_file_as_shown(two_knees: Examination) -> None:
    read = documents.document("k.png", two_knees, MADE_AT)
    assert read["stored"]["to_stored"] == [[1, 0, 0], [0, 1, 0]]
    assert read["knees"][0]["stored_box"]["left"] == read["knees"][0]["box"]["left"]


def test_an_unreadable_file_has_a_document() -> None:
    failed = documents.failed_document("x.png", Message(ReadReason.EMPTY), MADE_AT)
    assert (failed["file"], failed["error"]) == ("x.png", "This file is empty.")
