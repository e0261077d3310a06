"""DICOM files whose text elements hold markup."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom

from tests.support.compact_disc import dicom_image

PLANTED = "<img src=x>"


def dicom_with_planted_text(folder: Path) -> Path:
    """Write an image whose name, comments and descriptions hold a tag."""
    path = dicom_image(folder / "planted.dcm")
    dataset = pydicom.dcmread(path)
    dataset.Rows, dataset.Columns = 300, 200
    grain = np.random.default_rng(3).integers(0, 255, (300, 200), np.uint8)
    dataset.PixelData = grain.tobytes()
    dataset.PatientName = PLANTED + "Doe"
    dataset.PatientID = PLANTED
    dataset.ImageComments = PLANTED + "comment"
    dataset.StudyDescription = PLANTED
    dataset.InstitutionName = PLANTED
    dataset.save_as(path)
    return path
