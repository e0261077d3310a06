"""Random views of a scene, from which the finder's two networks are trained.

A view is one affine warp of a scene, cut off at a border of its own, as a detector, a collimator or
a picture cut out by another program would; then exposure, noise, writing and masks. Pictures are
stretched by the same function as in the program.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, exp, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.finder import BOX_INPUT_SIZE, BOX_MARGIN, LOCATOR_SIZE
from koa_desktop.knees.box import BoxClass
from koa_desktop.knees.crop import stretch
from training.finder.sources import Bytes, Mark, Scene

MOST_MARKS = 2
STRIP = (300.0, 162.0)
POSITIVE_SHARE, IGNORED_SHARE = 0.5, 0.12  # of a knee's box that a view shows
INVERTED = 0.03

Array = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class View:
    """A rectangle on a scene: middle, width and height in its pixels, turn (radians), mirrored."""

    x: float
    y: float
    width: float
    height: float
    turn: float = 0.0
    mirrored: bool = False

    def matrix(self, size: int) -> NDArray[np.float64]:
        """Return the way (2, 3) from the scene to a square picture of `size` pixels."""
        scale = size / max(self.width, self.height)
        c, s = scale * cos(self.turn), scale * sin(self.turn)
        linear = np.array([[c, s], [-s, c]])
        if self.mirrored:
            linear[0] *= -1
        start = size / 2 - linear @ (self.x, self.y)
        return np.concatenate([linear, start[:, None]], 1)


def whole_sample(scene: Scene, rng: np.random.Generator) -> tuple[Bytes, Array]:
    """Return the locator's picture, uint8 (192, 192), and its knees (2, 4).

    A knee is x, y and size in pixels, and 1; 0 where too little of it is visible, -1 where
    there is none.
    """
    view = _whole_view(scene, rng)
    matrix = view.matrix(LOCATOR_SIZE)
    scale = LOCATOR_SIZE / max(view.width, view.height)
    picture, inside = _seen(scene, matrix, LOCATOR_SIZE, rng)
    half_x, half_y = view.width * scale / 2, view.height * scale / 2
    middles = np.abs(np.arange(LOCATOR_SIZE) + 0.5 - LOCATOR_SIZE / 2)
    inside &= (middles[:, None] <= half_y) & (middles[None, :] <= half_x)
    knees = np.full((MOST_MARKS, 4), -1, np.float32)
    for place, mark in zip(knees, scene.marks, strict=False):
        x, y = matrix @ (mark.x, mark.y, 1)
        size = mark.size * scale
        share = _overlap(x - LOCATOR_SIZE / 2, size, half_x) * _overlap(
            y - LOCATOR_SIZE / 2, size, half_y
        )
        near = abs(x - LOCATOR_SIZE / 2) < half_x and abs(y - LOCATOR_SIZE / 2) < half_y
        if share >= IGNORED_SHARE:
            place[:] = x, y, size, float(share >= POSITIVE_SHARE and near)
    return _finished(picture, inside, rng), knees


def _overlap(middle: float, size: float, half: float) -> float:
    """Return the share of a stretch of `size` around `middle` that lies within ±`half`."""
    return max(min(middle + size / 2, half) - max(middle - size / 2, -half), 0) / size


def _whole_view(scene: Scene, rng: np.random.Generator) -> View:
    height, width = scene.image.shape
    turn = radians(rng.normal(0, 4) if rng.random() < 0.8 else rng.uniform(-15, 15))
    mirrored = bool(rng.random() < 0.5)
    kind = rng.random()
    if kind < 0.25 or (not scene.marks and kind < 0.5):
        margin = rng.uniform(0.9, 1.35, 2)
        middle = rng.normal(0, 0.03, 2) + 0.5
        return View(
            width * middle[0],
            height * middle[1],
            width * margin[0],
            height * margin[1],
            turn,
            mirrored,
        )
    if not scene.marks or kind > 0.92:
        across, down = rng.uniform(0.25, 0.9, 2)
        x, y = rng.uniform(across / 2, 1 - across / 2), rng.uniform(down / 2, 1 - down / 2)
        return View(width * x, height * y, width * across, height * down, turn, mirrored)
    mark = scene.marks[rng.integers(len(scene.marks))]
    if kind < 0.45:  # a strip that cuts the knee at top and bottom, or at its sides
        across, down = STRIP if rng.random() < 0.6 else STRIP[::-1]
        least = mark.size / min(across, down) * exp(rng.uniform(-0.45, 0.35))
        across, down = across * least, down * least
    else:
        across = mark.size * exp(rng.uniform(0.0, 1.5))
        down = across * exp(rng.uniform(-0.6, 0.6))
        across, down = max(across, 0.85 * mark.size), max(down, 0.75 * mark.size)
    room_x, room_y = max(across - 0.8 * mark.size, 0), max(down - 0.8 * mark.size, 0)
    x = mark.x + rng.uniform(-0.5, 0.5) * room_x + rng.normal(0, 0.05) * mark.size
    y = mark.y + rng.uniform(-0.5, 0.5) * room_y + rng.normal(0, 0.05) * mark.size
    return View(x, y, across, down, turn, mirrored)


@dataclass(frozen=True, eq=False)
class BoxSample:
    """The box network's picture, uint8 (112, 112), and its targets.

    `shown` is the index in `BoxClass`, -1 where it is not known; `left` and `shift` (3,) are NaN
    where there is none.
    """

    picture: Bytes
    shown: int
    left: float
    shift: Array


NO_SHIFT = np.full(3, np.nan, np.float32)
KINDS = list(BoxClass)


def box_sample(scene: Scene, rng: np.random.Generator) -> BoxSample:
    """Return a view into a box: near a knee, turned knee or none."""
    if not scene.marks or (not scene.is_crop and rng.random() < 0.15):
        view = _knee_free(scene, rng)
        if view is not None:
            return BoxSample(
                _box_picture(scene, view, rng), KINDS.index(BoxClass.OTHER), np.nan, NO_SHIFT
            )
    mark = scene.marks[rng.integers(len(scene.marks))]
    if rng.random() < 0.06:
        turn = radians(rng.uniform(60, 300))
        view = View(mark.x, mark.y, mark.size, mark.size, turn, bool(rng.random() < 0.5))
        return BoxSample(
            _box_picture(scene, view, rng), KINDS.index(BoxClass.NOT_FRONTAL), np.nan, NO_SHIFT
        )
    return _near_knee(scene, mark, rng)


def _near_knee(scene: Scene, mark: Mark, rng: np.random.Generator) -> BoxSample:
    exact = rng.random() < 0.3
    right, down = (rng.normal(0, 0.02 if exact else 0.1, 2)).clip(-0.25, 0.25)
    log_size = float(np.clip(rng.normal(0, 0.02 if exact else 0.14), -0.4, 0.4))
    turn, mirrored = radians(rng.normal(0, 4)), bool(rng.random() < 0.5)
    side = mark.size * exp(log_size)
    # The knee lies at (right, down) in the box: the box lies the other way on the scene.
    across, below = (-right if mirrored else right), down
    c, s = cos(turn), sin(turn)
    x = mark.x - side * (c * across - s * below)
    y = mark.y - side * (s * across + c * below)
    view = View(x, y, side, side, turn, mirrored)
    kind = -1 if mark.shown is None else KINDS.index(mark.shown)
    frontal = mark.shown in (BoxClass.NATIVE, BoxClass.IMPLANT)
    shift = np.array([right, down, -log_size], np.float32) if frontal else NO_SHIFT
    left = (1 - mark.left if mirrored else mark.left) if frontal else np.nan
    return BoxSample(_box_picture(scene, view, rng), kind, left, shift)


def _knee_free(scene: Scene, rng: np.random.Generator) -> View | None:
    """Return a square anywhere that shows no knee, or one far too large or small for it."""
    height, width = scene.image.shape
    for _ in range(8):
        side = min(height, width) * exp(rng.uniform(-1.6, 0.15))
        x, y = rng.uniform(0.1, 0.9) * width, rng.uniform(0.1, 0.9) * height
        if all(_apart(mark, x, y, side) for mark in scene.marks):
            turn = radians(rng.normal(0, 8))
            return View(x, y, side, side, turn, bool(rng.random() < 0.5))
    return None


def _apart(mark: Mark, x: float, y: float, side: float) -> bool:
    distance = max(abs(x - mark.x), abs(y - mark.y))
    return bool(
        distance > 0.75 * max(side, mark.size) or side > 2.5 * mark.size or side < 0.3 * mark.size
    )


def _box_picture(scene: Scene, view: View, rng: np.random.Generator) -> Bytes:
    wide = View(
        view.x, view.y, view.width * BOX_MARGIN, view.height * BOX_MARGIN, view.turn, view.mirrored
    )
    picture, inside = _seen(scene, wide.matrix(BOX_INPUT_SIZE), BOX_INPUT_SIZE, rng, may_fill=False)
    if rng.random() < 0.3:
        inside &= _cut_off(rng)
    return _finished(picture, inside, rng)


def _cut_off(rng: np.random.Generator) -> Flags:
    """Return the part of the box's picture within a border at one or two sides."""
    near, far = rng.uniform(0, 0.27, 2) * (rng.random(2) < 0.75)
    places = (np.arange(BOX_INPUT_SIZE) + 0.5) / BOX_INPUT_SIZE
    left = (places >= near) & (places <= 1 - far)
    shape = (BOX_INPUT_SIZE, BOX_INPUT_SIZE)
    return np.broadcast_to(left[:, None] if rng.random() < 0.6 else left[None, :], shape)


