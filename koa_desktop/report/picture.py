"""Pictures of an examination: the radiograph with boxes, sides and grades, for page and file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from koa_desktop.annotation import boxes, joint_spaces, measurements
from koa_desktop.annotation.canvas import Canvas
from koa_desktop.annotation.colours import AMBER, MINT
from koa_desktop.annotation.shapes import Rect, Shape
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.measurements import Kind
from koa_desktop.grading import class_map
from koa_desktop.grading.class_map import ColourMap
from koa_desktop.knees.box import Box
from koa_desktop.knees.crop import cut_out, stretch
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import joint_space, provenance, words
from koa_desktop.report import measurements as measured
from koa_desktop.report.shape_painter import font, paint, picture_canvas

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

MAX_SIDE = 2400
MIN_SIDE = 900  # below, the words under a small crop could not be read
MIN_STRIP_WIDTH = 600
DARK: Colour = (24, 26, 31)
LIGHT: Colour = (235, 237, 240)
MUTED: Colour = (160, 166, 175)


def annotated(
    examination: Examination,
    radiograph: Radiograph,
    *,
    show_heat_map: bool = False,
    colour_map: ColourMap = ColourMap.INFERNO,
    show_measurements: bool = False,
    show_joint_space: bool = False,
) -> Picture:
    """Return the radiograph RGB (H, W, 3) uint8 with boxes, sides and grades, and a strip below.

    The longest side of the radiograph is brought between 900 and 2400 pixels. The strip says what
    was found, by which model, at what pixel spacing, and that this is no medical device.
    """
    picture = marked(
        examination,
        radiograph,
        MAX_SIDE,
        smallest=MIN_SIDE,
        grades=True,
        show_heat_map=show_heat_map,
        colour_map=colour_map,
        show_measurements=show_measurements,
        show_joint_space=show_joint_space,
    )
    beside = max(MIN_STRIP_WIDTH - picture.shape[1], 0)
    picture = np.pad(picture, ((0, 0), (0, beside), (0, 0)))
    more = joint_space.lines(examination)
    more += measured.lines(examination) if show_measurements else []
    return np.vstack([picture, _strip(examination, picture.shape[1], show_heat_map, more)])


def png_bytes(picture: Picture) -> bytes:
    """Return an RGB picture (H, W, 3) uint8 as the bytes of a PNG file."""
    return cv2.imencode(".png", picture[..., ::-1])[1].tobytes()


def marked(
    examination: Examination,
    radiograph: Radiograph,
    longest: int,
    *,
    smallest: int = 1,
    grades: bool = False,
    show_heat_map: bool = False,
    colour_map: ColourMap = ColourMap.INFERNO,
    show_measurements: bool = False,
    show_joint_space: bool = False,
) -> Picture:
    """Return the radiograph RGB (H, W, 3) uint8 with its boxes, its longest side in the limits."""
    pixels = radiograph.pixels
    height, width = pixels.shape
    scale = min(longest, max(smallest, height, width)) / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    grey = np.clip(cv2.resize(pixels, size, interpolation=method) * 255 + 0.5, 0, 255)
    picture = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
    if show_heat_map:
        for examined in examination.knees:
            _lay_heat(picture, examined, scale, colour_map)
    image = Image.fromarray(picture)
    canvas = picture_canvas(image, scale)
    for examined in examination.knees:
        paint(image, _box(examined, canvas, grades=grades))
    if show_joint_space:
        paint(image, _joint_spaces(examination.knees, canvas))
    if show_measurements:
        paint(image, _measurements(examination, canvas))
    return np.asarray(image)


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
    paint(image, _joint_spaces([examined], canvas))
    return np.asarray(image)


def heat_picture(
    radiograph: Radiograph,
    examined: ExaminedKnee,
    size: int,
    colour_map: ColourMap = ColourMap.INFERNO,
) -> Picture | None:
    """Return the same under the map of the model's grade; None where the model gave none."""
    heat = _heat(examined, size)
    if heat is None:
        return None
    stretched = stretch(*cut_out(radiograph, examined.knee.box, size))
    return class_map.blend(stretched, heat, colour_map=colour_map)


