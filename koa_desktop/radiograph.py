"""One file read into a radiograph: its grey values, how to show them, and what its header says."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class Side(Enum):
    """The patient's side, never the viewer's."""

    RIGHT = "R"
    LEFT = "L"


class SpacingOrigin(Enum):
    """Where a pixel spacing was measured (DICOM PS3.3 10.7.1.3)."""

    CALIBRATED = "calibrated"
    AT_DETECTOR = "at the detector"


@dataclass(frozen=True, slots=True)
class PixelSpacing:
    """Distance of neighbouring pixels in millimetres, and where it was measured."""

    row_mm: float
    column_mm: float
    origin: SpacingOrigin


@dataclass(frozen=True, slots=True)
class Window:
    """Window centre and width in the file's own grey values.

    The two ends are exact (LINEAR_EXACT of DICOM PS3.3 C.11.2.1.3.2); `sigmoid` windows have a
    smooth curve instead (C.11.2.1.3.1).
    """

    centre: float
    width: float
    sigmoid: bool = False


@dataclass(frozen=True, slots=True)
class Header:
    """Patient and study fields as the file has them; empty where it has none."""

    patient_name: str = ""
    patient_id: str = ""
    birth_date: date | None = None
    sex: str = ""
    study_date: date | None = None
    study_description: str = ""
    accession_number: str = ""
    institution: str = ""
    body_part: str = ""
    view_position: str = ""
    study_uid: str = ""
    series_uid: str = ""
    instance_uid: str = ""


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One decoded image.

    `values` (H, W) are the file's grey values after modality and VOI lookup tables, of type
    uint8, uint16, int16 or float32. `window` is how the file asks to be shown; `inverted` is true
    where low values are bone. `pixels` is what every later step sees.
    """

    path: Path
    values: NDArray[Any]
    window: Window
    inverted: bool = False
    inverted_by: str = ""  # "header", "image" or "user"
    spacing: PixelSpacing | None = None
    laterality: Side | None = None
    header: Header = field(default_factory=Header)
    file_format: str = ""  # for the reader: "DICOM, JPEG Lossless"
    sha256: str = ""  # of the file's bytes
    notes: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return int(self.values.shape[0])

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return int(self.values.shape[1])

    @cached_property
    def pixels(self) -> NDArray[np.float32]:
        """Grey values (H, W) as the file asks to be shown: 0..1, bone bright."""
        return self.shown(self.window)

    def shown(self, window: Window) -> NDArray[np.float32]:
        """Return grey values (H, W) 0..1 through `window`, bone bright."""
        low = window.centre - window.width / 2
        shown = (self.values.astype(np.float32) - np.float32(low)) / np.float32(window.width)
        if window.sigmoid:
            # Beyond 20 widths the curve is flat; further, the power would overflow.
            np.clip(shown, -20, 20, out=shown)
            shown = 1 / (1 + np.exp(-4 * (shown - np.float32(0.5))))
        np.clip(shown, 0, 1, out=shown)
        return np.subtract(1, shown, out=shown) if self.inverted else shown

    def turned(self) -> Radiograph:
        """Return the same radiograph with dark and bright exchanged, at the user's word."""
        return replace(self, inverted=not self.inverted, inverted_by="user")
