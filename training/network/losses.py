"""Losses of labels (n, classes) and logits (n, classes): one value per crop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray

_LEAST_EVIDENCE = 1e-3


def cross_entropy(labels: Any, logits: Any) -> Any:
    """Categorical cross-entropy; labels may be soft."""
    return ops.categorical_crossentropy(labels, logits, from_logits=True)


def distance_penalty(labels: Any, logits: Any) -> Any:
    """Squares of the wrong grades' probabilities times 2 (1 + their distance).

    After Chen 2019 (doi:10.1016/j.compmedimag.2019.06.002), the second of their weight matrices.
    """
    grades = np.arange(logits.shape[-1])
    distance = np.abs(grades[:, None] - grades[None, :])
    cost = np.where(distance > 0, 2.0 * (1 + distance), 0).astype(np.float32)
    return ops.sum((ops.softmax(logits) * ops.matmul(labels, cost)) ** 2, axis=-1)


def readings_loss(labels: Any, logits: Any) -> Any:
    """Binary cross-entropy (n,) of thresholds (n, 18), mean over all; NaN labels count as zero.

    Divided by 18 also where fewer were read, so that every reading of any knee counts the same.
    """
    read = ops.logical_not(ops.isnan(labels))
    known = ops.where(read, labels, ops.zeros_like(labels))
    # Equal to -known log p - (1 - known) log(1 - p), without overflow.
    each = ops.softplus(logits) - known * logits
    return ops.mean(ops.where(read, each, ops.zeros_like(each)), axis=-1)


def evidence_outside(regions: NDArray[np.float32]) -> Callable[[Any, Any], Any]:
    """Return a loss of thresholds (n, 18) and their maps (n, h, w, 18), one value (n,) per crop.

    It is the share of the positive evidence that lies outside the threshold's region, where the
    reading reaches the threshold; mean over all 18. `regions` (h, w, 18) are how much of each place
    lies in them, 0..1.
    """

    def loss(labels: Any, maps: Any) -> Any:
        evidence = ops.relu(maps)
        inside = ops.sum(evidence * regions, axis=(1, 2))
        outside = 1 - inside / (ops.sum(evidence, axis=(1, 2)) + _LEAST_EVIDENCE)
        reached = ops.nan_to_num(labels, nan=0.0)
        return ops.mean(outside * reached, axis=-1)

    return loss


LOSSES: dict[str, Callable[[Any, Any], Any]] = {
    "cross-entropy": cross_entropy,
    "distance": distance_penalty,
}
