"""Elements of a film's file that the objects derived from it repeat or refer to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from koa_desktop.dicom.dataset import first_frame_groups, number, text, uid, value, whole
from koa_desktop.dicom.lookup_tables import lookup_table

if TYPE_CHECKING:
    from pydicom import Dataset

_TIME = re.compile(r"\d{2}([0-5]\d([0-5]\d(\.\d{1,6})?)?)?")  # TM of PS3.5 6.2
_AGE = re.compile(r"\d{3}[DWMY]")  # AS
_MOST_NAME = 3 * 64 + 2  # three groups of letters


@dataclass(frozen=True, eq=False, slots=True)
class LookupTable:
    """A lookup table as PS3.3 C.11.1 has it: `entries` (n,) of `bits`, from the value `first`."""

    first: int
    bits: int
    entries: NDArray[np.uint16]


@dataclass(frozen=True, eq=False, slots=True)
class SourceElements:
    """The elements, empty or None where the file has none that is valid.

    Names are as in the file, `Family^Given`, with their groups of letters. `frames` and `samples`
    are at least 1. `columns` and `rows` are those of the stored pixels.
    """

    patient_name: str = ""
    issuer_of_patient_id: str = ""
    patient_age: str = ""
    referring_physician: str = ""
    study_time: str = ""
    study_id: str = ""
    sop_class_uid: str = ""
    frames: int = 1
    samples: int = 1
    columns: int = 0
    rows: int = 0
    slope: float | None = None
    intercept: float | None = None
    modality_table: LookupTable | None = None
    voi_table: LookupTable | None = None


def source_elements(data: bytes | memoryview) -> SourceElements:
    """Return the elements of a DICOM file's bytes. Raises ReadError."""
    # Imported here: pictures are read without DICOM's libraries.
    from koa_desktop.dicom.parse import parse

    dataset = parse(data).dataset
    first_frame_groups(dataset)
    return SourceElements(
        patient_name=_name(dataset, "PatientName"),
        issuer_of_patient_id=text(dataset, "IssuerOfPatientID"),
        patient_age=_matching(_AGE, text(dataset, "PatientAge")),
        referring_physician=_name(dataset, "ReferringPhysicianName"),
        study_time=_matching(_TIME, text(dataset, "StudyTime")),
        study_id=text(dataset, "StudyID"),
        sop_class_uid=uid(dataset, "SOPClassUID"),
        frames=max(whole(dataset, "NumberOfFrames", 1), 1),
        samples=max(whole(dataset, "SamplesPerPixel", 1), 1),
        columns=whole(dataset, "Columns"),
        rows=whole(dataset, "Rows"),
        slope=_number(dataset, "RescaleSlope"),
        intercept=_number(dataset, "RescaleIntercept"),
        modality_table=_table(dataset, "ModalityLUTSequence"),
        voi_table=_table(dataset, "VOILUTSequence"),
    )


def _name(dataset: Dataset, keyword: str) -> str:
    """Return a name with its carets and its groups of letters, without control characters."""
    found = value(dataset, keyword)
    whole_name = "" if found is None else str(found)
    return "".join(c for c in whole_name if c.isprintable() and c != "\\")[:_MOST_NAME].strip()


def _matching(pattern: re.Pattern[str], found: str) -> str:
    return found if pattern.fullmatch(found) else ""


def _number(dataset: Dataset, keyword: str) -> float | None:
    found = number(dataset, keyword)
    return None if np.isnan(found) else found


def _table(dataset: Dataset, keyword: str) -> LookupTable | None:
    found = lookup_table(dataset, keyword)
    if found is None:
        return None
    # As the reader shows it: a table may use fewer bits than it says.
    return LookupTable(found.first, max(found.used_bits, 1), found.entries.astype(np.uint16))
