"""Examinations made by hand, of pictures that never were a patient's."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from koa_desktop.examination import NO_KNEE, Examination, ExaminedKnee
from koa_desktop.findings import Finding, Flag
from koa_desktop.grading import Grading
from koa_desktop.knees import Box, Knee, crop
from koa_desktop.radiograph import Header, PixelSpacing, Radiograph, Side, SpacingOrigin, Window

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
def radiograph() -> Radiograph:
    rows, columns = np.mgrid[:300, :600]
    values = ((rows + columns) % 256).astype(np.uint8)
    return Radiograph(
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
        reader_grade=3,
    )
    left = Finding(0, (0.54, 0.28, 0.16, 0.01, 0.01), (0, 0))
    return Examination(
        radiograph,
        (
            _examined(radiograph, Box(40, 60, 180), Side.RIGHT, right),
            _examined(radiograph, Box(360, 60, 180), Side.LEFT, left),
        ),
        model="koa 9.8.7",
        model_sha256="3f2a91c0" * 8,
        comment="Small osteophyte.",
        reader="Dr A",
    )


@pytest.fixture
def no_knee(radiograph: Radiograph) -> Examination:
    return Examination(radiograph, (), NO_KNEE, "koa 9.8.7", "3f2a91c0" * 8)


def _examined(radiograph: Radiograph, box: Box, side: Side, finding: Finding) -> ExaminedKnee:
    maps = np.full((7, 7, 5), -1, np.float32)
    maps[3, 2] = 3
    grading = Grading(np.array(finding.probability, np.float32), maps, np.zeros(8, np.float32))
    return ExaminedKnee(Knee(box, side, "header"), finding, crop(radiograph, box), grading)
