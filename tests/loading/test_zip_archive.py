"""Archives whose members are damaged: the others are unpacked, and those are named."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

import pytest

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.loading.zip_archive import Refused, Unpacked, unpack

FILM = bytes(128) + b"DICM" + bytes(range(256)) * 40


def unpacked(archive: Path) -> Unpacked:
    return unpack(archive, archive.parent / "films", lambda *_: None, Event())


@pytest.mark.parametrize("compression", [ZIP_STORED, ZIP_DEFLATED, ZIP_LZMA])
def test_a_damaged_member_is_named_and_the_others_are_unpacked(
    tmp_path: Path, compression: int
) -> None:
    archive = tmp_path / "films.zip"
    with ZipFile(archive, "w", compression) as file:
        for name in ("first.dcm", "second.dcm"):
            file.writestr(name, FILM)
        member = file.getinfo("first.dcm")
    content = bytearray(archive.read_bytes())
    end = member.header_offset + 30 + len("first.dcm") + member.compress_size
    content[end - member.compress_size // 2 : end] = b"\xff" * (member.compress_size // 2)
    archive.write_bytes(content)
    result = unpacked(archive)
    assert result.refused == [("first.dcm", Refused.DAMAGED)]
    assert {path.name for path in result.folder.iterdir()} == {"second.dcm"}
    assert (result.folder / "second.dcm").read_bytes() == FILM


def test_a_damaged_archive_is_refused_as_a_whole(tmp_path: Path) -> None:
    archive = tmp_path / "films.zip"
    archive.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ReadError) as raised:
        unpacked(archive)
    assert raised.value.message.code is ReadReason.ZIP_DAMAGED
    assert not (tmp_path / "films").exists()


def test_a_member_that_begins_before_the_file_is_named(tmp_path: Path) -> None:
    archive = tmp_path / "films.zip"
    with ZipFile(archive, "w") as file:
        for name in ("first.dcm", "second.dcm"):
            file.writestr(name, FILM)
    content = bytearray(archive.read_bytes())
    # The end record's offset of the directory is too large: offsets are corrected by the excess.
    at = content.rindex(b"PK\x05\x06") + 16
    content[at : at + 4] = (int.from_bytes(content[at : at + 4], "little") + 20).to_bytes(
        4, "little"
    )
    archive.write_bytes(content)
    result = unpacked(archive)
    assert ("first.dcm", Refused.DAMAGED) in result.refused


def test_a_member_without_a_name_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "films.zip"
    with ZipFile(archive, "w") as file:
        file.writestr("x", FILM)
        file.writestr("second.dcm", FILM)
    content = archive.read_bytes()
    at = content.index(b"PK\x01\x02")
    # The directory's first entry loses its name: the length of it becomes 0, the comment's 1.
    head = bytearray(content[at : at + 46])
    head[28:30], head[32:34] = bytes(2), b"\1\0"
    archive.write_bytes(content[:at] + head + content[at + 46 :])
    result = unpacked(archive)
    assert result.refused == [("", Refused.LEADS_OUT)]
    assert {path.name for path in result.folder.iterdir()} == {"second.dcm"}


@pytest.mark.parametrize("name", ["x" * 400 + ".dcm", "ü" * 200 + ".dcm", "folder/" * 700 + "x"])
def test_a_member_whose_name_is_too_long_costs_itself_alone(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "films.zip"
    with ZipFile(archive, "w") as file:
        file.writestr(name, FILM)
        file.writestr("second.dcm", FILM)
    result = unpacked(archive)
    assert result.refused == [(name, Refused.NAME_TOO_LONG)]
    assert {path.name for path in result.folder.iterdir()} == {"second.dcm"}
