"""Reading of the R and L that radiographers place on a film.

Letters stand out from what surrounds them: connected pixels brighter or darker than their
surroundings are candidates, and a small network classifies each with what lies around it, so that a
letter of a word or the bend of a bone is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import hypot
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.imaging.grey_values import block_means, percentiles
from koa_desktop.networks.bundle import finite, parse_card
from koa_desktop.networks.litert_model import LiteRtModel
from koa_desktop.radiograph import Radiograph, Side, shown
from koa_desktop.system.paths import MODELS

NETWORK = "network"
LONGEST = 1280  # pixels of a film's longer side on which letters are looked for
PATCH = 40  # pixels of the network's input
AROUND = 2.0  # the network's input, in heights of a letter
BLOCKS = (21, 51)  # pixels of the surroundings a letter stands out from
CONTRASTS = (12, 40)  # grey values of 255, above or below these surroundings
HEIGHTS = (12, 90)  # pixels
ASPECTS = (0.35, 1.15)  # width by height
FILLS = (0.15, 0.8)  # share of its box that a letter covers
MOST_CANDIDATES = 400

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Connected pixels that may be a letter: their box in pixels; `bright` where they are."""

    left: int
    top: int
    width: int
    height: int
    bright: bool

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box as (x, y)."""
        return self.left + self.width / 2, self.top + self.height / 2


@dataclass(frozen=True, slots=True)
class Letter:
    """An R or L on a film: its side, whether it is mirrored, its middle and height in pixels."""

    side: Side
    mirrored: bool
    x: float
    y: float
    height: float
    probability: float


# The network's classes; the first is no letter.
CLASSES = (
    None,
    (Side.RIGHT, False),
    (Side.LEFT, False),
    (Side.RIGHT, True),
    (Side.LEFT, True),
)
MIRRORED = (0, 3, 4, 1, 2)  # each class' place once the picture is mirrored


@dataclass(frozen=True, slots=True)
class LetterCard:
    """The part of the network's card that the app needs.

    A letter is read from the probability `read_threshold` on.
    """

    version: str
    sha256: str
    read_threshold: float


class LetterReader:
    """The loaded network. Safe to use from several threads."""

    def __init__(self, folder: Path = MODELS / "letters", at_once: int = 1) -> None:
        """Load card and network. Raises BundleError where they do not match."""
        self.card = read_letter_card(folder / "card.json")
        self._network = LiteRtModel(folder / f"{NETWORK}.tflite", self.card.sha256, 1, at_once)

    def read(self, radiograph: Radiograph) -> tuple[Letter, ...]:
        """Return the letters that are read beyond doubt, the most certain first."""
        small, factor = letter_picture(radiograph)
        found = candidates(small)
        if not found:
            return ()
        probability = self.probability(np.stack([patch(small, one) for one in found]))
        letters: list[Letter] = []
        for index in np.argsort(probability[:, 0]):
            meant = CLASSES[int(np.argmax(probability[index]))]
            share = float(probability[index].max())
            # A J, or an L that lies on its side, looks like a mirrored L.
            if meant in (None, (Side.LEFT, True)) or share < self.card.read_threshold:
                continue
            side, mirrored = meant
            (x, y), height = found[index].centre, found[index].height
            if all(hypot(x - one.x / factor, y - one.y / factor) > height for one in letters):
                place = (x * factor, y * factor, height * factor)
                letters.append(Letter(side, mirrored, *place, share))
        return tuple(letters)

    def probability(self, patches: Floats) -> Floats:
        """Return the probabilities (n, 5) of `CLASSES` for patches (n, 40, 40, 1).

        They are means over each patch and its mirror image.
        """
        plain = self._network.run(picture=patches)["letter"]
        mirrored = self._network.run(picture=np.ascontiguousarray(patches[:, :, ::-1]))["letter"]
        return np.asarray((plain + mirrored[:, MIRRORED]) / 2)


def read_letter_card(path: Path) -> LetterCard:
    """Read the network's card. Raises BundleError where it is missing or incomplete."""
    return parse_card(
        path,
        lambda text: LetterCard(
            version=str(text["version"]),
            sha256=str(text["sha256"]),
            read_threshold=finite(text["thresholds"]["read"]),
        ),
    )


