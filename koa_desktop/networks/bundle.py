"""A bundle on the disk: a card, and the model files that match its checksums."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from koa_desktop.errors import BundleError, BundleReason

T = TypeVar("T")

MANIFEST = "manifest.json"
CARDS = ("koa.json", "finder.json", "joint_space/card.json", "letters/card.json")


def card_checksum(path: Path) -> str:
    """Return the SHA-256 of a card's values, whatever its line ends. Raises BundleError."""
    return parse_card(path, _checksum)


def _checksum(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode("ascii")).hexdigest()


def check_cards(folder: Path) -> None:
    """Raise BundleError where a card is not the one that the folder's manifest names.

    A card holds the thresholds that decide what is refused, so it is guarded as the models are.
    """
    manifest = parse_card(folder / MANIFEST, lambda text: dict(text["cards"]))
    for name in CARDS:
        # A missing or damaged card has sentences of its own.
        if manifest.get(name) != card_checksum(folder / name):
            raise BundleError(BundleReason.WRONG_CARD, name=name)


def finite(value: object) -> float:
    """Return a card's number. Raises ValueError where it is not finite, TypeError for no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("no number")
    if not math.isfinite(value):
        raise ValueError("not finite")
    return float(value)


def parse_card(path: Path, parse: Callable[[dict[str, Any]], T]) -> T:
    """Read any bundle's card. Raises BundleError where it is missing, or `parse` lacks a part."""
    try:
        return parse(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BundleError(BundleReason.CARD_MISSING, name=path.name) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BundleError(BundleReason.CARD_DAMAGED, name=path.name) from error


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
        raise BundleError(BundleReason.MODEL_MISSING, name=path.name) from error
    raise BundleError(BundleReason.WRONG_MODEL, name=path.name)
