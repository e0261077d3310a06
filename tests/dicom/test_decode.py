"""DICOM files: grey values, colour, every compression, CDs."""

import os
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG4HP41,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
)

from koa_desktop.errors import ReadError
from koa_desktop.loading.discovery import discover
from koa_desktop.loading.read import read
from koa_desktop.message import Message
from koa_desktop.radiograph import InvertedBy, Note, Window
from koa_desktop.wording.sentences import sentence
from tests.support.dicom_files import RAMP, image, lut, read_image, saved
from tests.support.raising import raises

BUNDLED = Path(pydicom.__file__).parent / "data"
KOA_DATA = os.environ.get("KOA_DATA")
needs_data = pytest.mark.skipif(not KOA_DATA, reason="KOA_DATA names no data folder")


# ---------------------------------------------------------------- grey values


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int16])
def test_uncompressed_values_keep_their_type_and_value(tmp_path, dtype):
    stored = (RAMP % 120).astype(dtype) - dtype(0 if np.iinfo(dtype).min == 0 else 60)
    radiograph = read_image(tmp_path, stored)
    assert radiograph.values.dtype == dtype
    np.testing.assert_array_equal(radiograph.values, stored)


@pytest.mark.parametrize(
    "syntax", [ImplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian]
)
def test_every_uncompressed_syntax_gives_the_same_values(tmp_path, syntax):
    radiograph = read(saved(image(syntax=syntax), tmp_path))
    np.testing.assert_array_equal(radiograph.values, RAMP)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_a_file_without_preamble_is_read(tmp_path, syntax):
    dataset = image(syntax=syntax)
    path = tmp_path / "no_suffix"
    del dataset.file_meta
    dataset.save_as(path, implicit_vr=syntax == ImplicitVRLittleEndian, little_endian=True)
    assert b"DICM" not in path.read_bytes()
    np.testing.assert_array_equal(read(path).values, RAMP)
    assert discover([tmp_path]).files == (path,)


def test_unused_high_bits_are_masked(tmp_path):
    stored = RAMP | np.uint16(0xF000)
    radiograph = read_image(tmp_path, stored, BitsStored=12, HighBit=11)
    np.testing.assert_array_equal(radiograph.values, RAMP & 0x0FFF)


def test_without_a_window_the_values_span_black_to_white(tmp_path):
    pixels = read_image(tmp_path).pixels
    assert (pixels.min(), pixels.max()) == (0, 1)


def test_padding_does_not_count_for_the_range(tmp_path):
    stored = RAMP + np.uint16(1000)
    stored[:4] = 65535
    radiograph = read_image(tmp_path, stored, PixelPaddingValue=65535)
    assert radiograph.window == Window((stored[4:].min() + stored[4:].max()) / 2, 43 * 80 + 78)


def test_slope_and_intercept_are_applied(tmp_path):
    radiograph = read_image(tmp_path, RescaleSlope=0.5, RescaleIntercept=-100)
    np.testing.assert_allclose(radiograph.values, RAMP * 0.5 - 100, atol=1e-3)


def test_a_whole_intercept_keeps_integers(tmp_path):
    radiograph = read_image(tmp_path, RescaleSlope=1, RescaleIntercept=-1024)
    assert radiograph.values.dtype == np.int16
    np.testing.assert_array_equal(radiograph.values, RAMP.astype(int) - 1024)


def test_a_modality_table_comes_before_the_window(tmp_path):
    table = np.arange(4000)[::-1]
    item = lut(0, table, 16)
    item.ModalityLUTType = "US"
    radiograph = read_image(
        tmp_path, ModalityLUTSequence=[item], WindowCenter=2000, WindowWidth=4000
    )
    np.testing.assert_array_equal(radiograph.values, 3999 - RAMP)
    assert radiograph.pixels[0, 0] > radiograph.pixels[-1, -1]


