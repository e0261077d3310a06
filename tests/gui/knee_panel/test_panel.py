"""The knee panel names what reading changed or found odd in a film."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from PySide6.QtCore import QPoint, QRect, Qt

from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import Note, Side
from koa_desktop.wording.sentences import sentence
from tests.support.compact_disc import dicom_image
from tests.support.gui_driver import press, texts
from tests.support.sample_files import two_grades_film


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


@pytest.mark.parametrize("height", [800, 560])
def test_the_card_of_the_next_knee_is_seen_as_soon_as_one_is_read(
    window, show, films, finder, height
):
    finder.knees = (Knee(Box(60, 130, 224), Side.RIGHT), Knee(Box(410, 130, 224), Side.LEFT))
    show(two_grades_film(films))
    window.resize(1024, height)
    panel = window.panel
    press(window, Qt.Key.Key_Return)
    assert window.editor.knee == 1
    card = panel.cards[1]
    port = panel.viewport()
    place = QRect(card.mapTo(port, QPoint()), card.size())
    if card.height() <= port.height():
        assert port.rect().contains(place), "With its buttons and its comment."
    else:
        assert place.top() == 0, "From its heading on."
