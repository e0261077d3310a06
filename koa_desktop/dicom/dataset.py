"""Elements of a data set, read without surprises."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import MutableSequence
from typing import TYPE_CHECKING, Any

from koa_desktop.imaging.grey_values import MAX_VALUE

if TYPE_CHECKING:
    from pydicom import Dataset

MAX_TEXT = 256
_UID, _MOST_UID = re.compile(r"[0-9]+(\.[0-9]+)*"), 64
# Unicode's categories of line breaks and other controls, and of what is not seen.
_BREAKS = ("Cc", "Zl", "Zp")
_UNSEEN = ("Cf", "Cs", "Co", "Cn")
_JOINERS = "\u200c\u200d"  # needed to write Persian and Indic names
# Attributes that enhanced images may have in their functional groups alone (PS3.3 C.7.6.16.2).
_GROUPED = (
    *("PixelSpacing", "ImagerPixelSpacing", "PixelAspectRatio", "PatientOrientation"),
    *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"),
    *("WindowCenter", "WindowWidth", "VOILUTFunction", "VOILUTSequence"),
    *("FrameLaterality", "ImageLaterality", "ViewPosition", "BodyPartExamined"),
)


def first_frame_groups(dataset: Dataset) -> None:
    """Copy what the first frame's functional groups say into the data set itself.

    A frame's own group counts more than the shared one, and both more than the data set.
    """
    for keyword in ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"):
        groups = items(dataset, keyword)[:1]
        for macro in (element for group in groups for element in group if element.VR == "SQ"):
            for holder in list(macro.value)[:1]:
                for name in _GROUPED:
                    if name in holder:
                        dataset[name] = holder[name]


def value(dataset: Dataset, keyword: str) -> Any:
    """Return an element's value; None where it is missing or can't be decoded."""
    try:
        found = dataset.get(keyword)
    except Exception:  # pydicom decodes late, and raises many kinds on odd bytes
        return None
    return list(found) if isinstance(found, MutableSequence) else found


def items(dataset: Dataset, keyword: str) -> list[Dataset]:
    """Return a sequence's items; none where it is missing or no sequence."""
    found = value(dataset, keyword)
    return found if isinstance(found, list) and all(hasattr(one, "keys") for one in found) else []


def text(dataset: Dataset, keyword: str) -> str:
    """Return an element as one line of text, without control characters, at most 256 long."""
    found = value(dataset, keyword)
    if isinstance(found, list):
        found = " ".join(str(part) for part in found)
    return clean("" if found is None else str(found))


def uid(dataset: Dataset, keyword: str) -> str:
    """Return a unique identifier, empty where it is not one (PS3.5 9.1)."""
    found = text(dataset, keyword)
    return found if _UID.fullmatch(found) and len(found) <= _MOST_UID else ""


def texts(dataset: Dataset, keyword: str) -> list[str]:
    """Return an element's values as upper-case words."""
    found = value(dataset, keyword)
    parts = found if isinstance(found, list) else str(found or "").split("\\")
    return [clean(str(part or "")).upper() for part in parts]


def numbers(dataset: Dataset, keyword: str) -> list[float]:
    """Return an element's values as numbers, whatever its VR; none where one is no number."""
    found = value(dataset, keyword)
    if found is None:
        return []
    if isinstance(found, str):
        found = found.split("\\")
    try:
        parts = [float(part) for part in (found if isinstance(found, list) else [found])]
    except (TypeError, ValueError, OverflowError):
        return []
    return parts if all(abs(part) <= MAX_VALUE for part in parts) else []


def number(dataset: Dataset, keyword: str, otherwise: float = math.nan) -> float:
    """Return an element's first value as a number, `otherwise` where it is none."""
    found = value(dataset, keyword)
    first = found[0] if isinstance(found, list) and found else found
    if isinstance(first, str):
        first = first.split("\\")[0]
    try:
        parsed = float(first) if first is not None else math.nan
    except (TypeError, ValueError, OverflowError):
        return otherwise
    return parsed if abs(parsed) <= MAX_VALUE else otherwise


def whole(dataset: Dataset, keyword: str, otherwise: int = 0) -> int:
    """Return an element's first value as a whole number, `otherwise` where it is none."""
    found = number(dataset, keyword)
    return otherwise if math.isnan(found) else int(found)


def clean(found: str) -> str:
    """Return text as one line without control and formatting characters."""
    kept = (" " if unicodedata.category(c) in _BREAKS else c for c in found[: 4 * MAX_TEXT])
    visible = "".join(c for c in kept if c in _JOINERS or unicodedata.category(c) not in _UNSEEN)
    return " ".join(visible.split())[:MAX_TEXT].rstrip()
