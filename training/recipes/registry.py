"""Every recipe by its name on the command line."""

from __future__ import annotations

from training.recipes import (
    balanced_cnn,
    balanced_mobilenet,
    best,
    efficientnet_balanced,
    inception_binary,
    stretched_band,
    whole_crop,
    with_readings,
)
from training.recipes.recipe import Recipe

RECIPES: dict[str, Recipe] = {
    "best": best.RECIPE,
    "whole_crop": whole_crop.RECIPE,
    "with_readings": with_readings.RECIPE,
    "stretched_band": stretched_band.RECIPE,
    "balanced_cnn": balanced_cnn.RECIPE,
    "balanced_mobilenet": balanced_mobilenet.RECIPE,
    "inception_binary": inception_binary.RECIPE,
    "efficientnet_balanced": efficientnet_balanced.RECIPE,
}
