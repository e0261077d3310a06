"""Pictures that are incomplete or damaged are shown with a note or refused, never as whole."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from koa_desktop.errors import ReadError
from koa_desktop.imaging.jpeg import is_exhausted
from koa_desktop.loading.read import read
from koa_desktop.message import Message
from koa_desktop.radiograph import Note
from tests.support.raising import raises
from tests.support.raster_files import PNG_MAGIC, chunk, film, png, saved, tiff

FILM = film()
DEEP = FILM.astype(np.uint16) * 257
INCOMPLETE = Message.of(Note.INCOMPLETE)


def notes_of(data: bytes, folder: Path) -> tuple[Message, ...]:
    path = folder / "picture"
    path.write_bytes(data)
    return read(path).info.notes


def is_told(data: bytes, folder: Path) -> bool:
    """Tell whether a damaged picture is refused or shown with a note."""
    try:
        return INCOMPLETE in notes_of(data, folder)
    except ReadError:
        return True


# ---------------------------------------------------------------- PNG


@pytest.mark.parametrize("values", [FILM, DEEP, np.dstack([FILM] * 3), np.dstack([DEEP, DEEP])])
@pytest.mark.parametrize("rows", [10, 48, 95])
def test_a_png_with_too_few_rows_in_a_closed_stream_is_noted(tmp_path, values, rows):
    assert INCOMPLETE in notes_of(png(values, rows=rows), tmp_path)


@pytest.mark.parametrize("values", [FILM, FILM * np.uint8(0), DEEP])
def test_a_whole_png_is_not_noted_whatever_its_last_row_is(tmp_path, values):
    values = values.copy()
    values[-20:] = 0
    assert INCOMPLETE not in notes_of(png(values), tmp_path)


def test_half_a_png_is_refused(tmp_path):
    data = png(FILM)
    with raises(ReadError, match="cut short or damaged"):
        notes_of(data[: len(data) // 2], tmp_path)


@pytest.mark.parametrize("place", [0.2, 0.5, 0.9])
def test_a_wrong_checksum_within_a_pngs_picture_is_told(tmp_path, place):
    # Stored, not compressed: the damage does not break the stream.
    data = png(FILM).replace(zlib.compress(b""), b"")
    stored = zlib.compress(b"".join(b"\0" + row.tobytes() for row in FILM), 0)
    start = data.index(b"IDAT") - 4
    data = data[:start] + chunk(b"IDAT", stored) + chunk(b"IEND", b"")
    assert INCOMPLETE not in notes_of(data, tmp_path)
    at = start + 20 + int(place * FILM.size)
    assert is_told(data[:at] + bytes([data[at] ^ 255]) + data[at + 1 :], tmp_path)


def test_a_png_that_lacks_its_end_alone_is_whole(tmp_path):
    assert notes_of(png(FILM)[:-12], tmp_path) == ()


@pytest.mark.parametrize(
    "extra",
    [
        chunk(b"iCCP", b"profile\0\0" + zlib.compress(bytes(3_000_000))),
        chunk(b"zTXt", b"comment\0\0" + zlib.compress(bytes(3_000_000))),
        chunk(b"eXIf", b"no such thing"),
        struct.pack(">I", 4) + b"tEXt" + b"text" + bytes(4),
    ],
    ids=["large profile", "large text", "damaged eXIf", "checksum of a text"],
)
def test_what_is_odd_beside_a_pngs_picture_costs_nothing(tmp_path, extra):
    path = tmp_path / "a.png"
    path.write_bytes(png(FILM, extra=extra))
    np.testing.assert_array_equal(read(path).values, FILM)


def test_an_interlaced_png_that_is_short_is_noted(tmp_path):
    # PNG 3, 8.1: the first of seven passes has every eighth pixel of every eighth row.
    head = struct.pack(">IIBBBBB", 80, 96, 8, 0, 0, 0, 1)
    first = b"".join(b"\0" + row.tobytes() for row in FILM[::8, ::8])
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(first)), chunk(b"IEND", b"")
    assert INCOMPLETE in notes_of(PNG_MAGIC + b"".join(parts), tmp_path)


# ---------------------------------------------------------------- JPEG


def jpeg(values=FILM, **options) -> bytes:
    return saved(values, "JPEG", quality=90, **options)


def with_rows(data: bytes, rows: int) -> bytes:
    """A JPEG whose frame header claims other rows (ITU-T T.81 B.2.2)."""
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + rows.to_bytes(2, "big") + data[place + 2 :]


@pytest.mark.parametrize("factor", [1.5, 2, 10])
def test_a_jpeg_that_claims_more_rows_than_it_has_is_noted(tmp_path, factor):
    assert INCOMPLETE in notes_of(with_rows(jpeg(), int(96 * factor)), tmp_path)


@pytest.mark.parametrize("rows", [40, 80])
def test_a_jpeg_that_claims_fewer_rows_than_it_has_is_noted(tmp_path, rows):
    assert INCOMPLETE in notes_of(with_rows(jpeg(), rows), tmp_path)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"restart_marker_rows": 2}])
@pytest.mark.parametrize("damage", ["zeros", "noise", "missing", "doubled"])
def test_a_jpeg_that_is_damaged_in_its_middle_is_told(tmp_path, options, damage):
    data = jpeg(film(480, 400), **options)
    place, length = len(data) // 2, 400
    piece = {
        "zeros": bytes(length),
        "noise": np.random.default_rng(0).bytes(length),
        "missing": b"",
        "doubled": 2 * data[place : place + length],
    }[damage]
    assert is_told(data[:place] + piece + data[place + length :], tmp_path)


def test_half_a_jpeg_is_refused_and_one_without_its_end_marker_is_whole(tmp_path):
    data = jpeg()
    with raises(ReadError, match="cut short or damaged"):
        notes_of(data[: len(data) // 2], tmp_path)
    assert notes_of(data[:-2], tmp_path) == ()


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_whole_jpegs_of_every_size_are_taken_as_whole(colour, subsampling):
    for number in range(60):
        grey = film(8 + 3 * number, 190 - 3 * number)
        values = np.dstack([grey, grey[::-1], grey]) if colour else grey
        options = {"subsampling": subsampling, "optimize": number % 2 == 0}
        data = jpeg(values, restart_marker_rows=number % 3, **options)
        assert is_exhausted(data), number


def test_a_jpegs_pixels_are_those_of_another_decoder(tmp_path):
    for values in (FILM, np.dstack([FILM, FILM[::-1], FILM])):
        path = tmp_path / "a.jpg"
        path.write_bytes(jpeg(values))
        np.testing.assert_array_equal(read(path).values, np.array(Image.open(path).convert("L")))


# ---------------------------------------------------------------- TIFF

STRIPS = [16 * 80 * number for number in range(6)]


def tags(**changed) -> list[tuple[int, int, tuple[int, ...]]]:
    known = {
        "width": (256, 3, (80,)),
        "length": (257, 3, (96,)),
        "bits": (258, 3, (8,)),
        "compression": (259, 3, (1,)),
        "photometric": (262, 3, (1,)),
        "offsets": (273, 4, tuple(STRIPS)),
        "samples": (277, 3, (1,)),
        "per_strip": (278, 3, (16,)),
        "counts": (279, 4, (16 * 80,) * 6),
    }
    for name, values in changed.items():
        known[name] = (*known[name][:2], values)
    return list(known.values())


@pytest.mark.parametrize("big", [False, True])
def test_a_tiff_of_strips_is_whole(tmp_path, big):
    assert notes_of(tiff(tags(), FILM.tobytes(), big=big), tmp_path) == ()


@pytest.mark.parametrize("strips", [1, 3, 5])
def test_a_tiff_that_lacks_strips_is_told(tmp_path, strips):
    short = tags(offsets=tuple(STRIPS[:strips]), counts=(16 * 80,) * strips)
    assert is_told(tiff(short, FILM.tobytes()), tmp_path)


def test_a_tiff_whose_file_ends_within_a_strip_is_told(tmp_path):
    data = tiff(tags(offsets=(*STRIPS[:5], 90_000)), FILM.tobytes())
    assert is_told(data, tmp_path)


@pytest.mark.parametrize("damage", ["cut", "flipped"])
def test_a_tiff_with_a_damaged_deflated_strip_is_told(tmp_path, damage):
    pieces = [zlib.compress(FILM[row : row + 16].tobytes()) for row in range(0, 96, 16)]
    data = b"".join(pieces)
    offsets = tuple(sum(map(len, pieces[:number])) for number in range(6))
    counts = tuple(map(len, pieces))
    known = tags(compression=(8,), offsets=offsets, counts=counts)
    assert notes_of(tiff(known, data), tmp_path) == ()
    place = offsets[3] + counts[3] - 3
    if damage == "cut":
        known = tags(compression=(8,), offsets=offsets, counts=(*counts[:5], counts[5] - 40))
    else:
        # The last bytes are the checksum (RFC 1950).
        data = data[:place] + bytes([data[place] ^ 255]) + data[place + 1 :]
    assert is_told(tiff(known, data), tmp_path)


@pytest.mark.parametrize("compression", [6, 34712, 34887, 50001, 50002, 12345])
def test_a_tiff_of_a_rare_compression_is_refused_by_its_name(tmp_path, compression):
    with raises(ReadError, match="TIFF with the compression"):
        notes_of(tiff(tags(compression=(compression,)), FILM.tobytes()), tmp_path)


# ---------------------------------------------------------------- other kinds


@pytest.mark.parametrize("kind", ["WEBP", "JPEG2000"])
def test_pictures_of_other_formats_are_refused_by_name(tmp_path, kind):
    with raises(ReadError, match="This is a (WebP|JPEG 2000) image"):
        notes_of(saved(FILM, kind), tmp_path)


def test_a_bmp_that_holds_a_jpeg_is_refused_by_what_it_is(tmp_path):
    data = bytearray(saved(FILM, "BMP"))
    data[30] = 4
    with raises(ReadError, match="BMP with the compression JPEG"):
        notes_of(bytes(data), tmp_path)


@pytest.mark.parametrize("place", [60, 3000])
def test_a_bmp_that_is_cut_is_refused(tmp_path, place):
    with raises(ReadError, match="cut short or damaged"):
        notes_of(saved(FILM, "BMP")[:place], tmp_path)
