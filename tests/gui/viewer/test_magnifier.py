"""The magnifier: there while its key is held, twice as large, of the film alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from koa_desktop.gui.viewer.canvas.film_item import FilmItem
from koa_desktop.gui.viewer.canvas.orientation import Orientation
from koa_desktop.gui.viewer.image_viewer import ImageViewer
from koa_desktop.gui.viewer.magnifier import POWER, draw_magnifier
from koa_desktop.radiograph import Radiograph, Window
from tests.support.gui_driver import items, seen
from tests.support.sample_files import knee_crop


@pytest.fixture
def film() -> Radiograph:
    """A bright square of 20 pixels on black."""
    values = np.zeros((300, 400), np.uint8)
    values[140:160, 190:210] = 255
    return Radiograph.of(Path("film"), values, Window(127.5, 255))


@pytest.fixture
def view(view: ImageViewer) -> ImageViewer:
    view.one_to_one()
    return view


@pytest.mark.parametrize("orientation", [Orientation(), Orientation(1), Orientation(2, True)])
def test_a_square_looks_twice_as_large_in_the_lens(
    view: ImageViewer, orientation: Orientation
) -> None:
    view.set_orientation(orientation)
    image = QImage(600, 500, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    place = view.to_view(QPointF(200, 150))
    (film,) = items(view, FilmItem)
    draw_magnifier(painter, film, place, QSize(600, 500))
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(500, 600, 4)
    x, y = round(place.x()), round(place.y())
    inside = pixels[y - 60 : y + 60, x - 60 : x + 60, :3]  # within the rim
    bright = np.count_nonzero(inside.min(axis=2) > 127)
    assert bright == pytest.approx((20 * POWER) ** 2, rel=0.06)


def test_it_is_there_while_the_key_is_held(window, show, films) -> None:
    show(knee_crop(films))
    before = seen(window.film.view)
    focused = window.focusWidget()
    QTest.keyPress(focused, Qt.Key.Key_M)
    assert window.film.view.magnifier.is_held
    assert not np.array_equal(seen(window.film.view), before)
    QTest.keyRelease(focused, Qt.Key.Key_M)
    assert not window.film.view.magnifier.is_held
    assert np.array_equal(seen(window.film.view), before)


def test_it_goes_with_the_program_to_the_background(app: QApplication, view: ImageViewer) -> None:
    view.magnifier.hold()
    app.sendEvent(app, QEvent(QEvent.Type.ApplicationDeactivate))
    assert not view.magnifier.is_held


def test_escape_ends_a_magnifier_that_the_menu_began(window, show, films) -> None:
    show(knee_crop(films))
    window.actions_table["magnifier"].trigger()
    assert window.film.view.magnifier.is_held
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert not window.film.view.magnifier.is_held
