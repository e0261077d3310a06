"""Damaged and hostile files: each is read, or refused in one sentence, and never anything else."""

import io
import os
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    RLELossless,
)

from koa_desktop.errors import ReadError
from koa_desktop.loading.read import radiograph
from koa_desktop.loading.reader import read
from koa_desktop.radiograph import Radiograph
from koa_desktop.system import files
from koa_desktop.wording import sentences as words
from tests.support.raising import raises

BUNDLED = Path(pydicom.__file__).parent / "data" / "test_files"
RAMP = np.linspace(0, 255, 64 * 48).reshape(64, 48).astype(np.uint8)


def outcome(path: Path) -> Radiograph | str:
    """Return the result of reading: a sound radiograph, or the refusal's sentence."""
    try:
        radiograph = read(path)
    except ReadError as refusal:
        sentence = words.sentence(refusal.message)
    else:
        pixels = radiograph.pixels
        assert np.isfinite(pixels).all()
        assert pixels.min() >= 0
        assert pixels.max() <= 1
        return radiograph
    assert sentence.endswith(".")
    assert "\n" not in sentence
    # On Windows no file has a name that is too long, and 260 letters of the name are told.
    assert len(sentence) < 300
    return sentence


def picture_bytes(file_format: str) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(RAMP).save(stream, file_format)
    return stream.getvalue()


def dicom_bytes(syntax=ExplicitVRLittleEndian, **elements) -> bytes:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset.Rows, dataset.Columns = RAMP.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    dataset.PixelRepresentation = 0
    dataset.PixelData = RAMP.tobytes()
    dataset["PixelData"].VR = "OB"
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


SAMPLES = {name: picture_bytes(name) for name in ("PNG", "JPEG", "TIFF", "BMP")}
SAMPLES["DICOM"] = dicom_bytes()
SAMPLES["RLE"] = (BUNDLED / "MR_small_RLE.dcm").read_bytes()
SAMPLES["JPEG 2000"] = (BUNDLED / "MR_small_jp2klossless.dcm").read_bytes()
SAMPLES["JPEG-LS"] = (BUNDLED / "MR_small_jpeg_ls_lossless.dcm").read_bytes()
SAMPLES["12-bit JPEG"] = (BUNDLED / "JPGExtended.dcm").read_bytes()


@pytest.mark.requirement("R10")
@pytest.mark.parametrize("name", SAMPLES)
def test_a_file_cut_anywhere_is_read_or_refused(tmp_path, name):
    data = SAMPLES[name]
    path = tmp_path / "cut"
    lengths = {0, 1, 2, 8, 131, 132, 133, 200, len(data) - 1}
    lengths.update(int(length) for length in np.linspace(3, len(data) - 1, 25))
    for length in sorted(lengths):
        path.write_bytes(data[:length])
        outcome(path)


@pytest.mark.requirement("R10")
@pytest.mark.parametrize("name", ["PNG", "JPEG", "TIFF", "BMP", "DICOM"])
def test_half_a_picture_is_never_shown_as_a_whole_one(tmp_path, name):
    path = tmp_path / "half"
    path.write_bytes(SAMPLES[name][: len(SAMPLES[name]) // 2])
    assert isinstance(outcome(path), str)


@pytest.mark.parametrize("name", SAMPLES)
@given(st.data())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_flipped_bits_are_read_or_refused(tmp_path, name, data):
    damaged = bytearray(SAMPLES[name])
    # Half of the flips fall into the header, where they do most.
    place = st.one_of(st.integers(0, min(1500, len(damaged) - 1)), st.integers(0, len(damaged) - 1))
    for _ in range(data.draw(st.integers(1, 6))):
        damaged[data.draw(place)] ^= 1 << data.draw(st.integers(0, 7))
    path = tmp_path / "flipped"
    path.write_bytes(bytes(damaged))
    outcome(path)


@given(st.binary(max_size=400), st.sampled_from([b"", b"\0" * 128 + b"DICM", b"\x08\0\x05\0CS"]))
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_noise_is_read_or_refused(tmp_path, noise, start):
    path = tmp_path / "noise"
    path.write_bytes(start + noise)
    outcome(path)


def test_a_zeroed_file_is_refused(tmp_path):
    path = tmp_path / "zeros.dcm"
    path.write_bytes(bytes(10_000))
    assert "not a radiograph" in outcome(path)


def chunk(kind: bytes, body: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + crc


@pytest.mark.requirement("R10")
def test_a_picture_bomb_is_refused_before_it_is_decoded(tmp_path):
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10_000)))
    path = tmp_path / "bomb.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body + chunk(b"IEND", b""))
    assert "120 million" in outcome(path)


def test_a_dicom_bomb_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "bomb.dcm"
    path.write_bytes(dicom_bytes(Rows=60_000, Columns=60_000))
    assert "120 million" in outcome(path)


def test_a_compressed_dicom_that_claims_more_than_it_holds_is_refused(tmp_path):
    dataset = pydicom.dcmread(BUNDLED / "MR_small_RLE.dcm")
    dataset.Rows = dataset.Columns = 10_000
    assert dataset.file_meta.TransferSyntaxUID == RLELossless
    dataset.save_as(tmp_path / "a.dcm")
    assert "damaged" in outcome(tmp_path / "a.dcm")


