"""A model bundle on the disk: the card, and the model file that matches its checksum."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from koa_desktop.errors import BundleError

T = TypeVar("T")


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
