"""Texts in the character sets that DICOM has are read in the process; no other codec is known."""

from pathlib import Path

import pydicom
import pytest

from koa_desktop.loading.reader import header_rows, read
from tests.robustness.hostile_files import character_set

CHARACTERS = Path(pydicom.__file__).parent / "data" / "charset_files"


@pytest.mark.parametrize("name", ["punycode", "idna", "utf_7", "unicode_escape", "bz2_codec"])
def test_a_codec_that_dicom_lacks_is_not_used(tmp_path, name):
    path = tmp_path / "a.dcm"
    path.write_bytes(character_set(name)())
    film = read(path)
    assert film.info.header.patient_id.startswith("aaaa")
    assert film.info.header.patient_name == "Doe, John"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("chrArab.dcm", "قباني"),
        ("chrFren.dcm", "Buc^Jérôme"),
        ("chrGerm.dcm", "Äneas^Rüdiger"),
        ("chrGreek.dcm", "Διονυσιος"),
        ("chrH31.dcm", "山田"),
        ("chrH32.dcm", "山田"),
        ("chrI2.dcm", "길동"),
        ("chrRuss.dcm", "Люкceмбypг"),
        ("chrX1.dcm", "王"),
        ("chrX2.dcm", "王"),
    ],
)
def test_names_in_standard_character_sets_are_read(tmp_path, file, name):
    film = read(_picture(tmp_path)).info
    rows = header_rows(_info(film, CHARACTERS / file))
    names = {row.name: row.value for row in rows}
    assert name in names["Patient's Name"]


def _picture(folder: Path) -> Path:
    path = folder / "film.dcm"
    path.write_bytes(character_set("ISO_IR 100")())
    return path


def _info(info, path):
    from dataclasses import replace

    return replace(info, path=path, sha256="")
