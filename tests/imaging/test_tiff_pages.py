"""Pages of a TIFF are counted by their chain, and a chain without an end ends."""

import io
import struct

import pytest
from PIL import Image

from koa_desktop.imaging import tiff_pages as module
from koa_desktop.imaging.tiff_pages import tiff_pages
from tests.robustness.hostile_files import tiff_of_many_pages, tiff_whose_pages_go_in_a_circle


def tiff(pages: int, **options: object) -> bytes:
    stream = io.BytesIO()
    first, *others = (Image.new("L", (4, 3), page) for page in range(pages))
    first.save(stream, "TIFF", save_all=True, append_images=others, **options)
    return stream.getvalue()


@pytest.mark.parametrize("pages", [1, 2, 7])
def test_pages_are_as_many_as_were_written(pages):
    assert tiff_pages(tiff(pages)) == pages
    assert tiff_pages(tiff(pages, big_tiff=True)) == pages


def test_a_big_endian_file_is_counted():
    pages = 3
    directory = struct.pack(">HHHII", 1, 256, 4, 1, 8)
    places = [8 + number * (len(directory) + 4) for number in range(pages)]
    chain = [directory + struct.pack(">I", following) for following in [*places[1:], 0]]
    assert tiff_pages(b"MM\0*" + struct.pack(">I", 8) + b"".join(chain)) == pages


def test_a_circle_and_a_cut_file_end():
    assert tiff_pages(tiff_whose_pages_go_in_a_circle()) == 1
    data = tiff(3)
    assert all(1 <= tiff_pages(data[:length]) <= 3 for length in range(len(data)))


def test_very_many_pages_are_counted_up_to_a_limit(monkeypatch):
    assert tiff_pages(tiff_of_many_pages(20_000)) == 20_000
    monkeypatch.setattr(module, "MAX_PAGES", 100)
    assert tiff_pages(tiff_of_many_pages(20_000)) == 100
