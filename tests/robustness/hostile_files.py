"""Small files that ask for much: time, memory, nesting, pages, or a look outside themselves.

Each is made when it is needed, from a few lines that say what it does; none is kept. Most hold
little and claim much, as a zip bomb does, so that none is larger than 2 MB.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pydicom

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
MANY_PIXELS = 119_000_000  # just below the limit of 120 million
EXPLICIT = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG_2000 = "1.2.840.10008.1.2.4.90"
RLE = "1.2.840.10008.1.2.5"
_LONG = ("OB", "OW", "SQ", "UC", "UN", "UR", "UT")
_UNDEFINED = 0xFFFFFFFF
_TAG = '<img src="file:///dev/zero">'


@dataclass(frozen=True, slots=True)
class HostileFile:
    """A file's name and how its bytes are made."""

    name: str
    make: Callable[[], bytes]


# -- DICOM, written by hand so that it may be wrong ------------------------------------------------


def element(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """Return an element in explicit little endian (PS3.5 7.1.2); `length` may lie."""
    value += b"\0" * (len(value) % 2)
    length = len(value) if length is None else length
    head = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    if vr in _LONG:
        return head + struct.pack("<HI", 0, length) + value
    return head + struct.pack("<H", length) + value


def item(content: bytes) -> bytes:
    """Return an item of a sequence."""
    return struct.pack("<HHI", 0xFFFE, 0xE000, len(content)) + content


def part_10(body: bytes, syntax: str = EXPLICIT) -> bytes:
    """Return a DICOM file: preamble, transfer syntax, and a body that may be deflated."""
    meta = element(0x00020010, "UI", syntax.encode())
    group_length = element(0x00020000, "UL", struct.pack("<I", len(meta)))
    if syntax == DEFLATED:
        deflater = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
        body = deflater.compress(body) + deflater.flush()
    return bytes(128) + b"DICM" + group_length + meta + body


def image(
    extra: Iterable[bytes] = (),
    *,
    rows: int = 64,
    columns: int = 64,
    pixels: bytes | None = None,
    character_set: str = "ISO_IR 100",
) -> bytes:
    """Return the body of a grey 8-bit picture; `extra` elements are put in their tags' order."""
    parts = [
        element(0x00080005, "CS", character_set.encode()),
        element(0x00080016, "UI", b"1.2.840.10008.5.1.4.1.1.1.1"),
        element(0x00080018, "UI", b"1.2.3"),
        element(0x00280002, "US", struct.pack("<H", 1)),
        element(0x00280004, "CS", b"MONOCHROME2"),
        element(0x00280010, "US", struct.pack("<H", rows)),
        element(0x00280011, "US", struct.pack("<H", columns)),
        element(0x00280100, "US", struct.pack("<H", 8)),
        element(0x00280101, "US", struct.pack("<H", 8)),
        element(0x00280102, "US", struct.pack("<H", 7)),
        element(0x00280103, "US", struct.pack("<H", 0)),
    ]
    by_tag = sorted([*parts, *extra], key=lambda part: struct.unpack("<HH", part[:4]))
    if pixels is None:
        pixels = element(0x7FE00010, "OB", bytes(range(64)) * 64)
    return b"".join(by_tag) + pixels


def encapsulated(frames: Iterable[bytes]) -> bytes:
    """Return compressed pixel data (PS3.5 A.4) with an empty table of offsets."""
    items = item(b"") + b"".join(item(frame + b"\0" * (len(frame) % 2)) for frame in frames)
    end = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    return element(0x7FE00010, "OB", b"", _UNDEFINED) + items + end


def deflated_items() -> bytes:
    items = item(b"") * 1_000_000 + struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)
    # Of undefined length, so that the items must be gone through to find what follows them.
    head = element(0x00400275, "SQ", b"", _UNDEFINED)
    return part_10(image([head + items]), DEFLATED)


def deflated_elements() -> bytes:
    private = (element(0x00090010 + n % 0x100, "CS", b"") for n in range(1_000_000))
    return part_10(image([b"".join(private)]), DEFLATED)


