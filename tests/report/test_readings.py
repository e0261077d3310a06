"""OARSI readings are in every export: the reader's in place of the program's, and both told."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from gettext import NullTranslations
from html import unescape

import pytest

from koa_desktop.examination.decision import Decision, Obstacle
from koa_desktop.examination.examiner import Examination
from koa_desktop.grading.oarsi import OARSI_NAMES, OarsiName
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import documents, tables, words
from koa_desktop.report.html import report_html
from koa_desktop.report.pictures.annotated import annotated
from koa_desktop.wording import language

SAID = "definite osteophytes of the medial tibia, severe medial narrowing."


def test_the_table_has_the_reader_s_readings_and_else_the_program_s(
    with_readings: Examination,
) -> None:
    right, left = tables.rows("k.png", with_readings)
    assert [getattr(right, name.value) for name in OARSI_NAMES] == ["3", "0", "0", "0", "2", "0"]
    assert [getattr(left, name.value) for name in OARSI_NAMES] == [""] * 6


def test_the_table_names_the_reader_s_readings_and_has_the_model_s_beside_them(
    with_readings: Examination,
) -> None:
    right, left = tables.rows("k.png", with_readings)
    model = [f"model_{name.value}" for name in OARSI_NAMES]
    assert right.reader_readings == "jsn_medial"
    assert [getattr(right, name) for name in model] == ["2", "0", "0", "0", "2", "0"]
    assert left.reader_readings == ""
    assert [getattr(left, name) for name in model] == [""] * 6


def test_the_document_has_each_reading_with_its_probabilities(with_readings: Examination) -> None:
    made_at = datetime(2026, 4, 5, tzinfo=UTC)
    (read,) = json.loads(
        documents.json_bytes([documents.document("k.png", with_readings, made_at)])
    )
    oarsi = read["knees"][0]["oarsi"]
    assert list(oarsi) == [name.value for name in OARSI_NAMES]
    medial = oarsi["jsn_medial"]
    assert (medial["grade"], medial["model_grade"], medial["reader_grade"]) == (3, 2, 3)
    assert medial["probability"] == pytest.approx([0.05, 0.05, 0.85, 0.05])
    assert oarsi["osteophyte_tibia_medial"]["reader_grade"] is None
    assert read["knees"][1]["oarsi"] is None


def test_report_and_picture_say_them(with_readings: Examination, radiograph: Radiograph) -> None:
    assert words.readings(with_readings) == [f"Right knee: {SAID}"]
    assert f"grade 3. {SAID.capitalize()}" in words.findings(with_readings)
    html = report_html(with_readings, radiograph).html
    assert SAID.capitalize() in html
    assert "3* severe (model 2)" in html
    knees = tuple(
        replace(one, finding=replace(one.finding, readings=()), reader_readings=())
        for one in with_readings.knees
    )
    without = replace(with_readings, knees=knees)
    assert "severe" not in report_html(without, radiograph).html
    assert words.readings(without) == []
    assert "narrowing" not in words.findings(without)
    heights = [annotated(one, radiograph).shape[0] for one in (with_readings, without)]
    assert heights[0] > heights[1]


def test_the_reader_s_own_paragraphs_are_out_of_date_once_a_reading_changes(
    with_readings: Examination,
) -> None:
    dictated = replace(
        with_readings, dictation=words.dictation_of(with_readings, "As seen.", "As meant.")
    )
    assert not words.is_out_of_date(dictated)
    right, left = dictated.knees
    changed = replace(right, reader_readings=((OarsiName.JSN_MEDIAL, 2),))
    assert words.is_out_of_date(replace(dictated, knees=(changed, left)))


def test_every_sentence_of_a_hindi_report_ends_with_a_danda(
    measured: Examination, with_readings: Examination, radiograph: Radiograph
) -> None:
    right, left = measured.knees
    read = replace(right, finding=with_readings.knees[0].finding)
    decision = Decision.not_gradable(Obstacle.OTHER, 0, "koa 9.8.7", "धुंधला है।")
    shown = replace(measured, knees=(read, replace(left, decision=decision)), comment="")
    language.use(language.catalogue("hi"))
    try:
        report = report_html(shown, radiograph)
    finally:
        language.use(NullTranslations())
    lines = re.split(r"<[^>]*>", report.html.partition("<body")[2])
    told = [unescape(line).strip() for line in (*lines, report.footer)]
    assert sum(line.endswith("।") for line in told) > 5
    assert not [line for line in told if re.search(r"\.(\s|$)|।।", line)]
