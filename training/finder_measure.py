"""Measure the finder on films that it did not learn from, and show its worst.

    python -m training.finder_export --run runs/finder --weights mobilenet_v2.weights.h5 --folds
    python -m training.finder_measure --data DATA --run runs/finder

Every film and every picture without a knee is given to the finder of its own fold, through the
program's own code. Writes `measured.json`, and `gallery/index.html` with the worst of each figure.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from math import hypot, sqrt
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from koa_desktop.finder import Finder, Found, Look
from koa_desktop.grading import Grader
from koa_desktop.knees import Box, Knee, Shown, crop
from koa_desktop.radiograph import Radiograph, ReadError, Side, Window, read
from training.data import load_crops
from training.finder_gallery import Gallery
from training.finder_sources import FOLDS, film_fold, negative_files
from training.synthetic_film import draw_film

CENTRE, SIZES = 0.10, (0.8, 1.25)  # what counts as found
SAME_CENTRE, SAME_SIZES = 0.5, (0.5, 2.0)  # what counts as a box of that knee at all
STRIP = (300, 162)
PASTED = 60  # films with two published crops each


@dataclass(frozen=True, slots=True)
class Truth:
    """A marked knee of a film."""

    box: Box
    side: Side | None


@dataclass(frozen=True, eq=False)
class Film:
    """A film with its marks and what the finder of its fold says."""

    name: str
    radiograph: Radiograph
    frontal: bool
    implant: bool
    mixed: bool
    truths: tuple[Truth, ...]
    found: Found
    looks: tuple[Look, ...]  # of the marked boxes


@dataclass(frozen=True, slots=True)
class Rule:
    """The thresholds that turn answers into decisions."""

    find: float
    native: float

    def refuses(self, look: Look) -> bool:
        """Tell whether a box is refused for what it shows."""
        return look.shown is not Shown.NATIVE and look.probability[0] < self.native

    def kept(self, found: Found) -> list[tuple[Knee, Look]]:
        """Return the knees that reach the threshold."""
        pairs = zip(found.knees, found.looks, strict=True)
        return [(knee, look) for knee, look in pairs if (knee.confidence or 0) >= self.find]


class Figures:
    """Counts by name, printed with 95 % intervals (Wilson 1927)."""

    def __init__(self) -> None:
        self.counts: dict[str, tuple[int, int]] = {}
        self.values: dict[str, float] = {}

    def share(self, name: str, cases: list[bool]) -> None:
        """Note how many of the cases hold."""
        self.counts[name] = (sum(cases), len(cases))
        print(f"{name:58} {self.text(name)}", flush=True)

    def value(self, name: str, value: float) -> None:
        """Note a number."""
        self.values[name] = round(value, 4)
        print(f"{name:58} {value:.4f}", flush=True)

    def text(self, name: str) -> str:
        """Return a share as `99.0 % (190 of 192; 96.3 to 99.7)`."""
        met, of = self.counts[name]
        low, high = wilson(met, of)
        share = 100 * met / max(of, 1)
        return f"{share:5.1f} % ({met} of {of}; {100 * low:.1f} to {100 * high:.1f})"

    def as_json(self) -> dict[str, Any]:
        """Return everything for the card."""
        shares = {
            name: {
                "share": round(met / max(of, 1), 4),
                "of": of,
                "interval": [round(limit, 4) for limit in wilson(met, of)],
            }
            for name, (met, of) in self.counts.items()
        }
        return {"measured_on": MEASURED_ON, **shares, **self.values}


MEASURED_ON = (
    "films, chest and hip radiographs and photographs, each by a finder of five that did not learn "
    "from it; the published val crops by the finder that ships, which never saw them"
)


def wilson(met: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927)."""
    if of == 0:
        return 0.0, 1.0
    share = met / of
    middle = share + z * z / (2 * of)
    spread = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)


def films(data: Path, finder_of: Callable[[int], Finder]) -> Iterator[Film]:
    """Yield every film with what its fold's finder says."""
    folder = data / "radiographs"
    for entry in json.loads((folder / "boxes.json").read_text(encoding="utf-8")):
        finder, radiograph = finder_of(film_fold(entry["file"])), read(folder / entry["file"])
        truths = tuple(
            Truth(
                Box.around(knee["cx"], knee["cy"], knee["size"]),
                None if knee["side"] == "?" else Side(knee["side"]),
            )
            for knee in entry["knees"]
        )
        yield Film(
            entry["file"],
            without_header(radiograph),
            entry["view"] == "frontal",
            entry["implant"],
            entry["mixed"],
            truths,
            finder.find(radiograph),
            tuple(finder.look(radiograph, truth.box) for truth in truths),
        )


def without_header(radiograph: Radiograph) -> Radiograph:
    """Return a radiograph whose side must be seen in the picture."""
    return replace(radiograph, laterality=None)


def offset(box: Box, truth: Box) -> tuple[float, float]:
    """Return how far a box's middle lies from the true one, in its sides, and the ratio of both."""
    (x, y), (a, b) = box.centre, truth.centre
    return hypot(x - a, y - b) / truth.size, box.size / truth.size


