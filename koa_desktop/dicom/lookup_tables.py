"""Stored values of a DICOM image -> grey values, and the window the file asks for.

Follows the pipeline of PS3.4 N.2: modality transformation, then VOI lookup table or window.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.imaging.raster import narrowed
from koa_desktop.radiograph import Window

if TYPE_CHECKING:
    from pydicom import Dataset

# Numbers beyond this are no grey values; float32 would overflow on them.
_MOST = 1e15
# A window of one grey value is a threshold; a width of 0 could not be divided by.
_LEAST_WIDTH = 1e-3


def grey_values(dataset: Dataset, stored: NDArray[Any]) -> tuple[NDArray[Any], Window]:
    """Return grey values (H, W) after the modality and VOI lookup tables, and the window.

    Where the file asks for neither window nor table, the window spans the values, padding apart.
    """
    padding = _padding(dataset, stored)
    values = _after_modality(dataset, stored)
    table = _first(dataset, "VOILUTSequence")
    if table is not None and values.dtype.kind in "iu":
        from pydicom.pixels.processing import apply_voi

        values = apply_voi(values, dataset)
        bits = min(max(int(table.LUTDescriptor[2]), 1), 16)
        return narrowed(values), Window((2**bits - 1) / 2, 2**bits - 1)
    shown = values if padding is None or padding.all() else values[~padding]
    low, high = float(shown.min()), float(shown.max())
    window = _asked_window(dataset)
    if window is None or not _meets(window, low, high):
        window = full_range(low, high)
    return values, window


def full_range(low: float, high: float) -> Window:
    """Return the window in which `low` is black and `high` is white."""
    return Window((low + high) / 2, max(high - low, 1.0))


def _after_modality(dataset: Dataset, stored: NDArray[Any]) -> NDArray[Any]:
    """Apply the modality lookup table, or slope and intercept (PS3.3 C.11.1)."""
    if _first(dataset, "ModalityLUTSequence") is not None:
        from pydicom.pixels.processing import apply_modality_lut

        return narrowed(apply_modality_lut(stored, dataset))
    slope = _number(dataset, "RescaleSlope", 1.0)
    intercept = _number(dataset, "RescaleIntercept", 0.0)
    if slope == 0 or (slope, intercept) == (1.0, 0.0):
        return narrowed(stored)
    if slope == 1 and intercept.is_integer() and abs(intercept) < 2**31 and stored.itemsize <= 2:
        return narrowed(stored.astype(np.int64) + int(intercept))
    return narrowed(stored.astype(np.float64) * slope + intercept)


def _asked_window(dataset: Dataset) -> Window | None:
    """Return the first window that the file gives, None where there is none or it makes no sense.

    LINEAR of PS3.3 C.11.2.1.2.1 is LINEAR_EXACT half a grey value lower and one narrower.
    """
    centre = _number(dataset, "WindowCenter", math.nan)
    width = _number(dataset, "WindowWidth", math.nan)
    if math.isnan(centre) or math.isnan(width) or width <= 0:
        return None
    function = str(dataset.get("VOILUTFunction") or "LINEAR").strip().upper()
    if function == "SIGMOID":
        return Window(centre, max(width, _LEAST_WIDTH), sigmoid=True)
    if function == "LINEAR_EXACT":
        return Window(centre, max(width, _LEAST_WIDTH))
    if width < 1:
        return None
    return Window(centre - 0.5, max(width - 1, _LEAST_WIDTH))


def _meets(window: Window, low: float, high: float) -> bool:
    """Tell whether a window shows anything of values from `low` to `high`."""
    return window.sigmoid or (
        window.centre - window.width / 2 < high and window.centre + window.width / 2 > low
    )


def _padding(dataset: Dataset, stored: NDArray[Any]) -> NDArray[np.bool_] | None:
    """Return where (H, W) the stored values are padding (PS3.3 C.7.5.1.1.2), None if nowhere."""
    first = _number(dataset, "PixelPaddingValue", math.nan)
    if math.isnan(first):
        return None
    last = _number(dataset, "PixelPaddingRangeLimit", first)
    padding = (stored >= min(first, last)) & (stored <= max(first, last))
    return padding if padding.any() else None


def _first(dataset: Dataset, keyword: str) -> Any | None:
    """Return the first item of a sequence that holds a lookup table."""
    sequence = dataset.get(keyword)
    if not sequence or "LUTDescriptor" not in sequence[0] or "LUTData" not in sequence[0]:
        return None
    return sequence[0]


def _number(dataset: Dataset, keyword: str, otherwise: float) -> float:
    """Return the first value of an element as a number, `otherwise` where it is none."""
    try:
        value = dataset.get(keyword)
        if value is None or value == "":
            return otherwise
        number = float(value if np.isscalar(value) or not hasattr(value, "__len__") else value[0])
    except (TypeError, ValueError, IndexError, OverflowError):
        return otherwise
    return number if abs(number) <= _MOST else otherwise
