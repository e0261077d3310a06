"""Measure whether a bundle's class maps point at the joint, and whether the grade depends on it.

    python -m training.evaluation.explanations --bundle models --data DATA/knee \
        --out runs/bundle [--run RUN]

Four questions, each on the class map of the predicted grade, as the app draws it:
1. How much of the map lies in the joint's band, against the band's share of the crop and against a
   blob as wide as the maps in the middle of the crop?
2. Does blurring the marked area lower the logit more than blurring as much elsewhere?
3. Does the grade depend on the joint: accuracy with the joint's band hidden, with bands elsewhere
   hidden, and with the joint's band alone?
4. Do the maps depend on the weights (`training.evaluation.randomisation`; needs --run, and Keras)?
And two more, where the bundle has OARSI readings:
5. Do the maps of the readings lie where each is read (`training.evaluation.reading_maps`)?
6. Does blurring the place where a reading is read lower its logit more than blurring the same place
   of the other compartment?
Writes `explanations.json` and the page into --out.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.class_map import heat
from koa_desktop.grading.grader import Grader, Grading
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.knees.crop import CROP_SIZE, Pixels
from training.data.crops import Crops
from training.evaluation.map_energy import Masks, energy_shares, means_with_intervals
from training.evaluation.page import EXPLANATIONS, write_page
from training.evaluation.reading_maps import called_threshold, map_of, reading_pointing
from training.metrics.metrics import Floats, mean_by_grade
from training.network.joint_band import HALF_BAND, JOINT_ROW, joint_rows
from training.network.reading_regions import KINDS, areas
from training.runs.bundle_predictions import grade_in_batches, model_inputs, unseen

MARKED_SHARES = (0.05, 0.10, 0.20)  # of the crop, taken out by the deletion test
ELSEWHERE = 2  # places that each marked area is compared with
MOST_OVERLAP = 0.1  # of the marked area and the same area elsewhere
BLUR = 16.0  # pixels: wider than any feature of the joint
FEATHER = 3.0  # pixels, so that a blurred area has no edge


def band(centre: float = JOINT_ROW) -> Masks:
    """Return the mask (224, 224) of a band of the joint's height about a row, a share 0..1."""
    return np.broadcast_to(joint_rows(centre)[:, None], (CROP_SIZE, CROP_SIZE))


def centred_blob(heats: Floats) -> Floats:
    """Return the Gaussian (1, H, W) in the middle of the crop that is as wide as the maps are."""
    places = (np.arange(CROP_SIZE) + 0.5) / CROP_SIZE - 0.5
    weight = heats / np.maximum(heats.sum((1, 2), keepdims=True), 1e-12)
    squares = []
    for along in (weight.sum(1), weight.sum(2)):
        middle = (along * places).sum(1)
        squares.append((along * places**2).sum(1) - middle**2)
    variance = float(np.mean(squares))
    shape = np.exp(-(places**2) / (2 * variance))
    return (shape[:, None] * shape[None, :])[None]


def marked_area(one_heat: Pixels, share: float) -> Masks:
    """Return the `share` of a map's pixels (H, W) that are hottest."""
    count = round(share * one_heat.size)
    order = np.argsort(one_heat, axis=None, kind="stable")
    mask = np.zeros(one_heat.size, bool)
    mask[order[-count:]] = True
    return mask.reshape(one_heat.shape)


def moved_elsewhere(area: Masks, rng: np.random.Generator) -> Masks:
    """Return an area moved at random, over the border and in again, hardly overlapping itself.

    Of a hundred places the one that overlaps least, where all overlap more than a tenth.
    """
    moved = [
        np.roll(area, rng.integers(0, area.shape[0], 2).tolist(), axis=(0, 1)) for _ in range(100)
    ]
    overlaps = np.array([(one & area).sum() for one in moved]) / area.sum()
    allowed = np.flatnonzero(overlaps <= MOST_OVERLAP)
    return moved[int(allowed[0]) if len(allowed) else int(overlaps.argmin())]


def blurred(picture: Pixels, area: Masks) -> Pixels:
    """Blur an area of a crop (H, W, 1) beyond recognition."""
    flat = picture[..., 0]
    soft = cv2.GaussianBlur(flat, (0, 0), BLUR, borderType=cv2.BORDER_REPLICATE)
    return _mixed(flat, np.asarray(soft, np.float32), area)


