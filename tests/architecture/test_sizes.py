"""A file can be read in one go, and a folder be seen at one glance."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 400
MOST_FILES = 16


def files() -> list[Path]:
    found = [
        file
        for folder in ("koa_desktop", "training", "tests")
        for file in (ROOT / folder).rglob("*.py")
    ]
    assert len(found) > 200
    return found


def test_no_file_is_too_long_to_be_read_in_one_go() -> None:
    lines = {file: len(file.read_text(encoding="utf-8").splitlines()) for file in files()}
    long = {str(file.relative_to(ROOT)): n for file, n in lines.items() if n > MOST_LINES}
    assert not long


def test_no_folder_holds_too_many_files_side_by_side() -> None:
    counts = Counter(file.parent for file in files() if file.name != "__init__.py")
    full = {str(folder.relative_to(ROOT)): n for folder, n in counts.items() if n > MOST_FILES}
    assert not full
