"""Why a picture could not be decoded: its rare kind where that is the cause, else damage."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import UnidentifiedImageError
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.imaging.jpeg import MAGIC as JPEG_MAGIC
from koa_desktop.imaging.jpeg import frame_header

_TIFF_MAGIC = (b"II*\x00", b"MM\x00*")
_BIG_TIFF_MAGIC = (b"II+\x00", b"MM\x00+")
_BITS, _COMPRESSION, _SAMPLES, _SAMPLE_FORMAT = 258, 259, 277, 339
# TIFF 6.0 and its supplements: what libtiff, as Pillow brings it, decodes.
_READABLE = (1, 2, 3, 4, 5, 7, 8, 32771, 32773, 32946, 34925, 50000)
_COMPRESSIONS = {
    6: "JPEG of TIFF 5",
    32809: "ThunderScan",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34661: "JBIG",
    34676: "SGI Log",
    34677: "SGI Log",
    34712: "JPEG 2000",
    34887: "LERC",
    50001: "WebP",
    50002: "JPEG XL",
}
_JPEG_IN_TIFF = 7
_FLOAT = 3
_BMP_COMPRESSIONS = {4: "JPEG", 5: "PNG"}
_BMP_BITS = (1, 4, 8, 16, 24, 32)
_JPEG_KINDS = {
    0xC5: "hierarchical", 0xC6: "hierarchical", 0xC7: "hierarchical", 0xC9: "arithmetic-coded",
    0xCA: "arithmetic-coded", 0xCB: "arithmetic-coded", 0xCD: "hierarchical",
    0xCE: "hierarchical", 0xCF: "hierarchical",
}  # fmt: skip


def refusal(data: bytes, error: Exception) -> ReadError:
    """Return the error for a picture's bytes that Pillow could not decode for `error`."""
    if data[:4] in _TIFF_MAGIC + _BIG_TIFF_MAGIC:
        kind = _tiff_kind(data, unknown=isinstance(error, UnidentifiedImageError))
    elif data[:2] == b"BM":
        kind = _bmp_kind(data)
    elif data[:2] == JPEG_MAGIC:
        kind = _jpeg_kind(data)
    else:
        kind = ""
    if kind:
        return ReadError(ReadReason.PICTURE_COMPRESSION, name=kind)
    return ReadError(ReadReason.PICTURE_CUT_SHORT)


def _tiff_kind(data: bytes, *, unknown: bool) -> str:
    """Return in words how a TIFF's values are laid out; empty where that is no cause.

    `unknown` is true where Pillow does not know the layout.
    """
    try:
        stream = BytesIO(data)
        tags: Any = ImageFileDirectory_v2(stream.read(16 if data[:4] in _BIG_TIFF_MAGIC else 8))
        stream.seek(tags.next)
        tags.load(stream)
        samples, bits = int(tags.get(_SAMPLES, 1)), max(tags.get(_BITS, (1,)))
        compression = int(tags.get(_COMPRESSION, 1))
        is_float = _FLOAT in tags.get(_SAMPLE_FORMAT, ())
    except Exception:  # any kind of error, on damaged tags
        return ""
    if compression not in _READABLE:
        name = _COMPRESSIONS.get(compression, f"number {compression}")
        return f"TIFF with the compression {name}"
    if compression == _JPEG_IN_TIFF and bits > 8:
        return f"TIFF with a JPEG of {bits} bits"
    if not unknown:
        return ""
    return f"TIFF of {samples} × {bits} bits a pixel" + (", floating point" if is_float else "")


def _bmp_kind(data: bytes) -> str:
    if len(data) < 34 or int.from_bytes(data[14:18], "little") < 40:
        return ""
    bits, compression = data[28], int.from_bytes(data[30:34], "little")
    if compression in _BMP_COMPRESSIONS:
        return f"BMP with the compression {_BMP_COMPRESSIONS[compression]}"
    return f"BMP of {bits} bits a pixel" if bits not in _BMP_BITS else ""


def _jpeg_kind(data: bytes) -> str:
    header = frame_header(data)
    kind = _JPEG_KINDS.get(header.marker) if header else None
    return f"{kind} JPEG" if kind else ""
