"""Files that break DICOM's rules are read by their bytes, and a note says so."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom.encaps import generate_frames
from pydicom.uid import JPEGLSLossless, RLELossless

from koa_desktop.errors import ReadError
from koa_desktop.loading.read import read
from koa_desktop.message import Message
from koa_desktop.radiograph import Note, Radiograph
from tests.support.dicom_bytes import (
    BIG_ENDIAN,
    DEEP_FILM,
    EXPLICIT,
    FILM,
    IMPLICIT,
    ITEM_END,
    PREAMBLE,
    SEQUENCE_END,
    UNDEFINED,
    Encoding,
    encapsulated,
    item,
    meta,
)
from tests.support.dicom_files import image
from tests.support.raising import raises

LITTLE, IMPLICIT_LITTLE, BIG = Encoding(), Encoding(explicit=False), Encoding(order=">")
BASELINE, LOSSLESS = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70"
NOTE = Message.of(Note.SECOND_READER)


def film_of(data: bytes, folder: Path) -> Radiograph:
    path = folder / "film.dcm"
    path.write_bytes(data)
    return read(path)


def is_read(data: bytes, folder: Path, *, noted: bool = True) -> None:
    """Check that a file shows the film, and whether a note says that it breaks the rules."""
    film = film_of(data, folder)
    np.testing.assert_array_equal(film.values, DEEP_FILM)
    assert (NOTE in film.info.notes) == noted


# ------------------------------------------------ the encoding is another one, PS3.5 10, PS3.10 7.1


@pytest.mark.parametrize("encoding", [LITTLE, IMPLICIT_LITTLE, BIG], ids=["EL", "IL", "EB"])
@pytest.mark.parametrize(
    "named",
    [
        *(EXPLICIT, IMPLICIT, BIG_ENDIAN, "1.2.840.10008.1.2.1.99", BASELINE, LOSSLESS),
        *("1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.90", "1.2.3.4", "junk", "", None),
    ],
)
def test_native_pixels_are_read_whatever_the_file_meta_group_names(tmp_path, encoding, named):
    film = film_of(PREAMBLE + meta(named) + encoding.film(), tmp_path)
    np.testing.assert_array_equal(film.values, DEEP_FILM)
    is_big = encoding is BIG
    if named and named not in (EXPLICIT, IMPLICIT) and not (is_big and named == BIG_ENDIAN):
        assert NOTE in film.info.notes


def test_a_deflated_file_is_read(tmp_path):
    import zlib

    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    body = deflater.compress(LITTLE.film()) + deflater.flush()
    is_read(PREAMBLE + meta("1.2.840.10008.1.2.1.99") + body, tmp_path, noted=False)


# ------------------------------------------------ meta groups and prefix, PS3.10 7.1


@pytest.mark.parametrize(
    "head",
    [
        meta(EXPLICIT) + meta(BIG_ENDIAN),
        meta(EXPLICIT) + meta(EXPLICIT),
        meta(EXPLICIT) + meta(IMPLICIT, with_length=False),
        meta(EXPLICIT) + meta(BIG_ENDIAN) + meta(IMPLICIT),
        meta(BIG_ENDIAN) + meta(EXPLICIT),
    ],
    ids=["other", "same", "without length", "three", "the first is wrong"],
)
def test_more_than_one_meta_group_is_read(tmp_path, head):
    is_read(PREAMBLE + head + LITTLE.film(), tmp_path)


@pytest.mark.parametrize(
    "head", [b"DICM", PREAMBLE + PREAMBLE], ids=["no preamble", "two preambles"]
)
def test_an_odd_prefix_is_read(tmp_path, head):
    is_read(head + meta(EXPLICIT) + LITTLE.film(), tmp_path)


@pytest.mark.parametrize("head", [b"", meta(EXPLICIT), meta(EXPLICIT, with_length=False)])
def test_files_without_a_preamble_are_read(tmp_path, head):
    is_read(head + LITTLE.film(), tmp_path, noted=False)


@pytest.mark.parametrize("encoding", [LITTLE, IMPLICIT_LITTLE], ids=["EL", "IL"])
@pytest.mark.parametrize("behind", [b"", b"OM", bytes(8)])
def test_the_letters_of_the_prefix_may_stand_in_a_value(tmp_path, encoding, behind):
    first = encoding.element(0x00080008, "CS", b"ORIGINAL\\PRIMARY")
    text = b"B" * (128 - len(first) - 8) + b"DICM" + behind + b"B" * 40
    body = first + encoding.element(0x00080010, "LO", text) + encoding.film()
    assert body[128:132] == b"DICM"
    is_read(body, tmp_path)


# ------------------------------------------------ sequences, PS3.5 7.5

INNER = LITTLE.element(0x00081150, "UI", b"1.2.3") + LITTLE.element(0x00081155, "UI", b"1.2.3.4")
NESTED = LITTLE.element(0x00080100, "SH", b"code")


def sequence(content: bytes, length: int = UNDEFINED, tag: int = 0x00081140) -> bytes:
    return LITTLE.element(tag, "SQ", content, length)


def nested(inner_end: bytes, outer_end: bytes) -> bytes:
    inner = sequence(item(NESTED, UNDEFINED) + inner_end, tag=0x0040A170)
    return sequence(item(INNER[:14] + inner, UNDEFINED) + outer_end)


SEQUENCES = {
    "no sequence delimiter": sequence(item(INNER, UNDEFINED) + ITEM_END),
    "no item delimiter": sequence(item(INNER, UNDEFINED) + SEQUENCE_END),
    "no delimiter at all": sequence(item(INNER, UNDEFINED)),
    "two items without delimiters": sequence(2 * item(INNER, UNDEFINED) + SEQUENCE_END),
    "items of known length, no delimiter": sequence(item(INNER)),
    "empty without delimiter": sequence(b""),
    "an inner sequence without delimiter": nested(ITEM_END, ITEM_END + SEQUENCE_END),
    "an inner item without delimiter": nested(SEQUENCE_END, ITEM_END + SEQUENCE_END),
    "two levels without delimiters": nested(b"", b""),
    "length too large": sequence(item(INNER), len(item(INNER)) + 8),
    "length too small": sequence(item(INNER), len(item(INNER)) - 8),
    "delimiter of nothing": ITEM_END,
}


@pytest.mark.parametrize("odd", SEQUENCES.values(), ids=SEQUENCES)
def test_a_sequence_without_its_delimiters_is_read(tmp_path, odd):
    is_read(PREAMBLE + meta(EXPLICIT) + LITTLE.film(in_8=odd), tmp_path)


@pytest.mark.parametrize("lost", [ITEM_END, SEQUENCE_END, ITEM_END + SEQUENCE_END])
def test_a_table_in_a_sequence_without_its_delimiters_is_applied(tmp_path, lost):
    # PS3.3 C.11.2: a VOI LUT of four entries, in the last sequence before the pixel data.
    descriptor = LITTLE.element(0x00283002, "US", struct.pack("<HHH", 4096, 0, 12))
    entries = np.arange(4096, dtype="<u2")[::-1].tobytes()
    table = descriptor + LITTLE.element(0x00283006, "OW", entries)
    whole = item(table, UNDEFINED) + ITEM_END + SEQUENCE_END
    odd = sequence(whole.replace(lost, b""), tag=0x00283010)
    data = LITTLE.film()
    place = data.index(b"\xe0\x7f\x10\0")
    film = film_of(PREAMBLE + meta(EXPLICIT) + data[:place] + odd + data[place:], tmp_path)
    np.testing.assert_array_equal(film.values, 4095 - DEEP_FILM)
    assert NOTE in film.info.notes


@pytest.mark.parametrize(
    "odd",
    [
        b"\x08\0\x30\x10\0\0\x04\0text",
        b"\x08\0\x30\x10??\x04\0text",
        b"\x08\0\x30\x10lo\x04\0text",
        b"\x08\0\x30\x10OX\0\0\x04\0\0\0text",
    ],
    ids=["none", "??", "lower case", "OX"],
)
def test_value_representations_that_do_not_exist_are_read(tmp_path, odd):
    # PS3.5 6.2 and 7.1.2
    is_read(PREAMBLE + meta(EXPLICIT) + LITTLE.film(in_8=odd), tmp_path)


# ------------------------------------------------ fragments, PS3.5 A.4


def compressed(syntax) -> bytes:
    dataset = image(DEEP_FILM, BitsStored=12, HighBit=11)
    dataset.compress(syntax)
    return next(generate_frames(dataset.PixelData, number_of_frames=1))


STREAMS = {
    "RLE": (str(RLELossless), compressed(RLELossless)),
    "JPEG-LS": (str(JPEGLSLossless), compressed(JPEGLSLossless)),
}
HEAD = 8  # bytes of an item's tag and length


def halves(stream: bytes) -> list[bytes]:
    middle = len(stream) // 4 * 2
    return [stream[:middle], stream[middle:]]


def file_of(syntax: str, pixels: bytes, *, frames: bytes = b"") -> bytes:
    number = LITTLE.element(0x00280008, "IS", frames) if frames else b""
    return PREAMBLE + meta(syntax) + LITTLE.film(pixels, in_20=number, encapsulated=True)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize(
    ("table", "frames"),
    [
        (b"", b""),
        (bytes(4), b"1"),
        (struct.pack("<I", 99_999), b""),
        (struct.pack("<3I", 0, 40, 80), b"1"),
        (b"", b"2"),
    ],
    ids=["empty", "right", "beyond the end", "an entry a fragment", "two frames claimed"],
)
def test_an_offset_table_of_any_kind_costs_nothing(tmp_path, name, table, frames):
    syntax, stream = STREAMS[name]
    pixels = encapsulated(halves(stream), table=table)
    is_read(file_of(syntax, pixels, frames=frames), tmp_path, noted=False)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("table", [b"", b"\0\0\0\0\x10\x27\0\0"])
def test_the_first_of_two_frames_in_fragments_is_read(tmp_path, name, table):
    syntax, stream = STREAMS[name]
    other = stream[:-40] + bytes(40)
    pixels = encapsulated([*halves(stream), *halves(other)], table=table)
    film = film_of(file_of(syntax, pixels, frames=b"2"), tmp_path)
    np.testing.assert_array_equal(film.values, DEEP_FILM)
    assert Message.of(Note.FIRST_FRAME, frames=2) in film.info.notes


def without(pixels: bytes, length: int) -> bytes:
    """Encapsulated pixel data whose last item claims another length."""
    place = pixels.rindex(b"\xfe\xff\0\xe0") + 4
    return pixels[:place] + struct.pack("<I", length) + pixels[place + 4 :]


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize(
    "change",
    [
        lambda stream: encapsulated([stream], table=None),
        lambda stream: encapsulated(halves(stream), table=None),
        lambda stream: encapsulated([stream], end=False),
        lambda stream: encapsulated(halves(stream), end=False),
        lambda stream: without(encapsulated([stream]), len(stream) + 500),
        lambda stream: without(encapsulated(halves(stream)), UNDEFINED),
        lambda stream: without(encapsulated(halves(stream)), 0),
        lambda stream: without(encapsulated([stream]), 20),
    ],
    ids=[
        *("no table", "no table, two fragments", "no delimiter", "no delimiter, two fragments"),
        *("length too large", "length undefined", "length 0", "length too small"),
    ],
)
def test_odd_fragments_are_read(tmp_path, name, change):
    syntax, stream = STREAMS[name]
    is_read(file_of(syntax, change(stream)), tmp_path)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("named", [EXPLICIT, IMPLICIT, BIG_ENDIAN, BASELINE, LOSSLESS, "1.2.3.4"])
def test_a_compressed_picture_is_read_by_what_it_is(tmp_path, name, named):
    _, stream = STREAMS[name]
    is_read(file_of(named, encapsulated([stream])), tmp_path)


def test_a_compression_that_nobody_knows_is_refused_by_its_number(tmp_path):
    with raises(ReadError, match=r"compression 1\.2\.3\.4"):
        film_of(file_of("1.2.3.4", encapsulated([b"no such stream"])), tmp_path)
    with raises(ReadError, match="compression unknown"):
        film_of(file_of("Doe^John", encapsulated([b"no such stream"])), tmp_path)


# ------------------------------------------------ incomplete pictures, PS3.5 A.4


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("cut", [9, 100, 300])
def test_a_last_fragment_that_the_file_cuts_is_refused(tmp_path, name, cut):
    syntax, stream = STREAMS[name]
    data = file_of(syntax, encapsulated(halves(stream)))
    with raises(ReadError, match="cut short"):
        film_of(data[: -cut - len(SEQUENCE_END)], tmp_path)


@pytest.mark.parametrize("name", STREAMS)
def test_a_lost_fragment_is_refused(tmp_path, name):
    syntax, stream = STREAMS[name]
    third = len(stream) // 6 * 2
    thirds = [stream[:third], stream[third : 2 * third], stream[2 * third :]]
    for fragments in (thirds[:2], thirds[::2]):
        with raises(ReadError, match="damaged"):
            film_of(file_of(syntax, encapsulated(fragments)), tmp_path)


@pytest.mark.parametrize(
    "damage", [b"\x33" * 120, b"\x55" * 200, b""], ids=["threes", "fives", "lost"]
)
def test_a_jpeg_that_is_damaged_in_its_middle_is_noted(tmp_path, damage):
    jpeg = cv2.imencode(".jpg", FILM)[1].tobytes()
    place, length = len(jpeg) // 2, len(damage) or 200
    odd = jpeg[:place] + damage + jpeg[place + length :]
    body = LITTLE.film(encapsulated(halves(odd)), bits=8, stored=8, encapsulated=True)
    film = film_of(PREAMBLE + meta(BASELINE) + body, tmp_path)
    assert Message.of(Note.INCOMPLETE) in film.info.notes


def test_a_whole_jpeg_is_not_noted(tmp_path):
    jpeg = cv2.imencode(".jpg", FILM)[1].tobytes()
    body = LITTLE.film(encapsulated(halves(jpeg)), bits=8, stored=8, encapsulated=True)
    assert film_of(PREAMBLE + meta(BASELINE) + body, tmp_path).info.notes == ()


# ------------------------------------------------ components, precision and bits, PS3.5 8.1.1, 8.2


def jpeg_ls(values: np.ndarray, bits: int) -> bytes:
    dataset = image(values, BitsStored=bits, HighBit=bits - 1)
    dataset.compress(JPEGLSLossless)
    return next(generate_frames(dataset.PixelData, number_of_frames=1))


@pytest.mark.parametrize(("bits", "stored"), [(8, 8), (16, 8), (16, 10), (16, 11)])
def test_a_stream_of_more_bits_than_the_header_has_is_shown_whole(tmp_path, bits, stored):
    pixels = encapsulated([jpeg_ls(DEEP_FILM, 12)])
    body = LITTLE.film(pixels, bits=bits, stored=stored, encapsulated=True)
    is_read(PREAMBLE + meta(str(JPEGLSLossless)) + body, tmp_path)


@pytest.mark.parametrize(("bits", "stored"), [(16, 12), (16, 14), (16, 16)])
def test_a_stream_of_fewer_bits_than_the_header_has_is_read(tmp_path, bits, stored):
    pixels = encapsulated([jpeg_ls(DEEP_FILM, 12)])
    body = LITTLE.film(pixels, bits=bits, stored=stored, encapsulated=True)
    is_read(PREAMBLE + meta(str(JPEGLSLossless)) + body, tmp_path, noted=False)


@pytest.mark.parametrize("overlay", [0x8000, 0xF000, 0x5000])
def test_bits_beside_the_stored_ones_are_masked_in_a_compressed_picture(tmp_path, overlay):
    with_overlay = DEEP_FILM.copy()
    with_overlay[10:20, 10:20] |= np.uint16(overlay)
    pixels = encapsulated([jpeg_ls(with_overlay, 16)])
    body = LITTLE.film(pixels, encapsulated=True)
    is_read(PREAMBLE + meta(str(JPEGLSLossless)) + body, tmp_path, noted=False)


def test_a_jpeg_of_three_components_is_grey_where_the_header_has_one_sample(tmp_path):
    jpeg = cv2.imencode(".jpg", np.dstack([FILM] * 3))[1].tobytes()
    body = LITTLE.film(encapsulated([jpeg]), bits=8, stored=8, encapsulated=True)
    film = film_of(PREAMBLE + meta(BASELINE) + body, tmp_path)
    assert np.abs(film.values.astype(int) - FILM).mean() < 8
    assert NOTE in film.info.notes
