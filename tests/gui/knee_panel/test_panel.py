"""The knee panel names what reading changed or found odd in a film."""

from __future__ import annotations

import numpy as np
import pydicom

from koa_desktop.radiograph import Note
from koa_desktop.wording.sentences import sentence
from tests.support.compact_disc import dicom_image
from tests.support.gui_driver import texts


def test_a_film_that_was_stored_mirrored_says_so(window, show, films, wait_until):
    """Patient Orientation R\\F: the first row runs to the patient's right (PS3.3 C.7.6.1.1.1)."""
    plain, mirrored = dicom_image(films / "plain.dcm"), dicom_image(films / "mirrored.dcm")
    for path, orientation in ((plain, ["L", "F"]), (mirrored, ["R", "F"])):
        dataset = pydicom.dcmread(path)
        dataset.Rows, dataset.Columns = 300, 400
        grain = np.random.default_rng(3).integers(0, 255, (300, 400), np.uint8)
        dataset.PixelData = grain.tobytes()
        dataset.ViewPosition = "AP"
        dataset.PatientOrientation = orientation
        dataset.save_as(path)
    first, second = show(plain, mirrored)
    wanted = sentence(Note.STORED_MIRRORED)
    window.session.select(second)
    wait_until(lambda: wanted in texts(window.panel))
    window.session.select(first)
    wait_until(lambda: wanted not in texts(window.panel))
