"""DICOM files that break the rules in small ways are read as other viewers read them."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    RLELossless,
)

from koa_desktop.dicom.stored_values import significant
from koa_desktop.errors import ReadError
from koa_desktop.imaging.pose import Pose, pose_of, usual
from koa_desktop.loading.read import read
from koa_desktop.message import Message
from koa_desktop.radiograph import Note, PixelSpacing, Side, SpacingOrigin
from tests.support.dicom_files import RAMP, image, read_image, saved
from tests.support.raising import raises

TWELVE = (RAMP & 0x0FFF).astype(np.uint16)
BYTES = np.linspace(0, 255, 48 * 40).reshape(48, 40).astype(np.uint8)


def table(entries, first: int = 0, bits: int = 16) -> Sequence:
    item = Dataset()
    item.LUTDescriptor = [len(entries), first, bits]
    item.LUTData = entries if isinstance(entries, bytes) else [int(entry) for entry in entries]
    item["LUTData"].VR = "OW" if isinstance(entries, bytes) else "US"
    return Sequence([item])


def rewritten(path: Path, change) -> Path:
    path.write_bytes(change(path.read_bytes()))
    return path


# ---------------------------------------------------------------- tables, PS3.3 C.11.1, C.11.2


@pytest.mark.parametrize(
    ("slope", "intercept"), [(-1, 4095), (2, 0), (0.25, 0), (1, -500), (0.5, 100)]
)
def test_a_voi_table_follows_any_rescale(tmp_path, slope, intercept):
    entries = np.arange(8192)[::-1]
    film = read_image(
        tmp_path,
        TWELVE,
        RescaleSlope=slope,
        RescaleIntercept=intercept,
        VOILUTSequence=table(entries, 0, 13),
        WindowCenter=10,
        WindowWidth=4,
    )
    index = np.clip(np.rint(TWELVE.astype(float) * slope + intercept), 0, 8191).astype(int)
    np.testing.assert_array_equal(film.values, entries[index])
    assert film.window.width == 8191


def test_entries_of_8_bits_are_packed_two_a_word(tmp_path):
    entries = (np.arange(4096) // 16).astype(np.uint8)
    packed = table(entries.tobytes(), bits=8)
    packed[0].LUTDescriptor = [4096, 0, 8]
    film = read_image(tmp_path, TWELVE, VOILUTSequence=packed)
    np.testing.assert_array_equal(film.values, entries[TWELVE])


@pytest.mark.parametrize("bits", [16, 12, 10])
def test_entries_of_other_bits_than_the_descriptors_are_shown_in_their_range(tmp_path, bits):
    film = read_image(tmp_path, TWELVE, VOILUTSequence=table(np.arange(4096), bits=bits))
    np.testing.assert_allclose(film.pixels, TWELVE / 4095, atol=1e-3)


def test_a_modality_table_of_12_bits_is_applied(tmp_path):
    entries = np.arange(4096)[::-1]
    film = read_image(tmp_path, TWELVE, ModalityLUTSequence=table(entries, bits=12))
    np.testing.assert_array_equal(film.values, entries[TWELVE])


def test_a_table_with_fewer_entries_than_it_declares_is_applied(tmp_path):
    short = table(np.arange(2000), bits=12)
    short[0].LUTDescriptor = [4096, 0, 12]
    film = read_image(tmp_path, TWELVE, VOILUTSequence=short)
    np.testing.assert_array_equal(film.values, np.minimum(TWELVE, 1999))


# ---------------------------------------------------------------- functional groups, C.7.6.16.2


@pytest.mark.parametrize(
    "keyword", ["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"]
)
def test_functional_groups_are_read(tmp_path, keyword):
    measures, values, voi, anatomy = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing = [0.31, 0.31]
    values.RescaleSlope, values.RescaleIntercept = 1, -500
    voi.WindowCenter, voi.WindowWidth = [1200, 7], [2400, 8]
    anatomy.FrameLaterality = "R"
    group = Dataset()
    group.PixelMeasuresSequence = Sequence([measures])
    group.PixelValueTransformationSequence = Sequence([values])
    group.FrameVOILUTSequence = Sequence([voi])
    group.FrameAnatomySequence = Sequence([anatomy])
    film = read_image(tmp_path, TWELVE, NumberOfFrames=1, **{keyword: Sequence([group])})
    assert film.info.spacing == PixelSpacing(0.31, 0.31, SpacingOrigin.AT_DETECTOR)
    assert film.info.laterality is Side.RIGHT
    assert (film.window.centre, film.window.width) == (1199.5, 2399)
    np.testing.assert_array_equal(film.values, TWELVE.astype(int) - 500)


# ---------------------------------------------------------------- stored bits, PS3.5 8.1.1


@pytest.mark.parametrize("high", [11, 13, 15])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_unused_bits_beside_the_stored_ones_are_masked(tmp_path, high, syntax):
    left = high - 11
    noise = np.random.default_rng(0).integers(0, 2**16, TWELVE.shape).astype(np.uint16)
    used = np.uint16(0x0FFF << left)
    stored = (TWELVE << left) | (noise & ~used)
    dataset = image(stored, syntax, BitsStored=12, HighBit=high)
    np.testing.assert_array_equal(read(saved(dataset, tmp_path)).values, TWELVE)


@pytest.mark.parametrize("high", [11, 15])
def test_signed_values_keep_their_sign(high):
    wanted = np.array([[-2048, -1, 0, 2047]], np.int16)
    stored = ((wanted.view(np.uint16) & 0x0FFF) << (high - 11)).astype(np.uint16)
    np.testing.assert_array_equal(significant(stored, high, 12, signed=True), wanted)


@pytest.mark.parametrize(
    "keywords",
    [
        ("SamplesPerPixel",),
        ("PixelRepresentation",),
        ("BitsStored", "HighBit"),
        ("SamplesPerPixel", "HighBit", "PixelRepresentation", "BitsStored", "BitsAllocated"),
    ],
)
def test_what_the_pixel_module_leaves_out_is_filled_in(tmp_path, keywords):
    film = read_image(tmp_path, **dict.fromkeys(keywords))
    np.testing.assert_array_equal(film.values, RAMP)


def test_without_photometric_interpretation_the_picture_decides_and_it_is_noted(tmp_path):
    film = read_image(tmp_path, PhotometricInterpretation=None)
    assert film.info.notes == (Message(Note.NO_PHOTOMETRIC), Message(Note.STORED_INVERTED))


# ---------------------------------------------------------------- bytes against header, PS3.5 A.4


@pytest.mark.parametrize("named", [JPEGLosslessSV1, JPEG2000Lossless, RLELossless])
def test_native_pixels_that_are_called_compressed_are_read(tmp_path, named):
    path = saved(image(), tmp_path)
    old = b"1.2.840.10008.1.2.1\0"
    length = len(named) + len(named) % 2

    def renamed(data: bytes) -> bytes:
        place = data.index(old)
        new = length.to_bytes(2, "little") + named.encode().ljust(length, b"\0")
        data = data[: place - 2] + new + data[place + len(old) :]
        group = int.from_bytes(data[140:144], "little") + length - len(old)
        return data[:140] + group.to_bytes(4, "little") + data[144:]

    film = read(rewritten(path, renamed))
    np.testing.assert_array_equal(film.values, RAMP)
    assert film.info.notes == (Message.of(Note.SECOND_READER),)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_compressed_picture_that_is_called_native_is_read(tmp_path, syntax):
    dataset = image(BYTES, syntax)
    dataset.PixelData = encapsulate([cv2.imencode(".jpg", BYTES)[1].tobytes()])
    film = read(saved(dataset, tmp_path))
    assert np.abs(film.values.astype(int) - BYTES).max() < 12
    assert film.info.notes == (Message.of(Note.SECOND_READER),)


def test_a_jpeg_of_three_components_is_shown_in_grey(tmp_path):
    colour = np.dstack([BYTES] * 3)
    dataset = image(BYTES, JPEGBaseline8Bit)
    dataset.PixelData = encapsulate([cv2.imencode(".jpg", colour)[1].tobytes()])
    film = read(saved(dataset, tmp_path))
    assert np.abs(film.values.astype(int) - BYTES).max() < 12


def test_a_jpeg_of_another_size_than_the_headers_is_refused(tmp_path):
    dataset = image(BYTES, JPEGBaseline8Bit)
    dataset.PixelData = encapsulate([cv2.imencode(".jpg", BYTES[:40])[1].tobytes()])
    with raises(ReadError, match="not the one that its header describes"):
        read(saved(dataset, tmp_path))


@pytest.mark.parametrize("lost", [8, 4])
def test_a_lost_delimiter_at_the_end_costs_nothing(tmp_path, lost):
    dataset = image(BYTES, JPEGBaseline8Bit)
    dataset.PixelData = encapsulate([cv2.imencode(".jpg", BYTES)[1].tobytes()])
    path = rewritten(saved(dataset, tmp_path), lambda data: data[:-lost])
    assert np.abs(read(path).values.astype(int) - BYTES).max() < 12


def test_a_fragment_that_is_cut_short_is_refused(tmp_path):
    dataset = image(BYTES, JPEGBaseline8Bit)
    dataset.PixelData = encapsulate([cv2.imencode(".jpg", BYTES)[1].tobytes()])
    path = rewritten(saved(dataset, tmp_path), lambda data: data[:-300])
    with raises(ReadError, match="cut short"):
        read(path)


def test_a_wrong_offset_table_is_left_alone(tmp_path):
    jpeg = cv2.imencode(".jpg", BYTES)[1].tobytes()
    dataset = image(BYTES, JPEGBaseline8Bit)
    data = encapsulate([jpeg], has_bot=True)
    dataset.PixelData = data[:8] + b"\x99\x99\0\0" + data[12:]
    assert np.abs(read(saved(dataset, tmp_path)).values.astype(int) - BYTES).max() < 12


def test_the_letters_of_the_prefix_may_stand_in_the_data(tmp_path):
    # PS3.10 7.1: without a preamble, byte 128 lies somewhere in an element's value.
    dataset = image()
    dataset.ImageComments = "x"
    path = saved(dataset, tmp_path)
    bare = path.read_bytes()[132:]
    meta = 12 + int.from_bytes(bare[8:12], "little")
    bare = bare[meta:]
    comment = b"\x08\x00\x08\x00CS" + (120).to_bytes(2, "little") + b"A" * 120
    bare = comment + bare
    bare = bare[:128] + bare[128:]
    text = bytearray(bare)
    text[8:128] = b"B" * 120
    path.write_bytes(bytes(text))
    np.testing.assert_array_equal(read(path).values, RAMP)
    longer = b"\x08\x00\x08\x00CS" + (200).to_bytes(2, "little") + b"B" * 120 + b"DICM"
    path.write_bytes(longer + b"B" * 76 + bytes(text)[128:])
    assert path.read_bytes()[128:132] == b"DICM"
    np.testing.assert_array_equal(read(path).values, RAMP)


def test_of_two_file_meta_groups_the_first_holds(tmp_path):
    path = saved(image(), tmp_path)

    def doubled(data: bytes) -> bytes:
        end = 144 + int.from_bytes(data[140:144], "little")
        second = data[132:end].replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.2\0")
        return data[:end] + second + data[end:]

    np.testing.assert_array_equal(read(rewritten(path, doubled)).values, RAMP)


# ---------------------------------------------------------------- spacing, PS3.3 10.7.1.3


@pytest.mark.parametrize(
    "elements",
    [
        {"PixelSpacing": [0.1, 0.15]},
        {"ImagerPixelSpacing": [0.1, 0.15]},
        {"NominalScannedPixelSpacing": [0.1, 0.15]},
        {"PixelAspectRatio": [100, 150]},  # C.7.6.3.1.7
    ],
)
def test_pixels_that_are_not_square_are_resampled_and_lengths_stay_right(tmp_path, elements):
    film = read_image(tmp_path, **elements)
    assert (film.width, film.height) == (60, 48)
    spacing = film.info.spacing
    if "PixelAspectRatio" not in elements:
        assert (spacing.row_mm, spacing.column_mm) == (0.1, 0.1)
        assert film.width * spacing.column_mm == pytest.approx(40 * 0.15)
    assert film.info.notes == (Message.of(Note.NOT_SQUARE, ratio="1.50"),)
    assert film.info.stored.stored_point(60, 48) == pytest.approx((40, 48))
    # In the middle of a stored pixel lies its value.
    middles = (np.arange(40) + 0.5) * 1.5 - 0.5
    found = [np.interp(middles, np.arange(60), row) for row in film.values]
    np.testing.assert_allclose(np.array(found)[:, 1:-1], RAMP[:, 1:-1], atol=1)


# ---------------------------------------------------------------- pose, PS3.3 C.7.6.1.1.1


@pytest.mark.parametrize("row", ["L", "R", "H", "F"])
@pytest.mark.parametrize("column", ["L", "R", "H", "F"])
def test_a_frontal_film_is_brought_into_the_usual_pose(tmp_path, row, column):
    frontal = {row, column} & {"L", "R"} and {row, column} & {"H", "F"}
    if not frontal:
        assert pose_of(row, column) == Pose()
        return
    stored = RAMP
    if row in "HF":
        stored = stored.T
    # Bring the rows' and columns' directions to (L, F) one by one.
    if "R" in (row, column):
        stored = np.flip(stored, 1 if row == "R" else 0)
    if "H" in (row, column):
        stored = np.flip(stored, 1 if row == "H" else 0)
    film = read_image(tmp_path, np.ascontiguousarray(stored), PatientOrientation=[row, column])
    np.testing.assert_array_equal(film.values, RAMP)
    assert bool(film.info.notes) == ((row, column) != ("L", "F"))


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("ratio", [1.0, 2.0, 0.5])
def test_every_point_is_found_in_the_files_own_pixels(mirrored, quarters, ratio):
    stored = np.arange(5 * 8, dtype=np.uint16).reshape(5, 8)
    flat = np.repeat(np.repeat(stored, int(max(ratio, 1)), 0), int(max(1 / ratio, 1)), 1)
    values, _, grid = usual(stored, Pose(mirrored, quarters), ratio, None)
    assert sorted(values.shape) == sorted(flat.shape)
    if grid is None:
        return
    for x, y in ((0, 0), (values.shape[1], 0), (3, 2)):
        stored_x, stored_y = grid.stored_point(x, y)
        assert 0 <= stored_x <= 8
        assert 0 <= stored_y <= 5


def test_a_lateral_film_stays_as_it_is(tmp_path):
    assert read_image(tmp_path, PatientOrientation=["A", "F"]).info.stored is None
