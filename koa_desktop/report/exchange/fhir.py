"""One film as a FHIR R4 Bundle: a DiagnosticReport, and an Observation for each knee.

No standard concept for the Kellgren-Lawrence grade is known, so it has a code of the program's own,
as in the DICOM structured report. SNOMED CT and UCUM name the rest.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import uuid4

from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.radiograph import Header, Side
from koa_desktop.report import joint_space_values, provenance, words
from koa_desktop.report.naming.fields import reader_name
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.wording import language
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import english

OWN = "urn:koa-desktop"
SNOMED = "http://snomed.info/sct"
UCUM = "http://unitsofmeasure.org"
_SIDES = {Side.RIGHT: ("24028007", "Right"), Side.LEFT: ("7771000", "Left")}
_SEXES = {"F": "female", "M": "male", "O": "other"}

Resource = dict[str, Any]


def fhir_bytes(examination: Examination, options: ReportOptions, made_at: datetime) -> bytes:
    """Return a film's Bundle (collection) as JSON. `options` tell who is named.

    The report is final where the reading is signed, else preliminary.
    """
    patient = _entry(_patient(examination.radiograph.header, options))
    with language.in_english():
        knees = [
            _entry(_observation(knee, examination, options, patient, made_at))
            for knee in examination.knees
        ]
        report = _entry(_report(examination, options, patient, knees, made_at))
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": _moment(made_at),
        "entry": [report, *([patient] if patient else []), *knees],
    }
    return f"{json.dumps(bundle, ensure_ascii=False, indent=1, allow_nan=False)}\n".encode()


def _report(
    examination: Examination,
    options: ReportOptions,
    patient: Resource,
    knees: list[Resource],
    made_at: datetime,
) -> Resource:
    return {
        "resourceType": "DiagnosticReport",
        "status": _status(examination),
        "category": [_concept("http://terminology.hl7.org/CodeSystem/v2-0074", "RAD", "Radiology")],
        "code": _concept(OWN, "knee-report", english(ReportText.TITLE)),
        **_about(examination, options, patient, made_at),
        "result": [{"reference": knee["fullUrl"]} for knee in knees],
        "conclusion": words.impression(examination),
    }


def _observation(
    examined: ExaminedKnee,
    examination: Examination,
    options: ReportOptions,
    patient: Resource,
    made_at: datetime,
) -> Resource:
    grade = examined.final_grade
    value: Resource = {"valueInteger": grade}
    if grade is None:
        seen = words.conclusion(examination)[examination.knees.index(examined)]
        value = {"dataAbsentReason": {"text": seen}}
    comment = examined.comment.strip()
    return {
        "resourceType": "Observation",
        "status": _status(examination),
        "code": _concept(OWN, "kl-grade", "Kellgren-Lawrence grade"),
        **_about(examination, options, patient, made_at),
        **value,
        "bodySite": _body_site(examined),
        "method": {"text": provenance.model(examination)},
        **({"note": [{"text": comment}]} if comment else {}),
        **_components(examined),
    }


def _about(
    examination: Examination, options: ReportOptions, patient: Resource, made_at: datetime
) -> Resource:
    """Return subject, performer and times, as far as the profile names them."""
    reader = reader_name(examination, options.profile)
    day = examination.radiograph.header.study_date
    is_dated = options.profile.names_patient and day is not None
    return {
        **({"subject": {"reference": patient["fullUrl"]}} if patient else {}),
        **({"performer": [{"display": reader}]} if reader else {}),
        **({"effectiveDateTime": day.isoformat()} if is_dated and day else {}),
        "issued": _moment(made_at),
    }


def _patient(header: Header, options: ReportOptions) -> Resource:
    """Return the patient, or the study code in the patient's place; empty for nobody."""
    if options.profile is Profile.NAMELESS:
        return {}
    if options.profile is Profile.PSEUDONYMOUS:
        return {
            "resourceType": "Patient",
            "identifier": [{"use": "secondary", "value": options.study_code or "unknown"}],
        }
    number, name, sex = header.patient_id, header.patient_name, _SEXES.get(header.sex.upper())
    return {
        "resourceType": "Patient",
        **({"identifier": [{"use": "usual", "value": number}]} if number else {}),
        **({"name": [{"text": name}]} if name else {}),
        **({"gender": sex} if sex else {}),
        **({"birthDate": header.birth_date.isoformat()} if header.birth_date else {}),
    }


def _components(examined: ExaminedKnee) -> Resource:
    """Return the model's grade and probabilities, the OARSI readings, and the widths.

    Beside the readings that hold stand the model's, and which of them the reader gave.
    """
    found: list[Resource] = []
    finding = examined.finding
    if finding.grade is not None:
        code = _concept(OWN, "model-kl-grade", "Kellgren-Lawrence grade by the model")
        found.append({"code": code, "valueInteger": finding.grade})
    for grade, share in enumerate(finding.probability):
        code = _concept(OWN, f"model-probability-{grade}", f"Probability of KL {grade}")
        found.append({"code": code, "valueQuantity": _quantity(share, "1")})
    for reading, read in examined.oarsi_grades.items():
        code = _concept(OWN, reading.value, _oarsi(reading))
        found.append({"code": code, "valueInteger": read})
    for one in finding.readings:
        code = _concept(OWN, f"model-{one.name.value}", f"{_oarsi(one.name)} by the model")
        found.append({"code": code, "valueInteger": one.grade})
    if examined.reader_readings:
        code = _concept(OWN, "reader-readings", "OARSI readings given by the reader")
        given = ";".join(name.value for name, _ in examined.reader_readings)
        found.append({"code": code, "valueString": given})
    space = examined.joint_space
    for name, part in space.named_compartments if space and not space.reason else ():
        if part.minimal is not None:
            width, unit = joint_space_values.figure(part.minimal)
            code = _concept(OWN, f"jsw-{name.value}", f"Minimal joint space width, {name.value}")
            quantity = _quantity(width, "mm" if unit == "mm" else "%", unit)
            found.append({"code": code, "valueQuantity": quantity})
    return {"component": found} if found else {}


def _oarsi(name: OarsiName) -> str:
    return f"OARSI {name.value.replace('_', ' ')}"


def _body_site(examined: ExaminedKnee) -> Resource:
    joint = {"system": SNOMED, "code": "49076000", "display": "Knee joint structure"}
    codes = [joint]
    if examined.knee.side is not None:
        code, said = _SIDES[examined.knee.side]
        codes.append({"system": SNOMED, "code": code, "display": said})
    return {"coding": codes, "text": words.knee(examined)}


def _quantity(value: float, code: str, unit: str = "") -> Resource:
    return {"value": round(value, 4), "unit": unit or code, "system": UCUM, "code": code}


def _concept(system: str, code: str, said: str) -> Resource:
    return {"coding": [{"system": system, "code": code, "display": said}], "text": said}


def _status(examination: Examination) -> str:
    return "final" if examination.sign_off.is_final else "preliminary"


def _entry(resource: Resource) -> Resource:
    """Return a resource with an address of its own; empty for none."""
    return {"fullUrl": f"urn:uuid:{uuid4()}", "resource": resource} if resource else {}


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
