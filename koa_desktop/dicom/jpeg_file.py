"""JPEG files of kinds that only DICOM uses: lossless, 12 bits, JPEG-LS, as loose files.

They are decoded by DICOM's codecs.
"""

from __future__ import annotations

import numpy as np

from koa_desktop.dicom.codecs import CODECS, decompressed
from koa_desktop.dicom.codestream import Codestream, codestream
from koa_desktop.dicom.pixel_module import PixelModule
from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.imaging.decoded_image import DecodedImage
from koa_desktop.imaging.grey_values import check_size, luminance, narrowed, whole_window
from koa_desktop.imaging.polarity import is_bone_dark
from koa_desktop.message import Message
from koa_desktop.radiograph import InvertedBy, Note

_LOSSY = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "")


def is_rare_jpeg(data: bytes) -> bool:
    """Tell whether a JPEG file is of a kind that picture libraries do not decode."""
    stream = codestream(data) if data[:2] == b"\xff\xd8" else None
    return stream is not None and (stream.bits > 8 or stream.transfer_syntax not in _LOSSY)


def decode_rare_jpeg(data: bytes) -> DecodedImage:
    """Decode a JPEG file for which `is_rare_jpeg` holds. Raises ReadError."""
    stream = codestream(data)
    if stream is None:
        raise ReadError(ReadReason.PICTURE_CUT_SHORT)
    check_size(stream.columns, stream.rows)
    if stream.transfer_syntax not in CODECS or stream.components not in (1, 3):
        name = f"JPEG of {stream.components} × {stream.bits} bits a pixel"
        raise ReadError(ReadReason.PICTURE_COMPRESSION, name=name)
    values, is_whole = decompressed(_module(stream), data)
    if values.ndim == 3:
        values = luminance(narrowed(np.ascontiguousarray(values)))
    values = narrowed(values)
    inverted = is_bone_dark(values)
    return DecodedImage(
        values,
        whole_window(values),
        CODECS[stream.transfer_syntax].name,
        inverted=inverted,
        inverted_by=InvertedBy.IMAGE if inverted else None,
        notes=() if is_whole else (Message.of(Note.INCOMPLETE),),
    )


def _module(stream: Codestream) -> PixelModule:
    return PixelModule(
        stream.transfer_syntax,
        rows=stream.rows,
        columns=stream.columns,
        samples_per_pixel=stream.components,
        bits_allocated=8 * -(-stream.bits // 8),
        bits_stored=stream.bits,
        high_bit=stream.bits - 1,
        pixel_representation=0,
        photometric_interpretation="RGB" if stream.components == 3 else "MONOCHROME2",
    )
