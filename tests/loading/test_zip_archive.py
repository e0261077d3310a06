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
