"""Measure the finder on films that it was not trained on, and show the worst cases.

    python -m training.finder.export --run runs/finder --weights mobilenet_v2.weights.h5 --folds
    python -m training.finder.measure --data DATA --run runs/finder

Every film and every picture without a knee is given to the finder of its own fold, through the
program's own code. Writes `measured.json`, and `gallery/index.html` with the worst of each figure.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from koa_desktop.errors import ReadError
from koa_desktop.grading.finder import BoxContent, Detection, Finder
from koa_desktop.knees.box import Box, BoxClass, Knee
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Radiograph, Side, Window
from training.data.crops import load_crops
from training.finder.detections import (
    Film,
    Rule,
    Truth,
    films,
    is_good,
    is_same,
    nearest,
    offset,
)
from training.finder.figures import Figures
from training.finder.gallery import Gallery
from training.finder.sources import FOLDS, negative_files
from training.finder.trials import PASTED, measure_agreement, measure_strips


@dataclass(frozen=True, eq=False, slots=True)
class MarkedKnee:
    """A marked knee of a film, with the content of its marked box and the film's detections."""

    film: Film
    truth: Truth
    content: BoxContent
    kept: list[Detection]

    @property
    def found(self) -> Knee | None:
        """The first detection that is of this knee at all."""
        same = (one.knee for one in self.kept if is_same(one.knee.box, self.truth.box))
        return next(same, None)


def measure_films(all_films: list[Film], rule: Rule, figures: Figures, gallery: Gallery) -> None:
    """Measure detections, sides and contents of boxes on films that the finders did not see."""
    knees = [
        MarkedKnee(film, truth, content, rule.kept(film.found))
        for film in all_films
        for truth, content in zip(film.truths, film.contents, strict=True)
    ]
    native = [one for one in knees if one.film.frontal and not one.film.implant]
    implants = [
        one for one in knees if one.film.frontal and one.film.implant and not one.film.mixed
    ]
    laterals = [one for one in knees if not one.film.frontal]
    measure_boxes(native, figures, gallery)
    measure_false_boxes(all_films, rule, figures, gallery)
    measure_sides([one for one in native if not one.film.mixed], figures, gallery)
    measure_contents(native, implants, laterals, rule, figures)
    groups = {"native": native, "implants": implants, "laterals": laterals}
    for content, (name, group) in enumerate(groups.items()):
        _show_contents(name, group, content, gallery)
    refusals = [
        all(rule.refuses(one.content) for one in rule.kept(film.found))
        for film in all_films
        if film.implant and not film.mixed
    ]
    figures.share("films with implants: nothing graded", refusals)
    side_by_fibula(all_films, figures)


def measure_boxes(native: list[MarkedKnee], figures: Figures, gallery: Gallery) -> None:
    """Measure how many native knees are found, and how precisely."""
    hits, distances, ratios = [], [], []
    for one in native:
        box = nearest([found.knee.box for found in one.kept], one.truth.box)
        distance, ratio = offset(box, one.truth.box) if box else (1.0, 1.0)
        error = abs(np.log(ratio))
        hits.append(box is not None and is_good(box, one.truth.box))
        if box is not None and is_same(box, one.truth.box):
            distances.append(distance)
            ratios.append(error)
        gallery.add("boxes", distance + error, one.film.radiograph, [one.truth.box], one.kept)
    figures.share("native frontal knees found", hits)
    figures.value("  median distance of the middle, in sides", float(np.median(distances)))
    figures.value("  95th percentile", float(np.percentile(distances, 95)))
    figures.value("  median |log| of the size's ratio", float(np.median(ratios)))
    figures.value("  95th percentile of it", float(np.percentile(ratios, 95)))


def measure_false_boxes(
    all_films: list[Film], rule: Rule, figures: Figures, gallery: Gallery
) -> None:
    """Measure on how many films a box is of no marked knee."""
    false_boxes = []
    for film in all_films:
        kept, truths = rule.kept(film.found), [truth.box for truth in film.truths]
        wrong = any(not any(is_same(one.knee.box, truth) for truth in truths) for one in kept)
        false_boxes.append(wrong)
        gallery.add("false boxes", wrong, film.radiograph, truths, kept)
    figures.share("films with a false box", false_boxes)


