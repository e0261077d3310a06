"""Types of a radiograph: its description, its grey values, and the window that shows them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.message import Code, Message


class Side(Enum):
    """The patient's side, never the viewer's."""

    RIGHT = "R"
    LEFT = "L"


class SpacingOrigin(Code):
    """The plane in which a pixel spacing was measured (DICOM PS3.3 10.7.1.3), or what by."""

    CALIBRATED = "calibrated"
    AT_DETECTOR = "at the detector"
    BY_OBJECT = "by a known object"  # of known size on the film, at the reader's word


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
    """Patient and study fields; empty where there are none.

    Those of a `RadiographInfo` are the file's own; `examination/identity.py` adds what the reader
    typed.
    """

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


@dataclass(frozen=True, slots=True)
class Identity:
    """A patient's data as the reader typed it, under the names of `Header`; else empty.

    `sex` is one of F, M and O (Patient's Sex, DICOM PS3.3 C.7.1.1).
    """

    patient_name: str = ""
    patient_id: str = ""
    birth_date: date | None = None
    sex: str = ""
    study_date: date | None = None


NOTHING_TYPED = Identity()


def age_at(header: Header) -> int | None:
    """Return the patient's age in whole years on the day of the study; None where unknown."""
    born, taken = header.birth_date, header.study_date
    if born is None or taken is None or taken < born:
        return None
    return taken.year - born.year - ((taken.month, taken.day) < (born.month, born.day))


class Note(Code):
    """A change that reading made to a picture, or an oddity of it."""

    FIRST_PAGE = "first-page"
    FIRST_FRAME = "first-frame"
    LOOKS_INVERTED = "looks-inverted"
    STORED_INVERTED = "stored-inverted"
    STORED_MIRRORED = "stored-mirrored"
    STORED_ROTATED = "stored-rotated"
    STORED_MIRRORED_ROTATED = "stored-mirrored-and-rotated"
    NOT_SQUARE = "pixels-not-square"
    SECOND_READER = "second-reader"
    INCOMPLETE = "incomplete"
    NO_PHOTOMETRIC = "no-photometric"


class InvertedBy(Enum):
    """The source of the decision that low values are bone; tables carry the value."""

    HEADER = "header"
    IMAGE = "image"
    USER = "user"


@dataclass(frozen=True, slots=True)
class StoredGrid:
    """The pixels as the file has them, before they were brought into the usual pose on reading.

    They were stretched to square pixels, then mirrored left to right where `mirrored`, then turned
    clockwise by `quarters` quarters.
    """

    width: int
    height: int
    stretch_x: float = 1.0
    stretch_y: float = 1.0
    mirrored: bool = False
    quarters: int = 0

    def stored_point(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point (x, y) of the radiograph lies in the file's own pixels."""
        width, height = self.width * self.stretch_x, self.height * self.stretch_y
        for turn in range(self.quarters, 0, -1):
            # The picture's height before this turn is its width after it.
            before = height if turn % 2 else width
            x, y = y, before - x
        if self.mirrored:
            x = width - x
        return x / self.stretch_x, y / self.stretch_y

    @property
    def to_stored(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """The affine matrix (2 x 3) that brings (x, y, 1) of the radiograph to `stored_point`."""
        (x, y), right, down = (self.stored_point(*to) for to in ((0, 0), (1, 0), (0, 1)))
        return (right[0] - x, down[0] - x, x), (right[1] - y, down[1] - y, y)


@dataclass(frozen=True, slots=True)
class RadiographInfo:
    """The description of one decoded image, without its pixels.

    `inverted` is true where low values are bone, `inverted_by` tells who decided its polarity (None
    where it is the plain one). `bits` are those of one grey value in memory.
    """

    path: Path
    height: int  # rows of pixels
    width: int  # columns of pixels
    bits: int
    inverted: bool = False
    inverted_by: InvertedBy | None = None
    spacing: PixelSpacing | None = None
    laterality: Side | None = None
    header: Header = field(default_factory=Header)
    file_format: str = ""  # for the reader: "DICOM, JPEG Lossless"
    sha256: str = ""  # of the file's bytes
    is_dicom: bool = False
    stored: StoredGrid | None = None  # None where the pixels lie as in the file
    notes: tuple[Message, ...] = ()

    @property
    def grid(self) -> StoredGrid:
        """The pixels as the file has them, also where they lie as in the file."""
        return self.stored or StoredGrid(self.width, self.height)

    def with_inverted_polarity(self) -> RadiographInfo:
        """Return the same with dark and bright exchanged, at the user's word."""
        # The advice to invert is taken.
        notes = tuple(note for note in self.notes if note.code is not Note.LOOKS_INVERTED)
        inverted = not self.inverted
        return replace(self, inverted=inverted, inverted_by=InvertedBy.USER, notes=notes)


@dataclass(frozen=True, eq=False, slots=True)
class Radiograph:
    """One decoded image with its pixels.

    `values` (H, W) are the file's grey values after modality and VOI lookup tables, of type
    uint8, uint16, int16 or float32. `window` is how the file asks to be shown. Every later step
    sees `pixels`, or what `shown` makes of a part of the values.
    """

    info: RadiographInfo
    values: NDArray[Any]
    window: Window

    @classmethod
    def of(cls, path: Path, values: NDArray[Any], window: Window, **known: Any) -> Radiograph:
        """Return a radiograph of grey values (H, W); `known` are further fields of its info."""
        height, width = values.shape
        info = RadiographInfo(path, height, width, 8 * values.dtype.itemsize, **known)
        return cls(info, values, window)

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return self.info.height

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return self.info.width

    @property
    def inverted(self) -> bool:
        """True where low values are bone."""
        return self.info.inverted

    @property
    def pixels(self) -> NDArray[np.float32]:
        """Grey values (H, W) as the file asks to be shown: 0..1, bone bright. Made at each call."""
        return shown(self.values, self.window, inverted=self.inverted)

    def with_polarity(self, *, inverted: bool) -> Radiograph:
        """Return the radiograph as the reader wants it: bone dark in the file, or bright."""
        if inverted == self.inverted:
            return self
        return replace(self, info=self.info.with_inverted_polarity())

    def with_values(self, values: NDArray[Any]) -> Radiograph:
        """Return the radiograph with other grey values (h, w) of any size, in the same window.

        Nothing is known of their pixel spacing.
        """
        height, width = values.shape
        bits = 8 * values.dtype.itemsize
        info = replace(self.info, height=height, width=width, bits=bits, spacing=None)
        return Radiograph(info, values, self.window)


def shown(values: NDArray[Any], window: Window, *, inverted: bool) -> NDArray[np.float32]:
    """Return grey values of any shape, 0..1 through `window`, bone bright.

    `inverted` is true where low values are bone.
    """
    low = window.centre - window.width / 2
    grey = (values.astype(np.float32) - np.float32(low)) / np.float32(window.width)
    if window.sigmoid:
        # Beyond 20 widths the curve is flat; further, the power would overflow.
        np.clip(grey, -20, 20, out=grey)
        grey = 1 / (1 + np.exp(-4 * (grey - np.float32(0.5))))
    np.clip(grey, 0, 1, out=grey)
    return np.subtract(1, grey, out=grey) if inverted else grey
