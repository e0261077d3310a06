"""DICOM files made byte by byte, since no library writes what breaks the rules."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.support.raster_files import film

EXPLICIT, IMPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2"
PREAMBLE = bytes(128) + b"DICM"
UNDEFINED = 0xFFFFFFFF
FILM = film(48, 40)
DEEP_FILM = (FILM.astype(np.uint16) << 4) | 7  # 12 bits
_LONG = ("OB", "OW", "SQ", "UN", "UT", "OX")


@dataclass(frozen=True)
class Encoding:
    """Explicit or implicit VR, and the byte order."""

    explicit: bool = True
    order: str = "<"

    def element(self, tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
        """An element; `length` may lie. Odd values are filled up (PS3.5 7.1.1)."""
        value += (b" " if vr in ("CS", "LO", "PN", "SH", "IS") else b"\0") * (len(value) % 2)
        length = len(value) if length is None else length
        head = struct.pack(self.order + "HH", tag >> 16, tag & 0xFFFF)
        if not self.explicit:
            return head + struct.pack(self.order + "I", length) + value
        if vr in _LONG:
            return head + vr.encode() + bytes(2) + struct.pack(self.order + "I", length) + value
        return head + vr.encode() + struct.pack(self.order + "H", length) + value

    def film(
        self,
        pixels: bytes | None = None,
        *,
        bits: int = 16,
        stored: int = 12,
        in_8: bytes = b"",
        in_20: bytes = b"",
        encapsulated: bool = False,
    ) -> bytes:
        """A data set that shows `DEEP_FILM`, or other pixels of its size.

        `in_8` and `in_20` are put behind the elements of group 0008 and before those of 0028.
        """
        if pixels is None:
            pixels = DEEP_FILM.astype(self.order + "u2").tobytes()
        numbers = {
            0x00280002: 1, 0x00280010: 48, 0x00280011: 40, 0x00280100: bits, 0x00280101: stored,
            0x00280102: stored - 1, 0x00280103: 0,
        }  # fmt: skip
        parts = {
            tag: self.element(tag, "US", struct.pack(self.order + "H", number))
            for tag, number in numbers.items()
        }
        parts[0x00080016] = self.element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.1")
        parts[0x00080060] = self.element(0x00080060, "CS", b"CR") + in_8
        parts[0x00100010] = self.element(0x00100010, "PN", b"Doe^J") + in_20
        parts[0x00280004] = self.element(0x00280004, "CS", b"MONOCHROME2")
        length = UNDEFINED if encapsulated else None
        vr = "OB" if encapsulated else "OW"
        parts[0x7FE00010] = self.element(0x7FE00010, vr, pixels, length)
        return b"".join(parts[tag] for tag in sorted(parts))


def meta(syntax: str | None, *, with_length: bool = True) -> bytes:
    """A file meta group (PS3.10 7.1), which is in explicit VR, little endian, always."""
    plain = Encoding()
    group = plain.element(0x00020002, "UI", b"1.2.840.10008.5.1.4.1.1.1")
    if syntax is not None:
        group += plain.element(0x00020010, "UI", syntax.encode())
    if not with_length:
        return group
    return plain.element(0x00020000, "UL", struct.pack("<I", len(group))) + group


def item(content: bytes, length: int | None = None) -> bytes:
    """An item of a sequence (PS3.5 7.5.1); `length` may lie."""
    length = len(content) if length is None else length
    return struct.pack("<HHI", 0xFFFE, 0xE000, length) + content


ITEM_END = struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
SEQUENCE_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


def encapsulated(
    fragments: Sequence[bytes], *, table: bytes | None = b"", end: bool = True
) -> bytes:
    """Encapsulated pixel data (PS3.5 A.4): an offset table, unless None, and fragments."""
    parts = [] if table is None else [item(table)]
    parts += [item(fragment + b"\0" * (len(fragment) % 2)) for fragment in fragments]
    return b"".join(parts) + (SEQUENCE_END if end else b"")
