"""Average the weights of several runs into one run, often better than each, and no slower.

    python -m training.grader.weight_averaging runs/koa_0 runs/on_0 --data DATA/knee \
        --out runs/mean_0

The runs are one network at several stages of its training: a run, and others that continued it with
`--frozen-norms`, which leaves BatchNorm unchanged. Their mean often has a lower error than each
(Wortsman 2022, doi:10.48550/arXiv.2203.05482). Writes `run.json`, `model.weights.h5` and
`held_out.npz`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
from keras import layers

from training.data.crops import Crops, held_out_crops
from training.network.model import BACKBONE
from training.runs.mirrored_prediction import predict
from training.runs.run_folder import (
    WEIGHTS,
    load_run,
    read_settings,
    write_held_out,
    write_settings,
)


def average(runs: Sequence[Path]) -> keras.Model:
    """Return a network whose weights are the runs' mean. Raises ValueError where norms differ."""
    models = [load_run(run) for run in runs]
    norms = [_norms(model) for model in models]
    for run, others in zip(runs[1:], norms[1:], strict=True):
        for ours, theirs in zip(norms[0], others, strict=True):
            if not np.array_equal(ours, theirs):
                raise ValueError(
                    f"{run.name} has another BatchNorm than {runs[0].name}: "
                    "give runs that continued one with --frozen-norms"
                )
    mean, *_ = models
    weights = zip(*(model.get_weights() for model in models), strict=True)
    mean.set_weights([np.mean(same, axis=0) for same in weights])
    return mean


def held_out_by(runs: Sequence[Path]) -> str:
    """Return the name of what all runs left out. Raises ValueError where it differs."""
    names = {str(read_settings(run)["held_out"]) for run in runs}
    if len(names) > 1:
        raise ValueError(f"the runs left out different knees: {', '.join(sorted(names))}")
    return names.pop()


def write(runs: Sequence[Path], held_out: Crops, out: Path) -> None:
    """Write the mean of runs as run folder `out`. Raises ValueError as `average` does."""
    model = average(runs)
    out.mkdir(parents=True, exist_ok=True)
    settings = {**read_settings(runs[-1]), "mean_of": [run.name for run in runs]}
    write_settings(out, settings)
    model.save_weights(out / WEIGHTS)
    write_held_out(out, held_out, predict(model, held_out))


def _norms(model: keras.Model) -> list[np.ndarray]:
    backbone = model.get_layer(BACKBONE)
    norms = (one for one in backbone.layers if isinstance(one, layers.BatchNormalization))
    return [weight for norm in norms for weight in norm.get_weights()]


def main() -> None:
    """Write the mean of several runs' weights as a run of its own."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("runs", type=Path, nargs="+", help="run folders, the last one's settings")
    parser.add_argument("--data", type=Path, required=True, help="folder with train and val")
    parser.add_argument("--out", type=Path, required=True, help="run folder to write")
    args = parser.parse_args()
    write(args.runs, held_out_crops(args.data, held_out_by(args.runs)), args.out)
    print(f"written: {args.out}")


if __name__ == "__main__":
    main()
