"""The presentation state: DCMTK shows the film by it as our window does, lines and grey values."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication

from koa_desktop.annotation.colours import BLUE, PINK, WHITE, Colour
from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.layers.box_item import BoxMark
from koa_desktop.loading.read import read
from koa_desktop.loading.source_elements import source_elements
from koa_desktop.radiograph import Radiograph
from koa_desktop.report.dicom_objects.presentation_state import presentation_state
from koa_desktop.report.dicom_objects.saving import file_bytes
from koa_desktop.report.dicom_objects.source import Source
from tests.report.dicom_objects.tools import complaints, needs_dciodvfy, needs_dcmtk, run
from tests.support.dicom_files import image, lut, saved
from tests.support.gui_driver import seen

SIZE = (300, 600)  # of the film of `two_knees`
NAMES = {"PatientName": "Doe^Jane", "PatientID": "7"}
UIDS = {"StudyInstanceUID": "1.2.3", "SeriesInstanceUID": "1.2.3.4"}
WINDOW = {"WindowCenter": 2048, "WindowWidth": 4096}
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "bone dark": {"PhotometricInterpretation": "MONOCHROME1"},
    "mirrored": {"PatientOrientation": ["R", "F"]},
    "turned": {"PatientOrientation": ["F", "R"]},
    "turned back": {"PatientOrientation": ["H", "L"]},
    "mirrored and turned": {"PatientOrientation": ["F", "L"]},
    "rescaled": {"RescaleSlope": 2, "RescaleIntercept": -100, "WindowCenter": 2000},
    "table": {"VOILUTSequence": [lut(0, (np.arange(4096) ** 2) >> 12, 12)]},
    "modality table": {"ModalityLUTSequence": [lut(0, 4095 - np.arange(4096), 12)]},
}  # fmt: skip


def film(folder: Path, stored: NDArray[np.uint16], **elements: Any) -> Path:
    """A film of 12 bits that lies as its elements say; `stored` are its stored values."""
    dataset = image(stored, **NAMES, **UIDS, **{**WINDOW, **elements})
    dataset.BitsStored, dataset.HighBit = 12, 11
    return saved(dataset, folder, "film.dcm")


def ramp(shape: tuple[int, int]) -> NDArray[np.uint16]:
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    return ((7 * rows + 3 * columns) % 4096).astype(np.uint16)


def stored_shape(elements: dict[str, Any]) -> tuple[int, int]:
    """The shape of a film that is (300, 600) in its usual pose."""
    turned = elements.get("PatientOrientation", ["L"])[0] in ("F", "H")
    return (SIZE[1], SIZE[0]) if turned else SIZE


def state_over(path: Path, radiograph: Radiograph, examination: Examination) -> Path:
    examined = replace(examination, radiograph=radiograph.info)
    source = Source.named(radiograph.info, source_elements(path.read_bytes()))
    state = path.with_suffix(".gsps.dcm")
    made = presentation_state(examined, radiograph.window, source, reader="Dr A^")
    state.write_bytes(file_bytes(made))
    return state


def drawn_by_dcmtk(path: Path, state: Path) -> NDArray[np.uint8]:
    target = path.with_suffix(".pgm")
    run("dcmp2pgm", "-p", state, path, target)
    return cv2.imread(str(target), cv2.IMREAD_UNCHANGED)


@needs_dcmtk
@pytest.mark.parametrize("kind", KINDS)
def test_grey_values_and_pose_are_the_windows(
    kind: str, measured: Examination, tmp_path: Path
) -> None:
    path = film(tmp_path, ramp(stored_shape(KINDS[kind])), **KINDS[kind])
    radiograph = read(path)
    shown = drawn_by_dcmtk(path, state_over(path, radiograph, measured))
    assert shown.shape == SIZE
    assert np.abs(shown - 255 * radiograph.pixels).max() < 2.5


def lines_of(state: Path) -> list[NDArray[np.float64]]:
    """The lines of all layers as DCMTK reads them, in stored pixels."""
    told = run("dcmdump", "+L", "+P", "0070,0022", state)
    numbers = [re.search(r"FL (\S+)", line) for line in told.splitlines()]
    return [np.array(found[1].split("\\"), float).reshape(-1, 2) for found in numbers if found]


def share_near(marks: NDArray[np.bool_], others: NDArray[np.bool_], pixels: float) -> float:
    """The share of marked places that have another's within some pixels."""
    away = cv2.distanceTransform((~others).astype(np.uint8), cv2.DIST_L2, 5)
    return float((away[marks] <= pixels).mean())


