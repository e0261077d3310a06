"""Flags and widths of a joint space as both the table (CSV) and JSON carry them."""

from __future__ import annotations

from koa_desktop.joint_space.measure import JointSpace, JointSpaceFlag, Width

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