def is_good(box: Box, truth: Box) -> bool:
    """Tell whether a box is near enough to grade from."""
    distance, ratio = offset(box, truth)
    return distance <= CENTRE and SIZES[0] <= ratio <= SIZES[1]


def is_same(box: Box, truth: Box) -> bool:
    """Tell whether a box is of that knee at all."""
    distance, ratio = offset(box, truth)
    return distance <= SAME_CENTRE and SAME_SIZES[0] <= ratio <= SAME_SIZES[1]


def nearest(boxes: list[Box], truth: Box) -> Box | None:
    """Return the box nearest to the true one."""
    return min(boxes, key=lambda box: offset(box, truth)[0], default=None)


def measure_films(all_films: list[Film], rule: Rule, figures: Figures, gallery: Gallery) -> None:
    """Native knees found, false boxes, sides, implants and wrong refusals."""
    hits, sides, false_boxes, distances, ratios = [], [], [], [], []
    implants, as_implants, refused, laterals = [], [], [], []
    for film in all_films:
        kept = rule.kept(film.found)
        boxes = [knee.box for knee, _ in kept]
        wrong = any(not any(is_same(box, truth.box) for truth in film.truths) for box in boxes)
        false_boxes.append(wrong)
        gallery.add("false boxes", wrong, film.radiograph, [t.box for t in film.truths], kept)
        for truth, look in zip(film.truths, film.looks, strict=True):
            box = nearest(boxes, truth.box)
            if film.frontal and not film.implant:
                good = box is not None and is_good(box, truth.box)
                distance, ratio = offset(box, truth.box) if box else (1.0, 1.0)
                hits.append(good)
                if box is not None and is_same(box, truth.box):
                    distances.append(distance)
                    ratios.append(abs(np.log(ratio)))
                gallery.add(
                    "boxes", distance + abs(np.log(ratio)), film.radiograph, [truth.box], kept
                )
                as_implants.append(look.shown is Shown.IMPLANT)
                refused.append(not rule.refuses(look))
                gallery.add(
                    "native",
                    -look.probability[0],
                    film.radiograph,
                    [truth.box],
                    [(Knee(truth.box), look)],
                )
            elif film.frontal and not film.mixed:
                implants.append(look.shown is Shown.IMPLANT)
                gallery.add(
                    "implants",
                    -look.probability[1],
                    film.radiograph,
                    [truth.box],
                    [(Knee(truth.box), look)],
                )
            elif not film.frontal:
                laterals.append(look.shown is Shown.NOT_FRONTAL)
                gallery.add(
                    "laterals",
                    -look.probability[2],
                    film.radiograph,
                    [truth.box],
                    [(Knee(truth.box), look)],
                )
            if film.frontal and not film.mixed and truth.side and not film.implant:
                found = [knee for knee, _ in kept if is_same(knee.box, truth.box)]
                if found:
                    sides.append(found[0].side is truth.side)
                    gallery.add(
                        "sides", found[0].side is not truth.side, film.radiograph, [truth.box], kept
                    )
    refusals = [
        all(rule.refuses(look) for _, look in rule.kept(film.found))
        for film in all_films
        if film.implant and not film.mixed
    ]
    figures.share("native frontal knees found", hits)
    figures.value("  median distance of the middle, in sides", float(np.median(distances)))
    figures.value("  95th percentile", float(np.percentile(distances, 95)))
    figures.value("  median |log| of the size's ratio", float(np.median(ratios)))
    figures.value("  95th percentile of it", float(np.percentile(ratios, 95)))
    figures.share("films with a false box", false_boxes)
    figures.share("native sides right", sides)
    figures.share("implants recognised (marked box)", implants)
    figures.share("native knees taken for implants (marked box)", as_implants)
    figures.share("native knees not refused (marked box)", refused)
    figures.share("laterals seen as not frontal (marked box)", laterals)
    figures.share("films with implants: nothing graded", refusals)
    side_by_fibula(all_films, figures)


def side_by_fibula(all_films: list[Film], figures: Figures) -> None:
    """Note the fibula's side on films where the place tells it too."""
    pairs = [
        (look, truth.side)
        for film in all_films
        if film.frontal and not film.implant and len(film.truths) == 2
        for truth, look in zip(film.truths, film.looks, strict=True)
    ]
    told = [(look, side) for look, side in pairs if look.side is not None]
    figures.share("fibula tells, two native knees", [look.side is not None for look, _ in pairs])
    figures.share("  and is right", [look.side is side for look, side in told])
    strong = [look.side is side for look, side in told if look.side_probability >= 0.95]
    figures.share("  and is right at 0.95 and more", strong)


