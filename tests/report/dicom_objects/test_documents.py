"""The annotated film and the report as DICOM objects, as other programs read them."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest

from koa_desktop.examination.examiner import Examination
from koa_desktop.radiograph import Side
from koa_desktop.report.dicom_objects.encapsulated_pdf import encapsulated_pdf
from koa_desktop.report.dicom_objects.saving import file_bytes
from koa_desktop.report.dicom_objects.secondary_capture import secondary_capture
from koa_desktop.report.dicom_objects.source import Source
from tests.report.dicom_objects.conftest import ELEMENTS, INSTANCE, RAW_NAME, STUDY
from tests.report.dicom_objects.tools import complaints, needs_dciodvfy, needs_dcmtk, run

BOTH = (Side.RIGHT, Side.LEFT)
PDF = b"%PDF-1.4\nof odd length \n%%EOF\n"


@pytest.fixture
def picture() -> np.ndarray:
    """A picture of an odd width, with a red corner."""
    picture = np.full((80, 121, 3), 90, np.uint8)
    picture[:20, :20] = (255, 0, 0)
    return picture


def test_the_picture_is_what_was_drawn(picture: np.ndarray, source: Source) -> None:
    made = pydicom.dcmread(BytesIO(file_bytes(secondary_capture(picture, source, BOTH))))
    assert (made.Rows, made.Columns) == (80, 122)
    assert made.PhotometricInterpretation == "YBR_FULL_422"
    frame = next(pydicom.encaps.generate_frames(made.PixelData, number_of_frames=1))
    shown = cv2.imdecode(np.frombuffer(frame, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
    assert np.abs(shown[:, :121].astype(int) - picture)[4:-4, 30:].max() < 8
    assert shown[8, 8].tolist() == pytest.approx([255, 0, 0], abs=8)
    assert made.LossyImageCompression == "01"
    assert float(made.LossyImageCompressionRatio) > 1


def test_both_objects_join_the_films_study_and_name_it_as_their_source(
    picture: np.ndarray, source: Source
) -> None:
    capture = secondary_capture(picture, source, BOTH)
    document = encapsulated_pdf(PDF, "Knee report", source, is_named=True)
    for made in (capture, document):
        assert (made.StudyInstanceUID, made.PatientName) == (STUDY, RAW_NAME)
        assert (made.IssuerOfPatientID, made.PatientID) == ("CLINIC", "KN-20417")
    assert capture.SourceImageSequence[0].ReferencedSOPInstanceUID == INSTANCE
    assert document.SourceInstanceSequence[0].ReferencedSOPInstanceUID == INSTANCE
    assert capture.SOPInstanceUID == source.picture_uid
    assert len({capture.SeriesInstanceUID, document.SeriesInstanceUID}) == 2


def test_the_report_holds_the_pdf_whole(source: Source) -> None:
    made = encapsulated_pdf(PDF, "Knee report", source, is_named=False)
    read = pydicom.dcmread(BytesIO(file_bytes(made)))
    assert read.EncapsulatedDocument[: read.EncapsulatedDocumentLength] == PDF
    assert (read.DocumentTitle, read.BurnedInAnnotation) == ("Knee report", "NO")
    named = encapsulated_pdf(PDF, "Knee report", source, is_named=True)
    assert named.BurnedInAnnotation == "YES"


def test_the_picture_says_which_knees_it_shows(picture: np.ndarray, source: Source) -> None:
    def laterality(*sides: Side | None) -> str:
        return str(secondary_capture(picture, source, sides).get("ImageLaterality", ""))

    found = [laterality(*BOTH), laterality(Side.LEFT), laterality(None, Side.LEFT), laterality()]
    assert found == ["B", "L", "", ""]


@needs_dciodvfy
@needs_dcmtk
@pytest.mark.parametrize("kind", ["film", "nameless", "multiframe"])
def test_other_programs_find_no_fault(
    kind: str, film: Examination, picture: np.ndarray, source: Source, tmp_path: Path
) -> None:
    if kind == "nameless":
        source = Source.unnamed("KOA-7F3A9C21")
    elif kind == "multiframe":
        elements = replace(ELEMENTS, frames=2, sop_class_uid="1.2.840.10008.5.1.4.1.1.7.2")
        source = Source.named(film.radiograph, elements)
    capture, document = tmp_path / "picture.dcm", tmp_path / "report.dcm"
    capture.write_bytes(file_bytes(secondary_capture(picture, source, BOTH)))
    document.write_bytes(file_bytes(encapsulated_pdf(PDF, "Title", source, is_named=False)))
    assert complaints(capture) == []
    assert complaints(document) == []
    run("dcmj2pnm", "+on", capture, tmp_path / "picture.png")
    assert cv2.imread(str(tmp_path / "picture.png")).shape == (80, 122, 3)
    run("dcm2pdf", document, tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(PDF)
