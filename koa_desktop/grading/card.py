"""The grader's card: thresholds, input size and checksum that the app needs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.grading.oarsi import OARSI_NAMES
from koa_desktop.knees.crop import CROP_SIZE
from koa_desktop.networks.bundle import finite, parse_card


@dataclass(frozen=True, slots=True)
class GraderCard:
    """The part of the grader's card that the app needs; `text` is the whole card for a reader.

    `has_readings` tells whether the model returns OARSI readings beside the grade.
    """

    name: str
    version: str
    sha256: str
    input_size: int
    set_thresholds: tuple[float, ...]
    set_coverage: float
    distance_threshold: float
    text: dict[str, Any]
    has_readings: bool = False

    @property
    def label(self) -> str:
        """Name and version, as every export shows them: `koa 0.1.0`."""
        return f"{self.name} {self.version}"


def read_grader_card(path: Path) -> GraderCard:
    """Read the grader's card. Raises BundleError where it is missing or incomplete."""
    return parse_card(
        path,
        lambda text: GraderCard(
            name=str(text["name"]),
            version=str(text["version"]),
            sha256=str(text["sha256"]),
            input_size=_input_size(text["input"]["width"]),
            set_thresholds=_set_thresholds(text["prediction_set"]["thresholds"]),
            set_coverage=finite(text["prediction_set"]["coverage"]),
            distance_threshold=finite(text["unusual_look"]["threshold"]),
            text=text,
            has_readings="readings" in text and _are_known(text["readings"]["names"]),
        ),
    )


def _are_known(names: list[object]) -> bool:
    if names != [name.value for name in OARSI_NAMES]:
        raise ValueError("not the readings that the app knows")
    return True


def _input_size(value: object) -> int:
    if value != CROP_SIZE:
        raise ValueError("not the size of a crop")
    return CROP_SIZE


def _set_thresholds(values: list[object]) -> tuple[float, ...]:
    if len(values) != GRADES:
        raise ValueError("not one threshold for each grade")
    return tuple(map(finite, values))
