"""Fit and measure the networks that find the bone margins at the joint.

    python -m training.joint_space.fit --data DATA [--readings DATA/oarsi.csv]
    python -m training.joint_space.fit --data DATA --measure    # shipped, without fitting

DATA holds `knee/train`, `knee/val` (see `training.data.crops`) and `joint_space.json`, crops of
`knee/train` whose margins were marked by hand. Networks are measured on knees left
out, in five folds. Grades are not used for training, only to measure how widths rank knees. Each
step is stored in RUN, so an interrupted run resumes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from koa_desktop.joint_space.frame import Frame
from koa_desktop.joint_space.margins import MarginCard, MarginFinder, Margins, WidthError
from koa_desktop.joint_space.measure import REGION, JointSpace, depth, measure_joint_space
from koa_desktop.knees.box import Box, Knee
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.networks.bundle import MANIFEST
from koa_desktop.radiograph import Radiograph, Side, Window
from koa_desktop.system.paths import MODELS
from training.data.crops import Crops, load_crops
from training.joint_space import margins as joint_margins
from training.joint_space import marks, widths
from training.joint_space import pose as joint_pose
from training.joint_space.marks import Marked, read_marks
from training.network.manifest import write_manifest

Floats = NDArray[np.float64]

VERSION = "2"
FOLDS = 5
GROSS = 4.0  # pixels: a margin further off is wrong, not imprecise
REFUSED_SHARE, FLAGGED_SHARE = 0.005, 0.08  # of the compartments of training crops
THRESHOLD_KNEES, REPEATED_KNEES, TIMED_KNEES = 2500, 60, 50
BOX_SHIFT, BOX_SCALE, TURN = 0.08, 0.10, 5.0
WHOLE_CROP = Box(0, 0, CROP_SIZE)


@dataclass(frozen=True, eq=False)
class Errors:
    """Signed errors (knees, 6) in crop pixels, and each place's compartment's confidence."""

    femur: Floats
    tibia: Floats
    width: Floats
    marked_width: Floats
    confidence: Floats


def as_radiograph(image: NDArray[np.uint8]) -> Radiograph:
    """Return a crop (224, 224), bone bright, as a radiograph of its own."""
    return Radiograph.of(Path("crop.png"), image, Window(127.5, 255))


def fit(train: Crops, marked: list[Marked], run: Path) -> None:
    """Fit all networks into `run`: a bundle for each fold, and one from all marks (`all`)."""
    pose = _kept(run / "pose.keras", lambda: joint_pose.fit(train.images))
    unmarked = _unmarked(train, marked)

    def from_rough_margins() -> keras.Model:
        keras.utils.set_random_seed(1)
        model = joint_margins.network()
        compartments = joint_margins.rough_compartments(train.images[unmarked])
        steps, rate = joint_margins.ROUGH_STEPS, joint_margins.ROUGH_RATE
        joint_margins.train(model, compartments, steps, rate, seed=1)
        return model

    _kept(run / "rough.keras", from_rough_margins)
    folds = fold_numbers(len(marked))
    for fold in (*range(FOLDS), None):
        learned = [mark for mark, number in zip(marked, folds, strict=True) if number != fold]
        name = "all" if fold is None else f"fold{fold}"

        def from_marks(learned: list[Marked] = learned, seed: int = fold or 0) -> keras.Model:
            keras.utils.set_random_seed(seed)
            model = keras.models.load_model(run / "rough.keras", compile=False)
            steps, rate = joint_margins.MARKED_STEPS, joint_margins.MARKED_RATE
            joint_margins.train(model, marks.compartments(learned), steps, rate, seed)
            return model

        margins = _kept(run / f"{name}.keras", from_marks)
        if not (run / name / "card.json").exists():
            export(pose, margins, run / name)


def fit_widths(train: Crops, read: Floats, marked: list[Marked], run: Path) -> None:
    """Fit the networks of `run/read` to widths in units (n, 2), from those of `run/all`."""

    def from_widths() -> keras.Model:
        finder, free = MarginFinder(run / "all"), _unmarked(train, marked)
        aligned = widths.aligned_compartments(train.images[free], read[free], finder)
        # One in ten is marked by hand: those lie where somebody saw the bone.
        by_hand = marks.compartments(marked)
        drawn = aligned + by_hand * (len(aligned) // (9 * len(by_hand)) + 1)
        keras.utils.set_random_seed(1)
        model = joint_margins.network()
        steps, rate = joint_margins.WIDTH_STEPS, joint_margins.WIDTH_RATE
        joint_margins.train(model, drawn, steps, rate, seed=1)
        return model

    pose = keras.models.load_model(run / "pose.keras", compile=False)
    export(pose, _kept(run / "read.keras", from_widths), run / "read")


def fold_numbers(count: int) -> list[int]:
    """Return a fold for each marked crop; they are ordered by grade, twelve to a grade."""
    return [index % 12 % FOLDS for index in range(count)]


def export(pose: keras.Model, margins: keras.Model, folder: Path) -> None:
    """Write both networks and a card whose thresholds refuse nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in (("pose", pose), ("margins", margins)):
        # A dictionary gives the signature's output its name.
        named = keras.Model(model.inputs, {name: model.outputs[0]})
        converted = tf.lite.TFLiteConverter.from_keras_model(named).convert()
        (folder / f"{name}.tflite").write_bytes(converted)
    write_card(folder, 0.0, 0.0)


