"""Measurements in the report, on the picture and in the table of everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from koa_desktop.annotation.colours import MINT
from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.knees.box import Box
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import documents, words
from koa_desktop.report.html import report_html
from koa_desktop.report.options import PictureOptions, ReportOptions
from koa_desktop.report.pictures.annotated import marked

LINE = Measurement(Kind.LENGTH, ((250, 20), (350, 20)))
ANGLE = Measurement(Kind.ANGLE, ((260, 280), (260, 250), (320, 250)))


@pytest.fixture
def examination(two_knees: Examination) -> Examination:
    return replace(two_knees, measurements=(LINE, ANGLE))


def test_a_line_says_value_unit_and_its_origin(
    examination: Examination, radiograph: Radiograph
) -> None:
    # 100 pixels of 0.143 mm.
    first, second = words.measurements(examination)
    assert first == "Measured 1: length 14.3 mm, at the detector."
    assert second == "Measured 2: angle 90.0°."
    unknown = replace(examination, radiograph=replace(examination.radiograph, spacing=None))
    assert words.measurements(unknown)[0] == "Measured 1: length 100 px."


@pytest.mark.parametrize("wanted", [False, True])
def test_the_report_shows_measurements_where_wanted(
    examination: Examination, wanted: bool, radiograph: Radiograph
) -> None:
    report = report_html(examination, radiograph, ReportOptions(show_measurements=wanted))
    assert ("14.3\N{NO-BREAK SPACE}mm, at the detector" in report.html) == wanted
    film = report.images["picture0"]
    assert (np.abs(film.astype(int) - MINT.rgb).max(axis=2) < 10).any() == wanted


def test_the_film_is_in_the_report_of_a_crop_that_was_measured_on(
    examination: Examination, radiograph: Radiograph
) -> None:
    whole = examination.knees[0]
    whole = replace(whole, knee=replace(whole.knee, box=Box(0, 0, 600)))
    alone = replace(examination, knees=(whole,))
    plain = report_html(alone, radiograph, ReportOptions())
    assert len(report_html(alone, radiograph, ReportOptions(show_measurements=True)).images) == (
        len(plain.images) + 1
    )


def test_a_measurement_is_drawn_where_it_was_made(
    examination: Examination, radiograph: Radiograph
) -> None:
    plain = marked(examination, radiograph, 600)
    shown = marked(examination, radiograph, 600, PictureOptions(show_measurements=True))
    assert tuple(shown[20, 300]) == MINT.rgb
    _, columns = np.nonzero((plain != shown).any(axis=2))
    # The number of the angle stands left of its vertex, for its arms lie right of it.
    assert columns.min() >= 215
    assert columns.max() <= 400


def test_the_table_of_everything_holds_points_and_values(examination: Examination) -> None:
    made = documents.document("a.png", examination, datetime.now(UTC))["measurements"]
    assert made[0] == {
        "kind": "length",
        "points": [[250, 20], [350, 20]],
        "px": 100,
        "mm": pytest.approx(14.3),
    }
    assert made[1]["degrees"] == pytest.approx(90)
