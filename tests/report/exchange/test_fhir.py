"""FHIR bundles, judged by models of the standard's own definitions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from koa_desktop.examination.examiner import Examination
from koa_desktop.report.exchange.fhir import fhir_bytes
from koa_desktop.report.options import Profile, ReportOptions

NOW = datetime(2026, 4, 5, 6, 7, 8, tzinfo=UTC)


def resources(examination: Examination, options: ReportOptions) -> dict[str, list[dict[str, Any]]]:
    content = fhir_bytes(examination, options, NOW)
    Bundle.model_validate_json(content)
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in json.loads(content)["entry"]:
        found.setdefault(entry["resource"]["resourceType"], []).append(entry["resource"])
    return found


@pytest.mark.parametrize("profile", Profile)
def test_a_bundle_follows_the_standard_and_names_whom_it_may(
    profile: Profile, measured: Examination
) -> None:
    options = ReportOptions(profile=profile, study_code="KOA-1")
    found = resources(measured, options)
    right, left = found["Observation"]
    assert (right["valueInteger"], left["valueInteger"]) == (3, 0)
    assert [one["code"] for one in right["bodySite"]["coding"]] == ["49076000", "24028007"]
    widths = [
        one["valueQuantity"] for one in right["component"] if one["code"]["text"].startswith("Min")
    ]
    assert [one["code"] for one in widths] == ["mm", "mm"]
    (report,) = found["DiagnosticReport"]
    assert (report["status"], len(report["result"])) == ("preliminary", 2)
    text = json.dumps(found, ensure_ascii=False)
    assert ("Ελένη" in text) == ("1961-03-04" in text) == profile.names_patient
    assert ("KOA-1" in text) == (profile is Profile.PSEUDONYMOUS)
    assert ("Dr A" in text) == profile.names_reader


def test_the_readers_readings_are_named_and_the_models_stand_beside_them(
    with_readings: Examination,
) -> None:
    right, left = resources(with_readings, ReportOptions())["Observation"]
    told = {
        one["code"]["coding"][0]["code"]: one.get("valueInteger", one.get("valueString"))
        for one in right["component"]
    }
    assert (told["jsn_medial"], told["model-jsn_medial"]) == (3, 2)
    assert (told["osteophyte_tibia_medial"], told["model-osteophyte_tibia_medial"]) == (2, 2)
    assert told["reader-readings"] == "jsn_medial"
    assert "jsn_medial" not in json.dumps(left)


def test_references_lead_to_entries(two_knees: Examination) -> None:
    bundle = json.loads(fhir_bytes(two_knees, ReportOptions(study_code="KOA-1"), NOW))
    addresses = {entry["fullUrl"] for entry in bundle["entry"]}
    report = bundle["entry"][0]["resource"]
    named = {one["reference"] for one in (*report["result"], report["subject"])}
    assert named == addresses - {bundle["entry"][0]["fullUrl"]}


def test_a_refused_film_and_a_knee_without_grade_say_why(
    no_knee: Examination, two_knees: Examination
) -> None:
    (report,) = resources(no_knee, ReportOptions())["DiagnosticReport"]
    assert "no knee" in report["conclusion"]
    right, left = two_knees.knees
    refused = replace(right, reader_grade=None, finding=replace(right.finding, grade=None))
    shown = resources(replace(two_knees, knees=(refused, left)), ReportOptions())["Observation"]
    assert "not graded" in shown[0]["dataAbsentReason"]["text"]
    assert "valueInteger" not in shown[0]