def _seen(
    scene: Scene,
    matrix: NDArray[np.float64],
    size: int,
    rng: np.random.Generator,
    *,
    may_fill: bool = True,
) -> tuple[Array, Flags]:
    """Return the scene through a view, 0..1, and a mask of what the scene covers.

    Beyond the scene the view is black or, with `may_fill`, repeats the scene's border.
    """
    scale = float(np.hypot(*matrix[:, 0]))
    level = int(np.clip(np.floor(-np.log2(scale)), 0, len(scene.levels) - 1))
    image = scene.levels[level]
    ratio = scene.image.shape[1] / image.shape[1]
    matrix = matrix.copy()
    matrix[:, 2] += matrix[:, :2] @ (0.5 * ratio, 0.5 * ratio) - 0.5
    matrix[:, :2] *= ratio
    filled = may_fill and rng.random() < 0.3
    border = cv2.BORDER_REPLICATE if filled else cv2.BORDER_CONSTANT
    picture = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border)
    if filled or may_fill:
        inside = np.ones((size, size), bool)
    else:
        ones = np.full(image.shape, 255, np.uint8)
        inside = cv2.warpAffine(ones, matrix, (size, size), flags=cv2.INTER_NEAREST) > 0
    return np.asarray(picture, np.float32) / np.float32(255), np.asarray(inside, bool)


