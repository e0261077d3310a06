"""The patient, the study and the film that all objects of one case share, and their UIDs.

New objects of a film that names its study belong to that study, with the patient's data as the
file has them. A picture has no study: its UID is derived from the checksum and the patient, so that
it is the same in every export.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

import pydicom
from highdicom._standard_utils import get_sop_class_iod_map
from pydicom import Dataset
from pydicom.uid import SecondaryCaptureImageStorage

from koa_desktop.loading.source_elements import SourceElements
from koa_desktop.radiograph import Header, RadiographInfo
from koa_desktop.report import provenance
from koa_desktop.system.log import silence

# Values of a file that break a rule in small ways are passed on as they are.
pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
silence("highdicom")

UTF_8 = "ISO_IR 192"
SEXES = ("F", "M", "O")
_MOST_TEXT = 64  # letters of LO
# Elements of patient and study that not every constructor of highdicom takes.
_FURTHER = (
    *("IssuerOfPatientID", "PatientAge", "StudyDescription", "PatientIdentityRemoved"),
    *("DeidentificationMethod", "DeidentificationMethodCodeSequence"),
)


def new_uid() -> str:
    """Return a UID that no other object has (PS3.5 B.2)."""
    return f"2.25.{uuid4().int}"


def derived_uid(*parts: str) -> str:
    """Return the UID that belongs to these texts, always the same one."""
    digest = hashlib.sha256("\0".join(("koa-desktop", *parts)).encode("utf-8", "surrogateescape"))
    # The form of a UUID of version 8 (RFC 9562), which PS3.5 B.2 makes a UID.
    number = int.from_bytes(digest.digest()[:16], "big")
    number = number & ~(0xF << 76) | 8 << 76
    return f"2.25.{number & ~(0b11 << 62) | 0b10 << 62}"


@dataclass(frozen=True, eq=False, slots=True)
class Source:
    """What all objects of one film share.

    `study` has the patient's and the study's elements and stands for the film where objects refer
    to it. `is_in_archive` is false where the film is no DICOM object, or none that may be named:
    then nothing refers to it. `elements` are the film file's own. `picture_uid` is the UID of the
    annotated film, if one is made.
    """

    study: Dataset
    elements: SourceElements
    is_in_archive: bool
    picture_uid: str = field(default_factory=new_uid)

    @classmethod
    def named(cls, radiograph: RadiographInfo, elements: SourceElements) -> Source:
        """Return a film's source with the patient's data, by the file and by the reader."""
        header = radiograph.header
        study = _empty_study()
        study.PatientName = _patient_name(header, elements)
        study.PatientID = header.patient_id
        if elements.issuer_of_patient_id:
            study.IssuerOfPatientID = elements.issuer_of_patient_id
        study.PatientBirthDate = _day(header.birth_date)
        study.PatientSex = header.sex.upper() if header.sex.upper() in SEXES else ""
        if elements.patient_age:
            study.PatientAge = elements.patient_age
        study.StudyDate = _day(header.study_date)
        study.StudyTime = elements.study_time
        study.StudyID = elements.study_id[:16]
        study.AccessionNumber = header.accession_number
        study.ReferringPhysicianName = _closed(elements.referring_physician)
        if header.study_description:
            study.StudyDescription = header.study_description[:_MOST_TEXT]
        study.StudyInstanceUID = header.study_uid or derived_uid(
            *("study", radiograph.sha256, header.patient_id, header.patient_name),
            *(_day(header.birth_date), _day(header.study_date)),
        )
        is_in_archive = bool(
            header.study_uid
            and header.series_uid
            and header.instance_uid
            and elements.sop_class_uid in get_sop_class_iod_map()
        )
        if is_in_archive:
            _describe_film(study, header, elements)
        return cls(study, elements, is_in_archive)

    @classmethod
    def unnamed(cls, code: str = "") -> Source:
        """Return a film's source without the patient's data, by its study code where it has one.

        Nothing leads back to the film, so all UIDs are new (PS3.15 E, Basic Profile).
        """
        study = _empty_study()
        study.PatientName = f"{code}^" if code else ""
        study.PatientID = code
        study.StudyInstanceUID = new_uid()
        study.PatientIdentityRemoved = "YES"
        study.DeidentificationMethod = "Only listed elements are written"
        method = Dataset()
        method.CodeValue, method.CodingSchemeDesignator = "113100", "DCM"
        method.CodeMeaning = "Basic Application Confidentiality Profile"
        study.DeidentificationMethodCodeSequence = [method]
        return cls(study, SourceElements(), is_in_archive=False)

    def picture(self) -> Dataset:
        """Return the annotated film as objects refer to it."""
        picture = Dataset()
        picture.update(self.study)
        picture.SOPClassUID = SecondaryCaptureImageStorage
        picture.SOPInstanceUID = self.picture_uid
        picture.SeriesInstanceUID = self.series_uid("OT")
        return picture

    def reference(self) -> Dataset:
        """Return what refers to the film, for sequences of sources."""
        item = Dataset()
        item.ReferencedSOPClassUID = self.study.SOPClassUID
        item.ReferencedSOPInstanceUID = self.study.SOPInstanceUID
        return item

    def complete(self, made: Dataset) -> None:
        """Add what a new object lacks of patient and study."""
        for keyword in _FURTHER:
            if keyword in self.study:
                made[keyword] = self.study[keyword]

    def series_uid(self, modality: str) -> str:
        """Return the UID of the series of all such objects of a study by this version."""
        study = str(self.study.StudyInstanceUID)
        return derived_uid("series", study, modality, provenance.program_version())

    def identification(self, modality: str, number: int, description: str) -> dict[str, Any]:
        """Return what tells a new object and its series from others, for highdicom."""
        return {
            "series_instance_uid": self.series_uid(modality),
            "series_number": number,
            "series_description": description,
            "sop_instance_uid": self.picture_uid if modality == "OT" else new_uid(),
            "instance_number": 1,
            "manufacturer": provenance.PROGRAM,
            "manufacturer_model_name": provenance.PROGRAM,
            "software_versions": provenance.program_version() or "unknown",
            "specific_character_set": UTF_8,
        }

    def patient_and_study(self) -> dict[str, Any]:
        """Return what identifies patient and study, for highdicom."""
        study = self.study
        return {
            "study_instance_uid": study.StudyInstanceUID,
            "patient_id": study.PatientID,
            "patient_name": study.PatientName,
            "patient_birth_date": study.PatientBirthDate,
            "patient_sex": study.PatientSex,
            "accession_number": study.AccessionNumber,
            "study_id": study.StudyID,
            "study_date": study.StudyDate,
            "study_time": study.StudyTime,
            "referring_physician_name": study.ReferringPhysicianName,
        }


def person_name(name: str) -> str:
    """Return a name as DICOM writes it: `Doe, John` as `Doe^John`; empty where there is none."""
    plain = "".join(c for c in name if c.isprintable() and c not in "\\^=").strip()
    family, _, given = plain.partition(",")
    return _closed(f"{family.strip()}^{given.strip()}" if plain else "")


def _empty_study() -> Dataset:
    """Return a study of which nothing is known, of a film that nothing refers to."""
    study = Dataset()
    study.SpecificCharacterSet = UTF_8
    study.SOPClassUID = SecondaryCaptureImageStorage
    study.SOPInstanceUID = new_uid()
    study.SeriesInstanceUID = new_uid()
    for keyword in (
        *("PatientName", "PatientID", "PatientBirthDate", "PatientSex"),
        *("StudyDate", "StudyTime", "StudyID", "AccessionNumber", "ReferringPhysicianName"),
    ):
        setattr(study, keyword, "")
    return study


def _describe_film(study: Dataset, header: Header, elements: SourceElements) -> None:
    """Add what identifies the film itself, and what highdicom looks up in it."""
    study.SOPClassUID = elements.sop_class_uid
    study.SOPInstanceUID = header.instance_uid
    study.SeriesInstanceUID = header.series_uid
    study.Rows, study.Columns = elements.rows, elements.columns
    study.SamplesPerPixel = elements.samples
    if elements.frames > 1:
        study.NumberOfFrames = elements.frames


def _patient_name(header: Header, elements: SourceElements) -> str:
    """Return the file's own name with all its parts and groups, else the one typed."""
    return (
        _closed(elements.patient_name)
        if elements.patient_name.strip("^= ")
        else person_name(header.patient_name)
    )


def _closed(name: str) -> str:
    """Return a name with the caret that tells a lone family name from a mistake."""
    return f"{name}^" if name and "^" not in name else name


def _day(value: date | None) -> str:
    return f"{value:%Y%m%d}" if value else ""
