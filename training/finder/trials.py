"""Two trials of the finder on made pictures: narrow strips of films, and crops on drawn limbs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from koa_desktop.grading.finder import Finder
from koa_desktop.grading.grader import Grader
from koa_desktop.knees.box import Box
from koa_desktop.knees.crop import crop
from koa_desktop.radiograph import Radiograph, Side, Window
from training.data.crops import load_crops
from training.finder.detections import Film, Rule, is_good, is_same, offset
from training.finder.figures import Figures
from training.finder.gallery import Gallery
from training.finder.sources import film_fold
from training.synthetic.film import draw_film

STRIP = (300, 162)
PASTED = 60  # films with two published crops each


def measure_strips(
    all_films: list[Film],
    finder_of: Callable[[int], Finder],
    rule: Rule,
    figures: Figures,
    gallery: Gallery,
) -> None:
    """Measure knees in strips of 300 x 162 pixels, cut at top and bottom or at both sides."""
    rng = np.random.default_rng(0)
    for name, strip in (("wide", STRIP), ("tall", STRIP[::-1])):
        hits, exact = [], []
        for film in all_films:
            if not film.frontal or film.implant or "/" in film.name:
                continue
            for truth in film.truths:
                radiograph, box = cut_strip(film.radiograph, truth.box, strip, rng)
                kept = rule.kept(finder_of(film_fold(film.name)).find(radiograph))
                good = any(is_good(one.knee.box, box) for one in kept)
                hits.append(any(is_same(one.knee.box, box) for one in kept))
                exact.append(good)
                gallery.add(f"{name} strips", not good, radiograph, [box], kept)
        figures.share(f"{name} strips: knee found", hits)
        figures.share(f"{name} strips: box good enough to grade from", exact)


def cut_strip(
    radiograph: Radiograph, truth: Box, strip: tuple[int, int], rng: np.random.Generator
) -> tuple[Radiograph, Box]:
    """Return a strip of a film around one knee, and the knee's box on it."""
    width, height = strip
    side = 162 * rng.uniform(0.8, 1.3) if width > height else 162 * rng.uniform(0.7, 1.0)
    scale = side / truth.size
    room = max(width - 0.9 * side, 0) / 2
    x = width / 2 + rng.uniform(-room, room)
    room = 0.16 * side + 0.8 * max(height - side, 0)
    y = height / 2 + rng.uniform(-0.5, 0.5) * room
    centre_x, centre_y = truth.centre
    shrink = min(1.0, scale * 1.5)
    size = (round(radiograph.width * shrink), round(radiograph.height * shrink))
    small = cv2.resize(radiograph.values, size, interpolation=cv2.INTER_AREA)
    matrix = np.array(
        [[scale / shrink, 0, x - centre_x * scale], [0, scale / shrink, y - centre_y * scale]]
    )
    values = cv2.warpAffine(small, matrix, (width, height), flags=cv2.INTER_LINEAR)
    return radiograph.with_values(np.asarray(values)), Box.around(x, y, side)


def measure_agreement(
    data: Path, finder: Finder, rule: Rule, figures: Figures, gallery: Gallery, pairs: int
) -> None:
    """Measure whether val crops in synthetic limbs are found and graded as the crop itself."""
    crops, grader = load_crops(data / "knee" / "val"), Grader()
    rng = np.random.default_rng(0)
    found, same, changes, distances, ratios = [], [], [], [], []
    for pair in rng.permutation(len(crops))[: 2 * pairs].reshape(-1, 2):
        knees = {}
        for side, number in zip((Side.RIGHT, Side.LEFT), pair, strict=True):
            image = crops.images[number].astype(np.float32) / 255
            is_own = crops.sides[number] == side.value
            knees[side] = image if is_own else np.ascontiguousarray(image[:, ::-1])
        film = draw_film(knees, rng)
        values = np.round(film.pixels * 255).astype(np.uint8)
        radiograph = Radiograph.of(Path("film"), values, Window(127.5, 255))
        kept = rule.kept(finder.find(radiograph))
        for side, box in film.boxes.items():
            direct = Radiograph.of(
                Path("crop"), np.round(knees[side] * 255).astype(np.uint8), Window(127.5, 255)
            )
            good = [one.knee.box for one in kept if is_good(one.knee.box, box)]
            found.append(bool(good))
            if not good:
                gallery.add("agreement", 2.0, radiograph, [box], kept)
                continue
            wanted, given = (
                grading.probability
                for grading in grader.grade(
                    [
                        crop(direct, Box(0, 0, direct.width)).pixels,
                        crop(radiograph, good[0]).pixels,
                    ]
                )
            )
            change = float(np.abs(wanted - given).sum() / 2)
            distance, ratio = offset(good[0], box)
            distances.append(distance)
            ratios.append(abs(np.log(ratio)))
            same.append(bool(wanted.argmax() == given.argmax()))
            changes.append(change)
            gallery.add("agreement", change, radiograph, [box], kept)
    figures.share("set into limbs: found", found)
    figures.share("set into limbs: same grade", same)
    figures.value("  mean change of probability (total variation)", float(np.mean(changes)))
    figures.value("  median distance of the middle, in sides", float(np.median(distances)))
    figures.value("  median |log| of the size's ratio", float(np.median(ratios)))
