"""The decision that a joint space is narrowed: a threshold fitted on knees of KL 0."""

from __future__ import annotations

from koa_desktop.joint_space.measure import Compartment, CompartmentName, JointSpace

# A compartment below this share of the condyles' width is called narrowed: 95 of 100 knees of
# KL 0 are wider. 5th percentile of the minimal widths that were measured, and not flagged, on the
# KL 0 crops of Chen's training split (2,238 medial, 2,022 lateral of 2,286). On the validation
# split: 10 % of KL 0 knees have a narrowed compartment, 20 % of KL 2, 74 % of KL 3.
NARROWED = {CompartmentName.MEDIAL: 0.0392, CompartmentName.LATERAL: 0.0503}

Named = tuple[CompartmentName, Compartment]


def narrowed(name: CompartmentName, part: Compartment) -> bool:
    """Tell whether a compartment is narrowed; never if its margins are unsure.

    Without a side, the lower of both thresholds holds.
    """
    limit = NARROWED.get(name, min(NARROWED.values()))
    return part.minimal is not None and not part.flag and part.minimal.share < limit


def leading_first(space: JointSpace) -> list[Named]:
    """Return the compartments, a narrowed one before others, the narrower of two in front."""
    return sorted(space.named_compartments, key=_rank)


def _rank(named: Named) -> tuple[int, float]:
    name, part = named
    if narrowed(name, part) and part.minimal is not None:
        return 0, part.minimal.share / NARROWED.get(name, 1)
    return (2 if part.reason else 1), 0.0