def bar(share: float, colour: Colour, width: int, height: int) -> Picture:
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
    ramp = class_map.colour_table(colour_map)[np.linspace(0, 255, width).astype(int)]
    return np.repeat(ramp[None], height, axis=0)


def _heat(examined: ExaminedKnee, size: int) -> NDArray[np.float32] | None:
    if examined.grading is None or examined.finding.grade is None:
        return None
    return class_map.heat(examined.grading.maps[..., examined.finding.grade], size)


def _lay_heat(
    picture: Picture, examined: ExaminedKnee, scale: float, colour_map: ColourMap
) -> None:
    """Lay a knee's heat map over `picture`, in place."""
    box = examined.knee.box
    size = max(round(box.size * scale), 1)
    heat = _heat(examined, size)
    if heat is None:
        return
    left, top = round(box.left * scale), round(box.top * scale)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + size, picture.shape[1]), min(top + size, picture.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    over = class_map.colours(heat[y0 - top : y1 - top, x0 - left : x1 - left], 0.55, colour_map)
    share = over[..., 3:].astype(np.float32) / 255
    under = picture[y0:y1, x0:x1]
    picture[y0:y1, x0:x1] = np.round(under * (1 - share) + over[..., :3] * share)


def _box(examined: ExaminedKnee, canvas: Canvas, *, grades: bool) -> list[Shape]:
    """Return a knee's box and its tag, kept inside the picture; empty where it lies outside."""
    box = examined.knee.box
    corners = canvas.points([(box.left, box.top), (box.left + box.size, box.top + box.size)])
    (left, top), (right, bottom) = corners
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, canvas.width - 1), min(bottom, canvas.height - 1)
    if right <= left or bottom <= top:
        return []
    rect = Rect(left, top, right - left, bottom - top)
    text = words.tag(examined, grades=grades)
    frame = boxes.frame(rect, AMBER, canvas.sizes.box)
    return [frame, *([boxes.tag(rect, text, AMBER, canvas)] if text else [])]


def _joint_spaces(knees: Sequence[ExaminedKnee], canvas: Canvas) -> Iterator[Shape]:
    for examined in knees:
        if examined.joint_space is not None:
            yield from joint_spaces.outlines(examined.joint_space, canvas)
            yield from joint_spaces.values(examined.joint_space, canvas)


def _measurements(examination: Examination, canvas: Canvas) -> Iterator[Shape]:
    """Yield the measurements with their numbers; the words below the picture say the values."""
    for number, one in enumerate(examination.measurements, 1):
        points = canvas.points(one.points)
        yield measurements.lines(points, MINT, canvas, is_angle=one.kind is Kind.ANGLE)
        yield measurements.label(points, str(number), MINT, canvas)


def _strip(examination: Examination, width: int, show_heat_map: bool, more: list[str]) -> Picture:
    """Return the words below the radiograph, RGB (h, width, 3) uint8."""
    size = max(round(width / 56), 15)
    findings = [(text, LIGHT, font(size, bold=True)) for text in words.conclusion(examination)]
    small = font(max(round(size * 0.82), 13))
    findings += [(text, LIGHT, small) for text in more]
    reviews = [(text, AMBER.rgb, small) for text in words.reviews(examination)]
    cells = words.map_cells(examination.knees) if show_heat_map else 0
    notes = [words.map_note(cells)] if cells else []
    notes += [provenance.line(examination), provenance.NOT_A_DEVICE]
    lines = [
        (line, colour, letters)
        for text, colour, letters in [
            *findings,
            *reviews,
            *((note, MUTED, small) for note in notes),
        ]
        for line in _wrapped(text, letters, width - 2 * size)
    ]
    step = round(size * 1.45)
    image = Image.new("RGB", (width, step * len(lines) + 2 * round(size * 0.7)), DARK)
    draw = ImageDraw.Draw(image)
    for number, (text, colour, letters) in enumerate(lines):
        draw.text((size, round(size * 0.7) + step * number), text, colour, letters)
    return np.asarray(image)


def _wrapped(text: str, letters: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """Break `text` between words into lines of at most `width` pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and letters.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
