"""Published crops set into drawn limbs or real films, and knee implants drawn into them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.knees.box import BoxClass
from training.finder.sources import Bytes, Mark, Scene

BOX = 136  # pixels of the box's side on a drawn limb
ABOVE, BELOW, BESIDE = 2.4, 2.6, 1.1  # how far the limb's picture reaches, in box sides
SEAM = 0.07  # of the box, over which a crop joins its surroundings

Array = NDArray[np.float32]


def drawn_limb(rng: np.random.Generator) -> Array:
    """Return a left leg (H, W) float32 0..1 around a box of `BOX` pixels, without its knee.

    Shafts and soft tissue are round solids seen as the thickness that a ray crosses.
    """
    height, width = round((ABOVE + BELOW) * BOX), round(2 * BESIDE * BOX)
    down = np.linspace(-ABOVE, BELOW, height, dtype=np.float32)[:, None]
    across = np.linspace(-BESIDE, BESIDE, width, dtype=np.float32)[None, :]
    wide, lean = rng.uniform(0.85, 1.3), rng.uniform(-0.05, 0.05)
    shaft, dense = rng.uniform(0.85, 1.2), rng.uniform(0.6, 1.4)

    def solid(heights: list[float], middles: list[float], halves: list[float]) -> Array:
        middle = np.interp(down, heights, middles) + lean * down
        half = np.interp(down, heights, halves)
        chord = np.sqrt(np.clip(1 - ((across - middle) / half) ** 2, 0, None))
        there = (down >= heights[0]) & (down <= heights[-1])
        return np.asarray(chord * there * np.sqrt(half), np.float32)

    limb = [-2.5, -0.6, 0.0, 0.6, 1.4, 2.7]
    flesh = solid(limb, [0.0] * 6, [wide * v for v in (0.95, 0.7, 0.58, 0.6, 0.66, 0.4)])
    femur = ([-2.5, -0.9, -0.55, -0.3], [-0.03, -0.01, 0, 0], [0.17, 0.19, 0.36, 0.44])
    tibia = ([0.25, 0.5, 0.85, 2.7], [0, -0.01, -0.04, -0.06], [0.4, 0.3, 0.18, 0.13])
    fibula = ([0.3, 0.42, 0.8, 2.7], [0.36, 0.38, 0.3, 0.2], [0.06, 0.085, 0.055, 0.05])
    picture = rng.uniform(0.3, 0.6) * flesh
    for heights, middles, halves in (femur, tibia, fibula):
        halves = [half * shaft for half in halves]
        marrow = [half * 0.8 for half in halves]
        bone = solid(heights, middles, halves) - 0.7 * solid(heights, middles, marrow)
        picture = picture + dense * bone
    coarse = rng.standard_normal((height // 16 + 1, width // 16 + 1)).astype(np.float32)
    clouds = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    picture = picture * (1 + 0.08 * clouds) + 0.01 * rng.standard_normal((height, width))
    return np.asarray(np.clip(picture / np.percentile(picture, 99.5), 0, 1), np.float32)


def on_limb(crop: Bytes, side: str, limb: Array) -> Scene:
    """Return a published crop joined to a drawn limb."""
    limb = limb if side == "L" else limb[:, ::-1]
    mark = Mark(BESIDE * BOX, ABOVE * BOX, BOX, BoxClass.NATIVE, float(side == "L"))
    return Scene(set_in(np.round(limb * 255).astype(np.uint8), crop, mark), (mark,))


def on_film(crops: list[tuple[Bytes, str]], film: Scene) -> Scene:
    """Return a film whose native knees are replaced by published crops, mirrored to their side."""
    image = film.image
    for mark, (crop, side) in zip(film.marks, crops, strict=False):
        mirrored = not np.isnan(mark.left) and mark.left != float(side == "L")
        image = set_in(image, np.ascontiguousarray(crop[:, ::-1]) if mirrored else crop, mark)
    return replace(film, image=image)


def set_in(image: Bytes, crop: Bytes, mark: Mark) -> Bytes:
    """Return an image with a crop joined into its box, brightness and contrast fitted to it."""
    height, width = image.shape
    scale = mark.size / crop.shape[0]
    left, top = mark.x - mark.size / 2, mark.y - mark.size / 2
    x0, y0 = max(int(left), 0), max(int(top), 0)
    x1, y1 = min(int(left + mark.size), width), min(int(top + mark.size), height)
    small = crop
    if scale < 1:
        size = max(round(mark.size), 1)
        small = np.asarray(cv2.resize(crop, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
        scale = mark.size / size
    matrix = np.array([[scale, 0, left - x0], [0, scale, top - y0]])
    shape = (x1 - x0, y1 - y0)
    knee = cv2.warpAffine(
        small, matrix, shape, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    across = np.minimum(np.arange(x0, x1) - left, left + mark.size - np.arange(x0, x1))
    down = np.minimum(np.arange(y0, y1) - top, top + mark.size - np.arange(y0, y1))
    depth = np.minimum(down[:, None], across[None, :]) / (SEAM * mark.size)
    share = np.clip(depth - 0.3, 0, 1).astype(np.float32)
    there = image[y0:y1, x0:x1].astype(np.float32)
    ring = (depth < 2) & (depth > 0.3)
    spread = float(knee[ring].std()) if ring.any() else 0.0
    gain = np.clip(there[ring].std() / spread, 0.5, 2.0) if spread > 1 else 1.0
    offset = there[ring].mean() - gain * knee[ring].mean() if ring.any() else 0.0
    joined = image.copy()
    joined[y0:y1, x0:x1] = np.clip(share * (gain * knee + offset) + (1 - share) * there, 0, 255)
    return joined


def with_implant(crop: Bytes, rng: np.random.Generator) -> Bytes:
    """Return a crop (224, 224) with a knee implant drawn into it: metal parts of one bright grey.

    A whole replacement has a femoral shield with two condyles over a tibial tray with a keel or a
    long stem; a half one has a small shield and tray on one side alone.
    """
    metal = np.zeros(crop.shape, np.float32)
    middle, joint = 112 + rng.normal(0, 4), 130 + rng.normal(0, 4)
    gap, tilt = rng.uniform(3, 12), rng.normal(0, 0.03)
    parts = _half(rng) if rng.random() < 0.35 else _whole(rng)
    for points, above in parts:
        shape = np.array(points, np.float32) + rng.normal(0, 1.5, (len(points), 2))
        x = middle + shape[:, 0]
        y = joint + shape[:, 1] + (-gap if above else gap) / 2 + tilt * shape[:, 0]
        corners = np.round(np.stack([x, y], 1) * 16).astype(np.int32)
        cv2.fillPoly(metal, [corners], 1.0, lineType=cv2.LINE_AA, shift=4)
    rounding = rng.uniform(1.0, 4.0)
    soft = cv2.GaussianBlur(metal, (0, 0), rounding)
    sharp = np.clip((soft - 0.5) * rng.uniform(2, 5) + 0.5, 0, 1)
    grey = rng.uniform(0.85, 1.0) * 255
    bone = crop.astype(np.float32) * rng.uniform(0.45, 0.95)
    return np.asarray(bone * (1 - sharp) + np.maximum(bone, grey) * sharp, np.uint8)


Part = tuple[list[tuple[float, float]], bool]


def _whole(rng: np.random.Generator) -> list[Part]:
    half, high, notch = rng.uniform(70, 100), rng.uniform(35, 75), rng.uniform(4, 22)
    femoral = [
        (-half, -high * rng.uniform(0.5, 1)),
        (-half * rng.uniform(0.3, 0.6), -high),
        (half * rng.uniform(0.3, 0.6), -high * rng.uniform(0.8, 1.2)),
        (half, -high * rng.uniform(0.5, 1)),
        (half, -8),
        (half * 0.8, 0),
        (half * 0.3, 0),
        (half * 0.18, -notch),
        (-half * 0.18, -notch),
        (-half * 0.3, 0),
        (-half * 0.8, 0),
        (-half, -8),
    ]
    tray, thick, keel = rng.uniform(72, 100), rng.uniform(5, 14), rng.uniform(12, 40)
    deep = rng.uniform(25, 110)
    tibial = [
        (-tray, 0),
        (tray, 0),
        (tray, thick),
        (keel, thick * 1.3),
        (keel * 0.35, deep),
        (-keel * 0.35, deep),
        (-keel, thick * 1.3),
        (-tray, thick),
    ]
    parts: list[Part] = [(femoral, True), (tibial, False)]
    if rng.random() < 0.25:
        stem = rng.uniform(8, 14)
        parts.append(([(-stem, -200), (stem, -200), (stem, 0), (-stem, 0)], True))
    return parts


def _half(rng: np.random.Generator) -> list[Part]:
    sign, inner, outer = rng.choice((-1, 1)), rng.uniform(12, 30), rng.uniform(65, 95)
    high, thick, peg = rng.uniform(18, 45), rng.uniform(4, 9), rng.uniform(8, 22)
    middle = (inner + outer) / 2
    shield = [
        (inner, -high * 0.7),
        (middle, -high),
        (outer, -high * 0.8),
        (outer, -6),
        (outer - 6, 0),
        (inner + 6, 0),
        (inner, -6),
    ]
    tray = [
        (inner, 0),
        (outer, 0),
        (outer, thick),
        (middle + 5, thick),
        (middle + 3, thick + peg),
        (middle - 3, thick + peg),
        (middle - 5, thick),
        (inner, thick),
    ]
    return [
        ([(sign * x, y) for x, y in part], above) for part, above in ((shield, True), (tray, False))
    ]
