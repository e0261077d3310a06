"""A film in an archive, made by hand, and its examination; and a picture that no archive knows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from koa_desktop.examination.examiner import Examination
from koa_desktop.loading.source_elements import SourceElements
from koa_desktop.radiograph import Header
from koa_desktop.report.dicom_objects.source import Source
from tests.report.conftest import HEADER

FILM_CLASS = "1.2.840.10008.5.1.4.1.1.1"  # Computed Radiography
STUDY, SERIES, INSTANCE = "1.2.3.4", "1.2.3.4.5", "1.2.3.4.5.6"
RAW_NAME = "Παπαδόπουλος^Ελένη^^Δρ"
FILM_HEADER = replace(HEADER, study_uid=STUDY, series_uid=SERIES, instance_uid=INSTANCE)
ELEMENTS = SourceElements(
    patient_name=RAW_NAME,
    issuer_of_patient_id="CLINIC",
    referring_physician="Doe^Jane",
    study_time="101500",
    study_id="77",
    sop_class_uid=FILM_CLASS,
    columns=600,
    rows=300,
)


def on_film(examination: Examination, header: Header = FILM_HEADER) -> Examination:
    """Return the same examination, of a DICOM film with that header."""
    info = replace(examination.radiograph, header=header, is_dicom=True, path=Path("knees.dcm"))
    return replace(examination, radiograph=info)


@pytest.fixture
def film(two_knees: Examination) -> Examination:
    """Right: read as KL 3, model KL 2. Left: model KL 0, not read yet."""
    return on_film(two_knees)


@pytest.fixture
def measured_film(measured: Examination) -> Examination:
    """The same, both knees measured."""
    return on_film(measured)


@pytest.fixture
def source(film: Examination) -> Source:
    return Source.named(film.radiograph, ELEMENTS)
