"""The standard error of a joint space width, fitted to the clinic's readings and checked on them.

    python -m training.joint_space.width_errors --data DATA --readings DATA/oarsi.csv [--write]

DATA holds `knee/val`, from which no margin was learned. The readings are the clinic's minimal
widths, so their own errors are part of what is fitted. The error is a power of the doubt: of the
least probability, among a compartment's columns, that the margins lie where they were put. The
figures that are printed come from folds of patients left out; `--write` stores in the card what
all of them give.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from koa_desktop.joint_space.frame import CONDYLE_WIDTH
from koa_desktop.joint_space.margins import LEAST_DOUBT, MarginFinder, WidthError
from koa_desktop.joint_space.measure import joint_space_of, measured_columns
from koa_desktop.radiograph import Side
from koa_desktop.system.paths import MODELS
from training.data.crops import Crops, load_crops, patient_folds
from training.joint_space.fit import WHOLE_CROP, as_radiograph, write_width_errors
from training.joint_space.widths import ReadWidths, load_widths

Floats = NDArray[np.float64]

FOLDS, BINS = 5, 5
INTERVAL = 1.96  # standard errors either side
COMPARTMENTS = ("medial", "lateral")


@dataclass(frozen=True, eq=False)
class Differences:
    """The program's widths of one compartment less the clinic's, in units (n,).

    `confidence` (n,) is the least of the compartment's columns, `millimetres` (n,) are those of a
    unit, `knees` (n,) are the rows of the crops.
    """

    units: Floats
    confidence: Floats
    millimetres: Floats
    knees: NDArray[np.int64]


def differences(crops: Crops, read: ReadWidths, finder: MarginFinder) -> tuple[Differences, ...]:
    """Return the differences of the medial and of the lateral widths that were not refused."""
    found: tuple[list[tuple[float, ...]], ...] = ([], [])
    for knee, (image, name) in enumerate(zip(crops.images, crops.sides, strict=True)):
        pixels, side = as_radiograph(image).pixels, Side(name)
        frame = finder.pose(pixels, WHOLE_CROP)
        left, right = finder.margins(pixels, frame)
        space = joint_space_of(frame, left, right, finder.card, pixels.shape, side=side)
        of_side = (left, right) if side is Side.LEFT else (right, left)
        parts = (space.medial, space.lateral)
        for column, (part, margins) in enumerate(zip(parts, of_side, strict=True)):
            unit = read.condyles[knee] / CONDYLE_WIDTH
            if part is not None and part.minimal is not None:
                width = part.minimal.share * CONDYLE_WIDTH - read.millimetres[knee, column] / unit
                least = margins.confidence[measured_columns(margins)].min()
                found[column].append((width, least, unit, knee))
    tables = [np.array(rows) for rows in found]
    tables = [table[np.isfinite(table).all(1)] for table in tables]
    return tuple(
        Differences(table[:, 0], table[:, 1], table[:, 2], table[:, 3].astype(np.int64))
        for table in tables
    )


def fitted(difference: Floats, confidence: Floats) -> WidthError:
    """Return the likeliest error of normally distributed differences (n,) in units.

    Their mean is left to them: a bias that all widths have is no error of one.
    """
    doubt = np.log(1 - confidence + LEAST_DOUBT)

    def loss(parameters: Floats) -> float:
        mean, level, power = parameters
        log_error = level + power * doubt
        return float((log_error + ((difference - mean) / np.exp(log_error)) ** 2 / 2).mean())

    start = np.array([difference.mean(), np.log(difference.std()), 0.0])
    _, level, power = minimize(loss, start, method="BFGS").x
    return WidthError(float(np.exp(level)), float(power))


def left_out_errors(found: Differences, fold_of: NDArray[np.int64]) -> Floats:
    """Return the errors (n,) in units of each fold's widths as the other folds' patients say."""
    errors = np.empty(len(found.units))
    of_width = fold_of[found.knees]
    for fold in np.unique(of_width):
        use = of_width == fold
        error = fitted(found.units[~use], found.confidence[~use])
        errors[use] = [error.units(one) for one in found.confidence[use]]
    return errors


def lines(found: Differences, errors: Floats) -> list[str]:
    """Return how well errors (n,) in units tell the real ones: in bins, and as intervals."""
    difference, error = found.units * found.millimetres, errors * found.millimetres
    rest = np.abs(difference - difference.mean())
    covered = np.mean(np.abs(difference) <= INTERVAL * error)
    told = [
        f"{len(error)} widths, error {np.median(error):.2f} mm in the median "
        f"({np.percentile(error, 5):.2f} to {np.percentile(error, 95):.2f}); the 95 % interval "
        f"has {covered:.1%} of the clinic's widths; rank correlation with the size of the "
        f"difference {_rank_correlation(error, rest):.2f}"
    ]
    for part in np.array_split(np.argsort(error), BINS):
        predicted = np.sqrt((error[part] ** 2).mean())
        share = np.mean(np.abs(difference[part]) <= INTERVAL * error[part])
        told.append(
            f"  predicted {predicted:.2f} mm: SD {difference[part].std(ddof=1):.2f} mm, mean "
            f"{difference[part].mean():+.2f} mm, {share:.0%} within the interval"
        )
    return told


def main() -> None:
    """Print how well the errors agree with the clinic's readings, and store them with --write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--readings", type=Path, required=True, help="table of the readings")
    parser.add_argument("--model", type=Path, default=MODELS / "joint_space")
    parser.add_argument("--write", action="store_true", help="store the errors in the card")
    args = parser.parse_args()
    cv2.setNumThreads(1)
    crops = load_crops(args.data / "knee" / "val")
    found = differences(crops, load_widths(args.readings, crops), MarginFinder(args.model))
    fold_of, of_all = patient_folds(crops, FOLDS), {}
    for name, part in zip(COMPARTMENTS, found, strict=True):
        error = of_all[name] = fitted(part.units, part.confidence)
        print(f"{name}: {error.most:.4f} units x (1.02 - confidence) ** {error.power:.4f}")
        for line in lines(part, left_out_errors(part, fold_of)):
            print(f"{name}: {line}")
    if args.write:
        write_width_errors(args.model, of_all)


def _rank_correlation(first: Floats, second: Floats) -> float:
    ranks = [np.argsort(np.argsort(one)) for one in (first, second)]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


if __name__ == "__main__":
    main()
