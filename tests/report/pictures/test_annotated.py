from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from koa_desktop.annotation.colours import AMBER
from koa_desktop.examination.examiner import Examination
from koa_desktop.imaging.colour_maps import ColourMap, colour_table, colours
from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import Radiograph, Window
from koa_desktop.report import words
from koa_desktop.report.options import PictureOptions
from koa_desktop.report.pictures import knees as knee_pictures
from koa_desktop.report.pictures.annotated import annotated, marked, png_bytes
from tests.support.replaced_knee import with_knee


def test_boxes_lie_where_the_knees_are(two_knees: Examination, radiograph: Radiograph) -> None:
    shown = marked(two_knees, radiograph, 600, grades=True)
    assert shown.shape == (300, 600, 3)
    for examined in two_knees.knees:
        box = examined.knee.box
        middle = int(box.top + box.size / 2)
        assert tuple(shown[middle, int(box.left)]) == AMBER.rgb
        assert tuple(shown[middle, int(box.left + box.size)]) == AMBER.rgb
    grey = np.round(radiograph.pixels[250:] * 255)
    assert np.abs(shown[250:, :, 0].astype(float) - grey).max() <= 1


def test_the_heat_map_colours_only_the_boxes(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    plain = marked(two_knees, radiograph, 600)
    heated = marked(two_knees, radiograph, 600, PictureOptions(show_heat_map=True))
    changed = (plain != heated).any(axis=2)
    assert changed[60:240, 40:220].any()
    assert changed[60:240, 360:540].any()
    assert not changed[:, 230:350].any()
    assert not changed[250:].any()


def test_a_tag_names_the_grade_of_the_map_beside_the_reader_s(two_knees: Examination) -> None:
    right = two_knees.knees[0]
    model = right.finding.grade
    overruled = replace(right, reader_grade=4)
    assert words.tag(overruled, grades=True, mapped=True) == f"R  KL 4 · map: KL {model}"
    assert words.tag(overruled, grades=True) == "R  KL 4"
    without = replace(overruled, grading=None)
    assert words.tag(without, grades=True, mapped=True) == "R  KL 4"


def test_the_annotated_picture_has_that_tag(two_knees: Examination, radiograph: Radiograph) -> None:
    plain, mapped = (
        annotated(two_knees, radiograph, PictureOptions(show_heat_map=shown))[:900]
        for shown in (False, True)
    )
    amber = [np.argwhere((one == AMBER.rgb).all(axis=2)) for one in (plain, mapped)]
    assert len(amber[1]) > len(amber[0]) + 1000, "The tags are longer."


@pytest.mark.parametrize("colour_map", ColourMap)
def test_the_heat_map_has_the_colours_that_were_chosen(
    two_knees: Examination, colour_map: ColourMap, radiograph: Radiograph
) -> None:
    plain = marked(two_knees, radiograph, 600).astype(int)
    heated = marked(
        two_knees, radiograph, 600, PictureOptions(show_heat_map=True, colour_map=colour_map)
    )
    # The map is hottest in the fourth row and third column of its seven.
    row, column = 60 + round(180 * 3.5 / 7), 40 + round(180 * 2.5 / 7)
    over = colours(np.ones((1, 1), np.float32), 0.55, colour_map)[0, 0].astype(float)
    share = over[3] / 255
    wanted = plain[row, column] * (1 - share) + over[:3] * share
    assert np.abs(heated[row, column] - wanted).max() <= 12
    assert np.array_equal(knee_pictures.legend(256, 1, colour_map)[0], colour_table(colour_map))


@pytest.mark.parametrize(
    ("shape", "longest"), [((30, 40), 900), ((1000, 1500), 1500), ((3000, 5000), 2400)]
)
def test_the_annotated_picture_keeps_to_its_limits(
    two_knees: Examination, shape: tuple[int, int], longest: int
) -> None:
    radiograph = Radiograph.of(
        two_knees.radiograph.path, np.zeros(shape, np.uint8), Window(127.5, 255)
    )
    shown = annotated(replace(two_knees, radiograph=radiograph.info, knees=()), radiograph)
    assert shown.shape[1] == longest
    assert shown.shape[0] > longest * shape[0] // shape[1]


def test_the_strip_grows_with_what_must_be_said(
    two_knees: Examination, radiograph: Radiograph
) -> None:
    calm = replace(two_knees.knees[0].finding, flags=())
    unmarked = with_knee(two_knees, 0, replace(two_knees.knees[0], finding=calm))
    assert annotated(two_knees, radiograph).shape[0] > annotated(unmarked, radiograph).shape[0]
    assert any("on request" in line for line in words.reviews(two_knees))


@pytest.mark.parametrize("box", [Box(-400, -400, 100), Box(-50, 200, 300), Box(10, 10, 0.4)])
def test_a_box_over_the_border_is_drawn_as_far_as_there_is_film(
    two_knees: Examination, box: Box, radiograph: Radiograph
) -> None:
    moved = replace(two_knees.knees[0], knee=Knee(box, two_knees.knees[0].knee.side))
    shown = marked(
        with_knee(two_knees, 0, moved), radiograph, 600, PictureOptions(show_heat_map=True)
    )
    assert shown.shape == (300, 600, 3)


def test_it_says_whose_grade_it_is(two_knees: Examination, radiograph: Radiograph) -> None:
    assert words.verdicts(two_knees) == [
        "Right knee: read as KL 3 by the reader; model: KL 2 (likely range KL 1–3).",
        "Left knee: model: KL 0 (likely range KL 0); not yet confirmed by a reader.",
    ]
    bare = replace(two_knees, knees=(), comment="")
    named = annotated(bare, radiograph, heading=["Patient: somebody"])
    assert named.shape[0] > annotated(bare, radiograph).shape[0]


def test_the_png_holds_the_same_pixels(two_knees: Examination, radiograph: Radiograph) -> None:
    shown = annotated(two_knees, radiograph, PictureOptions(show_heat_map=True))
    data = np.frombuffer(png_bytes(shown), np.uint8)
    read = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert read is not None
    assert np.array_equal(read[..., ::-1], shown)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_a_bar_is_as_long_as_its_share(share: float) -> None:
    drawn = knee_pictures.bar(share, (0, 0, 255), 200, 20)
    length = int((drawn[10, :, 0] < 128).sum())
    assert length == pytest.approx(share * 200, abs=6)