def _finished(picture: Array, inside: Flags, rng: np.random.Generator) -> Bytes:
    """Return a picture with exposure, blur, noise, writing and masks changed, stretched, uint8."""
    size = picture.shape[0]
    if rng.random() < 0.3:
        coarse = round(size * rng.uniform(0.4, 0.9))
        small = cv2.resize(picture, (coarse, coarse), interpolation=cv2.INTER_AREA)
        picture = np.asarray(cv2.resize(small, (size, size)), np.float32)
    picture = np.power(picture, 2 ** rng.normal(0, 0.45), dtype=np.float32)
    if rng.random() < 0.5:
        ramp = np.linspace(-0.5, 0.5, size, dtype=np.float32) * rng.uniform(-0.5, 0.5)
        picture = picture * (1 + (ramp[:, None] if rng.random() < 0.5 else ramp[None, :]))
    if rng.random() < 0.5:
        noise = rng.standard_normal(picture.shape, np.float32)
        picture = picture + np.float32(0.04 * rng.random()) * noise
    picture = np.clip(picture * rng.uniform(0.6, 1.3) + rng.normal(0, 0.06), 0, 1)
    picture = np.asarray(picture, np.float32)
    if rng.random() < 0.3:
        picture = np.maximum(picture, _writing(size, rng))
    if rng.random() < 0.12:
        _collimate(picture, rng)
    picture = np.where(inside, picture, np.float32(0))
    if rng.random() < INVERTED:
        picture = 1 - picture
    return np.asarray(np.round(stretch(picture, inside)[..., 0] * 255), np.uint8)


def _writing(size: int, rng: np.random.Generator) -> Array:
    """Return side letters, numbers, dots and plates (size, size), mostly near the edges."""
    picture = np.zeros((size, size), np.uint8)
    for _ in range(rng.integers(1, 4)):
        x, y = rng.integers(0, size, 2).tolist()
        if rng.random() < 0.7:
            x = int(rng.choice((rng.integers(0, size // 6), rng.integers(5 * size // 6, size))))
        grey = int(rng.integers(150, 256))
        kind = rng.random()
        if kind < 0.55:
            text = str(rng.choice(("R", "L", "AP", "PA", "WB", "12", "STANDING", "AB 3")))
            height = float(rng.uniform(0.3, 0.9) * size / 192)
            thick = int(rng.integers(1, 3))
            cv2.putText(picture, text, (x, y), cv2.FONT_HERSHEY_SIMPLEX, height, grey, thick)
        elif kind < 0.8:
            cv2.circle(picture, (x, y), int(rng.integers(2, max(size // 24, 4))), grey, -1)
        else:
            corner = (x + int(rng.integers(3, 16)), y + int(rng.integers(3, 16)))
            cv2.rectangle(picture, (x, y), corner, grey, -1)
    return picture.astype(np.float32) / np.float32(255)


def _collimate(picture: Array, rng: np.random.Generator) -> None:
    """Lay a uniform grey over a turned strip at one edge."""
    size = picture.shape[0]
    width, lean = rng.uniform(0.03, 0.12, 2) * size
    corners = np.array([[0, 0], [size, 0], [size, width], [0, lean]])
    edge = rng.integers(4)
    if edge % 2:
        corners = corners[:, ::-1]
    if edge >= 2:
        corners = size - corners
    grey = float(rng.choice((0.0, 0.0, rng.uniform(0, 0.3), 1.0)))
    cv2.fillPoly(picture, [corners.astype(np.int32)], grey)
