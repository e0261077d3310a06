"""Render the finder's training pictures once, for all folds and epochs.

    python -m training.finder.training_samples --data DATA --run runs/finder

Every sample carries the fold of the film or picture it was made from; `NO_FOLD` for those made from
published crops and drawings alone. DATA holds `knee/train`, `radiographs` and `other`.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.knees.box import BoxClass
from training.data.crops import load_crops
from training.finder.laterals import drawn_lateral
from training.finder.limbs import drawn_limb, on_film, on_limb, with_implant
from training.finder.scenes import box_sample, whole_sample
from training.finder.sources import (
    Bytes,
    Mark,
    Scene,
    crop_scene,
    load_films,
    load_negatives,
)

WHOLE, BOXES = 16000, 22000
LIMBS, LATERALS = 120, 150
# Shares of what is drawn for the locator and for the box network.
WHOLE_MIX = {
    "film": 0.36,
    "pasted": 0.18,
    "limb": 0.12,
    "pair": 0.1,
    "crop": 0.06,
    "negative": 0.14,
    "junk": 0.04,
    "lateral": 0.04,
    "frame": 0.02,
}
BOX_MIX = {
    "film": 0.2,
    "implant_film": 0.16,
    "pasted": 0.08,
    "limb": 0.04,
    "crop": 0.18,
    "drawn_implant": 0.14,
    "negative": 0.15,
    "junk": 0.05,
    "lateral": 0.07,
    "frame": 0.04,
}


class Sources:
    """All sources of scenes, and the random generator."""

    def __init__(self, data: Path, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        crops = load_crops(data / "knee" / "train")
        self.crops: list[tuple[Bytes, str]] = list(
            zip(crops.images, crops.sides.tolist(), strict=True)
        )
        self.films = load_films(data / "radiographs")
        self.odd = [film for film in self.films if _odd(film)]
        self.plain = [film for film in self.films if not _odd(film)]
        self.negatives = load_negatives(data)
        self.limbs = [drawn_limb(self.rng) for _ in range(LIMBS)]
        self.laterals = [drawn_lateral(self.rng) for _ in range(LATERALS)]

    def scene(self, kind: str) -> Scene:
        """Return one scene of a kind named in the mixes."""
        makers: dict[str, Callable[[], Scene]] = {
            "film": lambda: self._any(self.films),
            "implant_film": lambda: self._any(self.odd),
            "pasted": self._pasted,
            "limb": self._limb,
            "pair": self._pair,
            "crop": lambda: crop_scene(*self._crop()),
            "drawn_implant": self._drawn_implant,
            "negative": lambda: self._any(self.negatives),
            "junk": lambda: Scene(junk(self.rng)),
            "frame": lambda: Scene(frame(self.rng)),
            "lateral": lambda: self._any(self.laterals),
        }
        return makers[kind]()

    def _any(self, scenes: list[Scene]) -> Scene:
        return scenes[self.rng.integers(len(scenes))]

    def _crop(self) -> tuple[Bytes, str]:
        return self.crops[self.rng.integers(len(self.crops))]

    def _pasted(self) -> Scene:
        return on_film([self._crop(), self._crop()], self._any(self.plain))

    def _limb(self) -> Scene:
        crop, side = self._crop()
        if self.rng.random() < 0.15:
            scene = on_limb(with_implant(crop, self.rng), side, self._a_limb())
            return _as_implant(scene)
        return on_limb(crop, side, self._a_limb())

    def _a_limb(self) -> NDArray[np.float32]:
        return self.limbs[self.rng.integers(len(self.limbs))]

    def _pair(self) -> Scene:
        """Return a right and a left leg beside each other, the right at the viewer's left."""
        parts = []
        for side in "RL":
            crop, own = self._crop()
            picture = crop if own == side else np.ascontiguousarray(crop[:, ::-1])
            parts.append(on_limb(picture, side, self._a_limb()))
        lift = int(self.rng.integers(-30, 31))
        gap = int(self.rng.integers(0, 120))
        height, width = parts[0].image.shape
        canvas = np.zeros((height + abs(lift), 2 * width + gap), np.uint8)
        marks = []
        for index, part in enumerate(parts):
            top, left = max(lift if index else -lift, 0), index * (width + gap)
            canvas[top : top + height, left : left + width] = part.image
            mark = part.marks[0]
            marks.append(Mark(mark.x + left, mark.y + top, mark.size, mark.shown, mark.left))
        return Scene(canvas, tuple(marks))

    def _drawn_implant(self) -> Scene:
        crop, side = self._crop()
        return _as_implant(crop_scene(with_implant(crop, self.rng), side))


def _odd(film: Scene) -> bool:
    return any(mark.shown is not BoxClass.NATIVE for mark in film.marks)


def _as_implant(scene: Scene) -> Scene:
    marks = tuple(
        Mark(mark.x, mark.y, mark.size, BoxClass.IMPLANT, mark.left) for mark in scene.marks
    )
    return Scene(scene.image, marks, scene.fold, scene.is_crop)


