"""The elements of a data set counted before it is parsed: a small file may unpack to millions."""

from __future__ import annotations

from typing import Literal

from koa_desktop.errors import ReadError, ReadReason

MAX_ELEMENTS = 100_000
MAX_DEPTH = 64  # of sequences in sequences
_UNDEFINED = 0xFFFFFFFF
_ITEM = 0xFFFEE000
_PIXEL_DATA = 0x7FE00010
# Those that have two unused bytes, then a length of four (PS3.5 7.1.2).
_LONG_VRS = frozenset(
    (b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV")
)


def check_structure(data: bytes | memoryview, start: int = 0) -> slice | None:
    """Return where native pixel data lie, None where that is not known.

    Raises ReadError where a data set has more elements, or deeper nested ones, than any film.

    The data set begins at `start`. Where bytes follow no order, counting ends: what they are is for
    the parser to say.
    """
    # The first group is 0008.
    order: Literal["little", "big"] = "big" if data[start : start + 1] == b"\0" else "little"
    item = b"\xff\xfe\xe0\x00" if order == "big" else b"\xfe\xff\x00\xe0"
    ends: list[int] = []  # of each open sequence and item
    pixels = None
    fragments = -1  # how many are open within compressed pixels, whose items are no data sets
    place, count = start, 0
    while place <= len(data) - 8:
        tag, length, place = _element(data, place, order)
        is_open = length == _UNDEFINED and tag != _ITEM
        if tag == length == 0 or (is_open and data[place : place + 2] != item[:2]):
            # Filling, or no data set at all.
            return pixels
        count += 1
        if count > MAX_ELEMENTS:
            raise ReadError(ReadReason.DICOM_ELEMENTS)
        if len(ends) > 2 * MAX_DEPTH:
            raise ReadError(ReadReason.DICOM_NESTED)
        if tag == _ITEM and len(ends) != fragments:
            ends.append(len(data) if length == _UNDEFINED else place + length)
        elif tag > _ITEM and tag >> 16 == _ITEM >> 16:
            # The end of an item or a sequence.
            del ends[-1:]
            fragments = -1 if len(ends) < fragments else fragments
        elif is_open:
            ends.append(len(data))
            fragments = len(ends) if tag == _PIXEL_DATA else fragments
        elif tag != _PIXEL_DATA and data[place : place + 4] == item:
            ends.append(place + length)
        else:
            if tag == _PIXEL_DATA and not ends:
                pixels = slice(place, place + length)
            place += length
        _close(ends, place)
    return pixels


def _close(ends: list[int], place: int) -> None:
    """Take out the ends that lie before `place` or at it."""
    while ends and place >= ends[-1]:
        ends.pop()


def _element(
    data: bytes | memoryview, place: int, order: Literal["little", "big"]
) -> tuple[int, int, int]:
    """Return the tag and length of the element that begins at `place`, and where its value does."""
    group = int.from_bytes(data[place : place + 2], order)
    tag = group << 16 | int.from_bytes(data[place + 2 : place + 4], order)
    vr = bytes(data[place + 4 : place + 6])
    first, last, value = place + 4, place + 8, place + 8
    if vr in _LONG_VRS:
        first, last, value = place + 8, place + 12, place + 12
    elif vr.isalpha() and vr.isupper():
        first = place + 6
    return tag, int.from_bytes(data[first:last], order), value
