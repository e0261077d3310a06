"""Samples for the letter network: candidates of drawn scenes, and of films without letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.letters import CLASSES, Candidate, candidates, patch
from koa_desktop.radiograph import Side
from training.letters.drawing import SCENE, Bytes, DrawnLetter, scene

SAME, OTHER = 0.65, 0.25  # share of common area from which a candidate is, up to which it is not
MOST_OTHERS = 5  # candidates of a scene that are no letter

Samples = tuple[NDArray[np.float16], NDArray[np.int64]]


def drawn_samples(crops: Sequence[Bytes], count: int, rng: np.random.Generator) -> Samples:
    """Return patches (n, 40, 40, 1) and classes (n,) of scenes drawn on pieces of knee crops."""
    patches, classes = [], []
    for _ in range(count):
        picture, letters = scene(_background(crops, rng), rng)
        others = 0
        found = candidates(picture)
        for index in rng.permutation(len(found)):
            known = _class_of(found[index], letters)
            others += known == 0
            if known is None or (known == 0 and others > MOST_OTHERS):
                continue
            patches.append(patch(picture, found[index]).astype(np.float16))
            classes.append(known)
    return np.stack(patches), np.array(classes)


def plain_samples(pictures: Iterable[Bytes]) -> Samples:
    """Return the patches of every candidate on pictures (H, W) that show no letter."""
    patches = [
        patch(picture, one).astype(np.float16)
        for picture in pictures
        for one in candidates(picture)
    ]
    return np.stack(patches), np.zeros(len(patches), np.int64)


def enlarged(crop: Bytes, factor: float) -> Bytes:
    """Return a crop as large as its knee is on a film."""
    grown = cv2.resize(crop, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return np.asarray(grown, np.uint8)


def _background(crops: Sequence[Bytes], rng: np.random.Generator) -> Bytes:
    """Return a piece of a knee, or a plain grey as beside the limb, or half of each."""
    crop = enlarged(crops[int(rng.integers(len(crops)))], float(rng.uniform(1.2, 3.0)))
    top, left = (int(rng.integers(0, side - SCENE + 1)) for side in crop.shape)
    ground = crop[top : top + SCENE, left : left + SCENE].copy()
    if rng.random() < 0.4:
        dark = np.full_like(ground, int(rng.integers(0, 60)))
        edge = int(rng.integers(0, SCENE)) if rng.random() < 0.5 else SCENE
        ground[:, :edge] = dark[:, :edge]
        ground = np.rot90(ground, int(rng.integers(4)))
    return np.ascontiguousarray(ground)


def _class_of(candidate: Candidate, letters: Sequence[DrawnLetter]) -> int | None:
    """Return a candidate's class; None where it is neither a letter nor clearly none."""
    shares = [_common(candidate, letter.box) for letter in letters]
    if not shares or max(shares) <= OTHER:
        return 0
    if max(shares) < SAME:
        return None
    letter = letters[int(np.argmax(shares))]
    return CLASSES.index((Side(letter.name), letter.mirrored))


def _common(candidate: Candidate, box: tuple[int, int, int, int]) -> float:
    """Return the common area of a candidate and a box by the area of both together."""
    left, top, width, height = box
    across = min(candidate.left + candidate.width, left + width) - max(candidate.left, left)
    down = min(candidate.top + candidate.height, top + height) - max(candidate.top, top)
    common = max(across, 0) * max(down, 0)
    return common / (candidate.width * candidate.height + width * height - common)
