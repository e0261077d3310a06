"""Examinations made by hand, of pictures that never were a patient's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.findings import Finding, Flag, Refusal
from koa_desktop.grading.grader import Grading
from koa_desktop.grading.oarsi import OarsiName, readings_by_compartment
from koa_desktop.joint_space.editing import corrected, dragged, handles
from koa_desktop.joint_space.frame import Frame
from koa_desktop.joint_space.margins import COLUMN_U, MarginCard, Margins
from koa_desktop.joint_space.measure import JointSpace, joint_space_of
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.message import Message
from koa_desktop.radiograph import Header, PixelSpacing, Radiograph, Side, SpacingOrigin, Window
from koa_desktop.wording import language
from tests.support.window_fixtures import no_qt_warnings

HEADER = Header(
    patient_name="Παπαδόπουλος, Ελένη",
    patient_id="KN-20417",
    birth_date=date(1961, 3, 4),
    sex="F",
    study_date=date(2026, 3, 12),
    study_description='Обе колени <b>&"',
    accession_number="ACC-77",
    institution="Clinic of St. Nowhere",
    view_position="AP",
)


@pytest.fixture
def iso_dates() -> Iterator[None]:
    """Dates are written as `1961-03-04`."""
    language.use_dates(date.isoformat)
    yield
    language.use_dates(None)


@pytest.fixture
def radiograph() -> Radiograph:
    rows, columns = np.mgrid[:300, :600]
    values = ((rows + columns) % 256).astype(np.uint8)
    return Radiograph.of(
        Path("films/knees.png"),
        values,
        Window(127.5, 255),
        spacing=PixelSpacing(0.143, 0.143, SpacingOrigin.AT_DETECTOR),
        header=HEADER,
        file_format="PNG",
        sha256="80df8672" * 8,
    )


@pytest.fixture
def two_knees(radiograph: Radiograph) -> Examination:
    """Right: read as KL 3, model KL 2 with two flags. Left: model KL 0, not read yet."""
    right = Finding(
        2,
        (0.18, 0.29, 0.48, 0.05, 0.0),
        (1, 3),
        (Flag.WIDE_SET, Flag.ON_REQUEST),
    )
    left = Finding(0, (0.54, 0.28, 0.16, 0.01, 0.01), (0, 0))
    return Examination(
        radiograph.info,
        (
            replace(_examined(Box(40, 60, 180), Side.RIGHT, right), reader_grade=3),
            _examined(Box(360, 60, 180), Side.LEFT, left),
        ),
        model="koa 9.8.7",
        model_sha256="3f2a91c0" * 8,
        comment="Small osteophyte.",
        reader="Dr A",
    )


@pytest.fixture
def no_knee(radiograph: Radiograph) -> Examination:
    return Examination(radiograph.info, (), Message(Refusal.NO_KNEE), "koa 9.8.7", "3f2a91c0" * 8)


@pytest.fixture
def with_readings(two_knees: Examination) -> Examination:
    """Right: medial narrowing 2, which the reader calls 3, medial tibia 2. Left: none told."""
    right, left = two_knees.knees
    by_picture = np.full((6, 4), 0.05, np.float32)
    by_picture[range(6), [0, 2, 0, 0, 0, 2]] = 0.85
    assert right.knee.side is Side.RIGHT
    finding = replace(right.finding, readings=readings_by_compartment(by_picture, right.knee.side))
    given = ((OarsiName.JSN_MEDIAL, 3),)
    read = replace(right, finding=finding, reader_readings=given)
    return replace(two_knees, knees=(read, left))


def _examined(box: Box, side: Side, finding: Finding) -> ExaminedKnee:
    maps = np.full((7, 7, 5), -1, np.float32)
    maps[3, 2] = 3
    grading = Grading(np.array(finding.probability, np.float32), maps, np.zeros(8, np.float32))
    return ExaminedKnee(Knee(box, side, SideSource.HEADER), finding, grading)


@pytest.fixture
def measured(two_knees: Examination) -> Examination:
    """Right: medial 3.0, lateral 6.0 units wide, the margins sure. Left: medial unsure, 8 units."""
    right, left = two_knees.knees
    joints = (
        _joint(right, lateral=6.0, medial=3.0, confidence=0.95),
        _joint(left, lateral=10.0, medial=8.0, confidence=0.6),
    )
    knees = (replace(right, joint_space=joints[0]), replace(left, joint_space=joints[1]))
    return replace(two_knees, knees=knees)


@pytest.fixture
def redrawn(measured: Examination) -> Examination:
    """The same, the right knee's medial margins drawn by the reader."""
    right, left = measured.knees
    space = right.joint_space
    assert space is not None
    point = next(one for one in handles(space) if not one.is_left)
    drawn = corrected(space, dragged(space, point, -2), measured.radiograph)
    return replace(measured, knees=(replace(right, joint_space=drawn), left))


def _joint(
    examined: ExaminedKnee, *, lateral: float, medial: float, confidence: float
) -> JointSpace:
    at_left, at_right = lateral, medial
    if examined.knee.side is Side.LEFT:
        at_left, at_right = medial, lateral
    sure = np.full(len(COLUMN_U), 0.95)
    femur = np.full(len(COLUMN_U), 126.0)
    unsure = np.full(len(COLUMN_U), confidence)
    left_is_medial = examined.knee.side is Side.LEFT
    return joint_space_of(
        Frame.of(examined.knee.box),
        Margins(COLUMN_U, femur, femur + at_left, unsure if left_is_medial else sure),
        Margins(CROP_SIZE - COLUMN_U, femur, femur + at_right, sure),
        MarginCard(2, {}, refused_below=0.5, flagged_below=0.8),
        (300, 600),
        PixelSpacing(0.143, 0.143, SpacingOrigin.AT_DETECTOR),
        examined.knee.side,
    )
