"""Knees drawn from the side, without an implant: the marked films hold none.

Shafts and soft tissue are tapered round solids, condyles and patella ellipsoids, each seen as the
thickness that a ray crosses; bone is a dense cortex around a thin marrow.
"""

from __future__ import annotations

from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.knees.box import BoxClass
from training.finder.sources import Mark, Scene

SIZE, BOX = 300, 110  # pixels of the picture, and of the box around the joint

Array = NDArray[np.float32]
Point = NDArray[np.float64]


class _Canvas:
    """Adds solids to a picture whose origin is the joint and whose unit is the box's side."""

    def __init__(self) -> None:
        places = (np.arange(SIZE, dtype=np.float32) + 0.5 - SIZE / 2) / BOX
        self.x, self.y = places[None, :], places[:, None]
        self.picture: Array = np.zeros((SIZE, SIZE), np.float32)

    def limb(self, start: Point, end: Point, radii: tuple[float, float], dense: float) -> None:
        """Add a tapered round solid from one point to another."""
        along = end - start
        length = float(np.hypot(*along))
        to_x, to_y = along / length
        down = (self.x - start[0]) * to_x + (self.y - start[1]) * to_y
        across = (self.x - start[0]) * -to_y + (self.y - start[1]) * to_x
        share = np.clip(down / length, 0, 1)
        radius = radii[0] + (radii[1] - radii[0]) * share
        beyond = np.maximum(np.maximum(-down, down - length), 0)
        within = 1 - (across**2 + beyond**2) / radius**2
        self.picture += dense * np.sqrt(np.clip(within, 0, None)) * np.sqrt(radius)

    def bone(self, start: Point, end: Point, radii: tuple[float, float], dense: float) -> None:
        """Add a shaft: a cortex around its marrow."""
        self.limb(start, end, radii, dense)
        self.limb(start, end, (0.75 * radii[0], 0.75 * radii[1]), -0.75 * dense)

    def ball(self, middle: Point, radii: tuple[float, float], turn: float, dense: float) -> None:
        """Add an ellipsoid with a thin dense rim."""
        right, down = self.x - middle[0], self.y - middle[1]
        a, b = right * cos(turn) + down * sin(turn), down * cos(turn) - right * sin(turn)
        for share, weight in ((1.0, dense), (0.9, -0.6 * dense)):
            within = 1 - ((a / radii[0]) ** 2 + (b / radii[1]) ** 2) / share**2
            self.picture += weight * np.sqrt(np.clip(within, 0, None) * radii[0])


def drawn_lateral(rng: np.random.Generator) -> Scene:
    """Return a knee from the side, bent by 0 to 110 degrees, its front at a random side."""
    canvas = _Canvas()
    bent, lean = radians(rng.uniform(0, 110)), radians(rng.normal(0, 15))
    front = np.array([1.0, 0.0])
    up = np.array([sin(lean), -cos(lean)])
    # The calf hangs from the joint, swung backwards by the flexion.
    down = np.array([-sin(bent + lean * 0.5), cos(bent + lean * 0.5)])
    wide, dense = rng.uniform(0.9, 1.4), rng.uniform(0.7, 1.5)
    flesh = rng.uniform(0.35, 0.8)
    joint = np.zeros(2)
    canvas.limb(joint, joint + 1.8 * up, (0.55 * wide, 0.85 * wide), flesh)
    canvas.limb(joint, joint + 1.8 * down, (0.52 * wide, 0.5 * wide), flesh)
    canvas.bone(joint + 0.35 * up, joint + 1.9 * up, (rng.uniform(0.2, 0.26), 0.17), dense)
    for _ in range(2):
        shift = rng.normal(0, 0.03, 2)
        middle = joint + 0.17 * up - rng.uniform(0.02, 0.1) * front + shift
        radii = (rng.uniform(0.28, 0.36), rng.uniform(0.24, 0.3))
        canvas.ball(middle, radii, lean + rng.normal(0, 0.2), 0.8 * dense)
    plateau = joint + 0.17 * down
    canvas.bone(plateau, plateau + 0.3 * down, (rng.uniform(0.3, 0.36), 0.22), dense)
    canvas.bone(plateau + 0.3 * down, plateau + 1.8 * down, (0.2, 0.15), dense)
    back = np.array([-down[1], down[0]])
    behind = plateau + rng.uniform(0.15, 0.25) * back + 0.15 * down
    canvas.bone(behind, behind + 1.6 * down, (rng.uniform(0.06, 0.09), 0.06), dense)
    patella = joint + rng.uniform(0.45, 0.58) * (front * cos(bent / 2) + down * sin(bent / 2) * 0.6)
    patella = patella + rng.uniform(0.05, 0.3) * up
    canvas.ball(patella, (rng.uniform(0.09, 0.13), rng.uniform(0.18, 0.25)), lean, dense)
    return Scene(
        _as_film(canvas.picture, rng), (Mark(SIZE / 2, SIZE / 2, BOX, BoxClass.NOT_FRONTAL),)
    )


def _as_film(picture: Array, rng: np.random.Generator) -> NDArray[np.uint8]:
    coarse = rng.standard_normal((SIZE // 12, SIZE // 12)).astype(np.float32)
    clouds = cv2.resize(coarse, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.standard_normal((SIZE, SIZE)).astype(np.float32), (0, 0), 1.2)
    grained = picture * (1 + 0.06 * clouds + 0.12 * fine)
    soft = cv2.GaussianBlur(grained, (0, 0), rng.uniform(0.6, 1.5))
    return np.asarray(np.clip(soft / np.percentile(soft, 99.7) * 255, 0, 255), np.uint8)
