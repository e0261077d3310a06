"""The files that folders and CDs give to read; none of the others is left out in silence."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image

from koa_desktop.loading.discovery import LeftOut, discover
from koa_desktop.wording.discovery import account
from tests.support.compact_disc import dicom_image, dicomdir

RAMP = np.linspace(0, 255, 60 * 50).reshape(60, 50).astype(np.uint8)
CD_OF_PYDICOM = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests"
needs_links = pytest.mark.skipif(
    sys.platform == "win32", reason="links need a privilege on Windows"
)


def saved(values, path: Path, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path, **options)
    return path


def test_a_folder_gives_its_pictures_in_natural_order(tmp_path):
    for name in ("knee10.png", "knee2.png", "Knee1.PNG", ".hidden.png"):
        saved(RAMP, tmp_path / name)
    (tmp_path / "sub").mkdir()
    (tmp_path / ".git").mkdir()
    saved(RAMP, tmp_path / ".git" / "a.png")
    saved(RAMP, tmp_path / "sub" / "no_suffix", format="PNG")
    for name in ("Thumbs.db", "desktop.ini", "autorun.inf", "setup.exe", "readme.txt", "a.pdf"):
        (tmp_path / name).write_bytes(b"MZ something else")
    (tmp_path / "broken.png").write_bytes(b"")
    names = [path.name for path in discover([tmp_path]).files]
    assert names == ["broken.png", "Knee1.PNG", "knee2.png", "knee10.png", "no_suffix"]


def test_a_named_file_is_always_tried_and_never_twice(tmp_path):
    odd = tmp_path / "notes.txt"
    odd.write_text("x")
    pictured = saved(RAMP, tmp_path / "a.png")
    missing = tmp_path / "gone.png"
    named = [odd, missing, pictured, tmp_path, pictured]
    assert discover(named).files == (odd, missing, pictured)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_links_in_a_circle_end(tmp_path):
    (tmp_path / "a").mkdir()
    saved(RAMP, tmp_path / "a" / "x.png")
    (tmp_path / "a" / "back").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "dangling.png").symlink_to(tmp_path / "nowhere")
    assert tmp_path / "a" / "x.png" in discover([tmp_path]).files
    assert len(discover([tmp_path]).files) == 2


def test_what_is_left_out_of_a_folder_is_counted_by_kind(tmp_path):
    saved(RAMP, tmp_path / "knee.png")
    saved(RAMP, tmp_path / ".hidden.png")
    for name in ("readme.txt", "setup.exe"):
        (tmp_path / name).write_bytes(b"MZ something else")
    found = discover([tmp_path])
    assert found.files == (tmp_path / "knee.png",)
    assert found.left_out == {LeftOut.HIDDEN: 1, LeftOut.OTHER_KIND: 2}
    assert account(found) == "Files left out: 1 hidden; 2 of another kind."


def test_nothing_is_said_where_nothing_is_left_out(tmp_path):
    assert account(discover([saved(RAMP, tmp_path / "knee.png")])) == ""


@needs_links
def test_links_out_of_the_folder_are_not_followed(tmp_path):
    """A folder from a stranger may point at any file of this computer."""
    given, elsewhere = tmp_path / "given", tmp_path / "elsewhere"
    inside = saved(RAMP, given / "own" / "a.png")
    saved(RAMP, elsewhere / "secret.png")
    (given / "folder").symlink_to(elsewhere, target_is_directory=True)
    (given / "file.png").symlink_to(elsewhere / "secret.png")
    (given / "again").symlink_to(given / "own", target_is_directory=True)
    found = discover([given])
    assert [path.resolve() for path in found.files] == [inside]
    assert found.left_out[LeftOut.LEADS_OUT] == 2


@needs_links
def test_a_folder_that_is_a_link_itself_is_searched(tmp_path):
    saved(RAMP, tmp_path / "real" / "a.png")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert discover([tmp_path / "link"]).files == (tmp_path / "link" / "a.png",)


# ---------------------------------------------------------------- CDs, PS3.3 F.3 and PS3.10 8


def test_a_cd_lists_its_images():
    found = discover([CD_OF_PYDICOM / "DICOMDIR"])
    assert len(found.files) == len(set(found.files)) == 31
    assert all(path.is_file() for path in found.files)
    assert found.missing == ()


def test_a_cd_and_its_folder_give_each_image_once():
    both = discover([CD_OF_PYDICOM, CD_OF_PYDICOM / "DICOMDIR"])
    assert len(both.files) == len(discover([CD_OF_PYDICOM]).files)


def test_a_file_that_is_listed_and_not_there_is_named(tmp_path):
    there = dicom_image(tmp_path / "ST1" / "IM1")
    path = dicomdir(tmp_path, [("IMAGE", ["ST1", "IM1"]), ("IMAGE", ["ST1", "IM2"])])
    for named in (path, tmp_path):
        found = discover([named])
        assert found.files == (there, tmp_path / "ST1" / "IM2")
        assert found.missing == (tmp_path / "ST1" / "IM2",)
        assert account(found).startswith("Listed by a DICOMDIR, but not on the disk: 1 (IM2).")


@pytest.mark.parametrize("on_disk", ["IM1.dcm", "im1", "im1.DCM", "IM1.ima", "IM1;1", "IM1.dicom"])
def test_names_of_a_cd_are_found_as_copies_have_them(tmp_path, on_disk):
    """PS3.10 8.2 allows capitals without a suffix; copies and ISO 9660 have other names."""
    there = dicom_image(tmp_path / "images" / on_disk)
    path = dicomdir(tmp_path, [("IMAGE", ["IMAGES", "IM1"])])
    assert discover([path]).files == discover([tmp_path]).files == (there,)


def test_the_very_name_goes_before_one_that_is_alike(tmp_path):
    right = dicom_image(tmp_path / "IM1")
    dicom_image(tmp_path / "IM1.dcm")
    assert discover([dicomdir(tmp_path, [("IMAGE", ["IM1"])])]).files == (right,)


@pytest.mark.parametrize("parts", [["..", "secret"], ["/etc/passwd"], ["", "secret"]])
def test_a_name_that_leads_out_of_the_cd_is_not_followed(tmp_path, parts):
    cd = tmp_path / "cd"
    there = dicom_image(cd / "IM1")
    (tmp_path / "secret").write_bytes(b"x")
    found = discover([dicomdir(cd, [("IMAGE", ["IM1"]), ("IMAGE", parts)])])
    assert found.files == (there,)
    assert found.left_out[LeftOut.LEADS_OUT] == 1


@needs_links
def test_a_link_on_a_cd_that_leads_out_of_it_is_not_followed(tmp_path):
    cd = tmp_path / "cd"
    secret = dicom_image(tmp_path / "secret.dcm")
    cd.mkdir()
    (cd / "IM1").symlink_to(secret)
    found = discover([dicomdir(cd, [("IMAGE", ["IM1"])])])
    assert found.files == ()
    assert found.left_out[LeftOut.LEADS_OUT] == 1


def test_pictures_beside_a_dicomdir_are_counted_and_those_elsewhere_are_read(tmp_path):
    """A CD carries pictures of its own viewer; a tree that holds a CD carries others, too."""
    image = dicom_image(tmp_path / "cd" / "IM1")
    dicomdir(tmp_path / "cd", [("IMAGE", ["IM1"])])
    saved(RAMP, tmp_path / "cd" / "viewer" / "logo.png")
    clinic = saved(RAMP, tmp_path / "clinic" / "knee.png")
    found = discover([tmp_path])
    assert found.files == (image, clinic)
    assert found.left_out == {LeftOut.BESIDE_DICOMDIR: 1, LeftOut.CONTENTS: 1}


def test_records_that_are_no_images_are_counted_by_kind(tmp_path):
    image = dicom_image(tmp_path / "IM1")
    dicom_image(tmp_path / "REPORT")
    others = [
        ("SR DOCUMENT", ["REPORT"]),
        ("SR DOCUMENT", ["GONE"]),
        ("PRESENTATION", ["PR1"]),
        ("DOE JOHN", ["X"]),
    ]
    path = dicomdir(tmp_path, [("IMAGE", ["IM1"]), *others])
    for named in ([path], [tmp_path], [tmp_path, path]):
        found = discover(named)
        assert found.files == (image,)
        assert found.left_out[LeftOut.NO_IMAGE] == 4
        assert found.records == {"SR DOCUMENT": 2, "PRESENTATION": 1, "OTHER": 1}
        assert "(1 OTHER, 1 PRESENTATION, 2 SR DOCUMENT)" in account(found)


def test_every_file_of_a_tree_is_read_or_counted(tmp_path):
    """Two CDs, one of them without images, beside a clinic's own folder."""
    first, second, clinic = (tmp_path / name for name in ("cd1", "cd2", "clinic"))
    dicom_image(first / "ST1" / "IM1.dcm")
    dicom_image(first / "ST1" / "not_listed")
    saved(RAMP, first / "viewer" / "logo.png")
    (first / "autorun.inf").write_bytes(b"MZ something else")
    dicomdir(first, [("IMAGE", ["ST1", "IM1"])])
    dicom_image(second / "REPORT")
    saved(RAMP, second / "scan.png")
    dicomdir(second, [("SR DOCUMENT", ["REPORT"])])
    saved(RAMP, clinic / "knee.png")
    saved(RAMP, clinic / ".hidden.png")
    found = discover([tmp_path])
    names = [path.name for path in found.files]
    assert names == ["IM1.dcm", "not_listed", "scan.png", "knee.png"]
    assert len(names) + sum(found.left_out.values()) == sum(
        path.is_file() for path in tmp_path.rglob("*")
    )


