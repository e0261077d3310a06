"""Files that are read whole."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.system.files import is_file, is_folder, is_missing, is_there, read_bytes


def test_a_file_is_read_whole_and_takes_no_more_memory_than_it_has_bytes(tmp_path: Path) -> None:
    path = tmp_path / "film.dcm"
    content = bytes(range(256)) * 4000
    path.write_bytes(content)
    tracemalloc.start()
    try:
        data = read_bytes(path)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert data == content
    assert most < 2 * len(content)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.dcm"
    path.touch()
    with pytest.raises(ReadError) as raised:
        read_bytes(path)
    assert raised.value.message.code is ReadReason.EMPTY


@pytest.mark.parametrize("name", ["a" * 5000, "a/" * 3000, "nu\0ll", "file/below", "nowhere"])
def test_what_no_system_has_is_missing_and_no_error(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    path = tmp_path / name
    assert is_missing(path)
    assert (is_there(path), is_file(path), is_folder(path)) == (False, False, False)
    with pytest.raises(ReadError) as raised:
        read_bytes(path)
    assert raised.value.message.code is ReadReason.MISSING


def test_files_and_folders_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"1")
    assert (is_there(path), is_file(path), is_folder(path)) == (True, True, False)
    assert (is_there(tmp_path), is_file(tmp_path), is_folder(tmp_path)) == (True, False, True)
    assert not is_missing(path)
