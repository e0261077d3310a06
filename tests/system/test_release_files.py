"""Fonts, translations and their lists of checksums: what is damaged is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from koa_desktop.errors import ReleaseFault
from koa_desktop.system import release_files
from koa_desktop.system.paths import RESOURCES
from koa_desktop.system.release_files import CATALOGUES, LIST, LISTED, faults, list_of
from koa_desktop.wording import language
from koa_desktop.wording.sentences import sentence

RENEW = "run: python -m tests.translations.catalogue"
FONT, SPANISH = "fonts/NotoSans-Bold.ttf", "translations/es/LC_MESSAGES/koa.mo"


def change(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(file: Path) -> None:
    file.write_bytes(b"")


@pytest.fixture
def resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the program's fonts and translations, which it takes for its own."""
    for folder in LISTED:
        shutil.copytree(RESOURCES / folder, tmp_path / folder)
    monkeypatch.setattr(release_files, "RESOURCES", tmp_path)
    monkeypatch.setattr(language, "TRANSLATIONS", tmp_path / "translations")
    return tmp_path


@pytest.mark.parametrize("folder", LISTED)
def test_the_lists_are_those_of_the_files(folder: str) -> None:
    listed = (RESOURCES / folder / LIST).read_text(encoding="ascii")
    assert listed == list_of(RESOURCES / folder, LISTED[folder]), RENEW
    there = {path.relative_to(RESOURCES / folder).as_posix() for path in compiled(folder)}
    assert there == set(LISTED[folder])


def compiled(folder: str) -> list[Path]:
    return [path for path in (RESOURCES / folder).rglob("*") if path.suffix in (".mo", ".ttf")]


def test_every_language_is_listed() -> None:
    assert {name.split("/")[0] for name in CATALOGUES} == set(language.LANGUAGES) - {"en"}


def test_a_release_as_it_was_made_has_no_fault(resources: Path) -> None:
    assert faults() == []


@pytest.mark.requirement("R8")
@pytest.mark.parametrize("damage", [change, cut, empty, Path.unlink])
@pytest.mark.parametrize(
    ("name", "fault"), [(FONT, ReleaseFault.FONT), (SPANISH, ReleaseFault.TRANSLATION)]
)
def test_a_damaged_file_is_named(
    resources: Path, damage: Callable[[Path], object], name: str, fault: ReleaseFault
) -> None:
    damage(resources / name)
    (found,) = faults()
    assert found.code is fault
    assert name.partition("/")[2] in sentence(found)


@pytest.mark.requirement("R8")
@pytest.mark.parametrize("damage", [change, cut, empty, Path.unlink])
@pytest.mark.parametrize("folder", LISTED)
def test_a_damaged_list_is_a_fault_itself(
    resources: Path, damage: Callable[[Path], object], folder: str
) -> None:
    damage(resources / folder / LIST)
    said = [sentence(fault) for fault in faults()]
    assert said
    assert damage is change or f"The list of checksums {folder}/{LIST} is missing" in said[0]


def test_a_missing_file_is_named_where_its_list_is_missing_too(resources: Path) -> None:
    (resources / "translations" / LIST).unlink()
    (resources / SPANISH).unlink()
    codes = [fault.code for fault in faults()]
    assert codes == [ReleaseFault.LIST, ReleaseFault.TRANSLATION]


@pytest.mark.parametrize("damage", [change, cut, empty, Path.unlink])
def test_texts_of_a_damaged_translation_stay_english(
    resources: Path, damage: Callable[[Path], object]
) -> None:
    assert language.catalogue("es").gettext("Knee") != "Knee"
    damage(resources / SPANISH)
    assert language.catalogue("es").gettext("Knee") == "Knee"
    assert language.catalogue("fr").gettext("Knee") != "Knee"
