"""Attributes of patient, study, side and pixel spacing in a DICOM header."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import TYPE_CHECKING

from koa_desktop.dicom.dataset import MAX_TEXT, clean, numbers, text, texts, uid, value
from koa_desktop.imaging.pose import UPRIGHT, Pose, pose_of
from koa_desktop.radiograph import Header, PixelSpacing, Side, SpacingOrigin

if TYPE_CHECKING:
    from pydicom import Dataset

# Beyond these, in millimetres, no detector or scanned film lies.
_SPACING_LIMITS = (0.001, 10.0)
_SPACING_KEYWORDS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")


def header_of(dataset: Dataset) -> Header:
    """Return the patient and study fields; empty where the file has none or none that is valid."""
    return Header(
        patient_name=_name(dataset),
        patient_id=text(dataset, "PatientID"),
        birth_date=_date(dataset, "PatientBirthDate"),
        sex=text(dataset, "PatientSex"),
        study_date=_date(dataset, "StudyDate"),
        study_description=text(dataset, "StudyDescription"),
        accession_number=text(dataset, "AccessionNumber"),
        institution=text(dataset, "InstitutionName"),
        body_part=text(dataset, "BodyPartExamined"),
        view_position=text(dataset, "ViewPosition"),
        study_uid=uid(dataset, "StudyInstanceUID"),
        series_uid=uid(dataset, "SeriesInstanceUID"),
        instance_uid=uid(dataset, "SOPInstanceUID"),
    )


def laterality_of(dataset: Dataset) -> Side | None:
    """Return the side that the header names; it is never guessed, and both sides are none."""
    for keyword in ("ImageLaterality", "FrameLaterality", "Laterality"):
        named = text(dataset, keyword).upper()
        if named:
            return {"R": Side.RIGHT, "L": Side.LEFT}.get(named)
    return None


def stored_pose(dataset: Dataset) -> Pose:
    """Return how a frontal picture lies in the file (Patient Orientation, PS3.3 C.7.6.1.1.1)."""
    directions = texts(dataset, "PatientOrientation")
    return pose_of(*directions) if len(directions) == 2 else UPRIGHT


def pixel_ratio(dataset: Dataset) -> float:
    """Return a pixel's height by its width, 1 where the header names none (PS3.3 C.7.6.3.1.7)."""
    for keyword in _SPACING_KEYWORDS:
        pair = _pair(dataset, keyword)
        if pair is not None:
            return pair[0] / pair[1]
    aspect = numbers(dataset, "PixelAspectRatio")
    return aspect[0] / aspect[1] if len(aspect) == 2 and min(aspect) > 0 else 1.0


def spacing_of(dataset: Dataset) -> PixelSpacing | None:
    """Return the pixel spacing and where it was measured (PS3.3 10.7.1.3).

    Pixel Spacing is taken as calibrated where the header says how it was, or where it differs from
    the spacing at the detector; alone, or equal to it, it is the spacing at the detector.
    """
    corrected, at_detector, scanned = (_pair(dataset, keyword) for keyword in _SPACING_KEYWORDS)
    if corrected is not None:
        said = bool(text(dataset, "PixelSpacingCalibrationType"))
        if said or (at_detector is not None and not _same(corrected, at_detector)):
            return PixelSpacing(*corrected, SpacingOrigin.CALIBRATED)
    uncorrected = at_detector or corrected or scanned
    return PixelSpacing(*uncorrected, SpacingOrigin.AT_DETECTOR) if uncorrected else None


def _name(dataset: Dataset) -> str:
    """Return the patient's name as it is read: `Doe, John`."""
    found = value(dataset, "PatientName")
    if found is None:
        return ""
    groups = [group for group in str(found).split("=") if group.strip(" ^")]
    parts = [clean(part) for part in (groups[0] if groups else "").split("^")]
    family, given, middle, prefix, suffix = (parts + [""] * 5)[:5]
    names = " ".join(part for part in (prefix, given, middle, suffix) if part)
    return ", ".join(part for part in (family, names) if part)[:MAX_TEXT]


def _date(dataset: Dataset, keyword: str) -> date | None:
    """Return a date, written 20260131 or, as before DICOM 3, 2026.01.31; None where it is none."""
    found = re.fullmatch(r"(\d{4})(\.?)(\d\d)\2(\d\d)", text(dataset, keyword))
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[3]), int(found[4]))
    except ValueError:
        return None


def _pair(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    """Return row and column spacing in millimetres where both are plausible."""
    found = numbers(dataset, keyword)
    low, high = _SPACING_LIMITS
    if len(found) != 2 or not all(low <= part <= high for part in found):
        return None
    return found[0], found[1]


def _same(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(math.isclose(a, b, rel_tol=1e-3) for a, b in zip(one, other, strict=True))
