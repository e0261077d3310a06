"""What the reader chooses for an export: what a report and a picture show, and of whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from koa_desktop.imaging.colour_maps import ColourMap
from koa_desktop.report import words


class Paper(Enum):
    """A sheet: width and height in millimetres."""

    A4 = (210.0, 297.0)
    LETTER = (215.9, 279.4)


class PatientField(Enum):
    """A field that can tell who the patient is; it stands on a report only where asked for."""

    NAME = words.PATIENT
    ID = words.PATIENT_ID
    BIRTH_DATE = words.BORN
    SEX = words.SEX
    STUDY_DATE = words.STUDY_DATE
    STUDY = words.STUDY
    ACCESSION_NUMBER = words.ACCESSION
    INSTITUTION = words.INSTITUTION
    FILE_NAME = words.FILE_NAME


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """What is drawn on the radiograph beside the boxes."""

    show_heat_map: bool = False
    colour_map: ColourMap = ColourMap.INFERNO
    show_measurements: bool = False
    show_joint_space: bool = False


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What a report shows. `date_format` is as strftime takes it.

    `set_coverage` (0..1) is the bundle's, for the note on prediction sets. `made_at` is now where
    it is None.
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
    date_format: str = "%d %b %Y"
    set_coverage: float | None = None
    made_at: datetime | None = None

    def picture(self) -> PictureOptions:
        """Return the same choices for an annotated picture."""
        return PictureOptions(
            show_heat_map=self.show_heat_map,
            colour_map=self.colour_map,
            show_measurements=self.show_measurements,
            show_joint_space=self.show_joint_space,
        )
