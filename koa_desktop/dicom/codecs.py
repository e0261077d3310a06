"""Compressed pixel data of one DICOM frame -> grey or RGB values.

The codecs are C code: foreign bytes may end the process, or keep it for long.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from koa_desktop.dicom.codec_prints import told_of_damage
from koa_desktop.dicom.codestream import codestream_start
from koa_desktop.dicom.lossless_jpeg import whole_lossless
from koa_desktop.dicom.pixel_module import PixelModule
from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.imaging.jpeg import is_exhausted

JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"


# Decoded by libjpeg.
_LOSSLESS_JPEG = ("1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70")
_JPEG = ("1.2.840.10008.1.2.4.50", JPEG_EXTENDED, *_LOSSLESS_JPEG)


class Codec(NamedTuple):
    """A transfer syntax's name for the reader, and pydicom's plugin that decodes it."""

    name: str
    plugin: str


# By transfer syntax (PS3.5 A.4). The plugin is named so that what happens to be installed beside
# the program changes nothing.
CODECS = {
    "1.2.840.10008.1.2.5": Codec("RLE Lossless", "pydicom"),
    "1.2.840.10008.1.2.4.50": Codec("JPEG Baseline", "gdcm"),
    JPEG_EXTENDED: Codec("JPEG Extended", "gdcm"),
    "1.2.840.10008.1.2.4.57": Codec("JPEG Lossless", "gdcm"),
    "1.2.840.10008.1.2.4.70": Codec("JPEG Lossless", "gdcm"),
    "1.2.840.10008.1.2.4.80": Codec("JPEG-LS Lossless", "gdcm"),
    "1.2.840.10008.1.2.4.81": Codec("JPEG-LS Near-Lossless", "gdcm"),
    "1.2.840.10008.1.2.4.90": Codec("JPEG 2000 Lossless", "gdcm"),
    "1.2.840.10008.1.2.4.91": Codec("JPEG 2000", "gdcm"),
}


class Decompressed(NamedTuple):
    """Grey values (H, W) or RGB (H, W, 3), and whether the codec found all data in order."""

    values: NDArray[Any]
    is_whole: bool


def decompressed(module: PixelModule, data: bytes) -> Decompressed:
    """Return one compressed frame's values. Raises ReadError."""
    _quieten()
    is_damaged = False
    try:
        if module.transfer_syntax in _LOSSLESS_JPEG:
            values = whole_lossless(module, data)
            if values is not None:
                return Decompressed(values, True)
        if module.transfer_syntax in _JPEG:
            found, is_damaged = told_of_damage(lambda: _decompressed(module, data))
            is_damaged |= module.bits_stored <= 8 and not is_exhausted(data)
        else:
            found = _decompressed(module, data)
        values = np.ascontiguousarray(found)
    except MemoryError as error:
        raise ReadError(ReadReason.NO_MEMORY) from error
    except Exception as error:
        # pydicom and gdcm raise many kinds on damaged bytes.
        raise ReadError(ReadReason.PIXELS_DAMAGED) from error
    samples = (module.samples_per_pixel,) if values.ndim == 3 else ()
    if values.shape != (module.rows, module.columns, *samples) or values.dtype.kind not in "iu":
        raise ReadError(ReadReason.PIXELS_DAMAGED)
    return Decompressed(values, not is_damaged)


def _quieten() -> None:
    """Keep gdcm from printing what it finds in a file."""
    import gdcm

    gdcm.Trace.WarningOff()
    gdcm.Trace.ErrorOff()


def _decompressed(module: PixelModule, data: bytes) -> NDArray[Any]:
    if module.transfer_syntax == JPEG_EXTENDED and module.bits_stored > 8:
        return _twelve_bit_jpeg(module, data)
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    options: Any = {
        "rows": module.rows,
        "columns": module.columns,
        "samples_per_pixel": module.samples_per_pixel,
        "bits_allocated": module.bits_allocated,
        "bits_stored": module.bits_stored,
        "pixel_representation": module.pixel_representation,
        "photometric_interpretation": module.photometric_interpretation,
        "planar_configuration": module.planar_configuration,
        "number_of_frames": 1,
        "pixel_keyword": "PixelData",
    }
    # A JPEG 2000 file's boxes are no part of DICOM, and pydicom can go round in them for ever.
    data = data[max(codestream_start(data), 0) :]
    decoder = get_decoder(UID(module.transfer_syntax))
    plugin = CODECS[module.transfer_syntax].plugin
    values, _ = decoder.as_array(encapsulate([data]), index=0, decoding_plugin=plugin, **options)
    return np.asarray(values)


def _twelve_bit_jpeg(module: PixelModule, data: bytes) -> NDArray[np.uint16]:
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
    image.SetDimensions((module.columns, module.rows, 1))
    kind = gdcm.PhotometricInterpretation.GetPIType(module.photometric_interpretation)
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(kind))
    syntax = gdcm.TransferSyntax.GetTSType(module.transfer_syntax)
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    image.SetPixelFormat(gdcm.PixelFormat(1, 16, 12, 11, 0))
    image.SetDataElement(element)
    # gdcm hands its buffer over as text in which each odd byte is escaped.
    buffer = image.GetBuffer().encode("utf-8", "surrogateescape")
    return np.frombuffer(buffer, "<u2").reshape(module.rows, module.columns)
