"""The bundle (a model and its card) and what it says of a knee."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from koa_desktop.errors import BundleError
from koa_desktop.grading.bundle import model_bytes, read_card
from koa_desktop.system.paths import MODELS


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