def test_a_voi_table_is_preferred_and_its_output_range_is_shown(tmp_path):
    table = (np.linspace(0, 1, 4000) ** 2 * 1023).round()
    radiograph = read_image(
        tmp_path, VOILUTSequence=[lut(0, table, 10)], WindowCenter=10, WindowWidth=2
    )
    np.testing.assert_array_equal(radiograph.values, table[RAMP])
    np.testing.assert_allclose(radiograph.pixels, table[RAMP] / 1023, atol=1e-6)


@pytest.mark.parametrize(
    ("elements", "inverted", "by"),
    [
        ({"PhotometricInterpretation": "MONOCHROME2"}, False, None),
        ({"PhotometricInterpretation": "MONOCHROME1"}, True, InvertedBy.HEADER),
        (
            {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "INVERSE"},
            True,
            InvertedBy.HEADER,
        ),
        (
            {"PhotometricInterpretation": "MONOCHROME2", "PresentationLUTShape": "IDENTITY"},
            False,
            None,
        ),
    ],
)
def test_the_header_says_whether_bone_is_dark(tmp_path, elements, inverted, by):
    radiograph = read_image(tmp_path, **elements)
    assert (radiograph.inverted, radiograph.info.inverted_by) == (inverted, by)


def test_a_header_that_contradicts_itself_is_decided_by_the_image(tmp_path):
    film = np.full((256, 256), 30, np.uint16)
    film[:, 90:170] = 2000 + np.random.default_rng(1).integers(0, 200, (256, 80))
    elements = {"PhotometricInterpretation": "MONOCHROME1", "PresentationLUTShape": "IDENTITY"}
    assert not read_image(tmp_path, film, **elements).inverted
    turned = read_image(tmp_path, np.uint16(4095) - film, **elements)
    assert (turned.inverted, turned.info.inverted_by) == (True, InvertedBy.IMAGE)


def test_a_knee_that_looks_inverted_is_shown_as_the_header_asks_with_a_note(tmp_path):
    film = np.full((256, 256), 30, np.uint16)
    film[:, 90:170] = 2000 + np.random.default_rng(1).integers(0, 200, (256, 80))
    assert not read_image(tmp_path, film, BodyPartExamined="KNEE").info.notes
    radiograph = read_image(tmp_path, np.uint16(4095) - film, BodyPartExamined="KNEE")
    assert not radiograph.inverted
    assert "dark" in sentence(radiograph.info.notes[0])


# ---------------------------------------------------------------- colour, frames


def test_colour_becomes_luminance(tmp_path):
    stored = np.zeros((20, 30, 3), np.uint8)
    stored[..., 0], stored[:10, :, 1] = 200, 100
    values = read(saved(image(stored), tmp_path)).values
    assert (values[0, 0], values[-1, -1]) == (round(0.299 * 200 + 0.587 * 100), 60)


def test_only_the_first_frame_is_read_and_that_is_said(tmp_path):
    frames = np.stack([RAMP, RAMP[::-1]])
    dataset = image(NumberOfFrames=2)
    dataset.PixelData = frames.tobytes()
    radiograph = read(saved(dataset, tmp_path))
    np.testing.assert_array_equal(radiograph.values, RAMP)
    assert radiograph.info.notes == (Message.of(Note.FIRST_FRAME, frames=2),)


# ---------------------------------------------------------------- compression


def compressed(syntax, stored, tmp_path) -> Path:
    dataset = image(stored)
    if syntax == JPEG2000Lossless:
        openjpeg = pytest.importorskip("openjpeg")
        dataset.PixelData = encapsulate([openjpeg.encode(stored)])
        dataset["PixelData"].VR = "OB"
        dataset.file_meta.TransferSyntaxUID = syntax
    else:
        dataset.compress(syntax, generate_instance_uid=False)
    return saved(dataset, tmp_path)


