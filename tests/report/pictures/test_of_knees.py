"""Each knee as a picture of its own: the plain crop, and the model's map over it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event

import cv2
import numpy as np
import pytest

from koa_desktop.examination.examiner import Examination
from koa_desktop.examination.findings import Finding, Refusal
from koa_desktop.imaging.colour_maps import ColourMap, colour_table
from koa_desktop.knees.box import Box, Knee
from koa_desktop.knees.crop import crop
from koa_desktop.message import Message
from koa_desktop.radiograph import Radiograph
from koa_desktop.report.export import Format, Plan, export_all
from koa_desktop.report.naming.subject import Subject
from koa_desktop.report.options import ReportOptions
from koa_desktop.report.pictures.of_knees import mapped, plain_crop
from tests.support.replaced_knee import with_knee

OF_KNEES = frozenset({Format.HEATMAP, Format.CROP})


def written(examination: Examination, radiograph: Radiograph, folder: Path) -> list[str]:
    subject = Subject("knees.png", examination, radiograph=radiograph, code="KOA-1")
    done = export_all(Plan(folder, OF_KNEES), [subject], lambda *_: None, Event())
    assert not done.problems
    return sorted(path.name for path in done.files)


def test_each_knee_has_files_that_say_its_side(
    two_knees: Examination, radiograph: Radiograph, tmp_path: Path
) -> None:
    assert written(two_knees, radiograph, tmp_path) == [
        "knee report KOA-1 left.crop.png",
        "knee report KOA-1 left.heatmap.png",
        "knee report KOA-1 right.crop.png",
        "knee report KOA-1 right.heatmap.png",
    ]


def test_knees_without_a_side_are_numbered_and_ungraded_ones_have_no_map(
    two_knees: Examination, radiograph: Radiograph, tmp_path: Path
) -> None:
    unknown = [
        replace(one, knee=Knee(one.knee.box, None), finding=Finding(refusal=Message(reason)))
        for one, reason in zip(two_knees.knees, [Refusal.IMPLANT] * 2, strict=True)
    ]
    names = written(replace(two_knees, knees=tuple(unknown)), radiograph, tmp_path)
    assert names == ["knee report KOA-1 knee (2).crop.png", "knee report KOA-1 knee.crop.png"]


def test_a_film_without_a_knee_has_none(
    no_knee: Examination, radiograph: Radiograph, tmp_path: Path
) -> None:
    assert written(no_knee, radiograph, tmp_path) == []


def test_the_plain_crop_is_what_the_model_grades(
    two_knees: Examination, radiograph: Radiograph, tmp_path: Path
) -> None:
    written(two_knees, radiograph, tmp_path)
    for side, examined in zip(("right", "left"), two_knees.knees, strict=True):
        content = (tmp_path / f"knee report KOA-1 {side}.crop.png").read_bytes()
        stored = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
        assert stored.shape == (180, 180)  # one grey channel, in the film's own pixels
        graded = crop(radiograph, examined.knee.box, 180).pixels[..., 0]
        assert np.abs(stored / 255 - graded).max() <= 0.5 / 255 + 1e-6
        # Header, pixels and end: no text, no time.
        kinds = {kind for kind in (b"tEXt", b"iTXt", b"zTXt", b"tIME", b"eXIf") if kind in content}
        assert kinds == set()


def test_the_heat_map_lies_over_the_crop_with_its_legend_below(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    knee = two_knees.knees[0]
    for colour_map in (ColourMap.INFERNO, ColourMap.VIRIDIS):
        shown = mapped(two_knees, radiograph, knee, colour_map)
        assert shown.shape[1] == 600
        grey = (shown[:600] == shown[:600, :, :1]).all(axis=2)
        # The map is hottest in the fourth row and third column of its seven, and nothing elsewhere.
        assert not grey[round(600 * 3.5 / 7), round(600 * 2.5 / 7)]
        assert grey[:100].all()
        legend = shown[600:620].reshape(-1, 1, 3).astype(int)
        apart = np.abs(legend - colour_table(colour_map)[::64].astype(int)).max(axis=2)
        assert apart.min(axis=0).max() <= 3


def test_beside_the_legend_stands_the_grade_that_the_map_explains(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    overruled = replace(two_knees.knees[0], reader_grade=4)
    other = replace(overruled, finding=replace(overruled.finding, grade=0))
    rows = [
        mapped(with_knee(two_knees, 0, one), radiograph, one, ColourMap.INFERNO)[600:626, :300]
        for one in (overruled, other)
    ]
    assert all((row.max(axis=2) > 150).any() for row in rows)
    assert not np.array_equal(*rows)


def test_words_below_the_map_are_about_that_knee(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    right, left = two_knees.knees
    shown = mapped(two_knees, radiograph, right, ColourMap.INFERNO)
    other = with_knee(two_knees, 1, replace(left, reader_grade=4))
    assert np.array_equal(shown, mapped(other, radiograph, right, ColourMap.INFERNO))
    own = replace(right, reader_grade=4)
    changed = mapped(with_knee(two_knees, 0, own), radiograph, own, ColourMap.INFERNO)
    assert np.array_equal(shown[:600], changed[:600])
    assert shown.shape != changed.shape or not np.array_equal(shown, changed)


def test_below_the_map_stands_the_comment_on_that_knee_and_not_the_film_s(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    def below(film: str, right: str, left: str = "") -> bytes:
        knees = (
            replace(two_knees.knees[0], comment=right),
            replace(two_knees.knees[1], comment=left),
        )
        commented = replace(two_knees, knees=knees, comment=film)
        return mapped(commented, radiograph, knees[0], ColourMap.INFERNO).tobytes()

    without = below("", "")
    assert below("On the film.", "", left="On the left knee.") == without
    told = below("", "On the right knee.")
    assert len(told) > len(without)
    assert below("On the film.", "On the right knee.", left="On the left knee.") == told


def test_a_large_knee_keeps_its_pixels_and_a_huge_one_is_reduced(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    sides = {180: 180, 700: 700, 3000: 2400}
    for box_size, side in sides.items():
        knee = replace(two_knees.knees[0], knee=Knee(Box(0, 0, box_size)))
        assert plain_crop(radiograph, knee).shape == (side, side)
        shown = mapped(two_knees, radiograph, knee, ColourMap.GREY)
        assert shown.shape[1] == max(side, 600)


def test_a_knee_without_a_grade_has_no_map(two_knees: Examination, radiograph: Radiograph) -> None:
    refused = replace(two_knees.knees[0], finding=Finding(), grading=None)
    with pytest.raises(ValueError, match="no map"):
        mapped(two_knees, radiograph, refused, ReportOptions().colour_map)
