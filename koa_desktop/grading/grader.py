"""The grading network: probabilities, class maps and features of a crop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from koa_desktop.grading.card import read_grader_card
from koa_desktop.networks.litert_model import LiteRtModel
from koa_desktop.system.paths import MODELS

GRADE_OUTPUTS = ("probability", "maps", "features")
READING_OUTPUTS = ("readings", "reading_maps")


@dataclass(frozen=True, eq=False)
class Grading:
    """The network's output for one crop.

    `probability` (5,) float32 is calibrated and sums to 1. `maps` (h, w, 5) float32 are the class
    maps before rectification, in logits: their mean plus a constant is the logit. `features` (d,)
    are whitened: their length is the distance from the training crops (Mahalanobis). `readings`
    (6, 4) float32 are the calibrated probabilities of each OARSI reading's grades by side of the
    picture, in the order of `oarsi.OARSI_NAMES` for a left knee, and `reading_maps` (h, w, 18)
    their thresholds' maps, as the class maps are; None of a bundle without readings.
    """

    probability: NDArray[np.float32]
    maps: NDArray[np.float32]
    features: NDArray[np.float32]
    readings: NDArray[np.float32] | None = None
    reading_maps: NDArray[np.float32] | None = None

    @property
    def distance(self) -> float:
        """Mahalanobis distance from the training crops; 0 is their mean."""
        return float(np.linalg.norm(self.features))


class Grader:
    """The loaded grading network. Safe to use from several threads."""

    def __init__(
        self, folder: Path = MODELS, name: str = "koa", threads: int = 2, at_once: int = 1
    ) -> None:
        """Load `name.tflite` and `name.json`. Raises BundleError where they do not match."""
        self.card = read_grader_card(folder / f"{name}.json")
        self._model = LiteRtModel(folder / f"{name}.tflite", self.card.sha256, threads, at_once)

    def grade(self, crops: Sequence[NDArray[np.float32]]) -> list[Grading]:
        """Grade crops float32 (H, W, 1), 0..1, bone bright, in one forward pass."""
        if not crops:
            return []
        outputs = self._model.run(image=np.stack(crops).astype(np.float32))
        names = GRADE_OUTPUTS + (READING_OUTPUTS if self.card.has_readings else ())
        return [
            Grading(**{name: outputs[name][place] for name in names}) for place in range(len(crops))
        ]
