"""A film stored in other ways, and labelled so, has one answer; a wrong label is warned of."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import cv2
import numpy as np
import pytest

from koa_desktop.examination.examiner import Examination, ExaminedKnee, Examiner
from koa_desktop.examination.findings import Flag
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Note, Side
from koa_desktop.report import documents, tables
from koa_desktop.report.html import report_html
from koa_desktop.report.options import ReportOptions
from koa_desktop.system.paths import SAMPLES
from koa_desktop.wording.sentences import english
from tests.support.dicom_files import image, saved

SPACING = 0.15


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    return Examiner.load()


@pytest.fixture(scope="module")
def film() -> np.ndarray:
    """The sample of two knees, patient's right at the viewer's left, head up, bone bright."""
    radiograph = read(SAMPLES / "bilateral.dcm")
    assert not radiograph.inverted
    return np.ascontiguousarray(radiograph.values)


@pytest.fixture(scope="module")
def plain(film, examiner, tmp_path_factory) -> Examination:
    return examined(examiner, film, tmp_path_factory.mktemp("plain"))


@pytest.fixture(scope="module")
def one_knee(film, plain) -> np.ndarray:
    """A film of the patient's right knee alone."""
    return film[:, : film.shape[1] // 2]


def examined(examiner: Examiner, stored: np.ndarray, folder: Path, **elements) -> Examination:
    elements = {"PixelSpacing": [SPACING, SPACING], "BodyPartExamined": "KNEE", **elements}
    return examiner.examine(read(saved(image(np.ascontiguousarray(stored), **elements), folder)))


def widths(knee: ExaminedKnee) -> list[float]:
    assert knee.joint_space is not None
    parts = (knee.joint_space.medial, knee.joint_space.lateral)
    return [part.minimal.millimetres for part in parts if part and part.minimal]


BOTH = Note.STORED_MIRRORED_ROTATED
# PS3.3 C.7.6.1.1.1: where the columns of a row run to, and the rows of a column.
WAYS = {
    ("R", "F"): (lambda film: film[:, ::-1], Note.STORED_MIRRORED),
    ("L", "H"): (lambda film: film[::-1], BOTH),
    ("R", "H"): (lambda film: film[::-1, ::-1], Note.STORED_ROTATED),
    ("F", "L"): (lambda film: film.T, BOTH),
    ("H", "L"): (lambda film: np.rot90(film, -1), Note.STORED_ROTATED),
    ("F", "R"): (np.rot90, Note.STORED_ROTATED),
    ("H", "R"): (lambda film: film.T[::-1, ::-1], BOTH),
}


@pytest.mark.parametrize("way", WAYS, ids="-".join)
def test_a_film_in_another_pose_has_the_same_answer(way, film, plain, examiner, tmp_path):
    store, note = WAYS[way]
    stored = store(film)
    found = examined(examiner, stored, tmp_path, PatientOrientation=list(way))
    assert [knee.knee.side for knee in found.knees] == [Side.RIGHT, Side.LEFT]
    for knee, before in zip(found.knees, plain.knees, strict=True):
        assert knee.knee.box == before.knee.box
        assert knee.finding.grade == before.finding.grade
        assert widths(knee) == widths(before)
        # Exports for other programs need the place in the file's own pixels.
        x, y = knee.knee.box.centre
        grid = found.radiograph.stored
        own_x, own_y = grid.stored_point(x, y)
        assert stored[int(own_y), int(own_x)] == film[int(y), int(x)]
    assert [one.code for one in found.radiograph.notes] == [note]


@pytest.mark.parametrize("laterality", ["R", None])
def test_a_single_knee_stored_mirrored_keeps_medial_and_lateral(
    laterality, one_knee, examiner, tmp_path
):
    elements = {"ImageLaterality": laterality} if laterality else {}
    (before,) = examined(examiner, one_knee, tmp_path, **elements).knees
    (after,) = examined(
        examiner, one_knee[:, ::-1], tmp_path, PatientOrientation=["R", "F"], **elements
    ).knees
    assert (after.knee.side, after.finding.grade) == (before.knee.side, before.finding.grade)
    assert before.knee.side is Side.RIGHT
    assert widths(after) == widths(before)
    assert Flag.OTHER_SIDE not in after.finding.flags


@pytest.mark.parametrize("part", ["EXTREMITY", "KNEE", "LEG", None])
@pytest.mark.parametrize("dtype", [np.uint16, np.uint8])
def test_a_bone_dark_film_called_monochrome2_is_warned_of_in_every_export(
    part, dtype, film, examiner, tmp_path
):
    # PS3.3 C.7.6.3.1.2: MONOCHROME2 shows its lowest values black, and air is black on a film.
    values = cv2.normalize(film, None, 0, np.iinfo(dtype).max, cv2.NORM_MINMAX).astype(dtype)
    elements = {"BodyPartExamined": part} if part else {}
    stored = np.ascontiguousarray(np.iinfo(dtype).max - values)
    dataset = image(stored, PixelSpacing=[SPACING, SPACING], **elements)
    radiograph = read(saved(dataset, tmp_path))
    found = examiner.examine(radiograph)
    assert Note.LOOKS_INVERTED in {note.code for note in found.radiograph.notes}
    said = english(Note.LOOKS_INVERTED)
    assert all(said in row.notes for row in tables.rows("film", found))
    document = documents.document("film", found, datetime.now(UTC))
    assert said in json.dumps(document, ensure_ascii=False)
    assert escape(said) in report_html(found, radiograph, ReportOptions()).html


@pytest.mark.parametrize("ratio", [0.65, 1.25, 1.55])
@pytest.mark.parametrize(
    "element", ["PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", ""]
)
def test_a_film_of_pixels_that_are_not_square_is_found_and_measured_as_it_was(
    ratio, element, film, plain, examiner, tmp_path
):
    height, width = film.shape
    # No direction becomes finer than the film's own.
    size = (round(width / max(ratio, 1)), round(height * min(ratio, 1)))
    stored = cv2.resize(film, size, interpolation=cv2.INTER_AREA)
    across, down = SPACING * width / size[0], SPACING * height / size[1]
    # PS3.3 10.7.1.3; C.7.6.3.1.7 for the ratio alone.
    elements = {element: [down, across]}
    if not element:
        elements = {"PixelAspectRatio": [round(1000 * down), round(1000 * across)]}
    dataset = image(stored, BodyPartExamined="KNEE", **elements)
    found = examiner.examine(read(saved(dataset, tmp_path)))
    assert Note.NOT_SQUARE in {note.code for note in found.radiograph.notes}
    size = found.radiograph.width, found.radiograph.height
    assert size == pytest.approx((width, height), rel=0.005)
    assert [knee.knee.side for knee in found.knees] == [Side.RIGHT, Side.LEFT]
    for knee, before in zip(found.knees, plain.knees, strict=True):
        assert knee.knee.box.size == pytest.approx(before.knee.box.size, rel=0.03)
        near = 0.03 * before.knee.box.size
        assert knee.knee.box.centre == pytest.approx(before.knee.box.centre, abs=near)
