"""The first frame's stored values (PS3.5 8), native or compressed.

If header and bytes disagree about the transfer syntax, the bytes decide.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.dicom.codecs import CODECS, decompressed
from koa_desktop.dicom.codestream import Codestream, codestream, same_codec
from koa_desktop.dicom.encapsulated import ITEM, first_frame
from koa_desktop.dicom.parse import (
    EXPLICIT_BIG_ENDIAN,
    EXPLICIT_LITTLE_ENDIAN,
    IMPLICIT_LITTLE_ENDIAN,
)
from koa_desktop.dicom.pixel_module import PixelModule
from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.message import Message

if TYPE_CHECKING:
    from pydicom import Dataset

NATIVE = {
    IMPLICIT_LITTLE_ENDIAN: "uncompressed",
    EXPLICIT_LITTLE_ENDIAN: "uncompressed",
    EXPLICIT_BIG_ENDIAN: "uncompressed, big endian",
}
# gdcm gives nothing for these; it decodes all other precisions of JPEG-LS.
_UNREADABLE_JPEG_LS_BITS = (6, 7)
# GE's private syntax has pixels in another byte order than its header.
_BIG_ENDIAN_PIXELS = "1.2.840.113619.5.2"
_JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
_JPEG_LS = "1.2.840.10008.1.2.4.80"


@dataclass(frozen=True, eq=False, slots=True)
class StoredValues:
    """Stored values (H, W), or RGB (H, W, 3), and the pixel module that they follow.

    `contradicts` is true where the header describes other bytes than the file has; `is_whole` is
    false where some of them are damaged.
    """

    values: NDArray[Any]
    module: PixelModule
    contradicts: bool = False
    is_whole: bool = True


def stored_values(dataset: Dataset, module: PixelModule) -> StoredValues:
    """Return the first frame's stored values, unused bits masked. Raises ReadError."""
    data = dataset.PixelData
    if not isinstance(data, memoryview):
        data = bytes(data)
    says_native = module.transfer_syntax in NATIVE
    if says_native and not _holds_codestream(data, module):
        return _native(dataset, data, module)
    if data[:4] != ITEM:
        if len(data) >= _native_bytes(module):
            _, little = dataset.original_encoding
            is_big = not little or module.transfer_syntax == _BIG_ENDIAN_PIXELS
            syntax = EXPLICIT_BIG_ENDIAN if is_big else EXPLICIT_LITTLE_ENDIAN
            native = replace(module, transfer_syntax=syntax)
            return replace(_native(dataset, data, native), contradicts=True)
        if codestream(bytes(data)) is None:
            raise ReadError(ReadReason.DICOM_CUT_SHORT)
        return replace(_compressed(bytes(data), module), contradicts=True)
    frame = first_frame(bytes(data), module.frames)
    try:
        stored = _compressed(frame.data, module)
    except ReadError as error:
        if frame.is_cut and error.message == Message(ReadReason.PIXELS_DAMAGED):
            raise ReadError(ReadReason.DICOM_CUT_SHORT) from error
        raise
    # A picture that is whole although its length goes beyond the end has a wrong length.
    odd = frame.breaks_rules or frame.is_cut
    return replace(stored, contradicts=stored.contradicts or odd)


def significant(
    values: NDArray[Any], high_bit: int, bits_stored: int, *, signed: bool
) -> NDArray[Any]:
    """Return the stored bits of each value (PS3.5 8.1.1), those beside them masked.

    The bits end at `high_bit`; `signed` ones are in two's complement.
    """
    bits = 8 * values.dtype.itemsize
    if (high_bit, bits_stored) == (bits - 1, bits):
        return values.view(f"{'i' if signed else 'u'}{values.dtype.itemsize}")
    unsigned = values.view(f"u{values.dtype.itemsize}")
    if not signed:
        lowest, largest = high_bit - bits_stored + 1, (1 << bits_stored) - 1
        # The usual case costs one pass: nothing stands beside the stored bits.
        if lowest == 0 and unsigned.max(initial=0) <= largest:
            return unsigned
        return (unsigned >> lowest) & largest
    # The sign is brought to the top, then back with all bits above it.
    raised = (unsigned << (bits - 1 - high_bit)).view(f"i{values.dtype.itemsize}")
    return np.asarray(raised >> (bits - bits_stored))


