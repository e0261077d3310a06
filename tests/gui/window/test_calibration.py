"""Lengths in millimetres by an object of known size on the film; every length tells its origin."""

from __future__ import annotations

import csv
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtTest import QTest

from koa_desktop.examination.measurements import Kind
from koa_desktop.gui.dialogs.calibration import CalibrationDialog
from koa_desktop.radiograph import PixelSpacing, SpacingOrigin
from koa_desktop.report.documents import document
from koa_desktop.report.tables import csv_bytes, rows
from koa_desktop.report.words import measurements
from koa_desktop.system.paths import SAMPLES
from koa_desktop.wording.joint_space.lines import widths_line
from koa_desktop.wording.measurement_lines import value_text
from tests.support.gui_driver import at, drag, press, texts

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def case(show):
    """A crop of one knee, whose pixel spacing is unknown."""
    return show(SAMPLES / "grade0.png")[0]


@pytest.fixture
def calibrate(window):
    """Say that an object is so many millimetres across, and drag across it on the film."""

    def run(millimetres, start, end):
        answer(window, str(millimetres))
        draw(window, start, end)

    return run


def answer(window, typed):
    """Call for the calibration, and type the diameter."""
    press(window, Qt.Key.Key_R, SHIFT)
    (dialog,) = [one for one in window.findChildren(CalibrationDialog) if one.isVisible()]
    QTest.keyClicks(dialog.diameter, typed)
    QTest.keyClick(dialog.diameter, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    # Its window is the active one for a moment yet.
    window.activateWindow()
    assert QTest.qWaitForWindowActive(window)


def draw(window, start, end):
    view = window.film.view
    begin, stop = at(view, *start), at(view, *end)
    drag(view, begin, (stop.x() - begin.x(), stop.y() - begin.y()))


def joint(case):
    return case.examined(case.reading.knees[0]).joint_space


def test_lengths_and_joint_spaces_follow_the_object_and_tell_so(window, case, calibrate):
    assert case.spacing is None
    assert "of the condyle width" in widths_line(joint(case))
    pixels = joint(case).right.minimal.pixels
    calibrate(25.0, (60, 200), (110, 200))
    (circle,) = case.reading.measurements
    assert circle.diameter_mm == 25
    across = circle.points[1][0] - circle.points[0][0]
    side = pytest.approx(25 / across, rel=1e-6)
    assert case.spacing == PixelSpacing(side, side, SpacingOrigin.BY_OBJECT)
    assert joint(case).right.minimal.millimetres == pytest.approx(pixels * 25 / across, rel=1e-6)
    assert "mm), by a known object" in texts(window.panel.cards[0])
    assert "mm/px by a known object" in window.status.text
    assert "mm by a known object" in window.film.view.corner_text.right
    press(window, Qt.Key.Key_R)
    draw(window, (60, 20), (160, 20))
    ruler = case.reading.measurements[1]
    assert value_text(ruler, case.spacing).endswith(" mm, by a known object")
    press(window, Qt.Key.Key_Z, CTRL)
    press(window, Qt.Key.Key_Z, CTRL)
    assert case.spacing is None
    assert "of the condyle width" in widths_line(joint(case))
    assert "scale unknown" in window.film.view.corner_text.right


def test_exports_tell_the_scale_of_every_length(window, case, calibrate):
    calibrate(25.0, (60, 200), (110, 200))
    press(window, Qt.Key.Key_R)
    draw(window, (60, 20), (160, 20))
    examination = case.examination()
    circle, ruler = measurements(examination)
    assert circle == "Measured 1: known object Ø 25 mm."
    assert ruler.startswith("Measured 2: length ")
    assert ruler.endswith(" mm, by a known object.")
    table = csv.DictReader(csv_bytes(rows("a.png", examination)).decode().splitlines())
    assert {row["jsw_unit"] for row in table} == {"mm by a known object"}
    found = document("a.png", examination, NOW)
    assert found["pixel_spacing"]["origin"] == "by a known object"
    assert found["measurements"][0]["diameter_mm"] == 25


def test_a_second_object_takes_the_place_of_the_first(window, case, calibrate):
    calibrate(25.0, (60, 200), (110, 200))
    first = case.spacing
    calibrate(23.25, (60, 20), (100, 20))
    assert [one.kind for one in case.reading.measurements] == [Kind.OBJECT]
    assert case.spacing.row_mm > first.row_mm
    assert window.settings.object_mm == 23.25


def test_the_circle_is_made_moved_and_deleted_by_keys(window, case):
    answer(window, "30")
    press(window, Qt.Key.Key_Space)
    before = case.spacing
    for _ in range(4):
        press(window, Qt.Key.Key_Left, SHIFT)
    assert case.spacing.row_mm < before.row_mm
    press(window, Qt.Key.Key_Delete)
    assert case.spacing is None


def test_a_calibrated_film_is_so_in_the_next_session(make_window, wait_until):
    path = SAMPLES / "grade0.png"
    first = make_window()
    first.open_files([path])
    wait_until(lambda: first.session.graded == 1)
    wait_until(lambda: first.film.has_film)
    answer(first, "25")
    draw(first, (60, 200), (110, 200))
    spacing = first.session.current.spacing
    first.close()
    second = make_window()
    second.open_files([path])
    wait_until(lambda: second.session.graded == 1)
    assert second.session.current.spacing == spacing


@pytest.fixture
def locale():
    """Set the locale, until the test is over."""
    before = QLocale()
    yield lambda name: QLocale.setDefault(QLocale(name))
    QLocale.setDefault(before)


@pytest.mark.parametrize("language", ["en_GB", "es", "fr", "hi", "ar"])
@pytest.mark.parametrize("typed", ["16.25", "16,25"])
def test_decimals_follow_a_point_or_a_comma_in_every_language(
    window, case, locale, language, typed
):
    locale(language)
    answer(window, typed)
    draw(window, (60, 200), (110, 200))
    (circle,) = case.reading.measurements
    assert circle.diameter_mm == 16.25
