"""The reader's choices for an export: who is named, and the contents of report and picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from koa_desktop.imaging.colour_maps import ColourMap
from koa_desktop.patients.follow_up import Course


class Paper(Enum):
    """A sheet: width and height in millimetres."""

    A4 = (210.0, 297.0)
    LETTER = (215.9, 279.4)


class Profile(Enum):
    """Who is named in an export, its file's name included; the command line has the same values."""

    PATIENT = "patient"  # for the patient's file: patient, study, file, reader and clinic
    PSEUDONYMOUS = "pseudonymous"  # a study code for the patient and the file
    NAMELESS = "nameless"  # a number for the file; neither reader nor clinic

    @property
    def names_patient(self) -> bool:
        """True where patient, study and file are named."""
        return self is Profile.PATIENT

    @property
    def names_reader(self) -> bool:
        """True where reader and clinic are named."""
        return self is not Profile.NAMELESS


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
    it is None. `study_code` identifies the case where the profile is pseudonymous, `number` where
    it is nameless. `courses` are the patient's knees over time.
    """

    clinic_name: str = ""
    clinic_lines: tuple[str, ...] = ()
    reader: str = ""
    profile: Profile = Profile.PSEUDONYMOUS
    paper: Paper = Paper.A4
    show_heat_map: bool = True
    colour_map: ColourMap = ColourMap.INFERNO
    show_measurements: bool = False
    show_joint_space: bool = False
    set_coverage: float | None = None
    made_at: datetime | None = None
    study_code: str = ""
    number: int = 1
    courses: tuple[Course, ...] = ()

    def picture(self) -> PictureOptions:
        """Return the same choices for an annotated picture."""
        return PictureOptions(
            show_heat_map=self.show_heat_map,
            colour_map=self.colour_map,
            show_measurements=self.show_measurements,
            show_joint_space=self.show_joint_space,
        )