def deflated_values() -> bytes:
    many = b"1\\" * 4_000_000
    return part_10(
        image([element(0x0018115E, "UC", many), element(0x00281050, "UC", many)]), DEFLATED
    )


def deflated_text() -> bytes:
    return part_10(image([element(0x00204000, "UT", b"x" * 100_000_000)]), DEFLATED)


def nested(depth: int, *, closed: bool) -> Callable[[], bytes]:
    """Return what makes sequences in sequences, `depth` deep, each item ended or left open."""
    opened = element(0x00400275, "SQ", b"", _UNDEFINED) + struct.pack(
        "<HHI", 0xFFFE, 0xE000, _UNDEFINED
    )
    ends = struct.pack("<HHIHHI", 0xFFFE, 0xE00D, 0, 0xFFFE, 0xE0DD, 0)
    return lambda: part_10(image([opened * depth + (ends * depth if closed else b"")]))


def character_set(name: str) -> Callable[[], bytes]:
    """Return what makes a file whose texts Python would decode by a codec that DICOM lacks."""
    text = b"a" * 1_000_000
    named = element(0x00100010, "PN", b"Doe^John")
    return lambda: part_10(image([named, element(0x00100020, "UC", text)], character_set=name))


def text_that_is_html() -> bytes:
    said = (_TAG + "<h1>Doe</h1>").encode()
    return part_10(
        image(
            [
                element(0x00100010, "PN", said),
                element(0x00081030, "LO", said),
                element(0x00204000, "LT", said),
            ]
        )
    )


def many_fragments() -> bytes:
    return part_10(image(pixels=encapsulated([b""] * 200_000)), RLE)


def rle_that_claims_much() -> bytes:
    # One segment, each pair of bytes repeated 128 times (PS3.5 G.3): 64 times what is held.
    segment = struct.pack("<16I", 1, 64, *[0] * 14) + b"\x81\x00" * 930_000
    return part_10(image(rows=10_900, columns=10_900, pixels=encapsulated([segment])), RLE)


def _codestream() -> bytes:
    dataset = pydicom.dcmread(BUNDLED / "MR_small_jp2klossless.dcm")
    return bytes(dataset.PixelData[dataset.PixelData.index(b"\xff\x4f\xff\x51") :])


def j2k_of_many_tiles() -> bytes:
    """A codestream that claims 10,900 x 10,900 pixels in tiles of 64 x 64, and holds one tile."""
    stream = bytearray(_codestream())
    stream[8:16] = struct.pack(">II", 10_900, 10_900)
    stream[24:32] = struct.pack(">II", 64, 64)
    return _j2k(stream, 10_900)


def j2k_of_many_layers() -> bytes:
    """A codestream whose 65,535 quality layers are to be gone through, and are empty."""
    stream = bytearray(_codestream())
    place = stream.index(b"\xff\x52")
    stream[place + 6 : place + 8] = struct.pack(">H", 65_535)
    start = stream.index(b"\xff\x93") + 2
    return _j2k(stream[:start] + b"\x80" * 1_000_000 + b"\xff\xd9", 64)


def _j2k(stream: bytes, size: int) -> bytes:
    deep = image(rows=size, columns=size, pixels=encapsulated([bytes(stream)]))
    for tag, value in ((0x00280100, 16), (0x00280101, 16), (0x00280102, 15), (0x00280103, 1)):
        old = 8 if value > 15 else (7 if value == 15 else 0)
        deep = deep.replace(
            element(tag, "US", struct.pack("<H", old)), element(tag, "US", struct.pack("<H", value))
        )
    return part_10(deep, JPEG_2000)


def dicomdir_of_many_records() -> bytes:
    record = item(
        element(0x00041430, "CS", b"IMAGE") + element(0x00041500, "CS", b"..\\..\\NOT\\HERE")
    )
    return part_10(element(0x00041220, "SQ", record * 20_000))


# -- pictures --------------------------------------------------------------------------------------


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _png(width: int, height: int, *chunks: bytes) -> bytes:
    # 8 bits, colour with transparency: four bytes a pixel, and more for every copy.
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + b"".join(chunks)


def png_that_claims_much() -> bytes:
    return _png(1, MANY_PIXELS, _chunk(b"IDAT", zlib.compress(bytes(10))))[:56]


