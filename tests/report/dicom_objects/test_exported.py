"""DICOM objects in an export: together in one study, and none costs another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event

import pydicom
import pytest

from koa_desktop.errors import ExportReason, ReadReason
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Radiograph
from koa_desktop.report.export import DICOM_FORMATS, Format, Plan, Written, export_all
from koa_desktop.report.naming.subject import Subject
from koa_desktop.report.options import Profile, ReportOptions
from koa_desktop.system.paths import SAMPLES

FILM = SAMPLES / "bilateral.dcm"
NAMED = ReportOptions(profile=Profile.PATIENT)
Knees = tuple[ExaminedKnee, ...]


def exported(folder: Path, options: ReportOptions, *subjects: Subject) -> Written:
    plan = Plan(folder, frozenset(DICOM_FORMATS), options)
    return export_all(plan, subjects, lambda _done, _total: None, Event())


def objects(written: Written) -> dict[str, pydicom.Dataset]:
    """Return what was written, by its format."""
    return {path.suffixes[-2][1:]: pydicom.dcmread(path) for path in written.files}


@pytest.fixture
def subject(two_knees: Examination) -> Subject:
    radiograph = read(FILM)
    examination = replace(two_knees, radiograph=radiograph.info)
    return Subject(FILM.name, examination, radiograph=radiograph, code="KOA-7F3A9C21")


def test_all_objects_of_a_film_join_its_study(subject: Subject, tmp_path: Path) -> None:
    written = exported(tmp_path, NAMED, subject)
    assert not written.problems
    made = objects(written)
    assert list(made) == ["sr", "sc", "epdf", "gsps"]
    assert [one.Modality for one in made.values()] == ["SR", "OT", "DOC", "PR"]
    film = pydicom.dcmread(FILM)
    assert {one.StudyInstanceUID for one in made.values()} == {film.StudyInstanceUID}
    assert {str(one.PatientName) for one in made.values()} == {str(film.PatientName)}
    assert len({one.SOPInstanceUID for one in made.values()}) == 4
    assert len({one.SeriesInstanceUID for one in made.values()}) == 4
    assert made["epdf"].EncapsulatedDocument.startswith(b"%PDF")


def test_without_the_name_they_share_a_new_study_and_nothing_is_laid_over_the_film(
    subject: Subject, tmp_path: Path
) -> None:
    written = exported(tmp_path, ReportOptions(), subject)
    made = objects(written)
    assert list(made) == ["sr", "sc", "epdf"]
    (study,) = {one.StudyInstanceUID for one in made.values()}
    assert study != pydicom.dcmread(FILM).StudyInstanceUID
    assert {one.PatientID for one in made.values()} == {"KOA-7F3A9C21"}
    (problem,) = written.problems
    assert problem.code is ExportReason.NO_FILM_BELOW


def test_the_report_on_a_picture_refers_to_its_annotated_film(
    two_knees: Examination, radiograph: Radiograph, tmp_path: Path
) -> None:
    picture = Subject("knees.png", two_knees, radiograph=radiograph)
    made = objects(exported(tmp_path, NAMED, picture))
    assert list(made) == ["sr", "sc", "epdf"]
    (study,) = made["sr"].CurrentRequestedProcedureEvidenceSequence
    (series,) = study.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == made["sc"].SeriesInstanceUID
    assert series.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == made["sc"].SOPInstanceUID


def test_a_film_that_has_gone_costs_its_own_objects_alone(
    subject: Subject, two_knees: Examination, radiograph: Radiograph, tmp_path: Path
) -> None:
    assert subject.examination is not None
    info = replace(subject.examination.radiograph, path=tmp_path / "gone.dcm")
    lost = replace(subject, examination=replace(subject.examination, radiograph=info))
    plan = Plan(tmp_path, frozenset({Format.SR, Format.PNG}), NAMED)
    other = Subject("knees.png", two_knees, radiograph=radiograph)
    written = export_all(plan, [lost, other], lambda _done, _total: None, Event())
    assert [path.suffix for path in written.files] == [".png", ".png", ".dcm"]
    (problem,) = written.problems
    assert problem.code is ReadReason.MISSING