def test_a_dicomdir_that_cannot_be_read_costs_no_other_file(tmp_path):
    (tmp_path / "DICOMDIR").write_bytes(b"damaged")
    knee = saved(RAMP, tmp_path / "knee.png")
    assert discover([tmp_path]).files == (knee,)
    assert discover([tmp_path / "DICOMDIR"]).files == (tmp_path / "DICOMDIR",)


@pytest.mark.parametrize("name", ["a" * 5000, "a" * 5000 + "/DICOMDIR", "nu\0ll.dcm"])
def test_a_path_that_no_system_has_is_tried_like_any_other(name, tmp_path):
    pictured = saved(RAMP, tmp_path / "a.png")
    assert discover([tmp_path / name, pictured]).files == (tmp_path / name, pictured)


def test_a_dicomdirs_entry_whose_name_is_too_long_is_missing(tmp_path):
    dicom_image(tmp_path / "ST1" / "IM1")
    dicomdir(tmp_path, [("IMAGE", ["ST1", "IM1"]), ("IMAGE", ["ST1", "A" * 300])])
    found = discover([tmp_path])
    assert set(found.files) == {tmp_path / "ST1" / "IM1", tmp_path / "ST1" / ("A" * 300)}
    assert found.missing == (tmp_path / "ST1" / ("A" * 300),)
