"""The bundle (a model and its card) and what it says of a knee."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from koa_desktop.paths import MODELS

GRADES = 5

T = TypeVar("T")


class BundleError(Exception):
    """A bundle that cannot be used, in one plain sentence for the reader."""


@dataclass(frozen=True, slots=True)
class Card:
    """What the app needs of a bundle's card; `text` is the whole card for a reader."""

    name: str
    version: str
    sha256: str
    input_size: int
    set_thresholds: tuple[float, ...]
    set_coverage: float
    distance_threshold: float
    text: dict[str, Any]

    @property
    def label(self) -> str:
        """Name and version, as they stand on every export: `koa 0.1.0`."""
        return f"{self.name} {self.version}"


@dataclass(frozen=True, eq=False)
class Grading:
    """What the model says of one crop.

    `probability` (5,) float32 is calibrated and sums to 1. `maps` (h, w, 5) float32 are the class
    maps before rectification, in logits: their mean plus a constant is the logit. `features` (d,)
    are whitened: their length is the distance from the training crops (Mahalanobis).
    """

    probability: NDArray[np.float32]
    maps: NDArray[np.float32]
    features: NDArray[np.float32]

    @property
    def distance(self) -> float:
        """How far this crop looks from the training crops; 0 is the most usual look."""
        return float(np.linalg.norm(self.features))


class Grader:
    """A loaded bundle. Safe to use from several threads; they take turns."""

    def __init__(self, folder: Path = MODELS, name: str = "koa", threads: int = 2) -> None:
        """Load `name.tflite` and `name.json`. Raises BundleError where they do not match."""
        self.card = read_card(folder / f"{name}.json")
        model = model_bytes(folder / f"{name}.tflite", self.card.sha256)
        # Imported here: the window is up before the runtime is needed.
        from ai_edge_litert.interpreter import Interpreter

        try:
            self._interpreter = Interpreter(model_content=model, num_threads=threads)
            self._run = self._interpreter.get_signature_runner()
        except (RuntimeError, ValueError) as error:
            raise BundleError(f"The model {self.card.label} cannot be loaded.") from error
        self._turn = threading.Lock()

    def grade(self, crops: Sequence[NDArray[np.float32]]) -> list[Grading]:
        """Grade crops float32 (H, W, 1), 0..1, bone bright, in one forward pass."""
        if not crops:
            return []
        with self._turn:
            outputs = self._run(image=np.stack(crops).astype(np.float32))
        return [
            Grading(probability, maps, features)
            for probability, maps, features in zip(
                outputs["probability"], outputs["maps"], outputs["features"], strict=True
            )
        ]


def read_card(path: Path) -> Card:
    """Read a bundle's card. Raises BundleError where it is missing or incomplete."""
    return parse_card(
        path,
        lambda text: Card(
            name=str(text["name"]),
            version=str(text["version"]),
            sha256=str(text["sha256"]),
            input_size=int(text["input"]["width"]),
            set_thresholds=tuple(float(value) for value in text["prediction_set"]["thresholds"]),
            set_coverage=float(text["prediction_set"]["coverage"]),
            distance_threshold=float(text["unusual_look"]["threshold"]),
            text=text,
        ),
    )


def parse_card(path: Path, parse: Callable[[dict[str, Any]], T]) -> T:
    """Read any bundle's card. Raises BundleError where it is missing, or `parse` lacks a part."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BundleError(
            f"The model card {path.name} is missing from the models folder."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError(f"The model card {path.name} is damaged or incomplete.") from error


def model_bytes(path: Path, sha256: str) -> bytes:
    """Read a model, whole or in pieces: `koa.tflite`, or `koa.tflite.0`, `koa.tflite.1` and so on.

    A version copied over another may leave both: the one of that checksum is taken. Raises
    BundleError where there is none, or none of that checksum.
    """
    pieces = sorted(path.parent.glob(f"{path.name}.*"))
    choices = [pieces, [path]] if pieces and path.exists() else [pieces or [path]]
    try:
        for files in choices:
            model = b"".join(file.read_bytes() for file in files)
            if hashlib.sha256(model).hexdigest() == sha256:
                return model
    except OSError as error:
        raise BundleError(f"The model {path.name} is missing from the models folder.") from error
    raise BundleError(
        f"The model {path.name} is not the one its card describes; install the bundle again."
    )
