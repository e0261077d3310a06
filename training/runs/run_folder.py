"""A run's folder: its settings, weights, and predictions for the held-out knees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import keras
import numpy as np

from training.data.crops import Crops
from training.network.model import build_model
from training.recipes.recipe import Recipe
from training.runs.ensemble import HELD_OUT
from training.runs.mirrored_prediction import Prediction

SETTINGS, WEIGHTS = "run.json", "model.weights.h5"


def write_settings(run: Path, settings: Mapping[str, object]) -> None:
    """Write `run.json`: the recipe's settings, and how the run was made."""
    (run / SETTINGS).write_text(json.dumps(settings, indent=1), encoding="utf-8")


def read_settings(run: Path) -> dict[str, Any]:
    """Return what `write_settings` wrote."""
    return dict(json.loads((run / SETTINGS).read_text(encoding="utf-8")))


def load_recipe(run: Path) -> Recipe:
    """Return the recipe of a run folder."""
    return recipe_of(read_settings(run))


def recipe_of(settings: dict[str, Any]) -> Recipe:
    """Return the recipe of a run's settings; missing ones, of older runs, are the defaults."""
    known = {field.name for field in fields(Recipe)} & settings.keys()
    return Recipe(**{name: settings[name] for name in known})


def load_run(run: Path) -> keras.Model:
    """Return the trained model of a finished run folder."""
    model = build_model(load_recipe(run))
    model.load_weights(run / WEIGHTS)
    return model


def write_held_out(run: Path, held_out: Crops, prediction: Prediction) -> None:
    """Write `held_out.npz`: grades, patients and sides of the held-out knees, and the prediction.

    Arrays are named and shaped as in `Prediction`; features are float16.
    """
    readings: dict[str, Any] = {}
    if prediction.readings is not None:
        readings["readings"] = prediction.readings
    np.savez_compressed(
        run / HELD_OUT,
        logits=prediction.logits,
        features=prediction.features.astype(np.float16),
        **readings,
        grades=held_out.grades,
        patients=held_out.patients,
        sides=held_out.sides,
    )


def check_start(start: Path, held_out: Crops) -> None:
    """Raise ValueError where a run to continue was trained on a held-out patient."""
    with np.load(start / HELD_OUT) as left:
        unseen = set(left["patients"].tolist())
    seen = set(held_out.patients.tolist()) - unseen
    if seen:
        raise ValueError(f"{start.name} was trained on {len(seen)} of the patients held out")
