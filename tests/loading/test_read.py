"""Reading pictures, polarity, candidates and paths."""

import os
import sys
import threading
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from koa_desktop.errors import ReadError
from koa_desktop.imaging import raster
from koa_desktop.imaging.polarity import film_brightness, is_bone_dark, knee_likeness
from koa_desktop.loading.discovery import discover
from koa_desktop.loading.read import read
from koa_desktop.message import Message
from koa_desktop.radiograph import InvertedBy, Note, Window
from koa_desktop.system.files import extended
from koa_desktop.system.paths import RESOURCES
from tests.support.raising import raises

KOA_DATA = os.environ.get("KOA_DATA")
needs_data = pytest.mark.skipif(not KOA_DATA, reason="KOA_DATA names no data folder")
RAMP = np.linspace(0, 255, 60 * 50).reshape(60, 50).astype(np.uint8)
DEEP = (np.linspace(0, 4095, 60 * 50).reshape(60, 50)).astype(np.uint16)


def saved(values, path: Path, **options) -> Path:
    Image.fromarray(values).save(path, **options)
    return path


def film(rows=300, columns=200) -> np.ndarray:
    """A bright limb with grain on a dark, smooth surround."""
    values = np.full((rows, columns), 12, np.uint8)
    grain = np.random.default_rng(3).integers(0, 40, (rows, columns))
    limb = slice(columns // 3, 2 * columns // 3)
    values[:, limb] = 130 + grain[:, limb]
    return values


# ---------------------------------------------------------------- formats


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tif"])
def test_eight_bits_are_kept(tmp_path, suffix):
    radiograph = read(saved(RAMP, tmp_path / f"a{suffix}"))
    assert radiograph.values.dtype == np.uint8
    np.testing.assert_array_equal(radiograph.values, RAMP)
    assert radiograph.window == Window(127.5, 255)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_are_kept_and_shown_over_their_range(tmp_path, suffix):
    radiograph = read(saved(DEEP, tmp_path / f"a{suffix}"))
    assert radiograph.values.dtype == np.uint16
    np.testing.assert_array_equal(radiograph.values, DEEP)
    assert np.ptp(radiograph.pixels) == 1


def test_a_jpeg_is_close_to_what_was_saved(tmp_path):
    values = read(saved(RAMP, tmp_path / "a.jpg", quality=95)).values
    assert np.abs(values.astype(int) - RAMP).max() < 8


def test_sixteen_bit_colour_is_not_cut_to_eight(tmp_path):
    colour = np.repeat(DEEP[..., None], 3, 2)
    assert cv2.imwrite(str(tmp_path / "a.png"), colour)
    values = read(tmp_path / "a.png").values
    assert values.dtype == np.uint16
    assert np.abs(values.astype(int) - DEEP).max() <= 1


def test_colour_becomes_luminance(tmp_path):
    colour = np.zeros((40, 40, 3), np.uint8)
    colour[..., 1] = 200
    assert read(saved(colour, tmp_path / "a.png")).values[0, 0] == round(0.587 * 200)


def test_transparency_lies_on_black(tmp_path):
    picture_ = np.full((40, 40, 4), 200, np.uint8)
    picture_[:20, :, 3] = 0
    picture_[20:, :, 3] = 255
    values = read(saved(picture_, tmp_path / "a.png")).values
    assert (values[0, 0], values[-1, 0]) == (0, 200)


def test_palette_and_one_bit_become_grey(tmp_path):
    Image.fromarray(RAMP).convert("P").save(tmp_path / "p.png")
    np.testing.assert_array_equal(read(tmp_path / "p.png").values, RAMP)
    Image.fromarray(RAMP).convert("1").save(tmp_path / "1.png")
    assert set(np.unique(read(tmp_path / "1.png").values)) == {0, 255}


@pytest.mark.parametrize("values", [RAMP, DEEP], ids=["8 bits", "16 bits"])
def test_a_tiff_whose_lowest_value_is_white_is_turned(tmp_path, values):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="miniswhite")
    tifffile.imwrite(tmp_path / "b.tif", values, photometric="minisblack")
    turned, plain = read(tmp_path / "a.tif").values, read(tmp_path / "b.tif").values
    np.testing.assert_array_equal(plain, values)
    np.testing.assert_array_equal(turned, np.iinfo(values.dtype).max - values)


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.int16])
def test_other_tiff_values_are_kept(tmp_path, dtype):
    tifffile = pytest.importorskip("tifffile")
    values = DEEP.astype(dtype) - dtype(2000)
    tifffile.imwrite(tmp_path / "a.tif", values)
    np.testing.assert_array_equal(read(tmp_path / "a.tif").values, values)
    if dtype == np.float32:
        values[0, :3] = np.nan, np.inf, -3e38
        tifffile.imwrite(tmp_path / "a.tif", values)
        assert np.isfinite(read(tmp_path / "a.tif").pixels).all()


def test_the_first_page_is_read_and_that_is_said(tmp_path):
    pages = [Image.fromarray(RAMP), Image.fromarray(RAMP[::-1].copy())]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    radiograph = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(radiograph.values, RAMP)
    assert radiograph.info.notes == (Message.of(Note.FIRST_PAGE, pages=2),)


@pytest.mark.parametrize(("orientation", "turns"), [(3, 2), (6, 3), (8, 1)])
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
def test_a_picture_is_turned_as_its_camera_was_held(tmp_path, suffix, orientation, turns):
    values = np.repeat(np.repeat(RAMP[:2, :2] * 0, 20, 0), 30, 1)
    values[:20, :30] = 250
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / f"a{suffix}"
    Image.fromarray(values).save(path, exif=exif)
    shown = read(path).values.astype(int)
    expected = np.rot90(values, turns)
    assert shown.shape == expected.shape
    assert np.abs(shown - expected).mean() < 3