def write_card(
    folder: Path, refused_below: float, flagged_below: float, read_widths: int = 0
) -> None:
    """Write the card of the networks in `folder`, which learned from so many widths."""
    read = f", {read_widths:,} widths read by the Osteoarthritis Initiative (kxr_qjsw_duryea00)"
    card = {
        "version": VERSION,
        "sha256": {
            name: hashlib.sha256((folder / f"{name}.tflite").read_bytes()).hexdigest()
            for name in ("pose", "margins")
        },
        "refused_below": round(refused_below, 4),
        "flagged_below": round(flagged_below, 4),
        "training": "Chen, Knee Osteoarthritis Severity Grading Dataset (Mendeley Data "
        "56rmx5bjcr v1, CC BY 4.0): 5,778 crops without marks, 60 with margins marked by hand"
        + (read if read_widths else ""),
    }
    text = json.dumps(card, indent=1) + "\n"
    (folder / "card.json").write_text(text, encoding="utf-8", newline="\n")
    if (folder.parent / MANIFEST).exists():
        write_manifest(folder.parent)


def write_width_errors(folder: Path, errors: dict[str, WidthError]) -> None:
    """Write the errors of the medial and lateral widths into the card of the networks."""
    path = folder / "card.json"
    card = json.loads(path.read_text(encoding="utf-8"))
    card["width_error"] = {
        name: {"most": round(error.most, 4), "power": round(error.power, 4)}
        for name, error in errors.items()
    }
    path.write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8", newline="\n")
    if (folder.parent / MANIFEST).exists():
        write_manifest(folder.parent)


def thresholds(finder: MarginFinder, images: NDArray[np.uint8]) -> tuple[float, float]:
    """Return the confidences below which a compartment is refused, and flagged."""
    rng = np.random.default_rng(0)
    picked = rng.choice(len(images), min(THRESHOLD_KNEES, len(images)), replace=False)
    confidences = []
    for image in images[picked]:
        space = measure_joint_space(as_radiograph(image), Knee(WHOLE_CROP), finder)
        confidences += [part.confidence for part in (space.left, space.right) if part]
    refused, flagged = np.quantile(confidences, (REFUSED_SHARE, FLAGGED_SHARE))
    return float(refused), float(flagged)


def errors(finder_of: list[MarginFinder], marked: list[Marked]) -> Errors:
    """Return how far margins lie from the marks; knee i is found by `finder_of[i]`."""
    rows = []
    for finder, mark in zip(finder_of, marked, strict=True):
        pixels = as_radiograph(mark.image).pixels
        frame = finder.pose(pixels, WHOLE_CROP)
        parts = finder.margins(pixels, frame)
        left = mark.columns < CROP_SIZE / 2
        places = [
            _at(frame, part, mark.columns[one])
            for part, one in zip(parts, (left, ~left), strict=True)
        ]
        femur, tibia, confidence = (np.concatenate(part) for part in zip(*places, strict=True))
        rows.append((femur - mark.femur, tibia - mark.tibia, tibia - femur, confidence))
    femur, tibia, width, confidence = (np.stack(part) for part in zip(*rows, strict=True))
    marked_width = np.stack([mark.tibia - mark.femur for mark in marked])
    return Errors(femur, tibia, width, marked_width, confidence)


