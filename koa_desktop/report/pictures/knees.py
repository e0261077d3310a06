"""Pictures of one knee for the page: its crop, its joint space, its heat map, bars and legend."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from koa_desktop.annotation import joint_spaces
from koa_desktop.annotation.canvas import Canvas
from koa_desktop.annotation.shapes import Rect, Shape
from koa_desktop.examination.examiner import ExaminedKnee
from koa_desktop.grading import class_map
from koa_desktop.imaging import colour_maps
from koa_desktop.imaging.colour_maps import ColourMap
from koa_desktop.imaging.masks import Mask, blacken
from koa_desktop.knees.box import Box
from koa_desktop.knees.crop import cut_out, stretch
from koa_desktop.radiograph import Radiograph
from koa_desktop.report.pictures.shape_painter import paint, picture_canvas

Picture = NDArray[np.uint8]


def crop_picture(radiograph: Radiograph, box: Box, size: int) -> Picture:
    """Return a knee as RGB (size, size, 3) uint8, its grey values stretched as the model's are."""
    stretched = stretch(*cut_out(radiograph, box, size))
    return np.repeat(np.round(stretched * 255).astype(np.uint8), 3, axis=2)


def joint_picture(radiograph: Radiograph, examined: ExaminedKnee, size: int) -> Picture:
    """Return a knee as `crop_picture` does, with the outline of its joint space."""
    box = examined.knee.box
    image = Image.fromarray(crop_picture(radiograph, box, size))
    corner, pixels = (box.left, box.top), max(size // 22, 10)
    canvas = picture_canvas(image, size / box.size, corner, joint_pixels=pixels)
    paint(image, joint_space_shapes([examined], canvas))
    return np.asarray(image)


def heat_picture(
    radiograph: Radiograph,
    examined: ExaminedKnee,
    size: int,
    colour_map: ColourMap = ColourMap.INFERNO,
    masks: Sequence[Mask] = (),
) -> Picture | None:
    """Return the same under the map of the model's grade; None where the model gave none.

    The map leaves masked areas black.
    """
    heat = heat_of(examined, size)
    if heat is None:
        return None
    box = examined.knee.box
    stretched = stretch(*cut_out(radiograph, box, size))
    picture = colour_maps.blend(stretched, heat, colour_map=colour_map)
    blacken(picture, masks, size / box.size, (box.left, box.top))
    return picture


def bar(share: float, colour: tuple[int, int, int], width: int, height: int) -> Picture:
    """Return a bar RGB (height, width, 3) uint8 with round ends, `share` (0..1) long, on white."""
    picture = np.full((height * 4, width * 4, 3), 255, np.uint8)
    length = max(round(share * width * 4), height)
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).rounded_rectangle(
        (0, 0, length - 1, height * 4 - 1), radius=height * 0.6, fill=colour
    )
    return np.asarray(image.resize((width, height), Image.Resampling.BOX))


def legend(width: int, height: int, colour_map: ColourMap = ColourMap.INFERNO) -> Picture:
    """Return the heat map's colours RGB (height, width, 3) uint8 from less to more."""
    ramp = colour_maps.colour_table(colour_map)[np.linspace(0, 255, width).astype(int)]
    return np.repeat(ramp[None], height, axis=0)


def heat_of(examined: ExaminedKnee, size: int) -> NDArray[np.float32] | None:
    """Return the map of the model's grade (size, size), 0..1; None where there is none."""
    if examined.grading is None or examined.finding.grade is None:
        return None
    return class_map.heat(examined.grading.maps[..., examined.finding.grade], size)


def joint_space_shapes(
    knees: Sequence[ExaminedKnee], canvas: Canvas, taken: Iterable[Rect] = ()
) -> list[Shape]:
    """Return the joint spaces of knees as shapes, as far as they were measured.

    Their values keep off the rectangles `taken`.
    """
    spaces = [one.joint_space for one in knees if one.joint_space is not None]
    lines = [shape for space in spaces for shape in joint_spaces.outlines(space, canvas)]
    return [*lines, *joint_spaces.values(spaces, canvas, taken=taken)]
