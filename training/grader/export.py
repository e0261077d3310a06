"""Export trained runs as a bundle: `koa.tflite` and its card `koa.json`.

    python -m training.grader.export --runs runs/first --data DATA/knee --out models
    python -m training.grader.export --runs runs/fold0 runs/fold1 … --data DATA/knee \
        --out models --half [--readings DATA/oarsi.csv]

The graph (`training/grader/serving.py`) is converted with `TFLiteConverter.from_keras_model` and
compared with Keras before it is written. With --half the weights are rounded first, so that Keras
and the graph hold the same numbers. Temperature, prediction sets and distances are fitted on the
knees that the runs left out. With --readings, the table of OARSI readings, the graph also holds the
readings of the runs that have them, calibrated on the knees that these left out; without it the
grade alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.grader import Grader
from training.data.crops import Crops, load_crops
from training.evaluation import readings
from training.evaluation.ensemble_size import with_members
from training.evaluation.evaluate import figures
from training.grader.card import make_card, write_bundle
from training.grader.serving import TOLERANCE, Member, check_equal, serving_model
from training.metrics.calibration import Whitening, calibrate, logit_adjustment, softmax
from training.metrics.reading_calibration import fit_readings
from training.network.half_precision import round_to_half
from training.network.litert import to_tflite
from training.runs.ensemble import (
    OutOfFold,
    looks_of,
    mean_logits,
    out_of_fold,
)
from training.runs.mirrored_prediction import inputs, predict_logits
from training.runs.run_folder import load_recipe, load_run, read_settings

HALF_TOLERANCE = 1e-3  # with rounded weights: the converter's folding rounds a few anew
ROUNDING_TOLERANCE = 0.02  # probabilities, rounded weights against whole ones
CHECKED_CROPS = 64
MEASURED_ON = (
    "the public val split, no patient of which was trained on and on which no epoch was chosen; "
    "temperature and sets were fitted on nine tenths of its patients and measured on the last"
)


def main() -> None:
    """Export runs as one bundle: calibrate on the held-out crops, convert, compare, write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--runs", type=Path, nargs="+", required=True, help="run folders: the members"
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--out", type=Path, default=Path("models"), help="folder of the bundle")
    parser.add_argument("--bundle-version", default="0.1.0")
    parser.add_argument("--half", action="store_true", help="store the weights in half precision")
    parser.add_argument(
        "--one-look",
        action="store_true",
        help="the members' inputs are the crop and its mirror image in turn",
    )
    parser.add_argument(
        "--beside",
        type=Path,
        nargs="+",
        default=[],
        help="further runs of the same folds, to extrapolate from; they are not exported",
    )
    parser.add_argument(
        "--readings", type=Path, help="table of OARSI readings (CSV): export the readings, too"
    )
    args = parser.parse_args()
    export(
        args.runs,
        args.data,
        args.out,
        args.bundle_version,
        half=args.half,
        one_look=args.one_look,
        table=args.readings,
        beside=args.beside,
    )


