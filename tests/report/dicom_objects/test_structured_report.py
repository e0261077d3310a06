"""The structured report, read back by highdicom, pydicom, DCMTK and dicom3tools."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from highdicom import sr
from pydicom.sr.codedict import codes as standard

from koa_desktop.examination.decision import Decision, Obstacle
from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.examination.sign_off import Remark, Signature, SignOff
from koa_desktop.radiograph import Header, StoredGrid
from koa_desktop.report.dicom_objects import codes
from koa_desktop.report.dicom_objects.saving import file_bytes
from koa_desktop.report.dicom_objects.source import Source
from koa_desktop.report.dicom_objects.structured_report import structured_report
from tests.report.dicom_objects.conftest import (
    ELEMENTS,
    FILM_CLASS,
    FILM_HEADER,
    INSTANCE,
    RAW_NAME,
    SERIES,
    STUDY,
    on_film,
)
from tests.report.dicom_objects.tools import complaints, needs_dciodvfy, needs_dcmtk, run

ROOT = Path(__file__).resolve().parents[3]
Group = sr.MeasurementsAndQualitativeEvaluations


def read_back(report: pydicom.Dataset) -> sr.ComprehensiveSR:
    return sr.srread(BytesIO(file_bytes(report)))


def groups(report: pydicom.Dataset) -> list[Group]:
    content = read_back(report).content
    assert isinstance(content, sr.MeasurementReport)
    return content.get_image_measurement_groups()


def evaluated(group: Group) -> dict[str, str]:
    """Return each evaluation's value by its name, as codes."""
    return {one.name.value: one.value.value for one in group.get_qualitative_evaluations()}


def modifiers(one: sr.Measurement) -> dict[str, str]:
    """Return the coded modifiers of a measurement by their names."""
    items = one[0].ContentSequence
    return {
        item.ConceptNameCodeSequence[0].CodeValue: item.ConceptCodeSequence[0].CodeValue
        for item in items
        if item.ValueType == "CODE"
    }


def texts(group: Group) -> dict[str, str]:
    return {
        item.ConceptNameCodeSequence[0].CodeMeaning: item.TextValue
        for item in group[0].ContentSequence
        if item.ValueType == "TEXT"
    }


def algorithm_of(group: Group, name: str) -> str:
    """Return the name and version of what made an evaluation; empty for the reader."""
    (found,) = [
        item
        for item in group[0].ContentSequence
        if item.ConceptNameCodeSequence[0].CodeValue == name
    ]
    return " ".join(item.TextValue for item in found.get("ContentSequence", [])[:2])


def test_the_reader_has_the_last_word_and_the_models_stands_beside_it(
    film: Examination, source: Source
) -> None:
    right, left, _ = groups(structured_report(film, source))
    assert evaluated(right) == {
        "KL_GRADE": "KL_3",
        "KL_GRADE_MODEL": "KL_2",
        "KL_SET_LOW": "KL_1",
        "KL_SET_HIGH": "KL_3",
    }
    assert evaluated(left)["KL_GRADE"] == evaluated(left)["KL_GRADE_MODEL"] == "KL_0"
    assert algorithm_of(right, "KL_GRADE") == ""
    assert algorithm_of(right, "KL_GRADE_MODEL") == "koa 9.8.7"
    assert algorithm_of(left, "KL_GRADE") == "koa 9.8.7"


def test_each_knee_is_a_group_with_its_side_its_film_and_its_track(
    film: Examination, source: Source
) -> None:
    right, left, whole = groups(structured_report(film, source))
    for group, name, side in (
        (right, "Right knee", standard.SCT.Right),
        (left, "Left knee", standard.SCT.Left),
    ):
        (site,) = group.finding_sites
        assert (site.value, site.laterality) == (standard.SCT.KneeJoint, side)
        assert group.tracking_identifier == name
        (image,) = group.source_images
        assert image.referenced_sop_instance_uid == INSTANCE
    assert whole.tracking_identifier == "Film"
    assert len({group.tracking_uid for group in (right, left, whole)}) == 3


