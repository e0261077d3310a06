"""Flags and widths of a joint space as both the table (CSV) and JSON carry them."""

from __future__ import annotations

from koa_desktop.joint_space.measure import (
    PLACES,
    Compartment,
    CompartmentName,
    JointSpace,
    JointSpaceFlag,
    Width,
)

SIDE_UNKNOWN = "side-unknown"
CONDYLE_WIDTH = "% of condyle width"


def flags(space: JointSpace) -> str:
    """Return what to know before the widths are used: codes joined by `;`."""
    codes = [JointSpaceFlag.CORRECTED.value] if space.correction else []
    if space.reason:
        return ";".join([*codes, space.reason.value])
    codes += [SIDE_UNKNOWN] if space.side is None else []
    for name, part in space.named_compartments:
        code = part.reason or part.flag
        if code:
            codes.append(f"{name.value}-{code.value}")
    return ";".join(codes)


def figure(width: Width) -> tuple[float, str]:
    """Return a width and its unit: as window and report have them.

    They are millimetres where these are known, else per cent of the condyles' width.
    """
    if width.millimetres is None:
        return 100 * width.share, CONDYLE_WIDTH
    return width.millimetres, "mm"


def is_bone_on_bone(part: Compartment | None) -> bool:
    """Tell whether the margins of a compartment meet, so that its width is 0."""
    return part is not None and part.minimal is not None and part.minimal.share == 0


def at_places(name: CompartmentName, part: Compartment) -> list[tuple[float, float]]:
    """Return x and the width there, in the unit of `figure`, by ascending x.

    As the Osteoarthritis Initiative has it, x is the share of the condyles' width from the medial
    edge: 0.15 to 0.30 medially, 0.70 to 0.90 laterally. Without a side it is from the outer edge.
    """
    found = []
    for depth, width in zip(PLACES, part.at_places, strict=False):
        if name is CompartmentName.LATERAL:
            found.append((round(1 - depth, 2), figure(width)[0]))
        elif name is not CompartmentName.MEDIAL or depth != PLACES[-1]:
            found.append((depth, figure(width)[0]))
    return sorted(found)