@pytest.mark.parametrize("syntax", [RLELossless, JPEG2000Lossless, JPEGLSLossless])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_lossless_compression_gives_back_the_values(tmp_path, syntax, dtype):
    stored = (RAMP % 251).astype(dtype)
    np.testing.assert_array_equal(read(compressed(syntax, stored, tmp_path)).values, stored)


@pytest.mark.parametrize(
    ("syntax", "name"),
    [
        (HTJ2KLossless, "High-Throughput JPEG 2000"),
        (MPEG4HP41, "MPEG-4 AVC/H.264 High Profile"),
        ("1.2.840.10008.1.2.4.94", "JPIP Referenced"),
        ("1.2.3.4", "1.2.3.4"),
    ],
)
def test_a_syntax_that_is_not_read_is_refused_by_name(tmp_path, syntax, name):
    dataset = image(syntax=syntax)
    dataset.PixelData = encapsulate([b"\xff\x4f\xff\x51" * 4])
    dataset["PixelData"].VR = "OB"
    if name == "JPIP Referenced":
        del dataset.PixelData
    path = tmp_path / "a.dcm"
    dataset.save_as(path, implicit_vr=False, little_endian=True)
    with raises(ReadError, match=f"uses the compression ({name})"):
        read(path)


def _dicom_samples() -> list[Path]:
    return sorted(Path(KOA_DATA, "dicom").glob("*.dcm")) if KOA_DATA else []


@needs_data
@pytest.mark.parametrize("path", _dicom_samples(), ids=lambda path: path.stem)
def test_samples_of_every_syntax_equal_an_independent_decoder(path):
    radiograph = read(path)
    dataset = pydicom.dcmread(path)
    name = path.stem
    if "JPLL" in name or "JPLY" in name:
        # No second decoder reads these: the same picture uncompressed stands for them.
        reference = pydicom.dcmread(path.with_name("RG2_UNC.dcm")).pixel_array
        error = np.abs(radiograph.values.astype(int) - reference)
        # JPLY is lossy: a mean error below half a percent of its 1,024 grey values.
        assert error.max() == 0 if "JPLL" in name else error.mean() < 5
        return
    plugin = {"J2K": "pylibjpeg", "JLS": "pyjpegls"}.get(name[4:7], "")
    decoder_ = pydicom.pixels.get_decoder(dataset.file_meta.TransferSyntaxUID)
    if plugin == "pylibjpeg" and "pylibjpeg" not in decoder_.available_plugins:
        openjpeg = pytest.importorskip("openjpeg")
        frame = next(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=1))
        reference = openjpeg.decode(frame)
    else:
        reference, _ = decoder_.as_array(dataset, index=0, decoding_plugin=plugin)
    np.testing.assert_array_equal(radiograph.values, reference)


def _bundled() -> list[Path]:
    folders = (BUNDLED / "test_files", BUNDLED / "charset_files")
    return sorted(
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )


@pytest.mark.parametrize("path", _bundled(), ids=lambda path: path.name)
def test_every_bundled_file_is_read_or_refused_in_one_sentence(path):
    radiograph = refusal = None
    try:
        radiograph = read(path)
    except ReadError as error:
        refusal = sentence(error.message)
    if radiograph is None:
        assert refusal.endswith(".")
        assert "\n" not in refusal
        assert len(refusal) < 140
        return
    pixels = radiograph.pixels
    assert np.isfinite(pixels).all()
    assert 0 <= pixels.min() <= pixels.max() <= 1
    assert radiograph.info.file_format.startswith("DICOM, ")
    assert len(radiograph.info.sha256) == 64


@pytest.mark.parametrize(
    "name",
    [
        "MR_small.dcm",
        "MR_small_RLE.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_implicit.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
        "MR_small_padded.dcm",
    ],
)
def test_one_picture_is_the_same_in_every_syntax(name):
    reference = pydicom.dcmread(BUNDLED / "test_files" / "MR_small.dcm").pixel_array
    np.testing.assert_array_equal(read(BUNDLED / "test_files" / name).values, reference)