def measure_others(
    data: Path, finder_of: Callable[[int], Finder], rule: Rule, figures: Figures, gallery: Gallery
) -> None:
    """Refusals of what shows no knee: nothing found, or what was found refused; and put whole."""
    kinds: dict[str, list[tuple[bool, bool]]] = {}
    for file, fold in negative_files(data):
        try:
            radiograph = read(file)
        except ReadError:
            continue
        finder = finder_of(fold)
        kept = rule.kept(finder.find(radiograph))
        size = min(radiograph.width, radiograph.height)
        whole = Box.around(radiograph.width / 2, radiograph.height / 2, size)
        look = finder.look(radiograph, whole)
        kind = {"chest": "chests", "dicom": "dicom"}.get(file.parent.name, "photographs")
        refused = all(rule.refuses(look) for _, look in kept)
        kinds.setdefault(kind, []).append((refused, rule.refuses(look)))
        gallery.add(
            "others",
            look.probability[0] + 1 - refused,
            radiograph,
            [],
            [*kept, (Knee(whole), look)],
        )
    for kind, cases in kinds.items():
        figures.share(f"{kind}: nothing graded", [found for found, _ in cases])
        figures.share(f"{kind}: refused as a whole crop", [whole for _, whole in cases])


def measure_crops(
    data: Path, finder: Finder, rule: Rule, figures: Figures, gallery: Gallery
) -> None:
    """Look at the val crops, each as a whole, and find them."""
    crops = load_crops(data / "knee" / "val")
    refused, told, sides, placed = [], [], [], []
    whole = Box(0, 0, crops.images.shape[1])
    for image, side in zip(crops.images, crops.sides, strict=True):
        radiograph = Radiograph(Path("crop"), image, Window(127.5, 255))
        look = finder.look(radiograph, whole)
        refused.append(rule.refuses(look))
        told.append(look.side is not None)
        if look.side is not None:
            sides.append(look.side is Side(side))
        gallery.add("val crops", -look.probability[0], radiograph, [], [(Knee(whole), look)])
        kept = rule.kept(finder.find(radiograph))
        placed.append(len(kept) == 1 and is_good(kept[0][0].box, whole))
    figures.share("val crops refused", refused)
    figures.share("val crops: fibula tells", told)
    figures.share("val crops: and is right", sides)
    figures.share("val crops: found as one knee, whole", placed)


def measure_strips(
    all_films: list[Film],
    finder_of: Callable[[int], Finder],
    rule: Rule,
    figures: Figures,
    gallery: Gallery,
) -> None:
    """Knees anywhere in strips of 300 x 162 pixels, cut at top and bottom or at both sides."""
    rng = np.random.default_rng(0)
    for name, strip in (("wide", STRIP), ("tall", STRIP[::-1])):
        hits, exact = [], []
        for film in all_films:
            if not film.frontal or film.implant or "/" in film.name:
                continue
            for truth in film.truths:
                radiograph, box = cut_strip(film.radiograph, truth.box, strip, rng)
                kept = rule.kept(finder_of(film_fold(film.name)).find(radiograph))
                good = any(is_good(knee.box, box) for knee, _ in kept)
                hits.append(any(is_same(knee.box, box) for knee, _ in kept))
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
    return replace(radiograph, values=np.asarray(values)), Box.around(x, y, side)


def measure_agreement(
    data: Path, finder: Finder, rule: Rule, figures: Figures, gallery: Gallery, pairs: int
) -> None:
    """Val crops set into synthetic limbs, found, cropped and graded, against the crop itself."""
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
        radiograph = Radiograph(Path("film"), values, Window(127.5, 255))
        kept = rule.kept(finder.find(radiograph))
        for side, box in film.boxes.items():
            direct = Radiograph(
                Path("crop"), np.round(knees[side] * 255).astype(np.uint8), Window(127.5, 255)
            )
            good = [knee.box for knee, _ in kept if is_good(knee.box, box)]
            found.append(bool(good))
            if not good:
                gallery.add("agreement", 2.0, radiograph, [box], kept)
                continue
            wanted, given = (
                grading.probability
                for grading in grader.grade(
                    [crop(direct, Box(0, 0, direct.width)), crop(radiograph, good[0])]
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


def main() -> None:
    """Measure and print everything."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with knee, radiographs")
    parser.add_argument("--run", type=Path, default=Path("runs/finder"))
    parser.add_argument("--bundle", type=Path, default=Path("models"), help="the one that ships")
    parser.add_argument("--find-threshold", type=float, default=0.1)
    parser.add_argument("--native-threshold", type=float, default=0.5)
    parser.add_argument("--pairs", type=int, default=PASTED, help="drawn films, 2 crops each")
    args = parser.parse_args()
    rule = Rule(args.find_threshold, args.native_threshold)
    figures, gallery = Figures(), Gallery()
    finder_of = cache(lambda fold: Finder(args.run / f"fold{fold % FOLDS}"))
    all_films = list(films(args.data, finder_of))
    measure_films(all_films, rule, figures, gallery)
    measure_others(args.data, finder_of, rule, figures, gallery)
    measure_strips(all_films, finder_of, rule, figures, gallery)
    shipped = Finder(args.bundle)
    measure_crops(args.data, shipped, rule, figures, gallery)
    measure_agreement(args.data, shipped, rule, figures, gallery, args.pairs)
    text = json.dumps(figures.as_json(), indent=1)
    (args.run / "measured.json").write_text(text + "\n", encoding="utf-8")
    gallery.write(args.run / "gallery")


if __name__ == "__main__":
    main()
