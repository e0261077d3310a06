"""A DICOM object as the bytes of its file."""

from __future__ import annotations

from io import BytesIO

from pydicom import Dataset
from pydicom.uid import UID

from koa_desktop.report import provenance
from koa_desktop.report.dicom_objects.source import derived_uid


def file_bytes(dataset: Dataset) -> bytes:
    """Return a data set as a file (PS3.10) that names this program as its writer."""
    meta = dataset.file_meta
    meta.ImplementationClassUID = UID(derived_uid("implementation"))
    meta.ImplementationVersionName = f"KOA_{provenance.program_version()}"[:16]
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()