def export(
    runs: Sequence[Path],
    data: Path,
    out: Path,
    version: str,
    *,
    half: bool,
    one_look: bool,
    table: Path | None = None,
    beside: Sequence[Path] = (),
) -> None:
    """Export trained runs into folder `out`; with a `table` of readings, these too.

    Runs `beside` them are not exported; they help to extrapolate the figures to all members.
    Raises ValueError where LiteRT differs from Keras, or no run has readings for the table.
    """
    found = out_of_fold(runs, one_look=one_look)
    members = members_of(runs, found.whitenings, one_look=one_look)
    adjustment = logit_adjustment(found.knees.grades)
    logits = mean_logits(found.logits) + adjustment
    calibration = calibrate(logits, found.knees.grades, found.distances)
    metrics = {
        "measured_on": measured_on(found, len(members), len(beside), one_look=one_look),
        **figures(logits, found.knees),
        "growth": with_members(
            [*runs, *beside], len(members), adjustment=adjustment, one_look=one_look
        ),
    }
    read = None
    if table is not None:
        held_out = readings.held_out_readings(runs, table, one_look=one_look)
        read = fit_readings(held_out.logits, held_out.true, held_out.knees.grades)
        metrics["readings"] = readings.figures_of_runs(held_out, found.knees, logits)
        print("\n".join(readings.lines(metrics["readings"])))
    training: dict[str, Any] = {
        "members": [
            {**read_settings(run), "looks": member.looks}
            for run, member in zip(runs, members, strict=True)
        ]
    }
    val = load_crops(data / "val")
    checked = val.take(np.linspace(0, len(val) - 1, min(CHECKED_CROPS, len(val))).astype(int))
    if half:
        networks = [member.network for member in members]
        training["half_precision"] = halved(networks, checked, calibration.temperature)
    serving = serving_model(members, calibration.temperature, adjustment, read)
    print("converting")
    tflite = to_tflite(serving, half=half)
    card = make_card(tflite, version, calibration, metrics, training, read)
    with TemporaryDirectory() as folder:
        write_bundle(tflite, card, Path(folder))
        tolerance = HALF_TOLERANCE if half else TOLERANCE
        check_equal(members, serving, Grader(Path(folder)), inputs(checked), tolerance)
    write_bundle(tflite, card, out)
    print(f"written: {out}, {len(tflite) / 2**20:.1f} MB")


def members_of(
    runs: Sequence[Path], whitenings: Sequence[Whitening], *, one_look: bool
) -> list[Member]:
    """Return the members that runs become. Raises ValueError where one cannot make class maps."""
    for run in runs:
        if not load_recipe(run).makes_maps:
            raise ValueError(f"{run.name}: only a plain head of five grades makes class maps")
    looks = looks_of(runs, one_look=one_look)
    return [
        Member(
            load_run(run),
            whitening,
            recipe.frozen_to,
            looks[run],
            recipe.readings_outside,
            recipe.readings_near,
        )
        for run, recipe, whitening in zip(runs, map(load_recipe, runs), whitenings, strict=True)
    ]


def halved(networks: Sequence[keras.Model], crops: Crops, temperature: float) -> str:
    """Round networks to half precision in place; return a sentence on the change for the card.

    Raises ValueError where a probability changes too much.
    """

    def probability() -> NDArray[np.float64]:
        return softmax(
            np.mean([predict_logits(network, crops) for network in networks], axis=0), temperature
        )

    before = probability()
    for network in networks:
        round_to_half(network)
    change = float(np.abs(before - probability()).max())
    if change > ROUNDING_TOLERANCE:
        raise ValueError(f"half precision moves a probability by {change:.3f}")
    text = f"half precision moves no probability by more than {change:.4f} on {len(crops)} crops"
    print(text)
    return text


def measured_on(found: OutOfFold, members: int, beside: int = 0, *, one_look: bool) -> str:
    """Return a phrase for the card: the knees on which `members` members were measured.

    `beside` is the number of networks that only help to extrapolate.
    """
    members_of_knee = (~np.isnan(found.logits).any(2)).sum(1)
    fewest, most = int(members_of_knee.min()), int(members_of_knee.max())
    if fewest == members:
        return MEASURED_ON
    number = {0: "one" if most == 1 else f"{most}", 1: f"{fewest} or {most}"}.get(
        most - fewest, f"{fewest} to {most}"
    )
    looking = ", each looking once, by turns at the crop and its mirror image" if one_look else ""
    others = (
        f"; {beside} other networks of the same folds help to extrapolate to them" if beside else ""
    )
    return (
        f"the public train and val splits, each knee by the {number} of {members} members that "
        f"never saw its patient{looking}, no epoch chosen on it; all members together, as shipped, "
        f"cannot be measured on these knees{others}. Temperature and sets were fitted on nine "
        "tenths of the patients and measured on the last"
    )


if __name__ == "__main__":
    main()
