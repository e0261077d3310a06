"""Size and depth in the first bytes of a compressed picture; the header may contradict them.

JPEG and JPEG-LS have a frame header, JPEG 2000 a marker of image and tile size (ITU-T T.800 A.5.1).
RLE has no header of its own (PS3.5 G).
"""

from __future__ import annotations

from dataclasses import dataclass

from koa_desktop.imaging.jpeg import frame_header

_RLE = "1.2.840.10008.1.2.5"
_BASELINE = "1.2.840.10008.1.2.4.50"
_EXTENDED = "1.2.840.10008.1.2.4.51"
_LOSSLESS = "1.2.840.10008.1.2.4.57"
_JPEG_LS = "1.2.840.10008.1.2.4.80"
_JPEG_2000 = "1.2.840.10008.1.2.4.90"
_SYNTAXES = {0xC0: _BASELINE, 0xC1: _EXTENDED, 0xC3: _LOSSLESS, 0xF7: _JPEG_LS}
# Which syntaxes a decoder takes for one another.
_ALIKE = (
    {_BASELINE, _EXTENDED},
    {_LOSSLESS, "1.2.840.10008.1.2.4.70"},
    {_JPEG_LS, "1.2.840.10008.1.2.4.81"},
    {_JPEG_2000, "1.2.840.10008.1.2.4.91"},
)
_RLE_HEADER_BYTES = 64
_JPEG_2000_START = b"\xff\x4f\xff\x51"
_MAX_RLE_SEGMENTS = 15


@dataclass(frozen=True, slots=True)
class Codestream:
    """Properties stated by a compressed picture itself; zero where they are not stated."""

    transfer_syntax: str
    rows: int = 0
    columns: int = 0
    components: int = 0
    bits: int = 0
    is_signed: bool = False


def codestream(data: bytes) -> Codestream | None:
    """Return what compressed bytes say of themselves, None where they are of no known kind."""
    if data[:2] == b"\xff\xd8":
        return _jpeg(data)
    start = codestream_start(data)
    return _jpeg_2000(data[start:]) if start >= 0 else _rle(data)


def codestream_start(data: bytes) -> int:
    """Return where a JPEG 2000 codestream begins, in a file's boxes too; -1 where there is none."""
    if data[4:8] == b"jP  ":
        return data.find(_JPEG_2000_START, 0, 4096)
    return 0 if data[:4] == _JPEG_2000_START else -1


def same_codec(one: str, other: str) -> bool:
    """Tell whether two transfer syntaxes are decoded by the same codec."""
    return one == other or any({one, other} <= alike for alike in _ALIKE)


def _jpeg(data: bytes) -> Codestream | None:
    header = frame_header(data)
    if header is None:
        return None
    return Codestream(
        _SYNTAXES.get(header.marker, ""),
        rows=header.rows,
        columns=header.columns,
        components=header.components,
        bits=header.bits,
    )


def _jpeg_2000(data: bytes) -> Codestream | None:
    if len(data) < 45:
        return None
    right, down, left, top = (int.from_bytes(data[8 + 4 * i : 12 + 4 * i], "big") for i in range(4))
    depth = data[42]
    return Codestream(
        _JPEG_2000,
        rows=max(down - top, 0),
        columns=max(right - left, 0),
        components=int.from_bytes(data[40:42], "big"),
        bits=(depth & 0x7F) + 1,
        is_signed=bool(depth & 0x80),
    )


def _rle(data: bytes) -> Codestream | None:
    segments = int.from_bytes(data[:4], "little")
    first = int.from_bytes(data[4:8], "little")
    if 1 <= segments <= _MAX_RLE_SEGMENTS and first == _RLE_HEADER_BYTES:
        return Codestream(_RLE)
    return None
