"""Checks that an installation works: its files, the model, the samples, the report, the decoder."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from koa_desktop.errors import BundleError, ExportError, ExportReason, ReadError
from koa_desktop.examination.examiner import Examination, ExaminedKnee, Examiner
from koa_desktop.knees.box import Box, Knee
from koa_desktop.knees.proposals import is_single_knee_crop
from koa_desktop.loading.reader import read
from koa_desktop.message import Code, Message
from koa_desktop.radiograph import Radiograph, Side
from koa_desktop.system import libraries, release_files
from koa_desktop.system.log import logger
from koa_desktop.system.paths import SAMPLES
from koa_desktop.system.safe_write import write_whole
from koa_desktop.wording.command_line import CommandLine, SelfTest
from koa_desktop.wording.sentences import sentence, sentence_or_empty

_LOG = logger(__name__)

GRADES_OFF = 1  # between the model's grade and the one a sample was made for
PROBABILITY_SLACK = 1e-3
PLACE_SLACK = 0.12  # of a box's side, between where a knee lies and where it is found
GREY_SLACK = 6  # of 255; a JPEG is not exact


@dataclass(frozen=True, slots=True)
class Check:
    """A check and its outcome."""

    passed: bool
    message: Message | Code

    @property
    def sentence(self) -> str:
        """The outcome in words."""
        return sentence(self.message)


@dataclass(frozen=True, slots=True)
class _Sample:
    """A knee of a sample file and the grade it was made for."""

    file: str
    grade: int
    knee: Knee


def run() -> Iterator[Check]:
    """Check the installation part by part. Checks that need a failed part are skipped."""
    yield from (Check(False, fault) for fault in release_files.faults())
    try:
        examiner = Examiner.load()
    except BundleError as error:
        yield Check(False, error.message)
        return
    for card in (examiner.grader.card, examiner.finder.card):
        yield Check(True, Message.of(SelfTest.MODEL_LOADS, name=card.label))
    try:
        samples = list(_samples())
        radiographs = {sample.file: read(SAMPLES / sample.file) for sample in samples}
    except (ReadError, OSError, ValueError, KeyError):
        yield Check(False, SelfTest.NO_SAMPLES)
        return
    for sample in samples:
        yield _graded(sample, radiographs[sample.file], examiner)
    for file, radiograph in radiographs.items():
        if not is_single_knee_crop(radiograph):
            knees = [sample.knee for sample in samples if sample.file == file]
            yield _found(file, knees, radiograph, examiner)
    yield _decoded(radiographs[samples[0].file])
    yield _reported(samples[0], radiographs[samples[0].file], examiner)
    yield _objects_made(radiographs[samples[0].file], examiner)


def _samples() -> Iterator[_Sample]:
    text = json.loads((SAMPLES / "samples.json").read_text(encoding="utf-8"))
    for file in text["samples"]:
        for knee in file["knees"]:
            side = Side(knee["side"]) if knee["side"] else None
            box = Box(knee["left"], knee["top"], knee["size"])
            yield _Sample(file["file"], knee["grade"], Knee(box, side))


def _graded(sample: _Sample, radiograph: Radiograph, examiner: Examiner) -> Check:
    finding = examiner.examine_knee(radiograph, sample.knee).finding
    side = f", {sample.knee.side.name.lower()} knee" if sample.knee.side else ""
    name = f"{sample.file}{side}"
    if finding.grade is None:
        return Check(
            False,
            Message.of(SelfTest.REFUSED, name=name, reason=sentence_or_empty(finding.refusal)),
        )
    if abs(sum(finding.probability) - 1) > PROBABILITY_SLACK:
        return Check(False, Message.of(SelfTest.BAD_SUM, name=name))
    near = abs(finding.grade - sample.grade) <= GRADES_OFF
    return Check(
        near, Message.of(SelfTest.GRADED, name=name, expected=sample.grade, grade=finding.grade)
    )


def _found(file: str, knees: list[Knee], radiograph: Radiograph, examiner: Examiner) -> Check:
    found = [detection.knee for detection in examiner.finder.find(radiograph)]
    right = len(found) == len(knees) and all(map(_same_place, found, knees))
    code = SelfTest.KNEES_FOUND if right else SelfTest.KNEES_NOT_FOUND
    return Check(right, Message.of(code, name=file))


def _same_place(found: Knee, knee: Knee) -> bool:
    slack = PLACE_SLACK * knee.box.size
    (x, y), (found_x, found_y) = knee.box.centre, found.box.centre
    apart = max(abs(found_x - x), abs(found_y - y), abs(found.box.size - knee.box.size))
    return apart <= slack and found.side is knee.side


def _reported(sample: _Sample, radiograph: Radiograph, examiner: Examiner) -> Check:
    missing = libraries.missing_for_drawing()
    if missing:
        return Check(False, Message.of(CommandLine.MISSING_LIBRARIES, packages=" ".join(missing)))
    from koa_desktop.report import pdf
    from koa_desktop.report.html import report_html

    knee: ExaminedKnee = examiner.examine_knee(radiograph, sample.knee)
    examination = Examination(radiograph.info, (knee,), model=examiner.grader.card.label)
    try:
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder, "report.pdf")
            write_whole(report, pdf.pdf_bytes(report_html(examination, radiograph)))
            whole = report.read_bytes().startswith(b"%PDF")
    except (ExportError, OSError):
        return Check(False, SelfTest.NO_REPORT)
    return Check(whole, SelfTest.REPORT_WRITTEN if whole else SelfTest.REPORT_NO_PDF)


def _objects_made(radiograph: Radiograph, examiner: Examiner) -> Check:
    """Make an examination's DICOM objects, whose tables of the standard come in files of their own.

    Whatever goes wrong there is a fault of the installation.
    """
    from koa_desktop.report.dicom_objects.case_objects import CaseObjects
    from koa_desktop.report.options import ReportOptions

    examination = Examination(radiograph.info, model=examiner.grader.card.label)
    try:
        made = CaseObjects(examination, ReportOptions()).structured_report()
    except Exception:
        _LOG.exception("A DICOM object could not be made.")
        return Check(False, SelfTest.NO_OBJECT)
    is_object = made[128:132] == b"DICM"
    return Check(is_object, SelfTest.OBJECT_MADE if is_object else SelfTest.NO_OBJECT)


def _decoded(radiograph: Radiograph) -> Check:
    """Compress a sample into a DICOM file and read it back through the decoder's own process."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "compressed.dcm")
            grey = np.round(radiograph.pixels * 255).astype(np.uint8)
            _save_jpeg_dicom(file, grey)
            difference = np.abs(read(file).pixels * 255 - grey)
    except ReadError as error:
        return Check(False, Message.of(SelfTest.NOT_DECODED, reason=sentence(error.message)))
    except OSError:
        return Check(False, ExportReason.NO_TEMPORARY_FOLDER)
    if float(np.percentile(difference, 99)) > GREY_SLACK:
        return Check(False, SelfTest.DECODED_WRONGLY)
    return Check(True, SelfTest.DECODED)


def _save_jpeg_dicom(file: Path, grey: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> None:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.uid import ComputedRadiographyImageStorage, JPEGBaseline8Bit, generate_uid

    data = Dataset()
    data.SOPClassUID = ComputedRadiographyImageStorage
    data.SOPInstanceUID = generate_uid()
    data.Modality = "CR"
    data.SamplesPerPixel = 1
    data.PhotometricInterpretation = "MONOCHROME2"
    data.Rows, data.Columns = grey.shape
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit = 7
    data.PixelRepresentation = 0
    data.WindowCenter, data.WindowWidth = 128, 256
    jpeg = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes()
    data.PixelData = encapsulate([jpeg])
    data["PixelData"].is_undefined_length = True
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    data.save_as(file, enforce_file_format=True)
