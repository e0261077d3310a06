"""Files that are read whole."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.system.files import read_bytes


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
