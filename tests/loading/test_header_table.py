"""The header's table: every element, nothing endless, and no file that breaks it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from koa_desktop.errors import ReadError
from koa_desktop.loading.header_table import MAX_VALUE
from koa_desktop.loading.reader import header_rows, read
from koa_desktop.radiograph import Radiograph, Window
from tests.support.raising import raises


def dicom_file(folder: Path) -> Path:
    item = Dataset()
    item.CodeValue = "T-D"
    item.CodeMeaning = "Knee"
    dataset = Dataset()
    dataset.PatientName = "Doe^Jane\r\nX"
    dataset.PixelSpacing = [0.14, 0.15]
    dataset.AnatomicRegionSequence = Sequence([item])
    dataset.ImageComments = "word " * 400
    dataset.add_new(0x00091001, "OB", bytes(5000))
    dataset.Rows, dataset.Columns = 40, 30
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    dataset.PixelData = np.arange(1200, dtype=np.uint8).tobytes()
    dataset["PixelData"].VR = "OB"
    dataset.SOPClassUID, dataset.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3"
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = folder / "film.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Radiograph:
    return read(dicom_file(tmp_path_factory.mktemp("header")))


def test_elements_stand_in_the_table_by_tag(film: Radiograph) -> None:
    rows = header_rows(film.info)
    known = {row.name: row for row in rows}
    assert known["Patient's Name"].value == "Doe^Jane X"
    assert known["Patient's Name"].tag == "0010,0010"
    assert known["Pixel Spacing"].value == "0.14 \\ 0.15"
    assert known["Transfer Syntax UID"].value.startswith("1.2.840.10008.1.2.1")
    tags = [row.tag for row in rows if row.depth == 0]
    assert tags == sorted(tags)


def test_sequences_are_indented(film: Radiograph) -> None:
    rows = header_rows(film.info)
    place = next(i for i, row in enumerate(rows) if row.name == "Anatomic Region Sequence")
    assert rows[place].value == "1 item"
    assert (rows[place + 1].name, rows[place + 1].depth) == ("Item 1", 1)
    assert (rows[place + 3].value, rows[place + 3].depth) == ("Knee", 2)


def test_long_binary_and_pixel_values_are_cut(film: Radiograph) -> None:
    known = {row.tag: row.value for row in header_rows(film.info)}
    assert known["0009,1001"] == "5000 bytes"
    assert known["7FE0,0010"] == "not shown"
    comment = known["0020,4000"]
    assert comment.startswith("word word")
    assert len(comment) < MAX_VALUE + 30


def test_a_picture_says_its_format_and_size() -> None:
    picture = Radiograph.of(
        Path("none.png"), np.zeros((20, 30), np.uint8), Window(127.5, 255), file_format="PNG"
    )
    rows = {row.name: row.value for row in header_rows(picture.info)}
    assert rows["File format"] == "PNG"
    assert (rows["Columns"], rows["Rows"]) == ("30", "20")
    assert rows["Pixel spacing"] == "unknown"


def test_a_file_that_changed_or_went_is_one_sentence(tmp_path: Path) -> None:
    path = dicom_file(tmp_path)
    film = read(path)
    path.write_bytes(path.read_bytes() + b"\0\0")
    with raises(ReadError, match=r"changed since .*\.$"):
        header_rows(film.info)
    path.unlink()
    with raises(ReadError, match=r"\.$"):
        header_rows(film.info)


@pytest.mark.parametrize("seed", range(20))
def test_damaged_headers_give_rows_or_one_sentence(tmp_path: Path, seed: int) -> None:
    path = dicom_file(tmp_path)
    data = bytearray(path.read_bytes())
    random = np.random.default_rng(seed)
    for place in random.integers(140, len(data) - 1200, 12):
        data[place] = random.integers(0, 256)
    path.write_bytes(bytes(data))
    damaged = Radiograph.of(
        path, np.zeros((2, 2), np.uint8), Window(1, 1), file_format="DICOM, uncompressed"
    )
    with suppress(ReadError):
        assert all("\n" not in row.name + row.value for row in header_rows(damaged.info))
