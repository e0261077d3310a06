"""The annotated radiograph as a picture: boxes, sides and grades, and a strip of text below."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from koa_desktop.annotation import boxes, measurements
from koa_desktop.annotation.canvas import Canvas
from koa_desktop.annotation.colours import AMBER, MINT
from koa_desktop.annotation.shapes import Label, Rect, Shape
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.imaging import colour_maps
from koa_desktop.imaging.colour_maps import ColourMap
from koa_desktop.imaging.masks import blacken
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import words
from koa_desktop.report.options import PictureOptions
from koa_desktop.report.pictures.knees import heat_of, joint_space_shapes
from koa_desktop.report.pictures.shape_painter import paint, picture_canvas
from koa_desktop.report.pictures.strip import MIN_STRIP_WIDTH, strip

Picture = NDArray[np.uint8]

MAX_SIDE = 2400
MIN_SIDE = 900  # below, the words under a small crop could not be read
BOXES_ALONE = PictureOptions()


def annotated(
    examination: Examination,
    radiograph: Radiograph,
    options: PictureOptions = BOXES_ALONE,
    heading: Sequence[str] = (),
) -> Picture:
    """Return the radiograph RGB (H, W, 3) uint8 with boxes, sides and grades, and a strip below.

    The longest side of the radiograph is brought between 900 and 2400 pixels. The strip begins with
    the lines of `heading`, which name the film; it says what was found, by which model, at what
    pixel spacing, and that this is no medical device.
    """
    picture = marked(examination, radiograph, MAX_SIDE, options, smallest=MIN_SIDE, grades=True)
    missing = max(MIN_STRIP_WIDTH - picture.shape[1], 0)
    picture = np.pad(picture, ((0, 0), (0, missing), (0, 0)))
    return np.vstack([picture, strip(examination, picture.shape[1], options, heading)])


def drawn_size(height: int, width: int) -> tuple[int, int]:
    """Return the height and width of a radiograph's part of the annotated picture, in pixels."""
    scale = _scale(height, width, MAX_SIDE, MIN_SIDE)
    return round(height * scale), round(width * scale)


def png_bytes(picture: Picture) -> bytes:
    """Return a picture, RGB (H, W, 3) or grey (H, W), uint8, as a PNG file without other data."""
    stored = picture if picture.ndim == 2 else picture[..., ::-1]
    return cv2.imencode(".png", stored)[1].tobytes()


def marked(
    examination: Examination,
    radiograph: Radiograph,
    longest: int,
    options: PictureOptions = BOXES_ALONE,
    *,
    smallest: int = 1,
    grades: bool = False,
) -> Picture:
    """Return the radiograph RGB (H, W, 3) uint8 with its boxes, its longest side in the limits."""
    pixels = radiograph.pixels
    height, width = pixels.shape
    scale = _scale(height, width, longest, smallest)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    grey = np.clip(cv2.resize(pixels, size, interpolation=method) * 255 + 0.5, 0, 255)
    picture = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
    if options.show_heat_map:
        for examined in examination.knees:
            _lay_heat(picture, examined, scale, options.colour_map)
    blacken(picture, examination.masks, scale)
    image = Image.fromarray(picture)
    canvas = picture_canvas(image, scale)
    marks = [
        shape
        for examined in examination.knees
        for shape in _box(examined, canvas, grades=grades, mapped=options.show_heat_map)
    ]
    tags = _label_places(marks)
    measured = _measurements(examination, canvas, tags) if options.show_measurements else []
    paint(image, marks)
    if options.show_joint_space:
        taken = [*tags, *_label_places(measured)]
        paint(image, joint_space_shapes(examination.knees, canvas, taken))
    paint(image, measured)
    return np.asarray(image)


def _scale(height: int, width: int, longest: int, smallest: int) -> float:
    return min(longest, max(smallest, height, width)) / max(height, width)


def _lay_heat(
    picture: Picture, examined: ExaminedKnee, scale: float, colour_map: ColourMap
) -> None:
    """Lay a knee's heat map over `picture`, in place."""
    box = examined.knee.box
    size = max(round(box.size * scale), 1)
    heat = heat_of(examined, size)
    if heat is None:
        return
    left, top = round(box.left * scale), round(box.top * scale)
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + size, picture.shape[1]), min(top + size, picture.shape[0])
    if x1 <= x0 or y1 <= y0:
        return
    over = colour_maps.colours(heat[y0 - top : y1 - top, x0 - left : x1 - left], 0.55, colour_map)
    share = over[..., 3:].astype(np.float32) / 255
    under = picture[y0:y1, x0:x1]
    picture[y0:y1, x0:x1] = np.round(under * (1 - share) + over[..., :3] * share)


def _box(examined: ExaminedKnee, canvas: Canvas, *, grades: bool, mapped: bool) -> list[Shape]:
    """Return a knee's box and its tag, kept inside the picture; empty where it lies outside."""
    box = examined.knee.box
    corners = canvas.points([(box.left, box.top), (box.left + box.size, box.top + box.size)])
    (left, top), (right, bottom) = corners
    left, top = max(left, 0), max(top, 0)
    right, bottom = min(right, canvas.width - 1), min(bottom, canvas.height - 1)
    if right <= left or bottom <= top:
        return []
    rect = Rect(left, top, right - left, bottom - top)
    text = words.tag(examined, grades=grades, mapped=mapped)
    frame = boxes.frame(rect, AMBER, canvas.sizes.box)
    return [frame, *([boxes.tag(rect, text, AMBER, canvas)] if text else [])]


def _measurements(examination: Examination, canvas: Canvas, taken: Iterable[Rect]) -> list[Shape]:
    """Return the measurements with their numbers; the words below the picture say the values."""
    lines: list[Shape] = []
    labels = []
    for number, one in enumerate(examination.measurements, 1):
        points = canvas.points(one.points)
        lines.append(measurements.lines(points, MINT, canvas, one.kind))
        labels.append((points, str(number), MINT))
    return [*lines, *measurements.values(labels, canvas, taken)]


def _label_places(shapes: Iterable[Shape]) -> list[Rect]:
    return [shape.rect for shape in shapes if isinstance(shape, Label)]
