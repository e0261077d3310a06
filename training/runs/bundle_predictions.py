"""A bundle's predictions, and the knees that its members were not trained on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.card import GraderCard
from koa_desktop.grading.grader import Grader, Grading
from koa_desktop.knees.crop import Pixels, stretch
from training.data.crops import Crops, held_out_crops, load_crops

BATCH = 32

Logits = NDArray[np.float32]


def unseen(card: GraderCard, data: Path) -> Crops:
    """Return the knees below DATA that no member of a bundle has learned from.

    Raises ValueError where some member has learned from each: export one fold's members alone.
    """
    held_out = _held_out_by_members(card)
    if len(held_out) > 1:
        raise ValueError(
            f"{card.label} has learned from every knee here; export one fold's runs alone and "
            "measure that bundle"
        )
    return held_out_crops(data, held_out.pop())


def check_unseen(card: GraderCard, crops: Crops, data: Path) -> None:
    """Raise ValueError where a member of a bundle has learned from a patient or picture of these.

    The card names what each member left out of train and val; `data` is the folder that holds both.
    A picture that was given another name is known by its pixels.
    """
    if not all((data / part).is_dir() for part in ("train", "val")):
        raise ValueError(f"{data.name} must hold train and val, to know what {card.label} learned")
    public = load_crops(data / "train").and_also(load_crops(data / "val"))
    learned: set[str] = set()
    for split in _held_out_by_members(card):
        left_out = held_out_crops(data, split, pictures=False).patients.tolist()
        learned |= set(public.patients.tolist()) - set(left_out)
    seen = learned & set(crops.patients.tolist())
    if seen:
        raise ValueError(
            f"{card.label} has learned from {len(seen)} of these patients, for example {min(seen)}"
        )
    pictures = {
        image.tobytes()
        for image, patient in zip(public.images, public.patients, strict=True)
        if patient in learned
    }
    copies = [
        name
        for image, name in zip(crops.images, crops.names, strict=True)
        if image.tobytes() in pictures
    ]
    if copies:
        raise ValueError(
            f"{card.label} has learned from {len(copies)} of these pictures by another name, for "
            f"example {min(copies)}"
        )


def _held_out_by_members(card: GraderCard) -> set[str]:
    """Return the names of what members left out, such as `val` or `fold 0 of 5`."""
    members = card.text["training"].get("members", [{"held_out": "val"}])
    return {str(member["held_out"]) for member in members}


def of_bundle(grader: Grader, crops: Crops) -> tuple[Logits, NDArray[np.float64] | None]:
    """Return a bundle's logits (n, 5), and the probabilities (n, 6, 4) of its readings if it has.

    Logits are up to a constant per knee, which changes no probability.
    """
    gradings = grade_in_batches(grader, model_inputs(crops))
    readings = [one.readings for one in gradings if one.readings is not None]
    stacked = np.stack(readings).astype(np.float64) if readings else None
    return logits_of(gradings, float(grader.card.text["temperature"])), stacked


def model_inputs(crops: Crops) -> Iterator[Pixels]:
    """Yield each crop as the app gives it to the model: float32 (224, 224, 1), 0..1."""
    for image in crops.images:
        yield stretch(image.astype(np.float32) / 255)


def grade_in_batches(grader: Grader, images: Iterator[Pixels]) -> list[Grading]:
    """Grade crops float32 (224, 224, 1), a few at a time: a pass holds all its activations."""
    gradings: list[Grading] = []
    batch: list[Pixels] = []
    for image in images:
        batch.append(image)
        if len(batch) == BATCH:
            gradings += grader.grade(batch)
            batch = []
    return gradings + grader.grade(batch)


def logits_of(gradings: Sequence[Grading], temperature: float) -> Logits:
    """Return logits (n, 5), up to a constant a knee, of calibrated probabilities."""
    probability = np.stack([grading.probability for grading in gradings])
    return np.asarray(np.log(np.maximum(probability, 1e-12)) * temperature, np.float32)
