"""Data sets of too many elements, or too deep, are refused before they are parsed."""

import struct

import numpy as np
import pydicom
import pytest

from koa_desktop.dicom import structure
from koa_desktop.dicom.parse import parse
from koa_desktop.dicom.structure import check_structure
from koa_desktop.errors import ReadError
from tests.robustness.hostile_files import BUNDLED, element, encapsulated, image, item, part_10
from tests.support.raising import raises

_UNDEFINED = 0xFFFFFFFF
_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0)


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(structure, "MAX_ELEMENTS", 1000)
    monkeypatch.setattr(structure, "MAX_DEPTH", 10)


def is_passed(data: bytes, start: int = 0) -> bool:
    try:
        check_structure(data, start)
    except ReadError:
        return False
    return True


def nested(depth: int) -> bytes:
    content = b""
    for _ in range(depth):
        content = element(0x00400275, "SQ", item(content))
    return content


@pytest.mark.parametrize(
    "content",
    [
        element(0x00400275, "SQ", item(b"") * 1000),
        element(0x00400275, "SQ", b"", _UNDEFINED) + item(b"") * 1000 + _END,
        element(0x00400275, "SQ", item(element(0x00100020, "LO", b"x") * 1000)),
        struct.pack("<HHI", 0x0040, 0x0275, 8000) + item(b"") * 1000,
        element(0x00100020, "LO", b"x") * 1000,
        element(0x00100020, "UT", b"x") * 1000,
        encapsulated([b"12"] * 1000),
    ],
    ids=["items", "open", "elements-of-an-item", "implicit", "elements", "long", "fragments"],
)
def test_many_elements_are_refused_however_they_are_held(content):
    with raises(ReadError, match="elements"):
        check_structure(image() + content)


def test_sequences_nest_as_deep_as_is_allowed():
    assert is_passed(image([nested(9)]))
    with raises(ReadError, match="nested"):
        check_structure(image([nested(12)]))


def test_what_follows_a_sequence_is_no_deeper():
    assert is_passed(b"".join(nested(9) for _ in range(40)))


def test_native_pixel_data_are_found_and_those_of_an_icon_are_not():
    icon = element(0x00880200, "SQ", item(element(0x7FE00010, "OB", b"icon")))
    pixels = element(0x7FE00010, "OB", b"film")
    assert check_structure(image([icon], pixels=b"")) is None
    assert check_structure(image(pixels=encapsulated([b"film"]))) is None
    film = image([icon], pixels=pixels + element(0xFFFCFFFC, "OB", b"padding"))
    assert film[check_structure(film)] == b"film"
    cut = image(pixels=element(0x7FE00010, "OB", b"film", 40))
    assert cut[check_structure(cut)] == b"film"


def test_native_pixel_data_are_not_copied():
    icon = element(0x00880200, "SQ", item(element(0x7FE00010, "OB", b"icon")))
    data = bytearray(part_10(image([icon])))
    dataset = parse(memoryview(data)).dataset
    assert np.shares_memory(np.frombuffer(dataset.PixelData, np.uint8), data)
    assert dataset.IconImageSequence[0].PixelData == b"icon"
    assert dataset.SOPInstanceUID == "1.2.3"


def test_bytes_of_pixels_are_no_elements():
    items = b"\x08\x00\x60\x00CS\x00\x00" * 2000
    assert is_passed(image(pixels=element(0x7FE00010, "OB", items)))
    assert is_passed(image(pixels=encapsulated([items, items])))


@pytest.mark.parametrize("cut", [0, 1, 7, 8, 20, 300])
def test_bytes_without_order_are_left_to_the_parser(cut):
    assert is_passed(image()[:cut])
    assert is_passed(bytes(200_000))
    assert is_passed(b"\xff" * 200_000)


def test_every_real_file_passes():
    names = sorted(path for path in BUNDLED.glob("*.dcm") if path.stat().st_size < 200_000)
    assert len(names) > 20
    for path in names:
        data = path.read_bytes()
        if data[128:132] == b"DICM":
            meta = pydicom.filereader.read_file_meta_info(path).get(
                "FileMetaInformationGroupLength"
            )
            assert is_passed(data, 144 + (meta or 0))
