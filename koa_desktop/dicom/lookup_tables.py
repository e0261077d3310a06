"""Stored values of a DICOM image -> grey values, and the window the file asks for.

Follows the pipeline of PS3.4 N.2: modality transformation, then VOI lookup table or window.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.dicom.dataset import items, number, text, value
from koa_desktop.imaging.grey_values import full_range, narrowed
from koa_desktop.radiograph import Window

if TYPE_CHECKING:
    from pydicom import Dataset

# A window of one grey value is a threshold; a width of 0 could not be divided by.
_LEAST_WIDTH = 1e-3
_MAX_ENTRIES = 65536  # which a descriptor writes as 0
# Entries that use less than this share of the descriptor's range are of fewer bits than it says.
_LEAST_SHARE = 0.25


@dataclass(frozen=True, eq=False, slots=True)
class Table:
    """A lookup table (PS3.3 C.11.1, C.11.2): `entries` (n,) from the value `first` on."""

    first: int
    entries: NDArray[Any]
    bits: int

    def applied(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return the entries of values (H, W); beyond the ends the first or last one."""
        first = self.first
        # A first value below 0 has its sign only where the descriptor's VR is SS.
        if first >= _MAX_ENTRIES // 2 and values.min() < 0:
            first -= _MAX_ENTRIES
        index = values if values.dtype.kind in "iu" else np.rint(values)
        index = np.clip(index.astype(np.int64) - first, 0, len(self.entries) - 1)
        return np.asarray(self.entries[index])

    def window(self) -> Window:
        """Return the window of the table's whole range.

        That is 0 to the largest number of its bits, unless the entries hardly use it: descriptors
        that say 16 bits over entries of 12 are common.
        """
        bits = self.used_bits
        if bits < self.said_bits:
            return full_range(float(self.entries.min()), float(self.entries.max()))
        return full_range(0, 2**bits - 1)

    @property
    def said_bits(self) -> int:
        """The bits of an entry by the descriptor, or more where an entry is larger."""
        return max(self.bits, int(self.entries.max()).bit_length())

    @property
    def used_bits(self) -> int:
        """The bits that the entries use, where that is far less than the descriptor says."""
        most = int(self.entries.max())
        hardly = most < _LEAST_SHARE * 2**self.said_bits
        return most.bit_length() if hardly else self.said_bits


def grey_values(dataset: Dataset, stored: NDArray[Any]) -> tuple[NDArray[Any], Window]:
    """Return grey values (H, W) after the modality and VOI lookup tables, and the window.

    If the file has neither window nor table, the window spans the values without the padding.
    """
    padding = _padding(dataset, stored)
    values = _after_modality(dataset, stored)
    table = lookup_table(dataset, "VOILUTSequence")
    if table is not None:
        return narrowed(table.applied(values)), table.window()
    shown = values if padding is None or padding.all() else values[~padding]
    low, high = float(shown.min()), float(shown.max())
    window = _asked_window(dataset)
    if window is None or not _meets(window, low, high):
        window = full_range(low, high)
    return values, window


def _after_modality(dataset: Dataset, stored: NDArray[Any]) -> NDArray[Any]:
    """Apply the modality lookup table, or slope and intercept (PS3.3 C.11.1)."""
    table = lookup_table(dataset, "ModalityLUTSequence")
    if table is not None:
        return narrowed(table.applied(stored))
    slope = number(dataset, "RescaleSlope", 1.0)
    intercept = number(dataset, "RescaleIntercept", 0.0)
    if slope == 0 or (slope, intercept) == (1.0, 0.0):
        return narrowed(stored)
    if slope == 1 and intercept.is_integer() and abs(intercept) < 2**31 and stored.itemsize <= 2:
        return narrowed(stored.astype(np.int64) + int(intercept))
    return narrowed(stored.astype(np.float64) * slope + intercept)


def _asked_window(dataset: Dataset) -> Window | None:
    """Return the first window that the file gives, None where there is none or it makes no sense.

    LINEAR of PS3.3 C.11.2.1.2.1 is LINEAR_EXACT half a grey value lower and one narrower.
    """
    centre, width = number(dataset, "WindowCenter"), number(dataset, "WindowWidth")
    if math.isnan(centre) or math.isnan(width) or width <= 0:
        return None
    function = text(dataset, "VOILUTFunction").upper() or "LINEAR"
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
    first = number(dataset, "PixelPaddingValue")
    if math.isnan(first):
        return None
    last = number(dataset, "PixelPaddingRangeLimit", first)
    padding = (stored >= min(first, last)) & (stored <= max(first, last))
    return padding if padding.any() else None


def lookup_table(dataset: Dataset, keyword: str) -> Table | None:
    """Return the lookup table of a sequence's first item, None where there is none."""
    for item in items(dataset, keyword)[:1]:
        descriptor = value(item, "LUTDescriptor")
        if not isinstance(descriptor, list) or len(descriptor) < 3:
            return None
        declared, first, bits = (int(part) for part in descriptor[:3])
        count = declared % _MAX_ENTRIES or _MAX_ENTRIES
        entries = _entries(value(item, "LUTData"), count)
        if entries is None or not len(entries):
            return None
        return Table(first, entries, min(max(bits, 1), 16))
    return None


def _entries(found: Any, count: int) -> NDArray[Any] | None:
    """Return a table's entries, at most `count`, from words or bytes, one or two a word."""
    if isinstance(found, bytes):
        packed = len(found) < 2 * count and len(found) in (count, count + 1)
        even = found if packed else found[: len(found) // 2 * 2]
        return np.frombuffer(even, np.uint8 if packed else "<u2")[:count]
    if not isinstance(found, list):
        return None
    words = np.array([int(part) & 0xFFFF for part in found], "<u2")
    if len(words) < count and len(words) == (count + 1) // 2:
        # Entries of 8 bits, two a word, the first in the lower half (PS3.3 C.11.2.1.1).
        return words.view(np.uint8)[:count]
    return words[:count]
