"""Only their owner may read the program's own files; earlier ones are tightened."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings

from koa_desktop.examination.store import ReadingStore
from koa_desktop.gui.app import private_store
from koa_desktop.system.log import keep_in

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no modes")


@pytest.fixture(autouse=True)
def loose() -> Iterator[None]:
    """A user whose new files everybody may read and write."""
    before = os.umask(0)
    root = logging.getLogger("koa_desktop")
    handlers = list(root.handlers)
    yield
    os.umask(before)
    for handler in root.handlers:
        if handler not in handlers:
            handler.close()
    root.handlers = handlers


def modes(folder: Path) -> set[int]:
    """Return the modes of a folder and of the files in it: 0o700 and 0o600 are private."""
    return {path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())}


@pytest.mark.requirement("R11")
def test_the_store_is_private_from_its_first_byte(tmp_path: Path) -> None:
    ReadingStore(tmp_path / "data" / "cases.sqlite")
    assert modes(tmp_path / "data") == {0o700, 0o600}


def test_an_earlier_store_is_tightened(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with closing(sqlite3.connect(folder / "cases.sqlite")) as connection:
        connection.execute("CREATE TABLE of_no_use (x)")
    ReadingStore(folder / "cases.sqlite")
    assert modes(folder) == {0o700, 0o600}


def test_the_log_is_private_also_after_a_change_of_files(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / "koa-desktop.log").write_text("earlier")
    keep_in(folder)
    log = logging.getLogger("koa_desktop")
    log.error("A file failed.")
    assert modes(folder) == {0o700, 0o600}
    for handler in log.handlers:
        handler.doRollover()  # type: ignore[attr-defined]
    log.error("A file failed.")
    assert len(list(folder.iterdir())) == 2
    assert modes(folder) == {0o700, 0o600}


def test_settings_stay_private_when_qt_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "config" / "settings.ini"
    settings = private_store(QSettings(str(path), QSettings.Format.IniFormat))
    settings.setValue("recent", "/patients/Doe_Jane")
    settings.sync()
    assert "Doe_Jane" in path.read_text()
    assert modes(path.parent) == {0o700, 0o600}