def test_a_knee_keeps_its_track_and_every_report_is_a_new_object(
    film: Examination, source: Source
) -> None:
    first, second = (structured_report(film, source) for _ in range(2))
    assert first.SOPInstanceUID != second.SOPInstanceUID
    assert first.SeriesInstanceUID == second.SeriesInstanceUID
    later = replace(FILM_HEADER, study_uid="1.9", series_uid="1.9.1", instance_uid="1.9.1.1")
    follow_up = on_film(film, later)
    third = structured_report(follow_up, Source.named(follow_up.radiograph, ELEMENTS))
    tracks = [[one.tracking_uid for one in groups(report)] for report in (first, second, third)]
    assert tracks[0] == tracks[1] == tracks[2]
    assert third.SeriesInstanceUID != first.SeriesInstanceUID


def test_probabilities_bear_the_standard_code_and_their_grade(
    film: Examination, source: Source
) -> None:
    right = groups(structured_report(film, source))[0]
    found = right.get_measurements(name=standard.DCM.Probability)
    assert [one.value for one in found] == pytest.approx([0.18, 0.29, 0.48, 0.05, 0.0])
    assert [modifiers(one)["KL_GRADE_MODEL"] for one in found] == [f"KL_{n}" for n in range(5)]
    assert {one.unit for one in found} == {standard.UCUM.NoUnits}


def test_widths_have_unit_compartment_method_and_the_place_on_the_film(
    measured_film: Examination, source: Source
) -> None:
    right = groups(structured_report(measured_film, source))[0]
    space = measured_film.knees[0].joint_space
    assert space is not None
    assert space.medial is not None
    assert space.medial.minimal is not None
    assert space.medial.narrowest is not None
    widths = right.get_measurements(name=standard.SCT.Width)
    assert len(widths) == 2 * (2 + len(codes.AT_PLACES))
    least = widths[0]
    assert least.value == pytest.approx(space.medial.minimal.millimetres, abs=1e-3)
    assert least.unit == standard.UCUM.Millimeter
    assert least.derivation == standard.SCT.Minimum
    assert least.method.value == "JSW"
    assert least.finding_sites[0].topographical_modifier == standard.SCT.Medial
    assert modifiers(least)["SPACING"] == "AT_DETECTOR"
    assert modifiers(least)["MARGINS"] == "BY_PROGRAM"
    (line,) = least.referenced_coordinates
    assert line.value == pytest.approx(space.medial.narrowest, abs=1e-3)


def test_places_are_told_in_the_pixels_of_the_file(measured_film: Examination) -> None:
    grid = StoredGrid(300, 600, quarters=1)
    turned = replace(measured_film, radiograph=replace(measured_film.radiograph, stored=grid))
    source = Source.named(turned.radiograph, replace(ELEMENTS, columns=300, rows=600))
    right = groups(structured_report(turned, source))[0]
    (line,) = right.get_measurements(name=standard.SCT.Width)[0].referenced_coordinates
    space = measured_film.knees[0].joint_space
    assert space is not None
    assert space.medial is not None
    assert space.medial.narrowest is not None
    wanted = [grid.stored_point(*point) for point in space.medial.narrowest.tolist()]
    for found, expected in zip(line.value.tolist(), wanted, strict=True):
        assert found == pytest.approx(expected, abs=1e-3)


def test_without_a_scale_widths_are_shares_of_the_condyles(measured_film: Examination) -> None:
    def bare(part):
        least, mean = (replace(one, millimetres=None) for one in (part.minimal, part.mean))
        places = tuple(replace(one, millimetres=None) for one in part.at_places)
        return replace(part, minimal=least, mean=mean, at_places=places)

    space = measured_film.knees[0].joint_space
    assert space is not None
    space = replace(space, left=bare(space.left), right=bare(space.right), spacing_origin=None)
    info = replace(measured_film.radiograph, spacing=None)
    knees = (replace(measured_film.knees[0], joint_space=space),)
    unscaled = replace(measured_film, radiograph=info, knees=knees)
    report = structured_report(unscaled, Source.named(info, ELEMENTS))
    widths = groups(report)[0].get_measurements(name=standard.SCT.Width)
    assert {one.unit.value for one in widths} == {"{condyle width}"}
    assert not any("SPACING" in modifiers(one) for one in widths)