def test_a_deflated_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr("koa_desktop.dicom.parse.MAX_FILE_BYTES", 100_000)
    assert radiograph(dicom_bytes(DeflatedExplicitVRLittleEndian)).width == RAMP.shape[1]
    padded = dicom_bytes(DeflatedExplicitVRLittleEndian, ImageComments="x" * 10_000_000)
    assert len(padded) < 100_000
    with raises(ReadError, match="unpacks"):
        radiograph(padded)


def test_a_file_above_the_limit_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MAX_FILE_BYTES", 1000)
    path = tmp_path / "a.png"
    path.write_bytes(bytes(1001))
    assert "larger" in outcome(path)


def test_deep_nesting_is_read_or_refused(tmp_path):
    opened = b"\x40\x00\x40\xa0SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff"
    meta = dicom_bytes()
    path = tmp_path / "deep.dcm"
    for depth in (50, 5_000, 100_000):
        path.write_bytes(meta + opened * depth)
        outcome(path)
        path.write_bytes(bytes(128) + b"DICM" + opened * depth)
        assert isinstance(outcome(path), str)


@pytest.mark.parametrize(
    "elements",
    [
        {"Rows": 0},
        {"Columns": 0},
        {"SamplesPerPixel": 2},
        {"SamplesPerPixel": 3},
        {"BitsAllocated": 7},
        {"BitsAllocated": 16},
        {"BitsStored": 0},
        {"BitsStored": 200},
        {"PixelRepresentation": 9},
        {"PhotometricInterpretation": "HSV"},
        {"PhotometricInterpretation": "RGB"},
        {"PhotometricInterpretation": "PALETTE COLOR"},
        {"PhotometricInterpretation": ""},
        {"NumberOfFrames": 2_000_000_000},
        {"RescaleSlope": "1e300", "RescaleIntercept": "-1e300"},
        {"RescaleSlope": 0},
        {"WindowCenter": "1e300", "WindowWidth": "1e-300"},
        {"WindowCenter": 0, "WindowWidth": "1e300", "VOILUTFunction": "SIGMOID"},
        {"WindowCenter": 0, "WindowWidth": "1e-300", "VOILUTFunction": "SIGMOID"},
        {"PixelPaddingValue": 0, "PixelPaddingRangeLimit": 255},
        {"VOILUTSequence": [Dataset()]},
        {"ModalityLUTSequence": [Dataset()]},
        {"PixelData": b""},
    ],
    ids=str,
)
def test_odd_image_elements_are_read_or_refused(tmp_path, elements):
    path = tmp_path / "odd.dcm"
    path.write_bytes(dicom_bytes(**elements))
    outcome(path)


@pytest.mark.parametrize(
    ("start", "word"), [(b"PK\x03\x04", "ZIP"), (b"%PDF-1.7", "PDF"), (b"GIF89a", "GIF")]
)
def test_other_formats_are_refused_by_name(tmp_path, start, word):
    path = tmp_path / "a.png"
    path.write_bytes(start + bytes(500))
    assert word in outcome(path)


def test_a_folder_named_like_a_picture_is_refused(tmp_path):
    (tmp_path / "a.png").mkdir()
    assert "folder" in outcome(tmp_path / "a.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
def test_a_pipe_named_like_a_picture_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "a.png")
    assert "regular" in outcome(tmp_path / "a.png")


def test_a_path_that_no_system_takes_is_refused():
    assert isinstance(outcome(Path("a\0b.png")), str)
    assert isinstance(outcome(Path("x" * 5000)), str)


def test_no_header_value_is_logged_or_printed(tmp_path, caplog, capfd):
    secret = "Verysecret"
    data = dicom_bytes(PatientName=secret, PatientID=secret)
    odd = data.replace(b"1.2.3", b"x" + secret[:4].encode())
    for content in (data, odd, data[: len(data) // 2]):
        path = tmp_path / "a.dcm"
        path.write_bytes(content)
        outcome(path)
    shown = capfd.readouterr()
    assert "Very" not in caplog.text + shown.out + shown.err


def run_program(folder: Path, ending: str) -> subprocess.CompletedProcess[str]:
    """Run a program that reads a file, prints its reading process, and ends."""
    script = folder / "program.py"
    script.write_text(
        "import os, signal\n"
        "from pathlib import Path\n"
        "from koa_desktop.loading import reading_process\n"
        "from koa_desktop.loading.reader import read\n"
        "if __name__ == '__main__':\n"
        f"    assert read(Path({str(BUNDLED / 'MR_small_RLE.dcm')!r})).width == 64\n"
        "    print(reading_process.idle[0].process.pid, flush=True)\n"
        f"    {ending}\n",
        encoding="utf-8",
    )
    root = Path(__file__).parents[2]
    return subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root)},
    )


@pytest.mark.parametrize("ending", ["pass", "raise SystemExit(0)"])
def test_a_program_that_ends_takes_its_reading_process_with_it(tmp_path, ending):
    done = run_program(tmp_path, ending)
    assert (done.returncode, done.stderr) == (0, "")
    if sys.platform.startswith("linux"):
        assert not Path(f"/proc/{int(done.stdout)}").exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks for processes in /proc")
def test_a_program_that_is_killed_leaves_no_reading_process(tmp_path):
    done = run_program(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)")
    process = Path(f"/proc/{int(done.stdout)}/cmdline")
    deadline = time.monotonic() + 20
    # An ended process that nobody waited for still has its entry, with an empty command line.
    while process.exists() and process.read_bytes() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not (process.exists() and process.read_bytes())
