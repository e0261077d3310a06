"""Pictures of single knees as files: the plain crop, and the model's map over it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.imaging.colour_maps import ColourMap
from koa_desktop.radiograph import Radiograph, Side
from koa_desktop.report import words
from koa_desktop.report.naming.stems import free_stems
from koa_desktop.report.options import PictureOptions
from koa_desktop.report.pictures.annotated import MAX_SIDE
from koa_desktop.report.pictures.knees import Picture, crop_picture, heat_picture, legend
from koa_desktop.report.pictures.letters import Letters
from koa_desktop.report.pictures.strip import DARK, LIGHT, MIN_STRIP_WIDTH, MUTED, strip
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import sentence

_NAMES = {Side.RIGHT: "right", Side.LEFT: "left", None: "knee"}


def file_names(knees: Sequence[ExaminedKnee]) -> Iterable[tuple[str, ExaminedKnee]]:
    """Return each knee with what the names of its files say of it: `right`, `left`, `knee (2)`."""
    return zip(free_stems(_NAMES[one.knee.side] for one in knees), knees, strict=True)


def has_map(examined: ExaminedKnee) -> bool:
    """Tell whether the model graded the knee, so that there is a map of its grade."""
    return examined.grading is not None and examined.finding.grade is not None


def crop_side(examined: ExaminedKnee) -> int:
    """Return the width of a knee's plain crop in pixels: the film's own, 2400 at most."""
    return min(max(round(examined.knee.box.size), 1), MAX_SIDE)


def map_side(examined: ExaminedKnee) -> int:
    """Return the width of a knee's heat map in pixels: 600 or more, for the words below it."""
    return max(crop_side(examined), MIN_STRIP_WIDTH)


def plain_crop(radiograph: Radiograph, examined: ExaminedKnee) -> Picture:
    """Return a knee's box grey (n, n) uint8, stretched as the model's input; nothing is drawn."""
    return crop_picture(radiograph, examined.knee.box, crop_side(examined))[..., 0]


def mapped(
    examination: Examination,
    radiograph: Radiograph,
    examined: ExaminedKnee,
    colour_map: ColourMap,
    heading: Sequence[str] = (),
) -> Picture:
    """Return a knee under the map of the model's grade, RGB (H, W, 3) uint8.

    The map's legend and a strip of text as below the annotated film follow, with the knee's comment
    in place of the film's. Raises ValueError where the model gave no grade.
    """
    side = map_side(examined)
    picture = heat_picture(radiograph, examined, side, colour_map, examination.masks)
    if picture is None:
        raise ValueError("the model gave this knee no grade, so there is no map of it")
    alone = replace(examination, knees=(examined,), comment=examined.comment)
    told = strip(alone, side, PictureOptions(show_heat_map=True), heading)
    return np.vstack([picture, _scale(side, colour_map, words.map_title(examined)), told])


def _scale(width: int, colour_map: ColourMap, title: str) -> Picture:
    """Return the map's title, and its colours between their words, (h, width, 3) uint8."""
    letters = Letters(max(round(width / 70), 13))
    less, more = sentence(ReportText.LESS), sentence(ReportText.MORE)
    pixels, gap = letters.pixels, letters.pixels // 2
    long = width // 4
    image = Image.new("RGB", (width, 2 * pixels), DARK)
    left = width - round(letters.width(less) + letters.width(more)) - long - 2 * gap - pixels
    letters.draw(image, (pixels, pixels), title, LIGHT, "lm")
    letters.draw(image, (left, pixels), less, MUTED, "lm")
    left += round(letters.width(less)) + gap
    image.paste(Image.fromarray(legend(long, pixels, colour_map)), (left, pixels // 2))
    letters.draw(image, (left + long + gap, pixels), more, MUTED, "lm")
    return np.asarray(image)