def _native_bytes(module: PixelModule) -> int:
    samples = module.samples_per_pixel
    if module.photometric_interpretation == "YBR_FULL_422":
        samples = 2
    return -(-module.rows * module.columns * samples * module.bits_allocated // 8)


def _holds_codestream(data: bytes | memoryview, module: PixelModule) -> bool:
    """Tell whether data that is called native is a compressed picture in items."""
    if data[:4] != ITEM or len(data) >= _native_bytes(module):
        return False
    return codestream(first_frame(bytes(data), module.frames).data) is not None


def _native(dataset: Dataset, data: bytes | memoryview, module: PixelModule) -> StoredValues:
    if len(data) < _native_bytes(module):
        raise ReadError(ReadReason.DICOM_CUT_SHORT)
    if module.samples_per_pixel != 1:
        return StoredValues(_native_colour(dataset, module), module)
    shape = module.rows, module.columns
    count = module.rows * module.columns
    if module.bits_allocated == 1:
        bits = np.unpackbits(np.frombuffer(data, np.uint8), count=count, bitorder="little")
        return StoredValues(bits.reshape(shape), module)
    big = module.transfer_syntax == EXPLICIT_BIG_ENDIAN
    kind = np.dtype(f"{'>' if big else '<'}u{module.bits_allocated // 8}")
    if big and module.bits_allocated == 8 and dataset["PixelData"].VR == "OW":
        # Two bytes are a word, whose halves are exchanged (PS3.5 8.1.2).
        data = np.frombuffer(data[: len(data) // 2 * 2], "<u2").byteswap().tobytes()
    values = np.frombuffer(data, kind, count=count).reshape(shape)
    values = values.astype(kind.newbyteorder("="), copy=False)
    signed = module.pixel_representation == 1
    return StoredValues(
        significant(values, module.high_bit, module.bits_stored, signed=signed), module
    )


def _native_colour(dataset: Dataset, module: PixelModule) -> NDArray[Any]:
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    # Its decoders take no memoryview.
    dataset.PixelData = bytes(dataset.PixelData)
    # Later frames are not looked at, so that they may be missing.
    dataset.NumberOfFrames = 1
    dataset.SamplesPerPixel = module.samples_per_pixel
    dataset.PhotometricInterpretation = module.photometric_interpretation
    dataset.PlanarConfiguration = module.planar_configuration
    dataset.BitsAllocated, dataset.BitsStored = module.bits_allocated, module.bits_stored
    dataset.HighBit, dataset.PixelRepresentation = module.high_bit, module.pixel_representation
    values, _ = get_decoder(UID(module.transfer_syntax)).as_array(dataset, index=0)
    return np.asarray(values)


def _compressed(data: bytes, module: PixelModule) -> StoredValues:
    stream = codestream(data)
    if stream is None:
        if module.transfer_syntax not in CODECS:
            raise ReadError(ReadReason.DICOM_COMPRESSION, name=_public(module.transfer_syntax))
        stream = Codestream(module.transfer_syntax)
    following, contradicts = _following(module, stream)
    values, is_whole = decompressed(_for_codec(following, stream), data)
    if values.ndim == 2 and values.dtype.kind in "iu":
        spare = stream.bits > following.bits_stored
        high = following.high_bit if spare else following.bits_stored - 1
        high = min(max(high, following.bits_stored - 1), 8 * values.dtype.itemsize - 1)
        stored = min(following.bits_stored, high + 1)
        signed = following.pixel_representation == 1
        values = significant(np.ascontiguousarray(values), high, stored, signed=signed)
    return StoredValues(values, following, contradicts, is_whole)


def _public(syntax: str) -> str:
    """Return a transfer syntax for exports; a text in its place may be anybody's name."""
    return syntax if re.fullmatch(r"[0-9.]+", syntax) else "unknown"


def _following(module: PixelModule, stream: Codestream) -> tuple[PixelModule, bool]:
    """Return the module with what the codestream knows better, and whether it contradicts.

    Raises ReadError where the picture is another one, or in a form that cannot be decoded.
    """
    if stream.rows and (stream.rows, stream.columns) != (module.rows, module.columns):
        raise ReadError(ReadReason.PIXELS_DIFFER)
    is_jpeg_ls = same_codec(stream.transfer_syntax, _JPEG_LS)
    if is_jpeg_ls and stream.bits in _UNREADABLE_JPEG_LS_BITS:
        raise ReadError(ReadReason.DICOM_COMPRESSION, name=f"JPEG-LS of {stream.bits} bits")
    following, contradicts = module, False
    if module.bits_stored < stream.bits and stream.bits != module.bits_allocated:
        # Bits beside the stored ones fill up what is allocated; these are the picture's own.
        bits = 8 * -(-stream.bits // 8)
        following = replace(
            following, bits_allocated=bits, bits_stored=stream.bits, high_bit=stream.bits - 1
        )
        # JPEG Extended has 8 bits or 12, and no others.
        contradicts = not same_codec(stream.transfer_syntax, _JPEG_BASELINE)
    if not same_codec(stream.transfer_syntax, module.transfer_syntax):
        following = replace(following, transfer_syntax=stream.transfer_syntax)
        contradicts = True
    if stream.components in (1, 3) and stream.components != module.samples_per_pixel:
        photometric = "MONOCHROME2"
        if stream.components == 3:
            photometric = "YBR_FULL" if _is_lossy_jpeg(stream) else "RGB"
        following = replace(
            following,
            samples_per_pixel=stream.components,
            photometric_interpretation=photometric,
            says_polarity=False,
        )
        contradicts = True
    elif stream.components not in (0, module.samples_per_pixel):
        raise ReadError(ReadReason.PIXELS_DIFFER)
    return following, contradicts


def _is_lossy_jpeg(stream: Codestream) -> bool:
    return same_codec(stream.transfer_syntax, _JPEG_BASELINE)


def _for_codec(module: PixelModule, stream: Codestream) -> PixelModule:
    """Return the module as the codec is to see it: all bits of the codestream, as they are."""
    bits = stream.bits or module.bits_allocated
    return replace(
        module,
        bits_allocated=8 * -(-bits // 8),
        bits_stored=bits,
        high_bit=bits - 1,
        pixel_representation=int(stream.is_signed),
        frames=1,
    )
