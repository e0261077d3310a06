"""The fields that name a film in a report, a picture and a table, as the profile allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from koa_desktop.examination.examiner import Examination
from koa_desktop.radiograph import Header
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.wording.language import date_text
from koa_desktop.wording.report import ReportText


def named_fields(examination: Examination, options: ReportOptions) -> list[tuple[ReportText, str]]:
    """Return label and value of all that names a film; what nobody knows is left out.

    Where neither file nor reader name the patient, the file's own name stands for both.
    """
    if options.profile is Profile.NAMELESS:
        return []
    if options.profile is Profile.PSEUDONYMOUS:
        return [(ReportText.STUDY_CODE, options.study_code)] if options.study_code else []
    header = examination.radiograph.header
    known = {
        ReportText.PATIENT: header.patient_name,
        ReportText.PATIENT_ID: header.patient_id,
        ReportText.BORN: date_text(header.birth_date),
        ReportText.SEX: header.sex,
        ReportText.STUDY_DATE: date_text(header.study_date),
        ReportText.STUDY: header.study_description,
        ReportText.ACCESSION: header.accession_number,
        ReportText.INSTITUTION: header.institution,
    }
    if not header.patient_name and not header.patient_id:
        known[ReportText.FILE_NAME] = examination.radiograph.path.name
    return [(label, value) for label, value in known.items() if value]


def reader_name(examination: Examination, profile: Profile) -> str:
    """Return who signed the reading, else who read the film last, for every export.

    Empty where the reader has given no name, where nobody has read the film, and where the profile
    names nobody. Who makes the export is never named as the reader.
    """
    if not profile.names_reader:
        return ""
    signature = examination.sign_off.signature
    return signature.reader if signature else examination.reader


def maker_name(examination: Examination, options: ReportOptions) -> str:
    """Return who makes the report; empty for the reader of the film, who is named as such."""
    reader = reader_name(examination, options.profile)
    is_told = options.profile.names_reader and options.reader != reader
    return options.reader if is_told else ""


def as_named(examination: Examination, profile: Profile) -> Examination:
    """Return an examination whose remarks name their readers only where the profile does."""
    if profile.names_reader:
        return examination
    sign_off = examination.sign_off
    unnamed = replace(
        sign_off,
        addenda=tuple(replace(one, reader="") for one in sign_off.addenda),
        reopenings=tuple(replace(one, reader="") for one in sign_off.reopenings),
    )
    return replace(examination, sign_off=unnamed)


def header_columns(header: Header, profile: Profile) -> Mapping[str, str]:
    """Return the header's fields by name, as tables and JSON carry them; dates in ISO 8601.

    Empty where the profile names no patient.
    """
    if not profile.names_patient:
        return {}
    return {
        "patient_name": header.patient_name,
        "patient_id": header.patient_id,
        "birth_date": _iso(header.birth_date),
        "sex": header.sex,
        "study_date": _iso(header.study_date),
        "study_description": header.study_description,
        "accession_number": header.accession_number,
        "institution": header.institution,
    }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
