"""Command line options for every setting of a recipe."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from typing import Any

from training.data.augment import AUGMENTATIONS
from training.data.crop_views import VIEWS
from training.network.losses import LOSSES
from training.network.model import BACKBONES
from training.recipes.recipe import Recipe

CHOICES = {
    "view": VIEWS,
    "augmentation": tuple(AUGMENTATIONS),
    "mixing": ("", "mixup", "cutmix"),
    "backbone": tuple(BACKBONES),
    "head": ("softmax", "corn"),
    "loss": tuple(LOSSES),
    "schedule": ("cosine", "plateau"),
}


def add_changes(parser: argparse.ArgumentParser) -> None:
    """Add one option per setting: `--learning-rate 3e-4`, `--band`, `--no-band`."""
    group = parser.add_argument_group("changes to the recipe, described in recipes/recipe.py")
    for field in fields(Recipe):
        option = "--" + field.name.replace("_", "-")
        kind: dict[str, Any] = {"type": type(field.default), "choices": CHOICES.get(field.name)}
        if isinstance(field.default, bool):
            kind = {"action": argparse.BooleanOptionalAction}
        group.add_argument(option, **kind, default=None)


def changed(recipe: Recipe, args: argparse.Namespace) -> Recipe:
    """Return the recipe with the settings that were given."""
    given = {field.name: getattr(args, field.name) for field in fields(Recipe)}
    return replace(recipe, **{name: value for name, value in given.items() if value is not None})
