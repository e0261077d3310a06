"""The card beside a model, with all that the app needs to use it and a reader to trust it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from koa_desktop.grading.kellgren_lawrence import GRADE_NAMES
from koa_desktop.grading.oarsi import OARSI_NAMES
from koa_desktop.knees.crop import CROP_SIZE, STRETCH_PERCENTILES
from koa_desktop.wording.model_card import card_markdown
from training.metrics.calibration import ADJUSTMENT_SHARE, Calibration
from training.metrics.reading_calibration import ReadingCalibration
from training.network.manifest import write_manifest

NAME = "koa"
DATA = [
    {
        "name": "Knee Osteoarthritis Severity Grading Dataset, v1 (train and val)",
        "source": "Chen P., Mendeley Data, doi:10.17632/56rmx5bjcr.1, "
        "from the Osteoarthritis Initiative",
        "licence": "CC BY 4.0",
    }
]
OARSI = {
    "name": "Central OARSI readings of the baseline radiographs (kxr_sq_bu00)",
    "source": "Osteoarthritis Initiative (OAI), a public-private partnership funded by the "
    "National Institutes of Health and private partners; prepared using an OAI public use data "
    "set, and not necessarily reflecting the views of the OAI investigators, the NIH or the "
    "private funding partners",
    "licence": "Use under the initiative's terms; not redistributed",
}
BACKBONE_WEIGHTS = {
    "name": "MobileNetV2 1.0 224, ImageNet (TF-Slim checkpoint)",
    "licence": "Apache-2.0",
}
PIECE = 25_000_000  # bytes; many code hosts refuse larger files


def make_card(
    tflite: bytes,
    version: str,
    calibration: Calibration,
    metrics: dict[str, Any],
    training: dict[str, Any],
    readings: ReadingCalibration | None = None,
) -> dict[str, Any]:
    """Return the card of a model, ready for JSON; `readings` of a model that returns them."""
    low, high = STRETCH_PERCENTILES
    return {
        "name": NAME,
        "version": version,
        "date": datetime.now(UTC).date().isoformat(),
        "sha256": hashlib.sha256(tflite).hexdigest(),
        "input": {
            "width": CROP_SIZE,
            "height": CROP_SIZE,
            "channels": 1,
            "normalisation": f"grey 0..1, bone bright, stretched between the {low:g}st and "
            f"{high:g}th percentile of the crop",
            "geometry": "square 1.12 times as wide as the condyles, joint line 0.08 of the side "
            "below the middle",
        },
        "classes": [f"KL {grade}: {name}" for grade, name in enumerate(GRADE_NAMES)],
        "temperature": calibration.temperature,
        "levelling": ADJUSTMENT_SHARE,
        "prediction_set": {
            "coverage": calibration.coverage,
            "thresholds": list(calibration.set_thresholds),
            "method": "class-conditional split conformal on the held-out knees, closed to a range",
        },
        "unusual_look": {
            "threshold": calibration.distance_threshold,
            "method": "Mahalanobis distance in the principal components of the pooled features, "
            "with the residual, root mean square over the members; 1 % of held-out knees lie "
            "beyond, each measured with a distance fitted without its patient",
        },
        **({} if readings is None else {"readings": _readings(readings)}),
        "metrics": metrics,
        "training": training,
        "data": [*DATA, *([OARSI] if _learned_readings(training) else [])],
        "weights": BACKBONE_WEIGHTS,
        "intended_use": "A second opinion for a qualified reader on frontal plain radiographs of "
        "native adult knees. Not a medical device; not for use without a reader.",
        "limits": "Learned from one North American study of people aged 45 to 79. Readers "
        "themselves often disagree on KL 1. Not validated on implants, children, fractures, "
        "lateral or skyline views. Accuracy falls where the box or the contrast is unlike the "
        "training crops.",
    }


def _readings(calibration: ReadingCalibration) -> dict[str, Any]:
    return {
        "names": [name.value for name in OARSI_NAMES],
        "order": "by side of the picture: these names of a left knee, medial and lateral exchanged "
        "in a right knee",
        "weights": [[round(float(value), 4) for value in row] for row in calibration.weights],
        "shifts": [round(float(value), 4) for value in calibration.shift],
        "method": "OARSI grades 0 to 3; three ordinal thresholds a reading, linear in activations "
        "that are pooled over the crop, where places outside the reading's region count by a "
        "member's readings_outside, and those of osteophytes reach a member's readings_near of the "
        "crop's height from the joint line; the mean of the members that have readings. Each "
        "threshold is calibrated on held-out knees by a logistic regression on the logits of all, "
        "left and right alike. Osteophytes were read in all knees of KL 2 to 4 and in some of KL 0 "
        "and 1, which were weighted to stand for all of their grade. A grade is told where it is "
        "reached with at least even odds; its map is that "
        "of the threshold it reached",
    }


def _learned_readings(training: dict[str, Any]) -> bool:
    """Return whether a member was trained with OARSI readings, which the card acknowledges."""
    return any(member.get("readings_weight") for member in training.get("members", []))


def write_bundle(tflite: bytes, card: dict[str, Any], out: Path) -> None:
    """Write `koa.tflite`, its card `koa.json`, and the card for people, `README.md`.

    A large model is written in pieces, `koa.tflite.0` and so on.
    """
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob(f"{NAME}.tflite*"):
        old.unlink()
    pieces = [tflite[start : start + PIECE] for start in range(0, len(tflite), PIECE)]
    for number, piece in enumerate(pieces):
        suffix = f".{number}" if len(pieces) > 1 else ""
        (out / f"{NAME}.tflite{suffix}").write_bytes(piece)
    text = json.dumps(card, indent=1, ensure_ascii=False) + "\n"
    (out / f"{NAME}.json").write_text(text, encoding="utf-8")
    (out / "README.md").write_text(card_markdown(card), encoding="utf-8")
    write_manifest(out)