def greyed(picture: Pixels, area: Masks) -> Pixels:
    """Fill an area of a crop (H, W, 1) with the crop's mean grey."""
    flat = picture[..., 0]
    return _mixed(flat, np.full_like(flat, flat.mean()), area)


def _mixed(picture: Pixels, filling: Pixels, area: Masks) -> Pixels:
    share = cv2.GaussianBlur(area.astype(np.float32), (0, 0), FEATHER)
    mixed: Pixels = (picture * (1 - share) + filling * share).astype(np.float32)[..., None]
    return mixed


def pointing(gradings: list[Grading], crops: Crops) -> dict[str, Any]:
    """Question 1: the share of the maps' energy in the joint's band."""
    predicted, heats = _heats(gradings)
    inside = energy_shares(heats, band())
    blob = float(energy_shares(centred_blob(heats), band())[0])
    hottest = heats.reshape(len(heats), -1).argmax(1)
    columns = np.stack([inside, band().ravel()[hottest].astype(np.float64)], axis=1)
    result = means_with_intervals(("energy", "hottest_point"), columns, crops.patients)
    mean_maps = [
        np.mean([np.maximum(g.maps[..., grade], 0) for g in gradings_of], axis=0).round(3).tolist()
        if (gradings_of := [g for g, p in zip(gradings, predicted, strict=True) if p == grade])
        else None
        for grade in range(GRADES)
    ]
    known = ~np.isnan(inside)
    by_grade = mean_by_grade(inside[known], predicted[known])
    return result | {
        "area": round(float(band().mean()), 4),
        "centred_blob": round(blob, 4),
        "empty_maps": int((~known).sum()),
        "energy_by_predicted_grade": [
            None if np.isnan(value) else round(float(value), 4) for value in by_grade
        ],
        "mean_maps": mean_maps,
        "band": [JOINT_ROW - HALF_BAND, JOINT_ROW + HALF_BAND],
    }


def deletion(
    grade: Callable[[list[Pixels]], list[Grading]],
    pictures: list[Pixels],
    gradings: list[Grading],
    crops: Crops,
) -> dict[str, Any]:
    """Question 2: the fall of the predicted grade's logit with the marked area blurred, or another.

    A logit is the mean of its class map plus a constant, so a fall is the difference of two means.
    """
    predicted, heats = _heats(gradings)
    before = _logits(gradings, predicted)
    result = {}
    for share in MARKED_SHARES:
        rng = np.random.default_rng(0)
        marked = [marked_area(one.astype(np.float32), share) for one in heats]
        falls = [before - _logits(grade(_all_blurred(pictures, marked)), predicted)]
        for _ in range(ELSEWHERE):
            moved = [moved_elsewhere(area, rng) for area in marked]
            falls.append(before - _logits(grade(_all_blurred(pictures, moved)), predicted))
        elsewhere = np.mean(falls[1:], axis=0)
        columns = np.stack(
            [falls[0], elsewhere, falls[0] - elsewhere, falls[0] > elsewhere], axis=1
        ).astype(np.float64)
        names = ("fall_marked", "fall_elsewhere", "difference", "marked_falls_more")
        result[f"{share:.0%}"] = means_with_intervals(names, columns, crops.patients)
    return result


def hiding(
    grade: Callable[[list[Pixels]], list[Grading]], pictures: list[Pixels], crops: Crops
) -> dict[str, Any]:
    """Question 3: accuracy with a band hidden, blurred or grey, or with the joint's band alone."""
    areas = {
        "nothing hidden": np.zeros_like(band()),
        "joint hidden": band(),
        "top hidden": band(HALF_BAND),
        "bottom hidden": band(1 - HALF_BAND),
        "all but the joint hidden": ~band(),
    }
    result: dict[str, Any] = {}
    for way, hide in (("blurred", blurred), ("grey", greyed)):
        hits = []
        for area in areas.values():
            gradings = grade([hide(picture, area) for picture in pictures])
            predicted = np.array([int(grading.probability.argmax()) for grading in gradings])
            hits.append(predicted == crops.grades)
        columns = np.stack(hits, axis=1).astype(np.float64)
        result[way] = means_with_intervals(tuple(areas), columns, crops.patients)
    majority = float(np.bincount(crops.grades).max() / len(crops))
    return result | {"majority_share": round(majority, 4)}