def junk(rng: np.random.Generator) -> Bytes:
    """Return a picture (160, 160) of clouds, stripes, shapes or writing."""
    size = 160
    cells = int(rng.integers(2, 40))
    coarse = rng.standard_normal((cells, cells)).astype(np.float32)
    picture = cv2.resize(coarse, (size, size), interpolation=int(rng.integers(0, 3)))
    if rng.random() < 0.4:
        rows, columns = np.mgrid[:size, :size].astype(np.float32)
        wave = rows * rng.normal(0, 0.2) + columns * rng.normal(0, 0.2)
        picture = picture * rng.random() + np.sin(wave) * 2
    low, high = float(picture.min()), float(picture.max())
    picture = np.asarray((picture - low) / max(high - low, 1e-6) * 255, np.uint8)
    for _ in range(int(rng.integers(0, 9))):
        x, y, wide, high = rng.integers(0, size, 4).tolist()
        grey, kind = int(rng.integers(0, 256)), rng.random()
        if kind < 0.3:
            cv2.ellipse(picture, (x, y), (wide // 2, high // 2), float(y), 0, 360, grey, -1)
        elif kind < 0.6:
            cv2.line(picture, (x, y), (wide, high), grey, int(rng.integers(1, 20)))
        elif kind < 0.8:
            cv2.rectangle(picture, (x, y), (wide, high), grey, -1)
        else:
            text = "".join(rng.choice(list("abcdefgh 0123KMNP"), 12))
            cv2.putText(picture, text, (x // 2, y), cv2.FONT_HERSHEY_SIMPLEX, wide / 100, grey, 1)
    return np.asarray(picture, np.uint8)


def frame(rng: np.random.Generator) -> Bytes:
    """Return a uniform field (160, 160) with a border, a plate or a shadow."""
    size = 160
    picture = np.full((size, size), rng.integers(0, 256), np.uint8)
    for _ in range(int(rng.integers(1, 4))):
        margins = rng.integers(0, size // 3, 4) * (rng.random() < 0.7)
        left, top, right, bottom = np.minimum(margins, margins.min() + 12).tolist()
        thick = int(rng.choice((-1, 1, 2, 4)))
        corner, grey = (size - 1 - right, size - 1 - bottom), int(rng.integers(0, 256))
        if rng.random() < 0.2:
            middle, radius = (size // 2, size // 2), size // 2 - left
            cv2.circle(picture, middle, radius, grey, thick)
        else:
            cv2.rectangle(picture, (left, top), corner, grey, thick)
    soft = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 8))
    return np.asarray(soft, np.uint8)


def _kinds(mix: dict[str, float], count: int, rng: np.random.Generator) -> list[str]:
    shares = np.array(list(mix.values()))
    return [str(kind) for kind in rng.choice(list(mix), count, p=shares / shares.sum())]


def render(data: Path, run: Path, whole: int, boxes: int, seed: int) -> None:
    """Write `whole.npz` and `box.npz` into the run's folder."""
    run.mkdir(parents=True, exist_ok=True)
    sources, start = Sources(data, seed), time.monotonic()
    rng = sources.rng
    pictures, knees, folds = [], [], []
    for kind in _kinds(WHOLE_MIX, whole, rng):
        scene = sources.scene(kind)
        picture, marked = whole_sample(scene, rng)
        pictures.append(picture)
        knees.append(marked)
        folds.append(scene.fold)
    np.savez(
        run / f"whole{seed}.npz",
        picture=np.stack(pictures),
        knees=np.stack(knees),
        fold=np.array(folds),
    )
    print(f"{whole} whole pictures in {time.monotonic() - start:.0f} s", flush=True)
    samples, folds = [], []
    for kind in _kinds(BOX_MIX, boxes, rng):
        scene = sources.scene(kind)
        samples.append(box_sample(scene, rng))
        folds.append(scene.fold)
    np.savez(
        run / f"box{seed}.npz",
        picture=np.stack([sample.picture for sample in samples]),
        shown=np.array([sample.shown for sample in samples]),
        left=np.array([sample.left for sample in samples], np.float32),
        shift=np.stack([sample.shift for sample in samples]),
        fold=np.array(folds),
    )
    print(f"and {boxes} boxes, {time.monotonic() - start:.0f} s", flush=True)


def main() -> None:
    """Render the samples."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with knee, radiographs")
    parser.add_argument("--run", type=Path, default=Path("runs/finder"), help="where to keep them")
    parser.add_argument("--whole", type=int, default=WHOLE)
    parser.add_argument("--boxes", type=int, default=BOXES)
    parser.add_argument("--seed", type=int, default=0, help="another seed, another file of samples")
    args = parser.parse_args()
    render(args.data, args.run, args.whole, args.boxes, args.seed)


if __name__ == "__main__":
    main()
