"""The report as an Encapsulated PDF."""

from __future__ import annotations

from highdicom.base import SOPClass
from highdicom.sr import CodedConcept
from pydicom import Dataset
from pydicom.uid import EncapsulatedPDFStorage, ExplicitVRLittleEndian

from koa_desktop.report.dicom_objects.source import Source

MODALITY, SERIES_NUMBER = "DOC", 9903
SERIES_DESCRIPTION = "KOA Desktop: report"
_TITLE = CodedConcept("18748-4", "LN", "Diagnostic imaging report")


def encapsulated_pdf(pdf: bytes, title: str, source: Source, *, is_named: bool) -> Dataset:
    """Return the bytes of a PDF as a DICOM object (PS3.3 A.45.1).

    `is_named` tells whether its pages name the patient.
    """
    document: Dataset = SOPClass(
        sop_class_uid=EncapsulatedPDFStorage,
        modality=MODALITY,
        transfer_syntax_uid=ExplicitVRLittleEndian,
        **source.patient_and_study(),
        **source.identification(MODALITY, SERIES_NUMBER, SERIES_DESCRIPTION),
    )
    source.complete(document)
    document.ConversionType = "WSD"
    document.AcquisitionDateTime = ""
    document.BurnedInAnnotation = "YES" if is_named else "NO"
    document.DocumentTitle = title
    document.ConceptNameCodeSequence = [_TITLE]
    document.MIMETypeOfEncapsulatedDocument = "application/pdf"
    document.EncapsulatedDocumentLength = len(pdf)
    document.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
    if source.is_in_archive:
        document.SourceInstanceSequence = [source.reference()]
    return document