@needs_dcmtk
@pytest.mark.parametrize("kind", ["plain", "turned", "mirrored and turned"])
def test_lines_lie_where_the_window_draws_them(
    kind: str, measured: Examination, tmp_path: Path, app: QApplication
) -> None:
    black = np.zeros(stored_shape(KINDS[kind]), np.uint16)
    path = film(tmp_path, black, **KINDS[kind])
    radiograph = read(path)
    state = state_over(path, radiograph, measured)
    # DCMTK renders no vector graphics: its places of the lines are marked in the film's own pixels,
    # and the film is then turned and shown by DCMTK.
    marked = black.copy()
    for line in lines_of(state):
        # OpenCV's whole numbers are the middles of pixels.
        places = np.round((line - 0.5) * 16).astype(np.int32)
        cv2.polylines(marked, [places], False, 4095, 1, cv2.LINE_8, 4)
    by_dcmtk = drawn_by_dcmtk(film(tmp_path, marked, **KINDS[kind]), state) > 127
    assert by_dcmtk.sum() > 1000
    by_window = window_lines(radiograph, measured, BLUE, PINK, WHITE)
    assert share_near(by_dcmtk, by_window, 2) > 0.97
    # The values beside the margins are pink, too, and their plates cover a little of the boxes.
    by_window = window_lines(radiograph, measured, BLUE, WHITE)
    assert share_near(by_window, by_dcmtk, 2) > 0.97


def window_lines(
    radiograph: Radiograph, examination: Examination, *colours: Colour
) -> NDArray[np.bool_]:
    """Where on the film the window draws boxes and margins in these colours."""
    view = ImageViewer()
    view.resize(2 * SIZE[1] + 60, 2 * SIZE[0] + 60)
    view.show()
    view.set_radiograph(radiograph)
    view.boxes.show([BoxMark(one.knee.box) for one in examination.knees], None)
    spaces = [(one.knee.box, one.joint_space) for one in examination.knees]
    view.joint_spaces.show(spaces, None)
    view.joint_spaces.set_visible(True)
    QApplication.processEvents()
    picture = seen(view).astype(int)
    drawn = np.zeros(picture.shape[:2], bool)
    for colour in colours:
        drawn |= np.abs(picture - colour.rgb).max(axis=2) < 60
    rows, columns = np.nonzero(drawn)
    corner, far = view.to_view(QPointF(0, 0)), view.to_view(QPointF(SIZE[1], SIZE[0]))
    view.close()
    x = (columns + 0.5 - corner.x()) * SIZE[1] / (far.x() - corner.x())
    y = (rows + 0.5 - corner.y()) * SIZE[0] / (far.y() - corner.y())
    inside = (x > 0) & (y > 0) & (x < SIZE[1]) & (y < SIZE[0])
    film_lines = np.zeros(SIZE, bool)
    film_lines[y[inside].astype(int), x[inside].astype(int)] = True
    return film_lines


def test_texts_and_rulers_are_layers_and_the_border_cuts(
    measured: Examination, tmp_path: Path
) -> None:
    path = film(tmp_path, ramp(SIZE))
    ruler = Measurement(Kind.LENGTH, ((10.0, 10.0), (700.0, 10.0)))
    state = pydicom.dcmread(state_over(path, read(path), replace(measured, measurements=(ruler,))))
    layers = {one.GraphicLayer: one for one in state.GraphicAnnotationSequence}
    assert list(layers) == ["KNEES", "JOINT SPACE", "MEASUREMENTS"]
    words = [one.UnformattedTextValue for one in layers["KNEES"].TextObjectSequence]
    assert words == ["R  KL 3", "L  KL 0"]
    (line,) = layers["MEASUREMENTS"].GraphicObjectSequence
    assert line.GraphicData == [10, 10, 600, 10]
    assert state.ContentCreatorName == "Dr A^"
    assert state.ReferencedSeriesSequence[0].SeriesInstanceUID == UIDS["SeriesInstanceUID"]


@needs_dciodvfy
@needs_dcmtk
@pytest.mark.parametrize("kind", ["plain", "mirrored and turned", "table", "modality table"])
def test_other_programs_find_no_fault(kind: str, measured: Examination, tmp_path: Path) -> None:
    path = film(tmp_path, ramp(stored_shape(KINDS[kind])), **KINDS[kind])
    state = state_over(path, read(path), measured)
    assert complaints(state) == []
    run("dcmpschk", state)


@needs_dciodvfy
def test_a_film_without_knees_has_no_layer(no_knee: Examination, tmp_path: Path) -> None:
    path = film(tmp_path, ramp(SIZE))
    state = state_over(path, read(path), no_knee)
    assert complaints(state) == []
    assert "GraphicAnnotationSequence" not in pydicom.dcmread(state)
