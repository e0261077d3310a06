"""Compressed pixel data of one DICOM frame -> grey or RGB values. Runs in the decoder's process.

The codecs are C code and the bytes are anybody's: call
`koa_desktop.dicom.codec_process.decompressed` instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
# Transfer syntax (PS3.5 A.4), its name for the reader, and pydicom's plugin that decodes it. The
# plugin is named so that what happens to be installed beside the program changes nothing.
CODECS = {
    "1.2.840.10008.1.2.5": ("RLE Lossless", "pydicom"),
    "1.2.840.10008.1.2.4.50": ("JPEG Baseline", "gdcm"),
    JPEG_EXTENDED: ("JPEG Extended", "gdcm"),
    "1.2.840.10008.1.2.4.57": ("JPEG Lossless", "gdcm"),
    "1.2.840.10008.1.2.4.70": ("JPEG Lossless", "gdcm"),
    "1.2.840.10008.1.2.4.80": ("JPEG-LS Lossless", "gdcm"),
    "1.2.840.10008.1.2.4.81": ("JPEG-LS Near-Lossless", "gdcm"),
    "1.2.840.10008.1.2.4.90": ("JPEG 2000 Lossless", "gdcm"),
    "1.2.840.10008.1.2.4.91": ("JPEG 2000", "gdcm"),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """The description of one compressed frame in its data set (PS3.3 C.7.6.3)."""

    transfer_syntax: str
    rows: int
    columns: int
    samples_per_pixel: int
    bits_allocated: int
    bits_stored: int
    pixel_representation: int
    photometric_interpretation: str
    planar_configuration: int = 0


def decompress(frame: Frame, data: bytes) -> NDArray[Any]:
    """Return grey values (H, W) or RGB (H, W, 3) of one compressed frame.

    Raises whatever the codec raises.
    """
    if frame.transfer_syntax == JPEG_EXTENDED and frame.bits_stored > 8:
        return _twelve_bit_jpeg(frame, data)
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    options: Any = {
        "rows": frame.rows,
        "columns": frame.columns,
        "samples_per_pixel": frame.samples_per_pixel,
        "bits_allocated": frame.bits_allocated,
        "bits_stored": frame.bits_stored,
        "pixel_representation": frame.pixel_representation,
        "photometric_interpretation": frame.photometric_interpretation,
        "planar_configuration": frame.planar_configuration,
        "number_of_frames": 1,
        "pixel_keyword": "PixelData",
    }
    decoder = get_decoder(UID(frame.transfer_syntax))
    plugin = CODECS[frame.transfer_syntax][1]
    values, _ = decoder.as_array(encapsulate([data]), index=0, decoding_plugin=plugin, **options)
    return np.asarray(values)


def _twelve_bit_jpeg(frame: Frame, data: bytes) -> NDArray[np.uint16]:
    """Return grey values (H, W) of a JPEG of 9 to 12 bits, which pydicom's plugin leaves out."""
    import gdcm

    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(data)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((frame.columns, frame.rows, 1))
    kind = gdcm.PhotometricInterpretation.GetPIType(frame.photometric_interpretation)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    syntax = gdcm.TransferSyntax.GetTSType(frame.transfer_syntax)
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, 12, 11, 0))
    image.SetDataElement(element)
    # gdcm hands its buffer over as text in which each odd byte is escaped.
    buffer = image.GetBuffer().encode("utf-8", "surrogateescape")
    return np.frombuffer(buffer, "<u2").reshape(frame.rows, frame.columns)
