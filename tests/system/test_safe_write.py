from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from koa_desktop.errors import ExportError
from koa_desktop.system.safe_write import safe_name, write_whole
from tests.support.raising import raises


def test_the_file_is_written_and_nothing_else_stays(tmp_path: Path) -> None:
    write_whole(tmp_path / "κνήμη.pdf", b"whole")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"κνήμη.pdf": b"whole"}


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"old")
    with raises(ExportError, match=r"^a\.csv already exists; choose another name"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    write_whole(path, b"new", overwrite=True)
    assert [other.read_bytes() for other in tmp_path.iterdir()] == [b"new"]


@pytest.mark.skipif(os.name == "nt", reason="Windows renames without a hard link.")
@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    path = tmp_path / "a.csv"
    link = os.link

    def appears_first(part: Path, target: Path) -> None:
        target.write_bytes(b"other")
        if not links:
            raise OSError(errno.EPERM, "This file system knows no links.")
        link(part, target)

    monkeypatch.setattr(os, "link", appears_first)
    with raises(ExportError, match="already exists"):
        write_whole(path, b"mine")
    assert [other.read_bytes() for other in tmp_path.iterdir()] == [b"other"]


@pytest.mark.skipif(os.name == "nt", reason="Windows renames without a hard link.")
def test_a_file_system_without_links_is_written_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(part: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "This file system knows no links.")

    monkeypatch.setattr(os, "link", refuse)
    write_whole(tmp_path / "a.csv", b"whole")
    assert [other.read_bytes() for other in tmp_path.iterdir()] == [b"whole"]


@pytest.mark.requirement("R9")
@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EACCES, "read-only"),
        (errno.EIO, "could not be written"),
    ],
)
def test_a_fault_in_the_middle_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, sentence: str
) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(code, "")

    monkeypatch.setattr(os, "fsync", fail)
    with raises(ExportError, match=sentence):
        write_whole(tmp_path / "a.pdf", b"x" * 100_000)
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_in_the_middle_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "a.pdf", b"x" * 100_000)
    assert list(tmp_path.iterdir()) == []


def test_a_fault_while_overwriting_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"old")

    def fail(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(ExportError):
        write_whole(path, b"new", overwrite=True)
    assert [other.read_bytes() for other in tmp_path.iterdir()] == [b"old"]


def test_a_missing_folder_is_said_in_one_sentence(tmp_path: Path) -> None:
    with raises(ExportError, match=r"its folder does not exist\.$"):
        write_whole(tmp_path / "none" / "a.pdf", b"")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Doe, John", "Doe, John"),
        ("../../etc/passwd", "etc passwd"),
        ("a<b>:c|d?*", "a b c d"),
        ("con", "_con"),
        ("Lpt1.txt", "_Lpt1.txt"),
        (" . ", "report"),
    ],
)
def test_names_are_made_safe(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(st.text(max_size=400))
def test_any_text_becomes_a_name_that_stays_in_its_folder(text: str) -> None:
    name = safe_name(text)
    assert name
    assert len(name.encode()) <= 255
    assert Path(name).name == name
    assert not set(name) & set('<>:"/\\|?*\0\n')
