"""Files to start from, and what is done to their bytes; a number always gives the same file."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import cache
from random import Random

import numpy as np
from PIL import Image

from tests.robustness.hostile_files import (
    BUNDLED,
    DEFLATED,
    dicomdir_of_many_records,
    element,
    image,
    item,
    nested,
    part_10,
)

_LARGEST_BUNDLED = 60_000
_PREAMBLE = 132
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_NUMBERS = (0, 1, 2, 7, 8, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
_VALUE_REPRESENTATIONS = (
    b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN "
    b"UR US UT UV ?? \0\0"
).split()
_TEXTS = (
    b"", b"\0", b"nan", b"inf", b"-1", b"1e309", b"9" * 40, b"0x10", b"\\", b"\\\\\\",
    b"ISO_IR 192", b"\\ISO 2022 IR 87", b"punycode", b"idna", b"\x1b$B", b"\xff\xfe\xfd",
    b"\xed\xa0\x80", b"%s%n", b"<img src='x'>", b"../../x", b"MONOCHROME1", b"PALETTE COLOR",
    b"YBR_FULL_422", b"1.2.840.10008.1.2.4.90", b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.2",
)  # fmt: skip


@cache
def pictures() -> tuple[bytes, ...]:
    """Return small pictures of every format and depth that is read."""
    ramp = np.linspace(0, 255, 48 * 40).reshape(48, 40)
    grey, deep = ramp.astype(np.uint8), (ramp * 257).astype(np.uint16)
    colour = np.dstack([grey, grey[::-1], grey.T.reshape(48, 40)])
    made = [
        _saved(array, kind, **options)
        for array in (grey, colour)
        for kind, options in (
            ("PNG", {}),
            ("JPEG", {}),
            ("JPEG", {"progressive": True}),
            ("BMP", {}),
            ("TIFF", {}),
            ("TIFF", {"compression": "tiff_lzw"}),
            ("TIFF", {"compression": "tiff_adobe_deflate"}),
            ("TIFF", {"compression": "jpeg"}),
        )
    ]
    made += [_saved(deep, "PNG"), _saved(deep, "TIFF"), _saved(ramp.astype(np.float32), "TIFF")]
    made += [_saved(grey > 127, "TIFF", compression="group4")]
    pages = [Image.fromarray(grey) for _ in range(3)]
    stream = io.BytesIO()
    pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:])
    return (*made, stream.getvalue())


@cache
def dicom_files() -> tuple[bytes, ...]:
    """Return small DICOM files: pydicom's own of every compression, and some made here."""
    bundled = [
        path.read_bytes()
        for path in sorted(BUNDLED.glob("*.dcm"))
        if path.stat().st_size <= _LARGEST_BUNDLED
    ]
    names = element(0x00100010, "PN", b"Doe^John")
    made = [
        part_10(image([names, element(0x00281050, "DS", b"100\\200")])),
        part_10(image([names]), DEFLATED),
        nested(6, closed=True)(),
        image([names]),
    ]
    return (*bundled, *made)


@cache
def archives() -> tuple[bytes, ...]:
    """Return archives of a picture and a DICOM file, packed and not."""
    made = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", method) as archive:
            archive.writestr("IMAGES/knee.png", pictures()[0])
            archive.writestr("DICOMDIR", directories()[0])
            archive.writestr("IMAGES/knee.dcm", dicom_files()[0])
        made.append(stream.getvalue())
    return (*made, gzip.compress(dicom_files()[0], mtime=0))


@cache
def directories() -> tuple[bytes, ...]:
    """Return DICOMDIR files that list `IMAGES/A`, `B` and things that are not there."""
    parts = (
        b"IMAGES\\A",
        b"images\\a",
        b"B",
        b"..\\..\\ETC\\PASSWD",
        b"/etc/passwd",
        b"IMAGES\\..\\B",
    )
    records = b"".join(
        item(element(0x00041430, "CS", kind) + element(0x00041500, "CS", name))
        for name in parts
        for kind in (b"IMAGE", b"PATIENT")
    )
    listed = part_10(element(0x00041220, "SQ", records))
    bundled = [path.read_bytes() for path in sorted(BUNDLED.rglob("DICOMDIR*"))]
    small = [data for data in bundled if len(data) <= _LARGEST_BUNDLED]
    return (listed, dicomdir_of_many_records()[:20_000], *small)


