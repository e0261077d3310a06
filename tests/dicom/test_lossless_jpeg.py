"""JPEG Lossless by libjpeg-turbo: the values of gdcm, and no damaged picture for a whole one."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest
from imagecodecs import jpeg8_encode

from koa_desktop.dicom.codecs import decompressed
from koa_desktop.dicom.lossless_jpeg import whole_lossless
from koa_desktop.dicom.pixel_module import PixelModule

SIZE = 60, 83


def film(bits: int) -> np.ndarray:
    """A smooth picture with some noise, in which black meets white, too."""
    noise = np.random.default_rng(bits).normal(0, 3, SIZE)
    smooth = np.add.outer(np.arange(SIZE[0]) * 2.0, np.arange(SIZE[1])) + noise
    values = np.clip(smooth / smooth.max() * 2**bits, 0, 2**bits - 1)
    values[20:30, 20:30] = 0
    values[25, 25:30] = 2**bits - 1
    return values.astype(np.uint8 if bits <= 8 else np.uint16)


def stream(bits: int, predictor: int = 1) -> bytes:
    return bytes(jpeg8_encode(film(bits), lossless=True, predictor=predictor, bitspersample=bits))


def module(bits: int) -> PixelModule:
    return PixelModule(
        "1.2.840.10008.1.2.4.70",
        *SIZE,
        samples_per_pixel=1,
        bits_allocated=8 if bits <= 8 else 16,
        bits_stored=bits,
        high_bit=bits - 1,
        pixel_representation=0,
        photometric_interpretation="MONOCHROME2",
    )


@pytest.fixture
def by_gdcm(monkeypatch):
    """Decode by gdcm alone."""
    monkeypatch.setattr("koa_desktop.dicom.codecs.whole_lossless", lambda *_: None)
    return decompressed


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("filled_up", [b"", b"\0"])
def test_a_whole_picture_is_the_same_as_gdcms(bits, filled_up, by_gdcm):
    data = stream(bits) + filled_up
    found = whole_lossless(module(bits), data)
    expected = by_gdcm(module(bits), data)
    assert expected.is_whole
    assert found is not None
    assert found.dtype == expected.values.dtype
    np.testing.assert_array_equal(found, expected.values)
    np.testing.assert_array_equal(found, film(bits))


@pytest.mark.parametrize(
    ("data", "module"),
    [
        (stream(12, predictor=4), module(12)),
        (stream(12), replace(module(12), rows=SIZE[0] - 1)),
        (stream(12), replace(module(12), pixel_representation=1)),
        (stream(12), replace(module(12), bits_allocated=8)),
        (stream(12), replace(module(12), bits_stored=10)),
        (stream(12)[:2], module(12)),
        (b"", module(12)),
    ],
    ids=[
        "other predictor",
        "other size",
        "signed",
        "fewer bits",
        "bits beyond",
        "no header",
        "empty",
    ],
)
def test_what_is_unusual_is_left_to_gdcm(data, module):
    assert whole_lossless(module, data) is None


def test_missing_and_surplus_data_are_noticed():
    data, usual = stream(12), module(12)
    end = data.rfind(b"\xff\xd9")
    for count in (1, 2, 3, 10, 500):
        assert whole_lossless(usual, data[: end - count] + b"\xff\xd9") is None
        assert whole_lossless(usual, data[:end] + count * b"\x5a" + b"\xff\xd9") is None
        assert whole_lossless(usual, data[: end - count]) is None
    middle = (data.rfind(b"\xff\xda") + end) // 2
    for marker in (b"\xff\xd9", b"\xff\xd0", b"\xff\xc4"):
        assert whole_lossless(usual, data[:middle] + marker + data[middle:]) is None


def test_a_changed_bit_is_noticed_wherever_gdcm_notices_it(by_gdcm):
    data, usual = stream(12), module(12)
    start, end = data.rfind(b"\xff\xda") + 10, data.rfind(b"\xff\xd9")
    random = Random(0)
    noticed = 0
    for _ in range(150):
        changed = bytearray(data)
        changed[random.randrange(start, end)] ^= 1 << random.randrange(8)
        found = whole_lossless(usual, bytes(changed))
        noticed += found is None
        if found is not None:
            expected = by_gdcm(usual, bytes(changed))
            assert expected.is_whole
            np.testing.assert_array_equal(found, expected.values)
    assert noticed > 20
