"""Measure the finder on films that it did not learn from, and show its worst.

    python -m training.finder.export --run runs/finder --weights mobilenet_v2.weights.h5 --folds
    python -m training.finder.measure --data DATA --run runs/finder

Every film and every picture without a knee is given to the finder of its own fold, through the
program's own code. Writes `measured.json`, and `gallery/index.html` with the worst of each figure.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from koa_desktop.errors import ReadError
from koa_desktop.grading.finder import Detection, Finder
from koa_desktop.knees.box import Box, Knee, Shown
from koa_desktop.loading.read import read
from koa_desktop.radiograph import Radiograph, Side, Window
from training.data.crops import load_crops
from training.finder.detections import Film, Rule, films, is_good, is_same, nearest, offset
from training.finder.figures import Figures
from training.finder.gallery import Gallery
from training.finder.sources import FOLDS, negative_files
from training.finder.trials import PASTED, measure_agreement, measure_strips


def measure_films(all_films: list[Film], rule: Rule, figures: Figures, gallery: Gallery) -> None:
    """Native knees found, false boxes, sides, implants and wrong refusals."""
    hits, sides, false_boxes, distances, ratios = [], [], [], [], []
    implants, as_implants, refused, laterals = [], [], [], []
    for film in all_films:
        kept = rule.kept(film.found)
        boxes = [one.knee.box for one in kept]
        wrong = any(not any(is_same(box, truth.box) for truth in film.truths) for box in boxes)
        false_boxes.append(wrong)
        gallery.add("false boxes", wrong, film.radiograph, [t.box for t in film.truths], kept)
        for truth, content in zip(film.truths, film.contents, strict=True):
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
                as_implants.append(content.shown is Shown.IMPLANT)
                refused.append(not rule.refuses(content))
                gallery.add(
                    "native",
                    -content.probability[0],
                    film.radiograph,
                    [truth.box],
                    [Detection(Knee(truth.box), content)],
                )
            elif film.frontal and not film.mixed:
                implants.append(content.shown is Shown.IMPLANT)
                gallery.add(
                    "implants",
                    -content.probability[1],
                    film.radiograph,
                    [truth.box],
                    [Detection(Knee(truth.box), content)],
                )
            elif not film.frontal:
                laterals.append(content.shown is Shown.NOT_FRONTAL)
                gallery.add(
                    "laterals",
                    -content.probability[2],
                    film.radiograph,
                    [truth.box],
                    [Detection(Knee(truth.box), content)],
                )
            if film.frontal and not film.mixed and truth.side and not film.implant:
                found = [one.knee for one in kept if is_same(one.knee.box, truth.box)]
                if found:
                    sides.append(found[0].side is truth.side)
                    gallery.add(
                        "sides", found[0].side is not truth.side, film.radiograph, [truth.box], kept
                    )
    refusals = [
        all(rule.refuses(one.content) for one in rule.kept(film.found))
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
    """Classify the val crops, each as a whole, and find them."""
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
