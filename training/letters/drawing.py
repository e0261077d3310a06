"""Drawn scenes: pieces of knee films with letters, words and other signs on them.

Letters are drawn in Matplotlib's fonts and in OpenCV's stroke fonts, since lead letters and
stamps come in both looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

SCENE = 256  # pixels
FONTS = (
    *("DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSerif"),
    *("DejaVuSerif-Bold", "STIXGeneral", "STIXGeneralBol", "cmss10", "cmb10", "cmtt10"),
)
STROKE_FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_PLAIN)
OTHERS = "ABCDEFGHIJKMNOPQSTUVWXYZ0123456789abdefghknpqrt<>[]()+/|"
WORDS = (
    *("STANDING", "PORTABLE", "WT-BEARING", "UPRIGHT", "AP", "PA", "LAT", "OBL", "W/Weight"),
    *("SUPINE", "PT ID002", "13 DEC 2005", "250 mm", "RL", "LR", "LPB", "TABLE", "ERECT", "XTABLE"),
    *("KNEE", "LEFT", "RIGHT", "ROSENBERG", "SKYLINE", "DR. LILLY", "REL", "LL", "RR"),
)
HEIGHTS = (15, 60)  # of a letter, pixels
TILT = 14.0  # degrees

Bytes = NDArray[np.uint8]
Mask = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class DrawnLetter:
    """An R or L in a scene: `name` is R or L, the box is left, top, width, height in pixels."""

    name: str
    mirrored: bool
    box: tuple[int, int, int, int]


def scene(background: Bytes, rng: np.random.Generator) -> tuple[Bytes, list[DrawnLetter]]:
    """Draw one to three signs on a background (256, 256); return the picture and its letters."""
    picture = background.astype(np.float32)
    letters = []
    taken = np.zeros((SCENE, SCENE), bool)
    for _ in range(rng.integers(1, 4)):
        text, is_letter = _text(rng)
        mirrored = is_letter and rng.random() < 0.3
        glyphs = _glyphs(text, rng)
        turned = is_letter and rng.random() < 0.15
        glyphs = _tilted(glyphs, rng.choice([90, 180, 270]) if turned else rng.normal(0, TILT / 2))
        glyphs = glyphs[:, ::-1] if mirrored else glyphs
        plate = _plate(glyphs, rng)
        height, width = plate.shape
        if height >= SCENE or width >= SCENE:
            continue
        top, left = rng.integers(0, SCENE - height), rng.integers(0, SCENE - width)
        place = np.s_[top : top + height, left : left + width]
        if taken[place].any():
            continue
        taken[place] = True
        picture[place] = _on(picture[place], glyphs, plate, rng)
        if is_letter and not turned:
            x, y, w, h = cv2.boundingRect((_framed(glyphs, plate.shape) > 0.5).astype(np.uint8))
            letters.append(DrawnLetter(text, mirrored, (left + x, top + y, w, h)))
    return _exposed(picture, rng), letters


def _text(rng: np.random.Generator) -> tuple[str, bool]:
    kind = rng.random()
    if kind < 0.6:
        return ("R" if rng.random() < 0.5 else "L"), True
    if kind < 0.8:
        return rng.choice(list(OTHERS)), False
    return rng.choice(WORDS), False


@cache
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / f"{name}.ttf"), size)


def _glyphs(text: str, rng: np.random.Generator) -> Mask:
    """Return a text drawn 0..1, cut to its size, its capitals of a random height."""
    height = int(np.exp(rng.uniform(*np.log(HEIGHTS))))
    large = np.zeros((160, 140 * len(text) + 80), np.uint8)
    if rng.random() < 0.7:
        image = Image.fromarray(large)
        font = _font(str(rng.choice(FONTS)), 100)
        ImageDraw.Draw(image).text((40, 10), text, fill=255, font=font)
        large = np.array(image)
        grown = int(rng.integers(-3, 7))
        kernel = np.ones((abs(grown) + 1, abs(grown) + 1), np.uint8)
        large = np.asarray((cv2.dilate if grown > 0 else cv2.erode)(large, kernel), np.uint8)
    else:
        strokes = int(rng.choice(STROKE_FONTS))
        scale = 8.0 if strokes == cv2.FONT_HERSHEY_PLAIN else 4.0
        cv2.putText(large, text, (40, 130), strokes, scale, 255, int(rng.integers(6, 22)))
    x, y, w, h = cv2.boundingRect(large)
    if not w or not h:
        return np.ones((height, height), np.float32)
    size = max(round(w / h * height * np.exp(rng.normal(0, 0.12))), 3), height
    drawn = cv2.resize(large[y : y + h, x : x + w], size, interpolation=cv2.INTER_AREA)
    return np.asarray(drawn / 255, np.float32)


def _tilted(glyphs: Mask, degrees: float) -> Mask:
    h, w = glyphs.shape
    side = int(np.ceil(np.hypot(h, w))) + 2
    matrix = cv2.getRotationMatrix2D((w / 2, h / 2), float(degrees), 1.0)
    matrix[:, 2] += (side - w) / 2, (side - h) / 2
    turned = cv2.warpAffine(glyphs, matrix, (side, side))
    x, y, w, h = cv2.boundingRect((turned > 0.5).astype(np.uint8))
    return np.asarray(turned[y : y + h, x : x + w] if w and h else glyphs, np.float32)


def _plate(glyphs: Mask, rng: np.random.Generator) -> Mask:
    """Return the plate under a text, 0..1: ones where there is one, larger than the text."""
    h, w = glyphs.shape
    edge = rng.integers(2, max(int(0.8 * min(h, w)), 3) + 1, 2)
    return np.ones((h + 2 * int(edge[0]), w + 2 * int(edge[1])), np.float32)


def _framed(glyphs: Mask, shape: tuple[int, ...]) -> Mask:
    framed = np.zeros(shape, np.float32)
    top, left = (shape[0] - glyphs.shape[0]) // 2, (shape[1] - glyphs.shape[1]) // 2
    framed[top : top + glyphs.shape[0], left : left + glyphs.shape[1]] = glyphs
    return framed


def _on(under: Mask, glyphs: Mask, plate: Mask, rng: np.random.Generator) -> Mask:
    """Return the ground with the text on it, on a plate or not, more or less opaque."""
    ink = _framed(glyphs, plate.shape)
    ground = under
    tone = float(rng.uniform(0, 255))
    if rng.random() < 0.55:
        covered = rng.uniform(0.3, 1.0) * plate
        ground = under * (1 - covered) + tone * covered
    else:
        tone = float(under.mean())
    contrast = rng.uniform(30, 200) * (1 if rng.random() < (0.8 if tone < 128 else 0.15) else -1)
    colour = np.clip(tone + contrast, 0, 255)
    ink = ink * rng.uniform(0.7, 1.0)
    return np.asarray(ground * (1 - ink) + colour * ink, np.float32)


def _exposed(picture: Mask, rng: np.random.Generator) -> Bytes:
    sigma = float(rng.uniform(0.3, 1.3)) if rng.random() < 0.7 else 0.01
    blurred = cv2.GaussianBlur(picture, (0, 0), sigma)
    return np.clip(blurred + rng.normal(0, rng.uniform(0, 5), picture.shape), 0, 255).astype(
        np.uint8
    )
