"""The joint space in the table and in JSON."""

from __future__ import annotations

from typing import Any

import numpy as np

from koa_desktop.joint_space.measure import (
    Compartment,
    Floats,
    JointSpace,
    JointSpaceFlag,
    Width,
)
from koa_desktop.wording.sentences import sentence_or_empty


def columns(space: JointSpace | None) -> dict[str, str]:
    """Return the table's columns: minimal widths, their unit with its source, flags joined by `;`.

    Widths are in millimetres, without a scale in condyle widths; empty where nothing was measured
    or the side is unknown.
    """
    if space is None:
        return {}
    return {
        "jsw_medial": _column(space.medial),
        "jsw_lateral": _column(space.lateral),
        "jsw_unit": "" if space.reason else _unit(space),
        "jsw_flag": ";".join(_codes(space)),
    }


def document(space: JointSpace | None) -> dict[str, Any] | None:
    """Return a joint space ready for JSON.

    `x`, `femur` and `tibia` are lists in image pixels: columns, and the rows of both margins there,
    null where there is none. Without a side, `left` and `right` are the viewer's.
    """
    if space is None:
        return None
    names = ("left", "right") if space.side is None else ("medial", "lateral")
    x, femur, tibia = _lines(space)
    return {
        "x": _numbers(x),
        "femur": _numbers(femur),
        "tibia": _numbers(tibia),
        **{name: _compartment(getattr(space, name)) for name in names},
        "spacing_origin": space.spacing_origin.value if space.spacing_origin else None,
        "flag": ";".join(_codes(space)),
        "reason": sentence_or_empty(space.reason),
        "corrected": space.correction is not None,
    }


def _unit(space: JointSpace) -> str:
    return f"mm {space.spacing_origin.value}" if space.spacing_origin else "condyle width"


def _column(part: Compartment | None) -> str:
    if part is None or part.minimal is None:
        return ""
    figure, millimetres = _figure(part.minimal)
    return f"{figure:.2f}" if millimetres else f"{figure:.4f}"


def _figure(width: Width) -> tuple[float, bool]:
    """Return a width's number, and whether it is in millimetres."""
    known = width.millimetres is not None
    return (width.millimetres if width.millimetres is not None else width.share), known


def _codes(space: JointSpace) -> list[str]:
    """Return what is to be known before the widths are used, for programs."""
    codes = [JointSpaceFlag.CORRECTED.value] if space.correction else []
    if space.reason:
        return [*codes, space.reason.value]
    codes += ["side-unknown"] if space.side is None else []
    for name, part in space.named_compartments:
        code = part.reason or part.flag
        if code:
            codes.append(f"{name.value}-{code.value}")
    return codes


def _lines(space: JointSpace) -> tuple[Floats, Floats, Floats]:
    """Return columns and the rows of both margins there, from the viewer's left.

    On a turned leg the margins' own points lie beside each other.
    """
    lines = [_line(part) for part in (space.left, space.right) if part is not None]
    if not lines:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    x, femur, tibia = (np.concatenate(values) for values in zip(*lines, strict=True))
    return x, femur, tibia


def _line(part: Compartment) -> tuple[Floats, Floats, Floats]:
    x = (part.femur[:, 0] + part.tibia[:, 0]) / 2
    femur, tibia = (np.interp(x, margin[:, 0], margin[:, 1]) for margin in (part.femur, part.tibia))
    return x, femur, tibia


def _numbers(values: Floats) -> list[float | None]:
    return [round(float(value), 2) if np.isfinite(value) else None for value in values]


def _compartment(part: Compartment | None) -> dict[str, Any] | None:
    if part is None:
        return None
    code = part.reason or part.flag
    found: dict[str, Any] = {"min": None, "min_x": None, "mean": None, "unit": None}
    if part.minimal is not None and part.mean is not None and part.narrowest is not None:
        (least, in_mm), (mean, _) = _figure(part.minimal), _figure(part.mean)
        found = {
            "min": round(least, 4),
            "min_x": round(float(part.narrowest[:, 0].mean()), 2),
            "mean": round(mean, 4),
            "unit": "mm" if in_mm else "condyle width",
        }
    return {
        **found,
        "flag": code.value if code else "",
        "sentence": sentence_or_empty(code),
        "corrected": part.corrected,
    }
