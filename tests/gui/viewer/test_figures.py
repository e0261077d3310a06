"""A film of known greys and spacing: what the screen shows, against the standard's own formulas."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from PySide6.QtCore import QPointF

from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.gui.viewer.canvas.orientation import Orientation
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Radiograph, Window
from koa_desktop.wording.measurement_lines import value_text
from tests.support.gui_driver import at, drag, seen

ROWS, COLUMNS = 240, 320
CENTRE, WIDTH = 1500, 1000
# Millimetres between rows and between columns, corrected for magnification.
# Square: pixels of another shape are resampled on reading, which its own tests cover.
ROW_MM, COLUMN_MM = 0.15, 0.15


def grey_values() -> np.ndarray:
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    return (800 + 4 * columns + 2 * rows).astype(np.uint16)


def film_file(folder: Path, photometric: str) -> Path:
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3"
    dataset.Rows, dataset.Columns = ROWS, COLUMNS
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, photometric
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 12, 11
    dataset.PixelRepresentation = 0
    dataset.WindowCenter, dataset.WindowWidth = CENTRE, WIDTH
    dataset.PixelSpacing = [ROW_MM, COLUMN_MM]
    dataset.ImagerPixelSpacing = [ROW_MM * 1.1, COLUMN_MM * 1.1]
    dataset.PixelData = grey_values().tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = folder / f"{photometric}.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


def linear(values: np.ndarray, centre: float, width: float) -> np.ndarray:
    """DICOM PS3.3 C.11.2.1.2.1, to 0..255."""
    shown = ((values - (centre - 0.5)) / (width - 1) + 0.5) * 255
    return np.clip(shown, 0, 255)


@pytest.fixture(params=["MONOCHROME1", "MONOCHROME2"])
def film(request: pytest.FixtureRequest, tmp_path: Path) -> Radiograph:
    return read(film_file(tmp_path, request.param))


@pytest.mark.parametrize("orientation", [Orientation(), Orientation(1), Orientation(3, True)])
def test_greys_on_the_screen_are_the_standards(
    view: ImageViewer, film: Radiograph, orientation: Orientation
) -> None:
    view.set_orientation(orientation)
    view.one_to_one()
    wanted = linear(grey_values(), CENTRE, WIDTH)
    wanted = 255 - wanted if film.inverted else wanted
    picture = seen(view)[..., 0]
    for row, column in ((5, 5), (120, 100), (200, 60), (10, 310), (230, 300)):
        place = view.to_view(QPointF(column + 0.5, row + 0.5))
        shown = int(picture[int(place.y()), int(place.x())])
        assert shown == pytest.approx(wanted[row, column], abs=1)


def test_another_window_is_the_standards_too(view: ImageViewer, film: Radiograph) -> None:
    view.set_window(Window(1799.5, 599))
    view.one_to_one()
    wanted = linear(grey_values(), 1800, 600)
    wanted = 255 - wanted if film.inverted else wanted
    corner = at(view, 0, 0)
    picture = seen(view)[corner.y() : corner.y() + ROWS, corner.x() : corner.x() + COLUMNS, 0]
    assert np.abs(picture - wanted).max() <= 1


@pytest.mark.parametrize("orientation", [Orientation(), Orientation(1), Orientation(2, True)])
def test_a_ruler_reads_the_files_millimetres(
    view: ImageViewer, film: Radiograph, orientation: Orientation
) -> None:
    view.set_orientation(orientation)
    made: list[Measurement] = []
    view.measurements.made.connect(made.append)
    view.measure(Kind.LENGTH)
    start, end = at(view, 40, 30), at(view, 240, 180)
    drag(view, start, (end - start).toTuple())
    # 200 columns and 150 rows; a view pixel is at most 0.2 mm here.
    wanted = math.hypot(200 * COLUMN_MM, 150 * ROW_MM)
    value, unit, origin = value_text(made[0], film.info.spacing).split(" ")
    assert float(value) == pytest.approx(wanted, abs=0.25)
    assert (unit, origin) == ("mm,", "calibrated")