def reading_deletion(
    grade: Callable[[list[Pixels]], list[Grading]],
    pictures: list[Pixels],
    gradings: list[Grading],
    crops: Crops,
) -> dict[str, Any]:
    """Question 6: the fall of each called reading's logit with its region blurred, or the other's.

    The logit is that of the highest threshold that the reading reached, measured as in `deletion`.
    """
    result: dict[str, Any] = {}
    for kind, sides in KINDS.items():
        columns, patients = [], []
        for place, left in zip(sides, (True, False), strict=True):
            called = {
                knee: threshold
                for knee, grading in enumerate(gradings)
                if (threshold := called_threshold(grading, place)) is not None
            }
            chosen = [pictures[knee] for knee in called]
            own, other = (
                grade(_all_blurred(chosen, [areas(kind, left=at_left)[0]] * len(called)))
                for at_left in (left, not left)
            )
            for knee, *hidden in zip(called, own, other, strict=True):
                before, marked, elsewhere = (
                    float(map_of(one, called[knee]).mean()) for one in (gradings[knee], *hidden)
                )
                falls = before - marked, before - elsewhere
                columns.append([*falls, falls[0] - falls[1], float(falls[0] > falls[1])])
                patients.append(str(crops.patients[knee]))
        names = ("fall_region", "fall_other_side", "difference", "region_falls_more")
        found = means_with_intervals(names, np.array(columns), np.array(patients))
        result[kind] = {"called": len(columns), **found}
    return result


def _heats(gradings: list[Grading]) -> tuple[NDArray[np.int64], Floats]:
    """Return the predicted grades (n,) and their heat maps (n, 224, 224), as the app draws them."""
    predicted = np.array([int(grading.probability.argmax()) for grading in gradings])
    heats = [
        heat(grading.maps[..., grade], CROP_SIZE)
        for grading, grade in zip(gradings, predicted, strict=True)
    ]
    return predicted, np.stack(heats).astype(np.float64)


def _logits(gradings: list[Grading], grades: NDArray[np.int64]) -> Floats:
    """Return each knee's logit of the grade given, up to the head's bias."""
    return np.array(
        [
            float(grading.maps[..., grade].mean())
            for grading, grade in zip(gradings, grades, strict=True)
        ]
    )


def _all_blurred(pictures: list[Pixels], areas: list[Masks]) -> list[Pixels]:
    return [blurred(picture, area) for picture, area in zip(pictures, areas, strict=True)]


def main() -> None:
    """Measure a bundle's class maps on knees it has not learned from."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--bundle", type=Path, required=True, help="folder of an exported bundle")
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--out", type=Path, default=Path("runs/bundle"), help="folder of the page")
    parser.add_argument("--run", type=Path, help="run folder, to randomise its weights")
    args = parser.parse_args()
    grader = Grader(args.bundle)
    crops = unseen(grader.card, args.data)
    pictures = list(model_inputs(crops))

    def grade(changed: list[Pixels]) -> list[Grading]:
        return grade_in_batches(grader, iter(changed))

    gradings = grade(pictures)
    result: dict[str, Any] = {
        "of": grader.card.label,
        "knees": len(crops),
        "pointing": pointing(gradings, crops),
        "deletion": deletion(grade, pictures, gradings, crops),
        "hiding": hiding(grade, pictures, crops),
    }
    if grader.card.has_readings:
        result["readings"] = reading_pointing(gradings, crops)
        result["reading_deletion"] = reading_deletion(grade, pictures, gradings, crops)
    if args.run:
        # Imported here: the rest needs no Keras.
        from training.evaluation.randomisation import randomisation

        result["randomisation"] = randomisation(args.run, crops)
    args.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(result, indent=1)
    (args.out / EXPLANATIONS).write_text(text + "\n", encoding="utf-8")
    shown = {name: part for name, part in result["pointing"].items() if name != "mean_maps"}
    print(json.dumps({**result, "pointing": shown}, indent=1))
    print(f"written: {write_page(args.out)}")


if __name__ == "__main__":
    main()