def test_margins_that_the_reader_drew_are_no_algorithms(
    redrawn: Examination, source: Source
) -> None:
    drawn = on_film(redrawn)
    widths = groups(structured_report(drawn, source))[0].get_measurements(name=standard.SCT.Width)
    medial, lateral = widths[0], widths[6]
    assert modifiers(medial)["MARGINS"] == "BY_READER"
    assert not any(item.ValueType == "TEXT" for item in medial[0].ContentSequence)
    assert modifiers(lateral)["MARGINS"] == "BY_PROGRAM"
    assert any(item.get("TextValue") == "joint space" for item in lateral[0].ContentSequence)


def test_oarsi_readings_are_the_readers_with_the_models_beside_them(
    with_readings: Examination, source: Source
) -> None:
    right, left, _ = groups(structured_report(on_film(with_readings), source))
    found = evaluated(right)
    assert (found["JSN_MED"], found["JSN_MED_M"]) == ("OARSI_3", "OARSI_2")
    assert (found["OST_TIB_MED"], found["OST_TIB_MED_M"]) == ("OARSI_2", "OARSI_2")
    assert algorithm_of(right, "JSN_MED") == ""
    assert algorithm_of(right, "OST_TIB_MED") == "koa 9.8.7"
    assert not any(name.startswith(("JSN", "OST")) for name in evaluated(left))


def test_flags_comments_and_paragraphs_are_text(film: Examination, source: Source) -> None:
    knees = (replace(film.knees[0], comment="Größe 日本"), film.knees[1])
    right, _, whole = groups(structured_report(replace(film, knees=knees), source))
    assert texts(right)["Comment"] == "Größe 日本"
    assert "Reason for a review" in texts(right)
    assert texts(whole)["Comment"] == "Small osteophyte."
    assert texts(whole)["Impression"].startswith("Right knee: KL 3")


def test_who_signed_the_reading_verified_the_report(film: Examination, source: Source) -> None:
    draft = structured_report(film, source, reader="Dr A", organisation="Clinic")
    assert (draft.VerificationFlag, draft.PreliminaryFlag) == ("UNVERIFIED", "PRELIMINARY")
    signature = Signature("Dr B", "2026-03-12T10:15:00+00:00", "koa 9.8.7", (), "", "")
    later = Remark("Seen again.", "Dr B", "2026-03-13T08:00:00+00:00")
    final = replace(film, sign_off=SignOff(signature, addenda=(later,)))
    signed = structured_report(final, source, reader="Dr A", organisation="Clinic")
    assert (signed.VerificationFlag, signed.PreliminaryFlag) == ("VERIFIED", "FINAL")
    (observer,) = signed.VerifyingObserverSequence
    assert (observer.VerifyingObserverName, observer.VerifyingOrganization) == ("Dr B^", "Clinic")
    assert observer.VerificationDateTime == "20260312101500+0000"
    addendum = texts(groups(signed)[-1])["Reader's addendum to the signed reading"]
    assert addendum == "2026-03-13T08:00:00+00:00: Seen again."
    nameless = structured_report(final, source)
    assert nameless.VerificationFlag == "UNVERIFIED"
    assert "VerifyingObserverSequence" not in nameless


def test_the_report_joins_the_films_study_with_the_patient_as_the_file_names_him(
    film: Examination, source: Source
) -> None:
    report = pydicom.dcmread(BytesIO(file_bytes(structured_report(film, source))))
    assert report.PatientName == RAW_NAME
    assert (report.PatientID, report.IssuerOfPatientID) == ("KN-20417", "CLINIC")
    assert (report.PatientBirthDate, report.PatientSex) == ("19610304", "F")
    assert (report.StudyInstanceUID, report.StudyID, report.StudyTime) == (STUDY, "77", "101500")
    assert (report.AccessionNumber, report.ReferringPhysicianName) == ("ACC-77", "Doe^Jane")
    assert report.Modality == "SR"
    (study,) = report.CurrentRequestedProcedureEvidenceSequence
    assert study.StudyInstanceUID == STUDY
    (series,) = study.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == SERIES
    (image,) = series.ReferencedSOPSequence
    assert (image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID) == (FILM_CLASS, INSTANCE)


def picture(measured: Examination, header: Header) -> Source:
    info = replace(measured.radiograph, header=header)
    return Source.named(info, type(ELEMENTS)())


