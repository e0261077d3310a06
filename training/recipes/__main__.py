"""Train a recipe by its name; all else is as for `training.grader.train`."""

from __future__ import annotations

import argparse

from training.grader import train
from training.recipes import (
    Recipe,
    balanced_cnn,
    balanced_mobilenet,
    best,
    efficientnet_balanced,
    inception_binary,
    stretched_band,
    whole_crop,
)

RECIPES: dict[str, Recipe] = {
    module.__name__.rpartition(".")[2]: module.RECIPE
    for module in (
        best,
        whole_crop,
        stretched_band,
        balanced_cnn,
        balanced_mobilenet,
        inception_binary,
        efficientnet_balanced,
    )
}


def main() -> None:
    """Train a recipe by its name; options are those of training.grader.train."""
    parser = argparse.ArgumentParser(prog="python -m training.recipes", description=main.__doc__)
    parser.add_argument("name", choices=RECIPES)
    args, rest = parser.parse_known_args()
    train.main(RECIPES[args.name], rest)


if __name__ == "__main__":
    main()