def test_print_resolution_is_no_pixel_spacing(tmp_path):
    for suffix in (".png", ".jpg", ".tif"):
        assert read(saved(RAMP, tmp_path / f"a{suffix}", dpi=(254, 254))).info.spacing is None


def test_the_content_decides_not_the_name(tmp_path):
    saved(RAMP, tmp_path / "a.png").rename(tmp_path / "a.dcm")
    assert read(tmp_path / "a.dcm").info.file_format == "PNG"


def test_the_digest_is_of_the_files_bytes(tmp_path):
    import hashlib

    path = saved(RAMP, tmp_path / "a.png")
    assert read(path).info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_pillows_warnings_stay_inside(tmp_path):
    path = saved(RAMP, tmp_path / "a.png")
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        read(path)
        raster.silence("PIL")
        warnings.warn_explicit("quoting the file", UserWarning, "x.py", 1, module="PIL.Image")
        warnings.warn_explicit("of another", UserWarning, "x.py", 1, module="other")
    assert [str(warning.message) for warning in heard] == ["of another"]


# ---------------------------------------------------------------- polarity


def mean_knee() -> np.ndarray:
    small = cv2.imdecode(np.fromfile(RESOURCES / "mean_knee.png", np.uint8), 0)
    return cv2.resize(small, (224, 224), interpolation=cv2.INTER_CUBIC)


def test_an_inverted_crop_is_turned(tmp_path):
    knee = mean_knee()
    assert not read(saved(knee, tmp_path / "a.png")).inverted
    radiograph = read(saved(255 - knee, tmp_path / "b.png"))
    assert (radiograph.inverted, radiograph.info.inverted_by) == (True, InvertedBy.IMAGE)
    assert knee_likeness(radiograph.pixels) > 0.99
    assert radiograph.with_polarity(inverted=False).info.inverted_by is InvertedBy.USER


def test_an_inverted_film_is_turned_whatever_frame_is_around_it():
    for frame in (None, 0, 255):
        values = film()
        inverted = 255 - values
        if frame is not None:
            values = np.pad(values, 30, constant_values=frame)
            inverted = np.pad(inverted, 30, constant_values=frame)
        assert not is_bone_dark(values)
        assert is_bone_dark(inverted)


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 500), (500, 1), (3, 3), (224, 224), (1, 200_000), (70_000, 2)]
)
def test_an_image_of_one_grey_is_left_as_it_is(shape):
    for grey in (0, 7, 255):
        values = np.full(shape, grey, np.uint8)
        assert not is_bone_dark(values)
        assert knee_likeness(values) == 0
        assert film_brightness(values) == 0


@needs_data
def test_crops_and_films_of_the_data_are_told():
    crops = sorted(Path(KOA_DATA, "knee", "val").rglob("*.png"))[::4]
    for path in crops:
        radiograph = read(path)
        assert knee_likeness(radiograph.pixels) > 0
        assert is_bone_dark(radiograph.values) == radiograph.inverted
    films = sorted(Path(KOA_DATA, "radiographs").glob("*.jpg"))[::6]
    wrong = 0
    for path in films:
        values = read(path).values
        wrong += is_bone_dark(values) + (not is_bone_dark(255 - values))
    assert wrong == 0


# ---------------------------------------------------------------- files and folders


def test_names_of_every_script_and_long_paths_are_read(tmp_path):
    folder = tmp_path
    for _ in range(3):
        folder = folder / ("膝のレントゲン " + "ك" * 60)
    folder.mkdir(parents=True)
    path = folder / "Röntgen – 膝 🦵.png"
    saved(RAMP, path)
    assert len(str(path)) > 260
    np.testing.assert_array_equal(read(path).values, RAMP)
    assert discover([folder]).files == (path,)


@pytest.mark.parametrize(
    ("path", "result"),
    [
        (r"C:\films\a.png", r"\\?\C:\films\a.png"),
        ("C:/films/../a.png", r"\\?\C:\a.png"),
        (r"\\server\share\a.png", r"\\?\UNC\server\share\a.png"),
        (r"\\?\C:\a.png", r"\\?\C:\a.png"),
    ],
)
def test_windows_paths_may_exceed_260_characters(path, result):
    assert extended(path) == result


def test_threads_read_at_once(tmp_path):
    path = saved(DEEP, tmp_path / "a.png")
    results: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: results.append(read(path).values)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(results) == 8
    assert all(np.array_equal(values, DEEP) for values in results)


def test_missing_empty_and_folder_are_refused_in_a_sentence(tmp_path):
    (tmp_path / "empty.png").touch()
    for path, word in (
        (tmp_path / "gone.png", "no such file"),
        (tmp_path / "empty.png", "empty"),
        (tmp_path, "folder"),
    ):
        with raises(ReadError, match=word):
            read(path)


@pytest.mark.skipif(
    sys.platform == "win32" or not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="the superuser may read everything",
)
def test_a_file_without_permission_is_refused(tmp_path):
    path = saved(RAMP, tmp_path / "a.png")
    path.chmod(0)
    with raises(ReadError, match="permission"):
        read(path)


def test_importing_the_reader_loads_neither_dicom_nor_decoder():
    import subprocess

    code = (
        "import sys, koa_desktop.radiograph; "
        "print([m for m in ('pydicom', 'gdcm', 'PIL', 'PySide6') if m in sys.modules])"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=root, check=True
    )
    assert done.stdout.strip() == "[]"