def mutated(data: bytes, random: Random, others: tuple[bytes, ...] = ()) -> bytes:
    """Return damaged bytes: a few of the ways of `_WAYS`, one after another."""
    if data.startswith(_PNG_SIGNATURE) and random.random() < 0.7:
        return _png_with_sums(_changed(data, random, others))
    if random.random() < 0.15 and data[128:_PREAMBLE] == b"DICM":
        return _deflated(_changed(data, random, others))
    return _changed(data, random, others)


def _changed(data: bytes, random: Random, others: tuple[bytes, ...]) -> bytes:
    for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
        if not data:
            return data
        way = random.choice(_WAYS)
        data = (
            way(data, random)
            if random.random() < 0.95 or not others
            else _spliced(data, random.choice(others), random)
        )
    return data


def _place(data: bytes, random: Random) -> int:
    """Return a place, half of the time in the first bytes, where headers lie."""
    most = len(data) - 1
    return random.randint(0, min(most, 1500) if random.random() < 0.5 else most)


def _flipped(data: bytes, random: Random) -> bytes:
    place = _place(data, random)
    return data[:place] + bytes([data[place] ^ 1 << random.randrange(8)]) + data[place + 1 :]


def _number(data: bytes, random: Random) -> bytes:
    place, number = _place(data, random), random.choice(_NUMBERS)
    kind = random.choice(("<H", ">H", "<I", ">I", "B"))
    packed = struct.pack(kind, number & (256 ** struct.calcsize(kind) - 1))
    return data[:place] + packed + data[place + len(packed) :]


def _cut(data: bytes, random: Random) -> bytes:
    return data[: _place(data, random)]


def _left_out(data: bytes, random: Random) -> bytes:
    place = _place(data, random)
    return data[:place] + data[place + random.choice((1, 2, 4, 8, 64, 1000)) :]


def _repeated(data: bytes, random: Random) -> bytes:
    place = _place(data, random)
    piece = data[place : place + random.choice((1, 2, 8, 12, 64, 1000))]
    return data[:place] + piece * random.choice((2, 3, 50)) + data[place:]


def _inserted(data: bytes, random: Random) -> bytes:
    place = _place(data, random)
    return data[:place] + random.randbytes(random.choice((1, 2, 4, 40))) + data[place:]


def _text(data: bytes, random: Random) -> bytes:
    place, text = _place(data, random), random.choice(_TEXTS)
    return data[:place] + text + data[place + (len(text) if random.random() < 0.5 else 0) :]


def _representation(data: bytes, random: Random) -> bytes:
    """Change a DICOM element's value representation to another, where one is found."""
    start = _place(data, random)
    for place in range(start, min(start + 400, len(data) - 2)):
        if data[place : place + 2] in _VALUE_REPRESENTATIONS:
            other = random.choice(_VALUE_REPRESENTATIONS)
            return data[:place] + other + data[place + 2 :]
    return _flipped(data, random)


def _value(data: bytes, random: Random) -> bytes:
    """Put another text, of the right length, into a DICOM element with a short length."""
    start = max(_place(data, random), _PREAMBLE)
    for place in range(start, min(start + 400, len(data) - 8)):
        if data[place : place + 2] in _VALUE_REPRESENTATIONS:
            (length,) = struct.unpack_from("<H", data, place + 2)
            text = random.choice(_TEXTS) * random.choice((1, 1, 1, 30, 1000))
            text = text[:0xFFFE] + b" " * (len(text[:0xFFFE]) % 2)
            head = data[: place + 2] + struct.pack("<H", len(text))
            return head + text + data[place + 4 + length :]
    return _flipped(data, random)


def _spliced(data: bytes, other: bytes, random: Random) -> bytes:
    return data[: _place(data, random)] + other[_place(other, random) if other else 0 :]


def _png_with_sums(data: bytes) -> bytes:
    """Make a PNG's checksums right again, so that what lies behind them is reached."""
    parts, place = [data[:8]], 8
    while place + 8 <= len(data):
        (length,) = struct.unpack_from(">I", data, place)
        chunk = data[place + 4 : place + 8 + length]
        parts.append(data[place : place + 4] + chunk + struct.pack(">I", zlib.crc32(chunk)))
        place += 12 + length
    return b"".join(parts)


def _deflated(data: bytes) -> bytes:
    """Deflate a DICOM file behind its meta group, without trust in the group's stated length."""
    length = struct.unpack_from("<I", data, 140)[0] if len(data) > 144 else 0
    return part_10(data[144 + length :], DEFLATED)


_WAYS: tuple[Callable[[bytes, Random], bytes], ...] = (
    _flipped, _number, _number, _cut, _left_out, _repeated, _inserted, _text,
    _representation, _value,
)  # fmt: skip


def _saved(array: object, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, kind, **options)
    return stream.getvalue()