def ranking(least: Floats, positive: NDArray[np.bool_]) -> float:
    """Return the area under the curve of small widths (n,) for `positive` (n,) knees."""
    higher = least[positive][:, None] < least[~positive][None]
    equal = least[positive][:, None] == least[~positive][None]
    return float(higher.mean() + equal.mean() / 2)


def least_share(space: JointSpace) -> float:
    """Return the smaller of both minimal widths as a share of the condyles' width.

    NaN where a compartment was refused: the other one's width would pass for the narrower.
    """
    parts = (space.left, space.right)
    shares = [part.minimal.share for part in parts if part and part.minimal]
    return min(shares) if len(shares) == len(parts) else float("nan")


def disturbed(image: NDArray[np.uint8]) -> dict[str, tuple[Radiograph, Knee]]:
    """Return a knee in other boxes and on other films, by the name of the change."""
    middle = CROP_SIZE / 2
    changed = {}
    for name, right, down in (("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1)):
        shift = BOX_SHIFT * CROP_SIZE
        box = Box.around(middle + right * shift, middle + down * shift, CROP_SIZE)
        changed[f"box moved {name}"] = (as_radiograph(image), Knee(box))
    for name, factor in (("larger", 1 + BOX_SCALE), ("smaller", 1 - BOX_SCALE)):
        box = Box.around(middle, middle, CROP_SIZE * factor)
        changed[f"box {name}"] = (as_radiograph(image), Knee(box))
    for degrees in (-TURN, TURN):
        matrix = cv2.getRotationMatrix2D((middle - 0.5, middle - 0.5), degrees, 1)
        turned = cv2.warpAffine(image, matrix, image.shape, borderMode=cv2.BORDER_REPLICATE)
        film = as_radiograph(np.asarray(turned, np.uint8))
        changed[f"turned {degrees:+.0f} degrees"] = (film, Knee(WHOLE_CROP))
    whole = Knee(WHOLE_CROP)
    for gamma in (0.6, 1.6):
        film = as_radiograph(np.round(255 * (image / 255) ** gamma).astype(np.uint8))
        changed[f"gamma {gamma}"] = (film, whole)
    pale = as_radiograph(np.round(70 + image * 0.5).astype(np.uint8))
    changed["half the contrast"] = (pale, whole)
    return changed


def measure(folder: Path, val: Crops, read: widths.ReadWidths | None) -> None:
    """Print how the bundle in `folder` does on crops without marks.

    Ranking of grades, agreement with the widths `read` in the clinic, repeats, and time.
    """
    finder = MarginFinder(folder)
    spaces, start = [], time.perf_counter()
    for image, side in zip(val.images, val.sides, strict=True):
        knee = Knee(WHOLE_CROP, Side(side))
        spaces.append(measure_joint_space(as_radiograph(image), knee, finder))
    seconds = (time.perf_counter() - start) / len(spaces)
    parts = [part for space in spaces for part in (space.medial, space.lateral)]
    refused = np.mean([part is None or bool(part.reason) for part in parts])
    flagged = np.mean([part is not None and bool(part.flag) for part in parts])
    print(
        f"val: {len(spaces)} knees, {1000 * seconds:.1f} ms a knee; of the compartments "
        f"{refused:.1%} refused, {flagged:.1%} flagged"
    )
    least = np.array([least_share(space) for space in spaces])
    seen = np.isfinite(least)
    for grade in (3, 4):
        area = ranking(least[seen], val.grades[seen] >= grade)
        print(f"val: smaller minimal width, KL >= {grade}: AUC {area:.3f}")
    for line in widths.agreement(spaces, read, val.patients) if read is not None else ():
        print(f"val: {line}")
    picked = np.random.default_rng(0).choice(len(val), min(REPEATED_KNEES, len(val)), replace=False)
    changes: dict[str, list[float]] = {}
    for index in picked:
        for name, (radiograph, knee) in disturbed(val.images[index]).items():
            again = measure_joint_space(radiograph, knee, finder)
            changes.setdefault(name, []).extend(_changes(spaces[index], again))
    every = np.concatenate(list(changes.values()))
    for name, values in changes.items():
        print(
            f"val: {name}: minimal width changes by {np.median(values):.2f} px "
            f"(95 %: {np.percentile(values, 95):.2f})"
        )
    print(f"val: all changes: median {np.median(every):.2f} px")


def print_errors(found: Errors, card: MarginCard) -> None:
    """Print how far margins and widths lie from the marks."""
    for name, part in (
        ("femur", found.femur),
        ("tibia", found.tibia),
        ("both", np.stack([found.femur, found.tibia])),
    ):
        size = np.abs(part)
        print(
            f"marks, {name}: median {np.median(size):.2f} px, 95 % {np.percentile(size, 95):.2f}, "
            f"within 1 px {np.mean(size <= 1):.1%}"
        )
    width_error = found.width - found.marked_width
    correlation = np.corrcoef(found.width.ravel(), found.marked_width.ravel())[0, 1]
    print(
        f"marks, widths: mean error {width_error.mean():+.2f} px, mean absolute error "
        f"{np.abs(width_error).mean():.2f} px, correlation {correlation:.3f}"
    )
    gross = np.maximum(np.abs(found.femur), np.abs(found.tibia)) > GROSS
    caught = gross & (found.confidence < card.flagged_below)
    print(
        f"marks: {gross.sum()} of {gross.size} places over {GROSS:.0f} px off, {caught.sum()} of "
        f"them flagged or refused; {np.mean(found.confidence < card.refused_below):.1%} of the "
        f"places refused, {np.mean(found.confidence < card.flagged_below):.1%} flagged or refused"
    )


def main() -> None:
    """Fit (unless --measure), measure, and write the bundle."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--run", type=Path, default=Path("runs/joint_space"))
    parser.add_argument("--out", type=Path, default=MODELS / "joint_space")
    parser.add_argument("--readings", type=Path, help="table of the readings, with widths in mm")
    parser.add_argument("--measure", action="store_true", help="measure what is in --out only")
    args = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    cv2.setNumThreads(1)
    if not args.measure:
        train, marked = load_crops(args.data / "knee" / "train"), read_marks(args.data)
        args.run.mkdir(parents=True, exist_ok=True)
        fit(train, marked, args.run)
        fitted, count = args.run / "all", 0
        if args.readings:
            read_units = widths.load_widths(args.readings, train).by_side(train.sides)
            fit_widths(train, read_units, marked, args.run)
            fitted, count = args.run / "read", int(np.isfinite(read_units).sum())
        refused, flagged = thresholds(MarginFinder(fitted), train.images)
        _publish(fitted, args.out, refused, flagged, count)
        finders = [MarginFinder(args.run / f"fold{fold}") for fold in range(FOLDS)]
        left_out = [finders[fold] for fold in fold_numbers(len(marked))]
        print_errors(errors(left_out, marked), MarginFinder(args.out).card)
    val = load_crops(args.data / "knee" / "val")
    measure(args.out, val, widths.load_widths(args.readings, val) if args.readings else None)


def _kept(path: Path, make: Callable[[], keras.Model]) -> keras.Model:
    """Return the model stored at `path`; make and store it where there is none."""
    if not path.exists():
        make().save(path)
    return keras.models.load_model(path, compile=False)


def _unmarked(train: Crops, marked: list[Marked]) -> NDArray[np.bool_]:
    known = {mark.image.tobytes() for mark in marked}
    return np.array([image.tobytes() not in known for image in train.images])


def _at(frame: Frame, part: Margins, columns: Floats) -> tuple[Floats, Floats, Floats]:
    """Return femur, tibia and the compartment's confidence at crop columns (n,)."""
    share = depth(part.u)
    measured = (share >= REGION[0]) & (share <= REGION[1])
    confidence = np.quantile(part.confidence[measured], 0.25)
    heights = []
    for margin in (part.femur, part.tibia):
        x, y = frame.to_image(part.u, margin)
        order = np.argsort(x)
        heights.append(np.interp(columns + 0.5, x[order], y[order]) - 0.5)
    return heights[0], heights[1], np.full(len(columns), confidence)


def _changes(before: JointSpace, after: JointSpace) -> list[float]:
    pairs = ((before.left, after.left), (before.right, after.right))
    return [
        abs(a.minimal.pixels - b.minimal.pixels)
        for a, b in pairs
        if a and b and a.minimal and b.minimal
    ]


def _publish(source: Path, folder: Path, refused: float, flagged: float, widths: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("pose.tflite", "margins.tflite"):
        (folder / name).write_bytes((source / name).read_bytes())
    write_card(folder, refused, flagged, widths)


if __name__ == "__main__":
    main()
