"""Compare runs with a first one on the same held-out knees, paired by knee.

    python -m training.evaluation.compare runs/plain runs/mixup runs/corn

Each run was trained on the same knees and left out the same (`training.grader.train` with one
--fold). Differences are paired: the intervals draw whole patients, each with both predictions.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.crops import Crops
from training.metrics.calibration import fit_temperature, softmax
from training.metrics.metrics import (
    Floats,
    accuracy,
    bootstrap,
    mean_absolute_error,
    negative_log_likelihood,
    quadratic_kappa,
)
from training.runs.ensemble import out_of_fold_logits

NAMES = ("accuracy", "quadratic kappa", "mean absolute error", "log-likelihood")


def differences(knees: Crops, logits: NDArray[np.float32], other: int) -> tuple[Floats, Floats]:
    """Return the figures' differences (4,) of run `other` to the first, and their ends (2, 4).

    Logits are (n, runs, 5). The log-likelihood is taken at each run's own best temperature.
    """
    true = knees.grades
    probability = [
        softmax(logits[:, run], fit_temperature(logits[:, run], true)) for run in (0, other)
    ]

    def figures(rows: NDArray[np.int64], run: int) -> Floats:
        predicted = probability[run][rows].argmax(1)
        return np.array(
            [
                accuracy(true[rows], predicted),
                quadratic_kappa(true[rows], predicted),
                mean_absolute_error(true[rows], predicted),
                -negative_log_likelihood(true[rows], probability[run][rows]),
            ]
        )

    def difference(rows: NDArray[np.int64]) -> Floats:
        return np.asarray(figures(rows, 1) - figures(rows, 0))

    return difference(np.arange(len(true))), bootstrap(difference, knees.patients)


def report(runs: Sequence[Path]) -> list[str]:
    """Return one line per run. Raises ValueError where runs left out different knees."""
    knees, logits = out_of_fold_logits(runs)
    if logits.shape[1] != len(runs) or np.isnan(logits).any():
        raise ValueError("the runs left out different knees: give runs of one fold")
    right = 100 * accuracy(knees.grades, logits[:, 0].argmax(1))
    lines = [f"{runs[0].name}: accuracy {right:.1f} % of {len(knees)} knees"]
    for other, run in enumerate(runs[1:], 1):
        values, (low, high) = differences(knees, logits, other)
        shown = (
            f"{name} {value:+.3f} ({least:+.3f} to {most:+.3f})"
            for name, value, least, most in zip(NAMES, values, low, high, strict=True)
        )
        lines.append(f"{run.name}: {', '.join(shown)}")
    return lines


def main() -> None:
    """Compare runs with the first, on the same held-out knees."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="run folders, the first the reference")
    print("\n".join(report(parser.parse_args().runs)))


if __name__ == "__main__":
    main()
