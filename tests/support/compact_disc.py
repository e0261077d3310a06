"""CDs for tests: a DICOMDIR (PS3.3 F.3) with the records that a test asks for, and small images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from pydicom import config
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
COMPUTED_RADIOGRAPHY = "1.2.840.10008.5.1.4.1.1.1"


def _saved(dataset: Dataset, path: Path, sop_class: str) -> Path:
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = sop_class
    dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
    return path


def dicom_image(path: Path) -> Path:
    """Write a small grey image."""
    dataset = Dataset()
    dataset.SOPClassUID = COMPUTED_RADIOGRAPHY
    dataset.SOPInstanceUID = generate_uid()
    dataset.Modality = "CR"
    dataset.Rows, dataset.Columns = 40, 30
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.PixelData = np.linspace(0, 255, 40 * 30).astype(np.uint8).tobytes()
    return _saved(dataset, path, COMPUTED_RADIOGRAPHY)


def dicomdir(folder: Path, records: Sequence[tuple[str, Sequence[str]]]) -> Path:
    """Write a DICOMDIR into `folder`: (record type, file name in parts) for each record."""
    directory = Dataset()
    directory.FileSetID = "TEST"
    directory.DirectoryRecordSequence = []
    for kind, parts in records:
        record = Dataset()
        record.DirectoryRecordType = kind
        # A name may be one that no CD should have.
        with config.disable_value_validation():
            record.ReferencedFileID = list(parts)
        directory.DirectoryRecordSequence.append(record)
    return _saved(directory, folder / "DICOMDIR", MEDIA_STORAGE_DIRECTORY)
