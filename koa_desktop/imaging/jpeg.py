"""JPEG bytes -> pixels, with the answer to whether the file holds all of them.

Decoders fill in what is damaged or missing, most of them in silence. libjpeg-turbo warns of it, and
simplejpeg passes the warning on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from koa_desktop.errors import ReadError, ReadReason

MAGIC = b"\xff\xd8"
_END_OF_IMAGE = b"\xff\xd9"
_START_OF_SCAN = 0xDA
_JPEG_LS = 0xF7
_NO_FRAMES = (0xC4, 0xC8, 0xCC)  # between the markers of frames, and none
_BASELINE = (0xC0, 0xC1)
# Markers without a length: TEM, RST0 to RST7, SOI.
_ALONE = (0x01, *range(0xD0, 0xD9))
_MAX_SEGMENTS = 1000
_MAX_ROWS = 65500
_BLOCK = 8
_NO_BLOCK = 128  # the grey of a block for which there are no data


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """The frame header of a JPEG or JPEG-LS (ITU-T T.81 B.2.2, T.87 C.2.2).

    `place` is where its marker lies; `sampling` is the largest vertical sampling factor.
    """

    marker: int
    place: int
    rows: int
    columns: int
    components: int
    bits: int
    sampling: int


def frame_header(data: bytes) -> FrameHeader | None:
    """Return the frame header of a JPEG's bytes, None where there is none before the first scan."""
    place = 2
    for _ in range(_MAX_SEGMENTS):
        # Any number of FF may stand before a marker.
        while data[place : place + 2] == b"\xff\xff":
            place += 1
        if data[place : place + 1] != b"\xff" or len(data) < place + 10:
            return None
        marker = data[place + 1]
        if marker in _ALONE:
            place += 2
            continue
        if marker == _JPEG_LS or (0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES):
            factors = data[place + 11 : place + 10 + 3 * data[place + 9] : 3]
            down = max((factor & 0x0F for factor in factors), default=1)
            return FrameHeader(
                marker,
                place,
                rows=int.from_bytes(data[place + 5 : place + 7], "big"),
                columns=int.from_bytes(data[place + 7 : place + 9], "big"),
                components=data[place + 9],
                bits=data[place + 4],
                sampling=down,
            )
        if marker == _START_OF_SCAN:
            return None
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return None


def decode_jpeg(data: bytes, *, colour: bool) -> tuple[NDArray[np.uint8], bool]:
    """Return pixels (H, W) or, for `colour`, RGB (H, W, 3), and whether all of them are there.

    Raises ReadError where the file ends before its picture does, or cannot be decoded.
    """
    try:
        return _pixels(data, colour), is_exhausted(data)
    except ValueError:
        pass
    try:
        # A file that lacks its end marker alone is whole.
        return _pixels(data + _END_OF_IMAGE, colour), True
    except ValueError as error:
        if not _has_end(data):
            raise ReadError(ReadReason.PICTURE_CUT_SHORT) from error
    try:
        return _pixels(data, colour, strict=False), False
    except ValueError as error:
        raise ReadError(ReadReason.PICTURE_CUT_SHORT) from error


def is_exhausted(data: bytes) -> bool:
    """Tell whether a baseline JPEG's data end where its last pixel does.

    If damage removes or adds blocks, the others move along, and some are left at the end. They
    turn up when the frame header asks for one row of them more. The last byte is taken away, since
    its spare bits could pass for a block. Progressive files have their blocks in several scans, and
    are taken for exhausted.
    """
    header = frame_header(data)
    if header is None or header.marker not in _BASELINE:
        return True
    # In a scan of one component, factors do not count (ITU-T T.81 A.2.2).
    height = _BLOCK * (header.sampling if header.components > 1 else 1)
    whole = -(-header.rows // height) * height
    if whole + height > _MAX_ROWS:
        return True
    rows = (whole + height).to_bytes(2, "big")
    # FF may fill up before a marker, and is followed by 00 within the data (ITU-T T.81 B.1.1).
    coded = data[: data.rfind(_END_OF_IMAGE)].rstrip(b"\xff")
    coded = coded[: -2 if coded.endswith(b"\xff\0") else -1]
    longer = coded[: header.place + 5] + rows + coded[header.place + 7 :] + _END_OF_IMAGE
    # One pixel a block is enough, and the fastest.
    small = simplejpeg.decode_jpeg(
        longer, "GRAY", min_height=1, min_width=1, min_factor=_BLOCK, strict=False
    )
    return bool((small[whole // _BLOCK :] == _NO_BLOCK).all())


def _pixels(data: bytes, colour: bool, *, strict: bool = True) -> NDArray[np.uint8]:
    decoded: NDArray[Any] = simplejpeg.decode_jpeg(data, "RGB" if colour else "GRAY", strict=strict)
    return decoded if colour else decoded[..., 0]


def _has_end(data: bytes) -> bool:
    """Tell whether a JPEG has an end marker; its data cannot hold one by chance (T.81 B.1.1.5)."""
    return _END_OF_IMAGE in data[data.rfind(b"\xff\xda") :]
