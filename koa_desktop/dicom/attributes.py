"""Attributes of patient, study, side and pixel spacing in a DICOM header."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import MutableSequence
from datetime import date
from typing import TYPE_CHECKING, Any

from koa_desktop.radiograph import Header, PixelSpacing, Side, SpacingOrigin

if TYPE_CHECKING:
    from pydicom import Dataset

MAX_TEXT = 256
# Unicode's categories of line breaks and other controls, and of what is not seen.
_BREAKS = ("Cc", "Zl", "Zp")
_UNSEEN = ("Cf", "Cs", "Co", "Cn")
_JOINERS = "\u200c\u200d"  # needed to write Persian and Indic names
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
        study_uid=_uid(dataset, "StudyInstanceUID"),
        series_uid=_uid(dataset, "SeriesInstanceUID"),
        instance_uid=_uid(dataset, "SOPInstanceUID"),
    )


def laterality_of(dataset: Dataset) -> Side | None:
    """Return the side that the header names; it is never guessed, and both sides are none."""
    for keyword in ("ImageLaterality", "FrameLaterality", "Laterality"):
        named = text(dataset, keyword).upper()
        if named:
            return {"R": Side.RIGHT, "L": Side.LEFT}.get(named)
    return None


def is_mirrored(dataset: Dataset) -> bool:
    """Tell whether the patient's right is at the viewer's right (PS3.3 C.7.6.1.1.1).

    The first value of Patient Orientation is the direction in which a row's columns grow.
    """
    orientation = _value(dataset, "PatientOrientation")
    rows = orientation[0] if isinstance(orientation, list) and orientation else ""
    return str(rows or "").strip().upper().startswith("R")


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


def text(dataset: Dataset, keyword: str) -> str:
    """Return an element as one line of text, without control characters, at most 256 long."""
    value = _value(dataset, keyword)
    if isinstance(value, list):
        value = " ".join(str(part) for part in value)
    return _clean("" if value is None else str(value))


def _name(dataset: Dataset) -> str:
    """Return the patient's name as it is read: `Doe, John`."""
    value = _value(dataset, "PatientName")
    if value is None:
        return ""
    groups = [group for group in str(value).split("=") if group.strip(" ^")]
    parts = [_clean(part) for part in (groups[0] if groups else "").split("^")]
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


def _uid(dataset: Dataset, keyword: str) -> str:
    """Return a unique identifier, empty where it is not one (PS3.5 9.1)."""
    value = text(dataset, keyword)
    return value if re.fullmatch(r"[0-9]+(\.[0-9]+)*", value) and len(value) <= 64 else ""


def _pair(dataset: Dataset, keyword: str) -> tuple[float, float] | None:
    """Return row and column spacing in millimetres where both are plausible."""
    value = _value(dataset, keyword)
    try:
        row, column = (float(part) for part in value)
    except (TypeError, ValueError, OverflowError):
        return None
    low, high = _SPACING_LIMITS
    return (row, column) if low <= row <= high and low <= column <= high else None


def _same(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(math.isclose(a, b, rel_tol=1e-3) for a, b in zip(one, other, strict=True))


def _value(dataset: Dataset, keyword: str) -> Any:
    """Return an element's value; None where it is missing or can't be decoded."""
    try:
        value = dataset.get(keyword)
    except Exception:  # pydicom decodes late, and raises many kinds on odd bytes
        return None
    return list(value) if isinstance(value, MutableSequence) else value


def _clean(value: str) -> str:
    """Return text as one line without control and formatting characters."""
    kept = (" " if unicodedata.category(c) in _BREAKS else c for c in value[: 4 * MAX_TEXT])
    visible = "".join(c for c in kept if c in _JOINERS or unicodedata.category(c) not in _UNSEEN)
    return " ".join(visible.split())[:MAX_TEXT].rstrip()
