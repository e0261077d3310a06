"""Pictures of rare kinds are read, or refused by what they are."""

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from pydicom.encaps import generate_frames
from pydicom.uid import JPEGLSLossless

from koa_desktop.errors import ReadError
from koa_desktop.loading.read import read
from tests.support.dicom_files import image
from tests.support.raising import raises
from tests.support.raster_files import png, tiff

DEEP = (np.arange(48 * 40, dtype=np.uint16) * 31).reshape(48, 40)
BYTES = (DEEP >> 8).astype(np.uint8)


def with_orientation(png: bytes, orientation: int) -> bytes:
    """A PNG with an eXIf chunk that holds one tag (PNG 3 11.3.4.6, TIFF 6.0 tag 274)."""
    exif = b"II*\0\x08\0\0\0\x01\0" + struct.pack("<HHIHHI", 274, 3, 1, orientation, 0, 0)
    chunk = b"eXIf" + exif
    data = struct.pack(">I", len(exif)) + chunk + struct.pack(">I", zlib.crc32(chunk))
    return png[:33] + data + png[33:]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_png_of_16_bit_colour_is_turned_as_one_of_8_bits_is(tmp_path: Path, orientation: int):
    for name, grey in (("deep.png", DEEP), ("bytes.png", BYTES)):
        png = cv2.imencode(".png", np.dstack([grey] * 3))[1].tobytes()
        (tmp_path / name).write_bytes(with_orientation(png, orientation))
    deep, plain = (read(tmp_path / name).values for name in ("deep.png", "bytes.png"))
    assert deep.dtype == np.uint16
    np.testing.assert_array_equal(deep >> 8, plain)


@pytest.mark.parametrize("values", [BYTES, DEEP])
def test_a_big_tiff_is_read(tmp_path: Path, values):
    Image.fromarray(values).save(tmp_path / "big.tif", big_tiff=True)
    assert (tmp_path / "big.tif").read_bytes()[:4] == b"II+\0"
    np.testing.assert_array_equal(read(tmp_path / "big.tif").values, values)


@pytest.mark.parametrize("factor", [1, 257])
def test_a_tiff_palette_of_bytes_is_one_of_words(tmp_path: Path, factor: int):
    tags = [
        *((256, 3, 40), (257, 3, 48), (258, 3, 8), (259, 3, 1), (262, 3, 3)),
        *((273, 4, 0), (277, 3, 1), (278, 3, 48), (279, 4, BYTES.size), (320, 3, 0)),
    ]
    start = 8 + 2 + 12 * len(tags) + 4
    palette = np.tile(np.arange(256, dtype=np.uint16) * factor, 3)
    fields = b""
    for tag, kind, value in tags:
        count = palette.size if tag == 320 else 1
        value = {320: start, 273: start + palette.nbytes}.get(tag, value)
        fields += struct.pack("<HHII", tag, kind, count, value)
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + fields + bytes(4)
    (tmp_path / "palette.tif").write_bytes(head + palette.tobytes() + BYTES.tobytes())
    np.testing.assert_array_equal(read(tmp_path / "palette.tif").values, BYTES)


@pytest.mark.parametrize("big", [False, True], ids=["TIFF", "BigTIFF"])
@pytest.mark.parametrize(
    ("samples", "bits", "kind", "match"),
    [
        (2, 16, 1, "TIFF of 2 × 16 bits a pixel"),
        (2, 32, 1, "TIFF of 2 × 32 bits a pixel"),
        (1, 16, 3, "TIFF of 1 × 16 bits a pixel, floating point"),
        (1, 64, 1, "TIFF of 1 × 64 bits a pixel"),
    ],
)
def test_a_tiff_of_a_rare_kind_is_refused_by_what_it_is(
    tmp_path: Path, big: bool, samples: int, bits: int, kind: int, match: str
):
    size = 48 * 40 * samples * bits // 8
    tags = [
        *((256, 3, (40,)), (257, 3, (48,)), (258, 3, (bits,) * samples), (259, 3, (1,))),
        *((262, 3, (1,)), (273, 4, (0,)), (277, 3, (samples,)), (278, 3, (48,))),
        *((279, 4, (size,)), (338, 3, (2,) * (samples - 1)), (339, 3, (kind,) * samples)),
    ]
    (tmp_path / "odd.tif").write_bytes(tiff([tag for tag in tags if tag[2]], bytes(size), big=big))
    with raises(ReadError, match=match):
        read(tmp_path / "odd.tif")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("opaque", [65535, 0])
def test_a_png_of_grey_and_alpha_of_16_bits_is_read_and_turned(
    tmp_path: Path, orientation: int, opaque: int
):
    alpha = np.full_like(DEEP, opaque)
    data = {"deep": png(np.dstack([DEEP, alpha])), "plain": png(np.minimum(DEEP, opaque))}
    for name, picture in data.items():
        (tmp_path / name).write_bytes(with_orientation(picture, orientation))
    deep, plain = (read(tmp_path / name).values for name in data)
    assert deep.dtype == np.uint16
    np.testing.assert_array_equal(deep, plain)


@pytest.mark.parametrize("values", [DEEP, DEEP >> 4])
def test_a_jpeg_file_that_only_dicom_uses_is_read(tmp_path: Path, values):
    dataset = image(values.astype(np.uint16))
    dataset.compress(JPEGLSLossless)
    (tmp_path / "rare.jpg").write_bytes(next(generate_frames(dataset.PixelData)))
    film = read(tmp_path / "rare.jpg")
    np.testing.assert_array_equal(film.values, values)
    assert film.info.file_format.startswith("JPEG-LS")
