"""A free port of this computer, and objects to send."""

from __future__ import annotations

import socket
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import ComputedRadiographyImageStorage

from tests.report.conftest import radiograph, two_knees
from tests.support.dicom_files import image, saved


@pytest.fixture
def port() -> int:
    return free_port()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def film(folder: Path, number: int = 1) -> Path:
    """A small film in a file of its own."""
    dataset = image(np.full((40, 30), number, np.uint16), PatientID="7", PatientName="Doe^Jane")
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = (
        ComputedRadiographyImageStorage
    )
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.3", f"1.2.3.{number}"
    dataset.StudyDate = dataset.StudyTime = dataset.AccessionNumber = dataset.StudyID = ""
    dataset.PatientBirthDate = dataset.PatientSex = dataset.ReferringPhysicianName = ""
    return saved(dataset, folder, f"film{number}.dcm")
