"""The reader's choices for an export: contents of report and picture, and the patient's fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from koa_desktop.imaging.colour_maps import ColourMap
from koa_desktop.wording.report import ReportText


class Paper(Enum):
    """A sheet: width and height in millimetres."""

    A4 = (210.0, 297.0)
    LETTER = (215.9, 279.4)


class PatientField(Enum):
    """A field that can identify the patient, shown only on request; the value is its label."""

    NAME = ReportText.PATIENT
    ID = ReportText.PATIENT_ID
    BIRTH_DATE = ReportText.BORN
    SEX = ReportText.SEX
    STUDY_DATE = ReportText.STUDY_DATE
    STUDY = ReportText.STUDY
    ACCESSION_NUMBER = ReportText.ACCESSION
    INSTITUTION = ReportText.INSTITUTION
    FILE_NAME = ReportText.FILE_NAME


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """Overlays drawn on the radiograph in addition to the boxes."""

    show_heat_map: bool = False
    colour_map: ColourMap = ColourMap.INFERNO
    show_measurements: bool = False
    show_joint_space: bool = False


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """The contents of a report.

    `set_coverage` (0..1) is the bundle's, for the note on prediction sets. `made_at` is now where
    it is None. `study_code` identifies the case where the patient's fields do not.
    """

    clinic_name: str = ""
    clinic_lines: tuple[str, ...] = ()
    reader: str = ""
    fields: frozenset[PatientField] = frozenset()
    paper: Paper = Paper.A4
    show_heat_map: bool = True
    colour_map: ColourMap = ColourMap.INFERNO
    show_measurements: bool = False
    show_joint_space: bool = False
    set_coverage: float | None = None
    made_at: datetime | None = None
    study_code: str = ""

    def picture(self) -> PictureOptions:
        """Return the same choices for an annotated picture."""
        return PictureOptions(
            show_heat_map=self.show_heat_map,
            colour_map=self.colour_map,
            show_measurements=self.show_measurements,
            show_joint_space=self.show_joint_space,
        )