def measure_sides(native: list[MarkedKnee], figures: Figures, gallery: Gallery) -> None:
    """Measure the sides of the native knees that are found and whose side is marked."""
    sides = []
    for one in native:
        found = one.found
        if found is None or not one.truth.side:
            continue
        right = found.side is one.truth.side
        sides.append(right)
        gallery.add("sides", not right, one.film.radiograph, [one.truth.box], one.kept)
    figures.share("native sides right", sides)


def measure_contents(
    native: list[MarkedKnee],
    implants: list[MarkedKnee],
    laterals: list[MarkedKnee],
    rule: Rule,
    figures: Figures,
) -> None:
    """Measure what the marked boxes are classified as."""

    def shown(knees: list[MarkedKnee], kind: BoxClass) -> list[bool]:
        return [one.content.box_class is kind for one in knees]

    figures.share("implants recognised (marked box)", shown(implants, BoxClass.IMPLANT))
    figures.share("native knees taken for implants (marked box)", shown(native, BoxClass.IMPLANT))
    accepted = [not rule.refuses(one.content) for one in native]
    figures.share("native knees not refused (marked box)", accepted)
    figures.share(
        "laterals seen as not frontal (marked box)", shown(laterals, BoxClass.NOT_FRONTAL)
    )


def _show_contents(name: str, knees: list[MarkedKnee], content: int, gallery: Gallery) -> None:
    """Offer the marked boxes to the gallery, the least probable of the right content first."""
    for one in knees:
        gallery.add(
            name,
            -one.content.probability[content],
            one.film.radiograph,
            [one.truth.box],
            [Detection(Knee(one.truth.box), one.content)],
        )


def side_by_fibula(all_films: list[Film], figures: Figures) -> None:
    """Measure the fibula's side on films where the place shows the side too."""
    pairs = [
        (content, truth.side)
        for film in all_films
        if film.frontal and not film.implant and len(film.truths) == 2
        for truth, content in zip(film.truths, film.contents, strict=True)
    ]
    told = [(content, side) for content, side in pairs if content.side is not None]
    figures.share(
        "fibula tells, two native knees", [content.side is not None for content, _ in pairs]
    )
    figures.share("  and is right", [content.side is side for content, side in told])
    strong = [content.side is side for content, side in told if content.side_probability >= 0.95]
    figures.share("  and is right at 0.95 and more", strong)


def measure_others(
    data: Path, finder_of: Callable[[int], Finder], rule: Rule, figures: Figures, gallery: Gallery
) -> None:
    """Measure refusals of pictures without a knee: as found, and as a whole crop."""
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
        content = finder.classify(radiograph, whole)
        kind = {"chest": "chests", "dicom": "dicom"}.get(file.parent.name, "photographs")
        refused = all(rule.refuses(one.content) for one in kept)
        kinds.setdefault(kind, []).append((refused, rule.refuses(content)))
        gallery.add(
            "others",
            content.probability[0] + 1 - refused,
            radiograph,
            [],
            [*kept, Detection(Knee(whole), content)],
        )
    for kind, cases in kinds.items():
        figures.share(f"{kind}: nothing graded", [found for found, _ in cases])
        figures.share(f"{kind}: refused as a whole crop", [whole for _, whole in cases])


def measure_crops(
    data: Path, finder: Finder, rule: Rule, figures: Figures, gallery: Gallery
) -> None:
    """Measure the val crops, each classified as a whole, and found."""
    crops = load_crops(data / "knee" / "val")
    refused, told, sides, placed = [], [], [], []
    whole = Box(0, 0, crops.images.shape[1])
    for image, side in zip(crops.images, crops.sides, strict=True):
        radiograph = Radiograph.of(Path("crop"), image, Window(127.5, 255))
        content = finder.classify(radiograph, whole)
        refused.append(rule.refuses(content))
        told.append(content.side is not None)
        if content.side is not None:
            sides.append(content.side is Side(side))
        gallery.add(
            "val crops", -content.probability[0], radiograph, [], [Detection(Knee(whole), content)]
        )
        kept = rule.kept(finder.find(radiograph))
        placed.append(len(kept) == 1 and is_good(kept[0].knee.box, whole))
    figures.share("val crops refused", refused)
    figures.share("val crops: fibula tells", told)
    figures.share("val crops: and is right", sides)
    figures.share("val crops: found as one knee, whole", placed)


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