def png_of_one_colour() -> bytes:
    size = 10_900
    deflater = zlib.compressobj(9)
    row = bytes(1 + 4 * size)
    body = b"".join(deflater.compress(row) for _ in range(size)) + deflater.flush()
    return _png(size, size, _chunk(b"IDAT", body), _chunk(b"IEND", b""))


def png_of_much_text() -> bytes:
    text = _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 60_000_000, 9))
    return _png(
        8, 8, text * 20, _chunk(b"IDAT", zlib.compress(bytes(8 * 33))), _chunk(b"IEND", b"")
    )


def jpeg_of_many_scans() -> bytes:
    """A progressive JPEG of 10,900 x 10,900 in 1,000 scans that each hold nothing."""
    size, scans = 10_900, 1000
    tables = _segment(0xDB, b"\0" + b"\1" * 64)
    frame = _segment(0xC2, struct.pack(">BHHB3B", 8, size, size, 1, 1, 0x11, 0))
    # One code of one bit each: no difference for DC, for AC an end of band over 16,384 blocks.
    codes = _segment(0xC4, b"\0" + b"\1" + bytes(15) + b"\0") + _segment(
        0xC4, b"\x10" + b"\1" + bytes(15) + b"\xe0"
    )
    blocks = (-(-size // 8)) ** 2
    # Each run of 16,384 blocks: the code 0 and fourteen bits of 0.
    runs = -(-blocks // 16_384)
    bits = bytes(-(-15 * runs // 8))
    parts = [b"\xff\xd8", tables, frame, codes]
    parts += [_segment(0xDA, b"\1\1\0\0\0\0") + bytes(-(-blocks // 8))]
    parts += [_segment(0xDA, b"\1\1\0\1\x3f\0") + bits] * scans
    return b"".join(parts) + b"\xff\xd9"


def jpeg_that_claims_much() -> bytes:
    size = 10_900
    frame = _segment(0xC0, struct.pack(">BHHB9B", 8, size, size, 3, 1, 0x22, 0, 2, 17, 0, 3, 17, 0))
    code = b"\1" + bytes(15) + b"\0"
    huffman = _segment(0xC4, b"\0" + code) + _segment(0xC4, b"\x10" + code)
    scan = _segment(0xDA, b"\3\1\0\2\0\3\0\0\x3f\0")
    return b"\xff\xd8" + _segment(0xDB, b"\0" + b"\1" * 64) + frame + huffman + scan + bytes(20)


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def _directory(entries: dict[int, tuple[int, int]], following: int) -> bytes:
    body = b"".join(
        struct.pack("<HHII", tag, kind, 1, value) for tag, (kind, value) in entries.items()
    )
    return struct.pack("<H", len(entries)) + body + struct.pack("<I", following)


def _page(size: int, place: int, count: int, compression: int = 1) -> dict[int, tuple[int, int]]:
    short, long = 3, 4
    return {
        256: (long, size), 257: (long, size), 258: (short, 8), 259: (short, compression),
        262: (short, 1), 273: (long, place), 277: (short, 1), 278: (long, size), 279: (long, count),
    }  # fmt: skip


def tiff_of_many_pages(pages: int = 45_000) -> bytes:
    """A TIFF of pages that have no more than a size and a place each, but for the first one."""
    head, pixels = 8, bytes(range(64))
    first = head + len(pixels)
    length = len(_directory(_page(8, head, 64), 0))
    short = {256: (4, 8), 257: (4, 8), 273: (4, head)}
    step = len(_directory(short, 0))
    parts = [struct.pack("<2sHI", b"II", 42, first), pixels]
    parts.append(_directory(_page(8, head, 64), first + length))
    for number in range(1, pages):
        following = first + length + number * step
        parts.append(_directory(short, 0 if number == pages - 1 else following))
    return b"".join(parts)


def tiff_whose_pages_go_in_a_circle() -> bytes:
    return struct.pack("<2sHI", b"II", 42, 72) + bytes(range(64)) + _directory(_page(8, 8, 64), 72)


def tiff_of_one_colour() -> bytes:
    size, deflate = 10_900, 8
    deflater = zlib.compressobj(9)
    row = bytes(size)
    body = b"".join(deflater.compress(row) for _ in range(size)) + deflater.flush()
    head = struct.pack("<2sHI", b"II", 42, 8 + len(body))
    return head + body + _directory(_page(size, 8, len(body), deflate), 0)


def bmp_that_claims_much() -> bytes:
    """Run lengths (BI_RLE8): the first pixel, then a jump to the end."""
    size, palette = 10_900, bytes(1024)
    body = b"\1\0" + b"\0\1"
    offset = 14 + 40 + len(palette)
    info = struct.pack("<IiiHHIIiiII", 40, size, size, 1, 8, 1, len(body), 0, 0, 256, 0)
    return struct.pack("<2sIHHI", b"BM", offset + len(body), 0, 0, offset) + info + palette + body


# -- archives --------------------------------------------------------------------------------------


def zip_bomb() -> bytes:
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("film.dcm", "w", force_zip64=True) as member,
    ):
        for _ in range(600):
            member.write(bytes(2**20))
    return stream.getvalue()


def zip_of_many_members() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(15_000):
            archive.writestr(f"{number}.dcm", b"")
    return stream.getvalue()


def zip_slip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in ("../../slipped.png", "/tmp/slipped.png", "C:\\slipped.png", "a/../../b.png"):
            archive.writestr(name, png_that_claims_much())
        link = zipfile.ZipInfo("link.png")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    return stream.getvalue()


HOSTILE_FILES = (
    HostileFile("png_that_claims_much.png", png_that_claims_much),
    HostileFile("png_of_one_colour.png", png_of_one_colour),
    HostileFile("png_of_much_text.png", png_of_much_text),
    HostileFile("jpeg_of_many_scans.jpg", jpeg_of_many_scans),
    HostileFile("jpeg_that_claims_much.jpg", jpeg_that_claims_much),
    HostileFile("tiff_of_many_pages.tif", tiff_of_many_pages),
    HostileFile("tiff_in_a_circle.tif", tiff_whose_pages_go_in_a_circle),
    HostileFile("tiff_of_one_colour.tif", tiff_of_one_colour),
    HostileFile("bmp_that_claims_much.bmp", bmp_that_claims_much),
    HostileFile("deflated_items.dcm", deflated_items),
    HostileFile("deflated_elements.dcm", deflated_elements),
    HostileFile("deflated_values.dcm", deflated_values),
    HostileFile("deflated_text.dcm", deflated_text),
    HostileFile("nested_open.dcm", nested(50_000, closed=False)),
    HostileFile("nested_closed.dcm", nested(5_000, closed=True)),
    HostileFile("nested_slightly.dcm", nested(200, closed=True)),
    HostileFile("character_set_punycode.dcm", character_set("punycode")),
    HostileFile("character_set_idna.dcm", character_set("idna")),
    HostileFile("character_set_utf_7.dcm", character_set("utf_7")),
    HostileFile("character_set_unicode_escape.dcm", character_set("unicode_escape")),
    HostileFile("character_sets_many.dcm", character_set("\\ISO 2022 IR 87" * 1000)),
    HostileFile("text_that_is_html.dcm", text_that_is_html),
    HostileFile(f"{_TAG.replace('/', '')}.dcm", text_that_is_html),
    HostileFile("many_fragments.dcm", many_fragments),
    HostileFile("rle_that_claims_much.dcm", rle_that_claims_much),
    HostileFile("j2k_of_many_tiles.dcm", j2k_of_many_tiles),
    HostileFile("j2k_of_many_layers.dcm", j2k_of_many_layers),
    HostileFile("DICOMDIR", dicomdir_of_many_records),
    HostileFile("zip_bomb.zip", zip_bomb),
    HostileFile("zip_of_many_members.zip", zip_of_many_members),
    HostileFile("zip_slip.zip", zip_slip),
)


def write_all(folder: Path) -> list[Path]:
    """Write every hostile file into `folder`; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for hostile in HOSTILE_FILES:
        path = folder / hostile.name
        path.write_bytes(hostile.make())
        paths.append(path)
    return paths
