"""Measurements of the structured report: widths of the joint space, and the reader's rulers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np
from highdicom import sr
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.sr.coding import Code

from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.measurements import (
    Kind,
    Measurement,
    angle_degrees,
    length_mm,
    length_px,
)
from koa_desktop.joint_space.measure import (
    Compartment,
    CompartmentName,
    JointSpace,
    JointSpaceFlag,
    Width,
)
from koa_desktop.radiograph import PixelSpacing
from koa_desktop.report import provenance
from koa_desktop.report.dicom_objects import codes


def frames(image: Dataset) -> list[int] | None:
    """Return the frames of an image that were examined; None where it has but one."""
    # Of several frames, the first is the film that was examined.
    return [1] if image.get("NumberOfFrames") else None


def joint_space(
    examination: Examination, space: JointSpace | None, image: Dataset | None
) -> Iterator[sr.Measurement]:
    """Yield the widths of both compartments: minimal, mean and at fixed places."""
    if space is None or space.reason is not None:
        return
    for name, part in space.named_compartments:
        if part.minimal is None or part.mean is None:
            continue
        yield _width(examination, space, name, part, part.minimal, codes.MINIMUM, image)
        yield _width(examination, space, name, part, part.mean, codes.MEAN)
        for place, width in zip(codes.AT_PLACES, part.at_places, strict=False):
            yield _width(examination, space, name, part, width, method=place)


def _width(
    examination: Examination,
    space: JointSpace,
    name: CompartmentName,
    part: Compartment,
    width: Width,
    derivation: Code | None = None,
    image: Dataset | None = None,
    method: Code = codes.JOINT_SPACE,
) -> sr.Measurement:
    """Return one width of a compartment; with an `image`, the place on it where it was taken."""
    value, unit = (
        (width.share, codes.CONDYLE_WIDTH)
        if width.millimetres is None
        else (width.millimetres, codes.MILLIMETRE)
    )
    side = codes.SIDES.get(space.side) if space.side else None
    site = sr.FindingSite(codes.KNEE_JOINT, side, codes.COMPARTMENTS[name])
    places = None
    if image is not None and part.narrowest is not None:
        places = [_line(examination, part.narrowest, image)]
    one = sr.Measurement(
        codes.WIDTH,
        round(float(value), 4),
        unit,
        derivation=derivation,
        method=method,
        finding_sites=[site],
        algorithm_id=None if part.corrected else _program(),
        referenced_coordinates=places,
    )
    if width.millimetres is not None and space.spacing_origin is not None:
        modify(one, codes.SPACING, codes.SPACINGS[space.spacing_origin])
    found = codes.UNSURE if part.flag is JointSpaceFlag.UNSURE else codes.MARGINS_BY_PROGRAM
    modify(one, codes.MARGINS, codes.MARGINS_BY_READER if part.corrected else found)
    return one


@cache
def _program() -> sr.AlgorithmIdentification:
    version = provenance.program_version() or "unknown"
    return sr.AlgorithmIdentification("joint space", version, manufacturer=provenance.PROGRAM)


def rulers(examination: Examination, image: Dataset | None) -> Iterator[sr.Measurement]:
    """Yield the reader's lengths and angles; an object of known size is a length, too."""
    spacing = examination.radiograph.spacing
    for one in examination.measurements:
        if one.kind is Kind.ANGLE:
            name, value, unit = codes.ANGLE, angle_degrees(one, spacing), codes.DEGREE
        else:
            is_known = spacing is not None or one.diameter_mm is not None
            unit = codes.MILLIMETRE if is_known else codes.PIXEL
            name, value = codes.LENGTH, _length(one, spacing)
        line = np.array(one.points)
        places = [_line(examination, line, image)] if image is not None else None
        measured = sr.Measurement(name, round(value, 4), unit, referenced_coordinates=places)
        if unit is codes.MILLIMETRE and spacing is not None:
            modify(measured, codes.SPACING, codes.SPACINGS[spacing.origin])
        yield measured


def _length(one: Measurement, spacing: PixelSpacing | None) -> float:
    """Return a length in millimetres where they are known, else in pixels."""
    if one.diameter_mm is not None:
        return one.diameter_mm
    return length_px(one) if spacing is None else length_mm(one, spacing)


def _line(
    examination: Examination, points: NDArray[np.floating], image: Dataset
) -> sr.CoordinatesForMeasurement:
    """Return a line on an image, in the pixels of its file."""
    grid = examination.radiograph.grid
    stored = np.array([grid.stored_point(float(x), float(y)) for x, y in points])
    return sr.CoordinatesForMeasurement(
        sr.GraphicTypeValues.POLYLINE,
        stored,
        sr.SourceImageForRegion(image.SOPClassUID, image.SOPInstanceUID, frames(image)),
    )


def modify(measurement: sr.Measurement, concept: Code, value: Code) -> None:
    """Add a coded modifier to a measurement, for which its template has no place."""
    item = sr.CodeContentItem(
        sr.CodedConcept.from_code(concept),
        sr.CodedConcept.from_code(value),
        sr.RelationshipTypeValues.HAS_CONCEPT_MOD,
    )
    if "ContentSequence" not in measurement[0]:
        measurement[0].ContentSequence = sr.ContentSequence()
    measurement[0].ContentSequence.append(item)
