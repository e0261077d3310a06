"""The Image Pixel Module of a data set (PS3.3 C.7.6.3), read once into a typed value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from koa_desktop.dicom.dataset import text, value, whole
from koa_desktop.errors import ReadError, ReadReason

if TYPE_CHECKING:
    from pydicom import Dataset

GREY = ("MONOCHROME1", "MONOCHROME2")
COLOUR = ("RGB", "PALETTE COLOR", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")
_ALLOCATED = (1, 8, 16, 32)


@dataclass(frozen=True, slots=True)
class PixelModule:
    """Size and encoding of a data set's pixels. What the header leaves out is filled in.

    `photometric_interpretation` is one of `GREY` or `COLOUR`; `says_polarity` is false where the
    header has none.
    """

    transfer_syntax: str
    rows: int
    columns: int
    samples_per_pixel: int
    bits_allocated: int
    bits_stored: int
    high_bit: int
    pixel_representation: int
    photometric_interpretation: str
    planar_configuration: int = 0
    frames: int = 1
    says_polarity: bool = True

    @classmethod
    def of(cls, dataset: Dataset) -> PixelModule:
        """Read a data set's pixel module. Raises ReadError where it makes no sense."""
        rows, columns = whole(dataset, "Rows"), whole(dataset, "Columns")
        named = text(dataset, "PhotometricInterpretation").upper()
        samples = whole(dataset, "SamplesPerPixel")
        photometric = named or ("RGB" if samples == 3 else "MONOCHROME2")
        if photometric not in GREY + COLOUR:
            raise ReadError(ReadReason.DICOM_COLOUR)
        wanted = 1 if photometric in (*GREY, "PALETTE COLOR") else 3
        if samples not in (0, wanted):
            raise ReadError(ReadReason.DICOM_DAMAGED)
        pixels = value(dataset, "PixelData")
        size = len(pixels) if isinstance(pixels, bytes | memoryview) else 0
        guessed = 16 if size >= 2 * rows * columns * wanted else 8
        allocated = whole(dataset, "BitsAllocated") or guessed
        if allocated not in _ALLOCATED:
            raise ReadError(ReadReason.DICOM_BITS, bits=allocated)
        stored = whole(dataset, "BitsStored")
        stored = stored if 1 <= stored <= allocated else allocated
        high = whole(dataset, "HighBit", stored - 1)
        return cls(
            str(dataset.file_meta.TransferSyntaxUID),
            rows=rows,
            columns=columns,
            samples_per_pixel=wanted,
            bits_allocated=allocated,
            bits_stored=stored,
            high_bit=high if stored - 1 <= high < allocated else stored - 1,
            pixel_representation=int(whole(dataset, "PixelRepresentation") == 1),
            photometric_interpretation=photometric,
            planar_configuration=int(whole(dataset, "PlanarConfiguration") == 1),
            frames=max(whole(dataset, "NumberOfFrames"), 1),
            says_polarity=bool(named),
        )

    @property
    def is_grey(self) -> bool:
        """True for grey pictures; palettes are colour."""
        return self.photometric_interpretation in GREY
