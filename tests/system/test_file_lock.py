"""A lock is held by one open file at a time, and ends with it."""

from __future__ import annotations

from pathlib import Path

from koa_desktop.system.file_lock import lock


def test_a_lock_is_held_once_and_ends_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"text")
    with path.open("r+b") as first, path.open("r+b") as second:
        assert lock(first.fileno())
        assert not lock(second.fileno())
        assert path.read_bytes() == b"text"
        first.close()
        assert lock(second.fileno())
