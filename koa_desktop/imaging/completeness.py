"""Tell whether PNG and TIFF files hold their whole picture; Pillow fills up what is missing."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from typing import Any

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
# Critical chunks and those that change what is seen (PNG 3, 5.6). Others can be damaged or huge
# without any loss to the picture, and are not shown to Pillow.
_NEEDED_CHUNKS = (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf")
_CHUNK = 12  # length, type and checksum
_SAMPLES_OF_COLOUR_TYPE = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
# The passes of an interlaced PNG: first column and row, steps across and down.
_ADAM_7 = (
    *((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)),
    *((0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)),
)
_WIDTH, _LENGTH, _COMPRESSION = 256, 257, 259
_PER_STRIP, _OFFSETS, _BYTE_COUNTS = 278, 273, 279
_SAMPLES, _PLANAR, _TILE_WIDTH, _TILE_LENGTH = 277, 284, 322, 323
_TILE_OFFSETS, _TILE_BYTE_COUNTS = 324, 325
_DEFLATE = (8, 32946)
_PIECE = 1 << 20


def essential_png(data: bytes) -> bytes:
    """Return a PNG's bytes with only those chunks that its picture is made of."""
    kept = [data[:8]]
    kept += [data[start:end] for kind, start, end in _chunks(data) if kind in _NEEDED_CHUNKS]
    return b"".join(kept)


def is_png_intact(data: bytes) -> bool:
    """Tell whether the checksums of a PNG's picture are right (PNG 3, 5.5)."""
    return all(
        zlib.crc32(memoryview(data)[start + 4 : end - 4]) == int.from_bytes(data[end - 4 : end])
        for kind, start, end in _chunks(data)
        if kind == b"IDAT"
    )


def is_png_long_enough(data: bytes) -> bool:
    """Tell whether a PNG unpacks to as many bytes as its size asks for (PNG 3, 7.2 and 8)."""
    width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    bits = data[24] * _SAMPLES_OF_COLOUR_TYPE.get(data[25], 1)
    passes = _ADAM_7 if data[28] else ((0, 0, 1, 1),)
    needed = 0
    for left, top, across, down in passes:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            # Each row begins with the number of its filter.
            needed += rows * (1 + -(-columns * bits // 8))
    return _unpacked_bytes(data) >= needed


def _unpacked_bytes(data: bytes) -> int:
    inflater = zlib.decompressobj()
    unpacked = 0
    for kind, start, end in _chunks(data):
        if kind == b"IDAT":
            rest = data[start + 8 : end - 4]
            while rest and not inflater.eof:
                unpacked += len(inflater.decompress(rest, _PIECE))
                rest = inflater.unconsumed_tail
    return unpacked


def is_tiff_whole(tags: Mapping[int, Any], data: bytes) -> bool:
    """Tell from a page's tags whether a TIFF holds all its strips or tiles (TIFF 6.0, 3 and 15).

    Compressed data that carry a checksum are unpacked for it.
    """
    width, height = int(tags[_WIDTH]), int(tags[_LENGTH])
    if _TILE_OFFSETS in tags:
        offsets, counts = tags[_TILE_OFFSETS], tags.get(_TILE_BYTE_COUNTS, ())
        across = -(-width // int(tags[_TILE_WIDTH]))
        needed = across * -(-height // int(tags[_TILE_LENGTH]))
    else:
        offsets, counts = tags[_OFFSETS], tags.get(_BYTE_COUNTS, ())
        # Some writers give more rows to a strip than the picture has.
        needed = -(-height // min(int(tags.get(_PER_STRIP, height)) or height, height))
    if tags.get(_PLANAR) == 2:
        needed *= int(tags.get(_SAMPLES, 1))
    if len(offsets) < needed or not all(0 < offset < len(data) for offset in offsets[:needed]):
        return False
    if tags.get(_COMPRESSION) not in _DEFLATE or len(counts) < needed:
        return True
    pieces = zip(offsets[:needed], counts[:needed], strict=True)
    return all(_unpacks(data[offset : offset + count]) for offset, count in pieces)


def _unpacks(data: bytes) -> bool:
    """Tell whether zlib's data are whole, their checksum included (RFC 1950)."""
    inflater = zlib.decompressobj()
    try:
        while data and not inflater.eof:
            inflater.decompress(data, _PIECE)
            data = inflater.unconsumed_tail
    except zlib.error:
        return False
    return inflater.eof


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield kind, start and end of a PNG's chunks; the last may end behind the file."""
    place = len(PNG_MAGIC)
    while place + 8 <= len(data):
        end = place + _CHUNK + int.from_bytes(data[place : place + 4])
        yield data[place + 4 : place + 8], place, end
        place = end
