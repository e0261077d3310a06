"""JPEG Lossless as DICOM has it, decoded by libjpeg-turbo in a third of gdcm's time.

libjpeg-turbo fills in what is missing without a word here, so what it decoded is checked: the
pixels' Huffman codes must be as long as the data (ITU-T T.81 H). Whatever is not the usual kind, or
does not pass, is left to gdcm.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.dicom.pixel_module import PixelModule
from koa_desktop.imaging.jpeg import frame_header

_LOSSLESS = 0xC3
_HUFFMAN_TABLES, _START_OF_SCAN, _END_OF_IMAGE, _RESTARTS = 0xC4, 0xDA, b"\xff\xd9", 0xDD
_FROM_THE_LEFT = 1  # the predictor of the first-order prediction, process 14, selection value 1
_MOST_PADDING = 7  # bits that fill up the last byte
_LONGEST_CODE = 16
_ROWS = 64


def whole_lossless(module: PixelModule, data: bytes) -> NDArray[Any] | None:
    """Return grey values (H, W) of a JPEG Lossless stream, None where gdcm is to decode it.

    They are unsigned, of as many bits as the header allocates.
    """
    header = frame_header(data)
    scan = _scan(data)
    if (
        header is None
        or scan is None
        or (header.marker, header.components) != (_LOSSLESS, 1)
        or (header.rows, header.columns) != (module.rows, module.columns)
        or header.bits > module.bits_allocated
        or module.bits_allocated not in (8, 16)
        or module.pixel_representation
        or module.samples_per_pixel != 1
    ):
        return None
    from imagecodecs import jpeg8_decode

    lengths, coded = scan
    try:
        values = np.asarray(jpeg8_decode(data))
    except Exception:  # gdcm's refusal counts
        return None
    most = (1 << min(header.bits, module.bits_stored)) - 1
    if values.shape != (header.rows, header.columns) or values.max() > most:
        return None
    bits = 8 * (len(coded) - coded.count(b"\xff\x00"))
    used = _coded_bits(values, header.bits, lengths)
    if used < 0 or not 0 <= bits - used <= _MOST_PADDING:
        return None
    return values.astype(f"u{module.bits_allocated // 8}", copy=False)


def _scan(data: bytes) -> tuple[NDArray[np.uint8], bytes] | None:
    """Return the length of each difference's code, and the coded data of the one scan.

    None where there are several tables or scans, restarts, or another predictor.
    """
    place = 2
    tables: list[bytes] = []
    while data[place : place + 1] == b"\xff" and len(tables) <= 1:
        marker, size = data[place + 1], int.from_bytes(data[place + 2 : place + 4], "big")
        segment = data[place + 4 : place + 2 + size]
        place += 2 + max(size, 2)
        if marker == _HUFFMAN_TABLES:
            tables.append(segment)
        elif marker == _RESTARTS:
            return None
        elif marker == _START_OF_SCAN:
            end = data.rfind(_END_OF_IMAGE)
            coded = data[place : max(end, place)]
            usual = segment[:1] == b"\x01" and segment[3:] == bytes((_FROM_THE_LEFT, 0, 0))
            # A marker among them would end the data.
            is_one = coded.count(b"\xff") == coded.count(b"\xff\x00")
            lengths = _code_lengths(tables[0]) if len(tables) == 1 else None
            return None if lengths is None or not usual or not is_one else (lengths, coded)
    return None


def _code_lengths(table: bytes) -> NDArray[np.uint8] | None:
    """Return the bits that each difference takes, by the difference modulo 2**16 (65536,).

    Zero where the table has no code for it. None where it is no single table.
    """
    counts, categories = table[1 : 1 + _LONGEST_CODE], table[1 + _LONGEST_CODE :]
    if sum(counts) != len(categories) or any(category > 16 for category in categories):
        return None
    lengths = np.zeros(2**16, np.uint8)
    code = np.repeat(np.arange(1, len(counts) + 1), list(counts))
    for category, length in zip(categories, code, strict=True):
        # A difference of 16 bits has no bits beside its code (H.1.2.2).
        magnitudes = (
            np.arange(2**category // 2, 2**category) if category < 16 else np.array([2**15])
        )
        bits = length + (category if category < 16 else 0)
        lengths[magnitudes] = lengths[-magnitudes] = bits
    return lengths


def _coded_bits(values: NDArray[Any], bits: int, lengths: NDArray[np.uint8]) -> int:
    """Return the bits that grey values (H, W) of `bits` bits take, each predicted from its left.

    The first of a row is predicted from above, the very first as half of the scale (H.1.2.1).
    -1 where a difference has no code, and so was never in the data.
    """
    above = np.uint16(1 << (bits - 1))
    total = 0
    for top in range(0, len(values), _ROWS):  # few at a time stay in the processor's cache
        part = values[top : top + _ROWS].astype(np.uint16, copy=False)
        differences = np.empty(part.shape, np.uint16)
        np.subtract(part[:, 1:], part[:, :-1], out=differences[:, 1:])
        differences[:, 0] = np.diff(part[:, 0], prepend=above)
        found = np.take(lengths, differences)
        if not found.all():
            return -1
        total += int(found.sum(dtype=np.int64))
        above = part[-1, 0]
    return total