def test_a_picture_has_the_typed_patient_and_always_the_same_study(measured: Examination) -> None:
    typed = Header(patient_name="Doe, Jane", patient_id="7")
    first, again = (structured_report(measured, picture(measured, typed)) for _ in range(2))
    assert (first.PatientName, first.PatientID) == ("Doe^Jane", "7")
    assert first.StudyInstanceUID == again.StudyInstanceUID
    assert "CurrentRequestedProcedureEvidenceSequence" not in first
    assert not groups(first)[0].source_images
    other = structured_report(measured, picture(measured, replace(typed, patient_id="8")))
    assert other.StudyInstanceUID != first.StudyInstanceUID


def test_a_film_of_an_unknown_kind_is_not_referred_to(film: Examination) -> None:
    odd = Source.named(film.radiograph, replace(ELEMENTS, sop_class_uid="1.2.3"))
    report = structured_report(film, odd)
    assert report.StudyInstanceUID == STUDY
    assert not groups(report)[0].source_images


def test_without_the_name_nothing_of_the_film_or_the_patient_is_told(film: Examination) -> None:
    source = Source.unnamed("KOA-7F3A9C21")
    report = structured_report(film, source)
    content = file_bytes(report)
    for word in (*RAW_NAME.split("^"), "KN-20417", "ACC-77", "CLINIC", "19610304", "20260312"):
        assert not word or word.encode() not in content
    for uid in (INSTANCE, SERIES, f"{STUDY}\0"):
        assert uid.encode() not in content
    assert (report.PatientName, report.PatientID) == ("KOA-7F3A9C21^", "KOA-7F3A9C21")
    assert report.PatientIdentityRemoved == "YES"
    assert report.DeidentificationMethodCodeSequence[0].CodeValue == "113100"


def test_rulers_are_lengths_and_angles_of_the_film(film: Examination, source: Source) -> None:
    drawn = (
        Measurement(Kind.LENGTH, ((0.0, 0.0), (100.0, 0.0))),
        Measurement(Kind.ANGLE, ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0))),
    )
    whole = groups(structured_report(replace(film, measurements=drawn), source))[-1]
    (length,) = whole.get_measurements(name=standard.SCT.Length)
    assert (length.value, length.unit) == (pytest.approx(14.3), standard.UCUM.Millimeter)
    (angle,) = whole.get_measurements(name=standard.SCT.Angle)
    assert (angle.value, angle.unit) == (pytest.approx(90), standard.UCUM.Degree)


def test_a_refused_film_says_why(no_knee: Examination, source: Source) -> None:
    decision = Decision.not_gradable(Obstacle.NOT_A_KNEE, None, "koa 9.8.7")
    refused = replace(on_film(no_knee), decision=decision)
    report = structured_report(refused, source, reader="Dr A")
    (whole,) = groups(report)
    assert evaluated(whole) == {"DECISION": "NOT_GRADABLE", "OBSTACLE": "OB_NOT_A_KNEE"}
    assert "found no knee" in texts(whole)["Program's reason why there is no grade"]


@needs_dciodvfy
@needs_dcmtk
@pytest.mark.parametrize("kind", ["film", "picture", "nameless", "refused", "multiframe"])
def test_other_programs_find_no_fault(
    kind: str,
    film: Examination,
    measured_film: Examination,
    no_knee: Examination,
    tmp_path: Path,
) -> None:
    examination = {"film": measured_film, "refused": on_film(no_knee)}.get(kind, film)
    elements = replace(ELEMENTS, frames=2 if kind == "multiframe" else 1)
    if kind == "multiframe":
        elements = replace(elements, sop_class_uid="1.2.840.10008.5.1.4.1.1.7.2")
    source = Source.named(examination.radiograph, elements)
    if kind == "picture":
        source = picture(film, Header(patient_name="Doe, Jane", patient_id="7"))
    if kind == "nameless":
        source = Source.unnamed()
    path = tmp_path / "report.sr.dcm"
    path.write_bytes(file_bytes(structured_report(examination, source, reader="Dr A")))
    assert complaints(path) == []
    assert "Imaging Measurement Report" in run("dsrdump", path)


def test_the_conformance_statement_lists_every_private_code() -> None:
    stated = (ROOT / "docs" / "dicom-conformance.md").read_text(encoding="utf-8")
    for code in codes.PRIVATE.values():
        assert f"| {code.value} | {code.meaning} |" in stated
