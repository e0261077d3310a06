"""Every export of a final reading has the OARSI readings that were signed, and whose they are."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.sign_off import Signature, SignedKnee, SignOff
from koa_desktop.grading.oarsi import OARSI_NAMES, OarsiName
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import documents, tables, words
from koa_desktop.report.dicom_objects import codes
from koa_desktop.report.dicom_objects.source import Source
from koa_desktop.report.dicom_objects.structured_report import structured_report
from koa_desktop.report.exchange.fhir import fhir_bytes
from koa_desktop.report.html import report_html
from koa_desktop.report.options import ReportOptions
from tests.report.dicom_objects.conftest import on_film
from tests.report.dicom_objects.test_structured_report import algorithm_of, evaluated, groups

NOW = datetime(2026, 4, 5, 6, 7, 8, tzinfo=UTC)
SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "results.schema.json").read_text(encoding="utf-8")
)
# The reader's medial narrowing; the lateral one of the model that was signed on, which read a
# mild one and a tibia without osteophytes, where the present model reads the opposite.
SIGNED = {
    **dict.fromkeys(OARSI_NAMES, 0),
    OarsiName.JSN_MEDIAL: 3,
    OarsiName.JSN_LATERAL: 1,
}
SAID = "No osteophytes, severe medial narrowing, mild lateral narrowing."


@pytest.fixture
def final(with_readings: Examination) -> Examination:
    """A reading that was signed on an earlier model, graded again by the present one."""
    right, left = with_readings.knees
    knees = (
        replace(right, signed=SignedKnee(3, 2, tuple(SIGNED.items()))),
        replace(left, signed=SignedKnee(0, 0)),
    )
    signature = Signature(
        "Dr A",
        "2026-01-02T03:04:05+00:00",
        "koa 1.0.0",
        tuple(one.signed for one in knees if one.signed is not None),
        f"Right knee: {SAID}",
        "Meant.",
    )
    return on_film(replace(with_readings, knees=knees, sign_off=SignOff(signature)))


def of_fhir(examination: Examination) -> dict[str, object]:
    """Return the components of the first knee by their codes."""
    bundle = json.loads(fhir_bytes(examination, ReportOptions(), NOW))
    (right, *_) = (
        one["resource"]
        for one in bundle["entry"]
        if one["resource"]["resourceType"] == "Observation"
    )
    return {
        component["code"]["coding"][0]["code"]: component.get(
            "valueInteger", component.get("valueString")
        )
        for component in right["component"]
    }


def without_model_readings(examined: ExaminedKnee) -> ExaminedKnee:
    return replace(examined, finding=replace(examined.finding, readings=()))


def test_all_exports_have_the_readings_that_were_signed(
    final: Examination, source: Source, radiograph: Radiograph
) -> None:
    later = replace(final, knees=tuple(map(without_model_readings, final.knees)))
    for one in (final, later):
        expected = [SIGNED[name] for name in OARSI_NAMES]
        row = tables.rows("k", one)[0]
        assert [int(getattr(row, name.value)) for name in OARSI_NAMES] == expected
        (document,) = json.loads(documents.json_bytes([documents.document("k", one, NOW)]))
        Draft202012Validator(SCHEMA).validate([document])
        read = document["knees"][0]["oarsi"]
        assert [read[name.value]["grade"] for name in OARSI_NAMES] == expected
        assert read["jsn_medial"]["reader_grade"] == 3
        assert read["jsn_lateral"]["reader_grade"] is None
        components = of_fhir(one)
        assert [components[name.value] for name in OARSI_NAMES] == expected
        found = evaluated(groups(structured_report(one, source))[0])
        told = [found[codes.OARSI[name].value] for name in OARSI_NAMES]
        assert told == [f"OARSI_{grade}" for grade in expected]
        assert words.readings(one) == [f"Right knee: {SAID[:1].lower()}{SAID[1:]}"]
        html = report_html(one, radiograph).html
        assert SAID in html
        assert "3* severe" in html
        assert "1 mild" in html


def test_what_the_model_says_now_stands_beside_it(final: Examination, source: Source) -> None:
    now = [2, 0, 0, 0, 2, 0]
    read = documents.document("k", final, NOW)["knees"][0]["oarsi"]
    assert [read[name.value]["model_grade"] for name in OARSI_NAMES] == now
    row = tables.rows("k", final)[0]._asdict()
    assert [int(row[f"model_{name.value}"]) for name in OARSI_NAMES] == now
    components = of_fhir(final)
    assert [components[f"model-{name.value}"] for name in OARSI_NAMES] == now
    assert row["reader_readings"] == components["reader-readings"] == "jsn_medial"
    right = groups(structured_report(final, source))[0]
    assert evaluated(right)["OST_TIB_MED_M"] == "OARSI_2"
    assert algorithm_of(right, "OST_TIB_MED_M") == "koa 9.8.7"


def test_a_signed_value_bears_the_model_that_was_signed_on(
    final: Examination, source: Source
) -> None:
    right, left, _ = groups(structured_report(final, source))
    assert algorithm_of(right, "JSN_MED") == ""
    assert algorithm_of(right, "JSN_LAT") == "koa 1.0.0"
    assert algorithm_of(left, "KL_GRADE") == "koa 1.0.0"
    assert algorithm_of(left, "KL_GRADE_MODEL") == "koa 9.8.7"


def test_a_reading_signed_without_them_has_none(final: Examination, source: Source) -> None:
    right, left = final.knees
    unread = replace(without_model_readings(right), signed=SignedKnee(3, 2), reader_readings=())
    one = replace(final, knees=(unread, left))
    assert documents.document("k", one, NOW)["knees"][0]["oarsi"] is None
    assert not {name.value for name in OARSI_NAMES} & set(of_fhir(one))
    assert "JSN_MED" not in evaluated(groups(structured_report(one, source))[0])
