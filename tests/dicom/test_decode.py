"""DICOM files: grey values, windows, headers, spacing, and every compression."""

import math
import os
import signal
import subprocess
import sys
import threading
from datetime import date
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    MPEG4HP41,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLSLossless,
    RLELossless,
    generate_uid,
)

from koa_desktop.dicom import codec_process
from koa_desktop.dicom.attributes import header_of, laterality_of, spacing_of
from koa_desktop.errors import ReadError
from koa_desktop.loading.discovery import discover
from koa_desktop.loading.read import read
from koa_desktop.radiograph import InvertedBy, PixelSpacing, Radiograph, Side, SpacingOrigin, Window

BUNDLED = Path(pydicom.__file__).parent / "data"
KOA_DATA = os.environ.get("KOA_DATA")
needs_data = pytest.mark.skipif(not KOA_DATA, reason="KOA_DATA names no data folder")
RAMP = (np.arange(48 * 40, dtype=np.uint16) * 2).reshape(48, 40)


def image(stored=RAMP, syntax=ExplicitVRLittleEndian, **elements) -> Dataset:
    """A small grey image; an element given as None is left out."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.Modality = "CT"
    dataset.Rows, dataset.Columns = stored.shape[:2]
    dataset.SamplesPerPixel = 1 if stored.ndim == 2 else 3
    dataset.PhotometricInterpretation = "MONOCHROME2" if stored.ndim == 2 else "RGB"
    if stored.ndim == 3:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = stored.dtype.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    big = syntax == ExplicitVRBigEndian
    dataset.PixelData = stored.astype(stored.dtype.newbyteorder(">" if big else "<")).tobytes()
    dataset["PixelData"].VR = "OW" if stored.dtype.itemsize > 1 else "OB"
    for keyword, value in elements.items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    return dataset


def saved(dataset: Dataset, folder: Path, name: str = "image.dcm") -> Path:
    path = folder / name
    dataset.save_as(path, enforce_file_format=True)
    return path


def read_image(folder: Path, stored=RAMP, **elements) -> Radiograph:
    return read(saved(image(stored, **elements), folder))


def lut(first: int, values, bits: int) -> Dataset:
    item = Dataset()
    item.LUTDescriptor = [len(values), first, bits]
    item["LUTDescriptor"].VR = "US"
    item.add_new("LUTData", "US", list(map(int, values)))
    return item


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
    assert "dark" in radiograph.info.notes[0]


# ---------------------------------------------------------------- windows, PS3.3 C.11.2.1


def linear(x, c, w):
    y = (x - (c - 0.5)) / (w - 1) + 0.5 if w > 1 else (x > c - 0.5) * 1.0
    return np.clip(y, 0, 1)


def linear_exact(x, c, w):
    return np.clip((x - c) / w + 0.5, 0, 1)


def sigmoid(x, c, w):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-4 * (x - c) / w))


@pytest.mark.parametrize(
    ("function", "formula"),
    [("LINEAR", linear), ("", linear), ("LINEAR_EXACT", linear_exact), ("SIGMOID", sigmoid)],
)
@given(centre=st.integers(100, 3500), width=st.integers(1, 5000))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_windows_follow_the_standard(tmp_path, function, formula, centre, width):
    radiograph = read_image(
        tmp_path, WindowCenter=centre, WindowWidth=width, VOILUTFunction=function
    )
    expected = formula(RAMP.astype(float), centre, width)
    np.testing.assert_allclose(radiograph.pixels, expected, atol=2e-4)


def test_the_first_of_several_windows_is_taken(tmp_path):
    radiograph = read_image(tmp_path, WindowCenter=[500, 900], WindowWidth=[101, 7])
    assert radiograph.window == Window(499.5, 100)


@pytest.mark.parametrize(("centre", "width"), [(500, 0), (500, -3), (60000, 10), ("", "")])
def test_a_window_that_shows_nothing_is_replaced_by_the_range(tmp_path, centre, width):
    radiograph = read_image(tmp_path, WindowCenter=centre, WindowWidth=width)
    assert np.ptp(radiograph.pixels) == 1


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"WindowCenter": 900, "WindowWidth": 700},
        {"WindowCenter": 900, "WindowWidth": 700, "PhotometricInterpretation": "MONOCHROME1"},
        {"WindowCenter": 900, "WindowWidth": 700, "VOILUTFunction": "SIGMOID"},
        {"WindowCenter": 900, "WindowWidth": 700, "VOILUTFunction": "LINEAR_EXACT"},
        {"RescaleSlope": 1, "RescaleIntercept": -50, "WindowCenter": 900, "WindowWidth": 700},
        # With a slope, highdicom narrows a LINEAR window by one stored value, not by one unit.
        {
            "RescaleSlope": 2,
            "RescaleIntercept": -50,
            "WindowCenter": 900,
            "WindowWidth": 700,
            "VOILUTFunction": "LINEAR_EXACT",
        },
        {"VOILUTSequence": [lut(0, (np.linspace(0, 1, 4000) ** 2 * 65535).round(), 16)]},
    ],
)
def test_pixels_equal_highdicoms_pipeline(tmp_path, elements):
    highdicom = pytest.importorskip("highdicom")
    path = saved(image(**elements), tmp_path)
    reference = highdicom.imread(path).get_frame(
        1,
        apply_real_world_transform=False,
        apply_modality_transform=None,
        apply_voi_transform=bool(elements),
        apply_presentation_lut=True,
    )
    if not elements:
        reference = reference / reference.max()
    np.testing.assert_allclose(read(path).pixels, reference, atol=1e-5)


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
    assert radiograph.info.notes == ("The first of 2 frames is shown.",)


# ---------------------------------------------------------------- header


def test_patient_and_study_are_read(tmp_path):
    header = read_image(
        tmp_path,
        SpecificCharacterSet="ISO_IR 192",
        PatientName="Müller^Jörg^A.^Dr.",
        PatientID=" 17 ",
        PatientBirthDate="19500230",
        StudyDate="20250131",
        PatientSex="M",
        ViewPosition="AP",
        BodyPartExamined="KNEE",
        StudyInstanceUID="1.2.3",
    ).info.header
    assert header.patient_name == "Müller, Dr. Jörg A."
    assert (header.patient_id, header.sex, header.view_position) == ("17", "M", "AP")
    assert header.birth_date is None
    assert header.study_date == date(2025, 1, 31)
    assert header.study_uid == "1.2.3"


def test_a_hostile_text_is_one_short_line():
    dataset = image()
    for keyword, value in (("PatientID", "a\x1b[31mb\nc\u202ed"), ("StudyDescription", "x" * 5000)):
        tag = pydicom.datadict.tag_for_keyword(keyword)
        dataset[tag] = pydicom.DataElement(tag, "LO", value, validation_mode=0)
    header = header_of(dataset)
    assert header.patient_id.isprintable()
    assert "\n" not in header.patient_id
    assert len(header.study_description) == 256


_ODD = st.one_of(
    st.none(), st.text(max_size=300), st.integers(), st.floats(), st.lists(st.text(max_size=9))
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "PatientName",
                "PatientID",
                "PatientBirthDate",
                "StudyDate",
                "Laterality",
                "ImageLaterality",
                "PixelSpacing",
                "ImagerPixelSpacing",
                "PixelSpacingCalibrationType",
                "StudyInstanceUID",
                "PatientOrientation",
                "ViewPosition",
            ]
        ),
        _ODD,
    )
)
@settings(max_examples=150, deadline=None)
def test_odd_header_values_never_raise_and_never_leak_controls(values):
    dataset = Dataset()
    for keyword, value in values.items():
        tag = pydicom.datadict.tag_for_keyword(keyword)
        vr = pydicom.datadict.dictionary_VR(tag)
        try:
            element = pydicom.DataElement(tag, vr, value, validation_mode=0)
        except (TypeError, ValueError, AttributeError, OverflowError):
            continue
        dataset[tag] = element
    header = header_of(dataset)
    assert header.patient_name == "" or header.patient_name == header.patient_name.strip()
    assert not any(ord(c) < 32 for c in header.patient_name + header.patient_id)
    assert len(header.patient_id) <= 256
    assert laterality_of(dataset) in (None, Side.LEFT, Side.RIGHT)
    spacing = spacing_of(dataset)
    assert spacing is None or (math.isfinite(spacing.row_mm) and spacing.row_mm > 0)


@pytest.mark.parametrize(
    ("elements", "side"),
    [
        ({"ImageLaterality": "R"}, Side.RIGHT),
        ({"Laterality": "L"}, Side.LEFT),
        ({"ImageLaterality": "L", "Laterality": "R"}, Side.LEFT),
        ({"ImageLaterality": "B"}, None),
        ({"Laterality": ""}, None),
        ({}, None),
    ],
)
def test_the_side_is_what_the_header_says(tmp_path, elements, side):
    assert read_image(tmp_path, **elements).info.laterality is side


@pytest.mark.parametrize(
    ("elements", "spacing"),
    [
        ({"ImagerPixelSpacing": [0.15, 0.2]}, (0.15, 0.2, SpacingOrigin.AT_DETECTOR)),
        (
            {"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.15, 0.15]},
            (0.1, 0.1, SpacingOrigin.CALIBRATED),
        ),
        (
            {"PixelSpacing": [0.15, 0.15], "ImagerPixelSpacing": [0.15, 0.15]},
            (0.15, 0.15, SpacingOrigin.AT_DETECTOR),
        ),
        (
            {"PixelSpacing": [0.1, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"},
            (0.1, 0.1, SpacingOrigin.CALIBRATED),
        ),
        ({"NominalScannedPixelSpacing": [0.2, 0.2]}, (0.2, 0.2, SpacingOrigin.AT_DETECTOR)),
        ({"PixelSpacing": [0, 0]}, None),
        ({"PixelSpacing": [-1, 0.2]}, None),
        ({}, None),
    ],
)
def test_spacing_and_where_it_was_measured(tmp_path, elements, spacing):
    expected = PixelSpacing(*spacing) if spacing else None
    assert read_image(tmp_path, **elements).info.spacing == expected


def test_a_mirrored_film_is_noted(tmp_path):
    assert "right" in read_image(tmp_path, PatientOrientation=["R", "F"]).info.notes[0]
    assert not read_image(tmp_path, PatientOrientation=["L", "F"]).info.notes


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
    with pytest.raises(ReadError, match=f"uses the compression ({name})"):
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
        refusal = str(error)
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


# ---------------------------------------------------------------- the decoder's process


def _bundled_path(name: str) -> Path:
    return BUNDLED / "test_files" / name


def test_threads_take_turns_at_the_decoder():
    names = ["MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "MR_small_jpeg_ls_lossless.dcm"]
    reference = read(_bundled_path("MR_small.dcm")).values
    results: list[np.ndarray] = []

    def run(name: str) -> None:
        for _ in range(3):
            results.append(read(_bundled_path(name)).values)  # noqa: PERF401

    threads = [threading.Thread(target=run, args=(name,)) for name in names * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == 18
    assert all(np.array_equal(values, reference) for values in results)


def test_a_decoder_that_dies_is_one_refusal_and_is_replaced(monkeypatch):
    path = _bundled_path("MR_small_RLE.dcm")
    read(path)
    first = codec_process._worker
    assert first is not None
    # It dies between being found alive and answering.
    monkeypatch.setattr(first.process, "is_alive", lambda: True)
    first.process.kill()
    first.process.join(10)
    with pytest.raises(ReadError, match="broke the decoder"):
        read(path)
    assert read(path).values.shape == (64, 64)
    assert codec_process._worker is not first


def test_a_decoder_killed_while_idle_is_replaced_unnoticed():
    path = _bundled_path("MR_small_RLE.dcm")
    read(path)
    codec_process._worker.process.kill()
    codec_process._worker.process.join(10)
    assert read(path).values.shape == (64, 64)


def test_a_decoder_that_starts_too_slowly_is_one_refusal(monkeypatch):
    path = _bundled_path("MR_small_RLE.dcm")
    read(path)
    codec_process._worker.process.kill()
    codec_process._worker.process.join(10)
    monkeypatch.setattr(codec_process, "START_SECONDS", 0.01)
    with pytest.raises(ReadError, match="can't be started"):
        read(path)
    monkeypatch.undo()
    assert read(path).values.shape == (64, 64)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="processes can't be stopped here")
def test_a_decoder_that_hangs_is_ended_and_replaced(monkeypatch):
    path = _bundled_path("MR_small_jp2klossless.dcm")
    read(path)
    hung = codec_process._worker.process
    os.kill(hung.pid, signal.SIGSTOP)
    monkeypatch.setattr(codec_process, "DECODE_SECONDS", 0.5)
    with pytest.raises(ReadError, match="took too long"):
        read(path)
    assert not hung.is_alive()
    monkeypatch.undo()
    assert read(path).values.shape == (64, 64)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux enforces the limit")
def test_the_decoders_memory_and_files_are_limited(tmp_path):
    code = (
        "import sys; from koa_desktop.dicom import codec_process; codec_process._confine()\n"
        "try: bytearray(codec_process.MEMORY_BYTES + 2**30)\n"
        "except MemoryError: pass\n"
        "else: sys.exit(2)\n"
        f"try: open({str(tmp_path / 'x')!r}, 'wb', 0).write(b'x')\n"
        "except OSError: sys.exit(0)\n"
        "sys.exit(3)\n"
    )
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0


def test_what_the_decoder_answers_is_checked():
    frame = codec_process.Frame("1.2.840.10008.1.2.5", 4, 4, 1, 8, 8, 0, "MONOCHROME2")
    for answer in ({"dtype": "|u1", "shape": [2, 8]}, {"dtype": "|O", "shape": [4, 4]}, {}):
        with pytest.raises(ReadError):
            codec_process._array(answer, bytes(16), frame)