def letter_picture(radiograph: Radiograph) -> tuple[Bytes, float]:
    """Return a radiograph small and stretched, bytes (h, w), and its size by theirs."""
    factor = max(max(radiograph.width, radiograph.height) / LONGEST, 1.0)
    values = radiograph.values
    if factor > 1:
        size = max(round(radiograph.width / factor), 1), max(round(radiograph.height / factor), 1)
        values = block_means(values, int(factor))
        values = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    grey = shown(values, radiograph.window, inverted=radiograph.inverted)
    low, high = percentiles(grey[::4, ::4], (0.5, 99.8))
    stretched = (grey - low) * (255 / max(high - low, 1e-6))
    return np.clip(stretched, 0, 255).astype(np.uint8), factor


def candidates(picture: Bytes) -> list[Candidate]:
    """Return what may be a letter on a picture (H, W), the largest first."""
    found = []
    grey = picture.astype(np.int16)
    for block, contrast in product(BLOCKS, CONTRASTS):
        differs = grey - cv2.blur(picture, (block, block))
        for bright in (True, False):
            stands_out = differs > contrast if bright else differs < -contrast
            boxes = connected(stands_out)
            found += [
                Candidate(int(left), int(top), int(width), int(height), bright)
                for left, top, width, height, _ in boxes[_fits(boxes)]
            ]
    return sorted(dict.fromkeys(found), key=lambda one: -one.height)[:MOST_CANDIDATES]


def connected(picture: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the connected parts of a picture (H, W) that are as large as letters may be.

    They are rows of left, top, width, height and area (n, 5), by the place of their first pixel.
    OpenCV's statistics of all parts take five times as long.
    """
    _, labels = cv2.connectedComponents(picture.view(np.uint8), connectivity=4)
    pixels = np.flatnonzero(picture)
    label = labels.ravel()[pixels]
    area = np.bincount(label)
    possible = (area >= HEIGHTS[0]) & (area <= FILLS[1] * ASPECTS[1] * HEIGHTS[1] ** 2)
    kept = possible[label]
    pixels, label = pixels[kept], label[kept]
    if not len(pixels):
        return np.zeros((0, 5), np.int32)
    by_label = np.argsort(label, kind="stable")
    rows, columns = np.divmod(pixels[by_label], picture.shape[1])
    starts = np.flatnonzero(np.diff(label[by_label], prepend=-1))
    left, top = (np.minimum.reduceat(place, starts) for place in (columns, rows))
    right, bottom = (np.maximum.reduceat(place, starts) for place in (columns, rows))
    found = left, top, right - left + 1, bottom - top + 1, area[possible]
    return np.stack(found, -1).astype(np.int32)


def _fits(boxes: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Tell which boxes (n, 5) of left, top, width, height, area have a letter's proportions."""
    _, _, width, height, area = boxes.T
    terms = (height, HEIGHTS), (width / height, ASPECTS), (area / (width * height), FILLS)
    inside = [(low <= value) & (value <= high) for value, (low, high) in terms]
    return np.asarray(np.logical_and.reduce(inside))


def patch(picture: Bytes, candidate: Candidate) -> Floats:
    """Return the network's input (40, 40, 1): a candidate and its surroundings, 0..1, it bright."""
    x, y = candidate.centre
    scale = AROUND * candidate.height / PATCH
    start_x, start_y = (place - AROUND * candidate.height / 2 for place in (x, y))
    matrix = np.array([[scale, 0, start_x], [0, scale, start_y]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(
        picture, matrix, (PATCH, PATCH), flags=flags, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.float32)
    low, high = percentiles(cut, (2, 98))
    grey = np.clip((cut - low) / max(high - low, 1e-6), 0, 1)
    return np.asarray((grey if candidate.bright else 1 - grey)[..., None], np.float32)
